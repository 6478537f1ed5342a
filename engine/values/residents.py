"""Citizen identification numbers: GB 11643-1999, checked by ISO 7064 MOD 11-2, and their 15-digit forerunners."""

from __future__ import annotations

import polars as pl

from engine.values.check_characters import resident_check
from engine.values.folds import staged, unless_plain
from engine.values.identifiers import clean_identifier
from engine.values.kinds import Kind, register

_FORM = r"^[1-9]\d{16}[\dX]$"
_OLD_FORM = r"^[1-9]\d{14}$"
_CENTENARIAN = r"99[6-9]$"


def clean_resident_id(expr: pl.Expr) -> pl.Expr:
    """Return the number with 18 characters: O read as 0, I and L as 1, an upper-case X, 15 digits upgraded.

    The upgrade inserts the century, 18 when the sequence is 996 to 999 (kept for centenarians) and 19 otherwise, and
    appends the check character. 15 digits whose birth date is no date stay as they are and are not valid.

    >>> frame = pl.DataFrame({"x": ["330199620927690", "33O199840203997", "１１０１０５１９４９１２３１００２ｘ"]})
    >>> frame.select(clean_resident_id(pl.col("x")))["x"].to_list()
    ['330199196209276907', '330199188402039970', '11010519491231002X']
    """
    return unless_plain(expr, _read, plain=_FORM)


def _read(expr: pl.Expr) -> pl.Expr:
    return staged(clean_identifier(expr), _mended, dtype=pl.String)


def is_resident_id(expr: pl.Expr) -> pl.Expr:
    """Return whether form, birth date (1800 to 2099) and check character fit.

    The division is never checked: numbers bear divisions that were abolished before or created after the birth.

    >>> frame = pl.DataFrame({"x": ["11010519491231002X", "330199196209276908", "830000199201300022"]})
    >>> frame.select(is_resident_id(pl.col("x")))["x"].to_list()
    [True, False, True]
    """
    return staged(expr, _fits, dtype=pl.Boolean)


def _mended(values: pl.Series) -> pl.Series:
    text = pl.col("text")
    frame = values.to_frame("text").with_columns(typed=text.str.contains(r"^[\dOIL]{14,17}[\dOILX]$"))
    read = text.str.replace_many(["O", "I", "L"], ["0", "1", "1"])
    frame = frame.with_columns(text=pl.when("typed").then(read).otherwise(text))
    century = pl.when(text.str.contains(_CENTENARIAN)).then(pl.lit("18")).otherwise(pl.lit("19"))
    seventeen = text.str.slice(0, 6) + century + text.str.slice(6)
    frame = frame.with_columns(old=pl.when(text.str.contains(_OLD_FORM)).then(seventeen))
    frame = frame.with_columns(old=pl.when(_birth_date(pl.col("old")).is_not_null()).then("old"))
    upgraded = pl.col("old") + check_character(pl.col("old"))
    return frame.select(pl.coalesce(upgraded, text)).to_series().alias(values.name)


def _fits(values: pl.Series) -> pl.Series:
    text, number = pl.col("text"), pl.col("number")
    frame = values.to_frame("text").select(text, number=pl.when(text.str.contains(_FORM)).then(text))
    fits = (number.str.slice(17) == check_character(number)) & _birth_date(number).dt.year().is_between(1800, 2099)
    return frame.select(_strict(fits, text)).to_series().alias(values.name)


def _strict(fits: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(text.is_not_null()).then(fits.fill_null(value=False))


def check_character(number: pl.Expr) -> pl.Expr:
    """Return the check character of the first 17 digits: weights 2^(17-i) mod 11, remainder looked up (ISO 7064)."""
    return staged(number, resident_check, dtype=pl.String)


def _birth_date(number: pl.Expr) -> pl.Expr:
    return number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def is_old_resident_id(expr: pl.Expr) -> pl.Expr:
    """Return whether it is one of the 15 digits of before 1999-10-01: without a check character, of a calendar date.

    >>> frame = pl.DataFrame({"x": ["330199620927690", "330199620231690", "330199196209276907"]})
    >>> frame.select(is_old_resident_id(pl.col("x")))["x"].to_list()
    [True, False, False]
    """
    upgraded = clean_resident_id(expr)
    return expr.str.contains(_OLD_FORM) & (upgraded.str.len_chars() == 18)


RESIDENT_ID = register(
    Kind("resident_id", "citizen identification number", clean_resident_id, clean_resident_id, is_resident_id)
)
OLD_RESIDENT_ID = register(
    Kind("old_resident_id", "citizen identification number of 15 digits", clean_identifier, clean_identifier,
         is_old_resident_id)
)  # fmt: skip
