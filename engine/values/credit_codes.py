"""Unified social credit codes: GB 32100-2015; the organisation codes of GB 11714-1997, alone and inside them."""

from __future__ import annotations

import polars as pl

from engine.values.folds import staged
from engine.values.identifiers import clean_identifier
from engine.values.kinds import Kind, register

LETTERS = "0-9A-HJ-NP-RTUWXY"
"""The 31 characters of the code, 0-9 and A-Z without I, O, S, V, Z, as the inside of a character class."""

_FORM = rf"^[{LETTERS}]{{2}}[0-9]{{6}}[{LETTERS}]{{10}}$"
_ORGANISATION_FORM = "^[0-9A-Z]{8}[0-9X]$"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def clean_uscc(expr: pl.Expr) -> pl.Expr:
    """Return the code in upper case without blanks and dashes, O read as 0 and I as 1: neither letter occurs in it.

    >>> pl.DataFrame({"x": ["9135o100 M000100Y43"]}).select(clean_uscc(pl.col("x")))["x"].to_list()
    ['91350100M000100Y43']
    """
    return staged(clean_identifier(expr), _mended, dtype=pl.String)


def is_uscc(expr: pl.Expr) -> pl.Expr:
    """Return whether form and check character fit, and those of the organisation code in places 9 to 17.

    >>> frame = pl.DataFrame({"x": ["91350100M000100Y43", "91350100M000100Y4Z", "91110000600037341L"]})
    >>> frame.select(is_uscc(pl.col("x")))["x"].to_list()
    [True, False, True]
    """
    return staged(expr, _fits, dtype=pl.Boolean)


def is_organisation_code(expr: pl.Expr) -> pl.Expr:
    """Return whether form and check character fit.

    >>> frame = pl.DataFrame({"x": ["D2143569X", "600037341", "600037342", "91110000600037341L"]})
    >>> frame.select(is_organisation_code(pl.col("x")))["x"].to_list()
    [True, True, False, False]
    """
    return staged(expr, _organisation_fits, dtype=pl.Boolean)


def _mended(values: pl.Series) -> pl.Series:
    text = pl.col("text")
    frame = values.to_frame("text").with_columns(typed=text.str.contains(rf"^[{LETTERS}OI]{{18}}$"))
    read = text.str.replace_many(["O", "I"], ["0", "1"])
    return frame.select(pl.when("typed").then(read).otherwise(text)).to_series().alias(values.name)


def _fits(values: pl.Series) -> pl.Series:
    frame, places = _spread(values, _FORM, 18)
    fits = _credit_check(places) & _organisation_check(places[8:17])
    return _told(frame, fits, values.name)


def _organisation_fits(values: pl.Series) -> pl.Series:
    frame, places = _spread(values, _ORGANISATION_FORM, 9)
    return _told(frame, _organisation_check(places), values.name)


def _spread(values: pl.Series, form: str, width: int) -> tuple[pl.DataFrame, list[pl.Expr]]:
    """Return the texts with the octet at each place, null where one has not the form, and the places."""
    text = pl.col("text")
    frame = values.to_frame("text").with_columns(formed=text.str.contains(form))
    octets = pl.when("formed").then("text").cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, width))
    frame = frame.with_columns(octets=octets)
    spread = [pl.col("octets").arr.get(place).cast(pl.Int32).alias(str(place)) for place in range(width)]
    return frame.select("text", *spread), [pl.col(str(place)) for place in range(width)]


def _told(frame: pl.DataFrame, fits: pl.Expr, name: str) -> pl.Series:
    return frame.select(pl.when(pl.col("text").is_not_null()).then(fits.fill_null(value=False))).to_series().alias(name)


def _credit_check(places: list[pl.Expr]) -> pl.Expr:
    """Weights 3^(i-1) mod 31; the weighted sum with the check character is a multiple of 31."""
    values = [_value(place) - sum((place > ord(letter)).cast(pl.Int32) for letter in "IOSV") for place in places]
    return (pl.sum_horizontal([value * pow(3, i, 31) for i, value in enumerate(values[:17])]) + values[17]) % 31 == 0


def _organisation_check(places: list[pl.Expr]) -> pl.Expr:
    """Weights 3 7 9 10 5 8 4 2; the check is 11 - sum mod 11, where 10 is written X and 11 is written 0."""
    values = [_value(place) for place in places[:8]]
    total = pl.sum_horizontal([value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)])
    written = pl.when(places[8] == ord("X")).then(10).otherwise(_value(places[8]))
    return (11 - total % 11) % 11 == written


def _value(octet: pl.Expr) -> pl.Expr:
    """Return 0 to 35 for the characters 0-9 and A-Z."""
    return pl.when(octet < ord("A")).then(octet - ord("0")).otherwise(octet - ord("A") + 10)


USCC = register(Kind("uscc", "unified social credit code", clean_uscc, clean_uscc, is_uscc))
ORGANISATION_CODE = register(
    Kind("organisation_code", "organisation code", clean_identifier, clean_identifier, is_organisation_code)
)
