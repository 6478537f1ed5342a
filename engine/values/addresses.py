"""Postal addresses as one text, and postcodes."""

from __future__ import annotations

import polars as pl

from engine.values.folds import fold_apostrophes, fold_letters, present, words_only
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_ORDINALS = {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th",
    "eighth": "8th", "ninth": "9th", "tenth": "10th", "eleventh": "11th", "twelfth": "12th",
}  # fmt: skip


def match_address(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents, punctuation as blanks, English ordinals up to twelve as numbers.

    Abbreviations stay as they are written.

    >>> frame = pl.DataFrame({"x": ["12-3 High St., Apt #4", "854 Seventh Ave.", "某省 某市某路12号3-401室"]})
    >>> frame.select(match_address(pl.col("x")))["x"].to_list()
    ['12 3 high st apt 4', '854 7th ave', '某省某市某路12号3 401室']
    """
    text = words_only(fold_apostrophes(fold_letters(expr)))
    spaced = pl.concat_str([text, pl.lit(" ")]).str.replace("^", " ")
    words, numbers = ([f" {item} " for item in items] for items in (_ORDINALS, _ORDINALS.values()))
    return spaced.str.replace_many(words, numbers).str.strip_chars(" ")


def clean_postcode(expr: pl.Expr) -> pl.Expr:
    """Return the postcode in upper case, a decimal part `.0` that a spreadsheet added removed.

    >>> frame = pl.DataFrame({"x": ["sw1a  1aa", "310000.0"]})
    >>> frame.select(clean_postcode(pl.col("x")))["x"].to_list()
    ['SW1A 1AA', '310000']
    """
    return clean_text(clean_text(expr).str.to_uppercase()).str.replace(r"^(\d+)\.0$", "${1}")


def match_postcode(expr: pl.Expr) -> pl.Expr:
    """Return the letters and digits alone."""
    return present(expr.str.to_uppercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", ""))


ADDRESS = register(Kind("address", "postal address", clean_text, match_address))
POSTCODE = register(Kind("postcode", "postcode", clean_postcode, match_postcode))
