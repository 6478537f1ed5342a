"""Travel permits, passports (ICAO Doc 9303) and foreign permanent residence numbers.

Permits for Hong Kong and Macau residents follow the announcement of the exit and entry administration of 2010-03-10: a
letter, 8 digits for life, 2 digits that count renewals. The form of Taiwan permits is the one
in use; no standard publishes it.
"""

from __future__ import annotations

import polars as pl

from engine.values.folds import present, staged
from engine.values.identifiers import clean_identifier
from engine.values.kinds import Kind, register
from engine.values.residents import is_resident_id

HK_MACAU = r"^[HM]\d{8}(?:\d{2})?$"
TAIWAN = r"^\d{8}(?:\d{2}[A-Z]?)?$"
OLD_FOREIGN = r"^[A-Z]{3}\d{12}$"


def clean_travel_permit(expr: pl.Expr) -> pl.Expr:
    """Return the number in upper case without blanks, dashes and brackets; after H or M, O is read as 0, I and L as 1.

    >>> frame = pl.DataFrame({"x": ["h12345678(01)", "M1234567O", "1234 5678"]})
    >>> frame.select(clean_travel_permit(pl.col("x")))["x"].to_list()
    ['H1234567801', 'M12345670', '12345678']
    """
    bare = present(clean_identifier(expr).str.replace_all(r"[()\[\]]", ""))
    return staged(bare, _mended_permit, dtype=pl.String)


def match_travel_permit(expr: pl.Expr) -> pl.Expr:
    """Return what stays for life: letter and 8 digits, or the 8 digits of a Taiwan permit; other texts as they are.

    >>> frame = pl.DataFrame({"x": ["H1234567800", "H1234567801", "H12345678", "1234567802"]})
    >>> frame.select(match_travel_permit(pl.col("x")))["x"].to_list()
    ['H12345678', 'H12345678', 'H12345678', '12345678']
    """
    formed = expr.str.contains(HK_MACAU) | expr.str.contains(TAIWAN)
    return pl.when(formed).then(expr.str.extract(r"^([HM]?\d{8})")).otherwise(expr)


def is_travel_permit(expr: pl.Expr) -> pl.Expr:
    """Return whether it has the form of a permit for Hong Kong and Macau (H, M) or Taiwan residents; there is no check.

    >>> frame = pl.DataFrame({"x": ["H1234567800", "M12345678", "12345678", "T12345678"]})
    >>> frame.select(is_travel_permit(pl.col("x")))["x"].to_list()
    [True, True, True, False]
    """
    return expr.str.contains(HK_MACAU) | expr.str.contains(TAIWAN)


def clean_passport(expr: pl.Expr) -> pl.Expr:
    """Return the number in upper case without blanks, dashes and the filler `<` of the machine-readable zone.

    >>> pl.DataFrame({"x": ["e1234 5678", "AB12345<<"]}).select(clean_passport(pl.col("x")))["x"].to_list()
    ['E12345678', 'AB12345']
    """
    return present(clean_identifier(expr).str.replace_all("<", "", literal=True))


def is_passport(expr: pl.Expr) -> pl.Expr:
    """Return whether it fits the number field of ICAO Doc 9303: 5 to 9 letters and digits, at least 3 of them digits.

    >>> frame = pl.DataFrame({"x": ["E12345678", "L898902C3", "PASSPORT", "E123456789"]})
    >>> frame.select(is_passport(pl.col("x")))["x"].to_list()
    [True, True, False, False]
    """
    return expr.str.contains(r"^[A-Z0-9]{5,9}$") & (expr.str.count_matches(r"\d") >= 3)


def clean_foreign_permanent(expr: pl.Expr) -> pl.Expr:
    """Return the number in upper case without blanks and dashes; among its digits O is read as 0, I and L as 1.

    >>> pl.DataFrame({"x": ["can33O199123456"]}).select(clean_foreign_permanent(pl.col("x")))["x"].to_list()
    ['CAN330199123456']
    """
    return staged(clean_identifier(expr), _mended_foreign, dtype=pl.String)


def is_foreign_permanent(expr: pl.Expr) -> pl.Expr:
    """Return whether it is 3 letters and 12 digits, or the form of 2023: 18 digits from 9, checked as citizen numbers.

    The two numbers of one holder share nothing; name, birth date and nationality link them.

    >>> frame = pl.DataFrame({"x": ["CAN330199123456", "CAN33019912345"]})
    >>> frame.select(is_foreign_permanent(pl.col("x")))["x"].to_list()
    [True, False]
    """
    return expr.str.contains(OLD_FOREIGN) | (expr.str.starts_with("9") & is_resident_id(expr))


def _mended_permit(values: pl.Series) -> pl.Series:
    return _mended(values, (r"^[HM][\dOIL]{8}(?:[\dOIL]{2})?$", 1))


def _mended_foreign(values: pl.Series) -> pl.Series:
    return _mended(values, (r"^[A-Z]{3}[\dOIL]{12}$", 3), (r"^9[\dOIL]{16}[\dOILX]$", 1))


def _mended(values: pl.Series, *forms: tuple[str, int]) -> pl.Series:
    """Return the texts with letters read as digits after the first few characters, where a form is so met."""
    text = pl.col("text")
    read: pl.Expr = text
    for form, kept in forms:
        digits = text.str.slice(kept).str.replace_many(["O", "I", "L"], ["0", "1", "1"])
        read = pl.when(text.str.contains(form)).then(text.str.slice(0, kept) + digits).otherwise(read)
    return values.to_frame("text").select(read).to_series().alias(values.name)


TRAVEL_PERMIT = register(
    Kind("travel_permit", "mainland travel permit of Hong Kong, Macau and Taiwan residents", clean_travel_permit,
         match_travel_permit, is_travel_permit)
)  # fmt: skip
PASSPORT = register(Kind("passport", "number of a passport", clean_passport, clean_passport, is_passport))
FOREIGN_PERMANENT = register(
    Kind("foreign_permanent", "foreign permanent residence number", clean_foreign_permanent, clean_foreign_permanent,
         is_foreign_permanent)
)  # fmt: skip
