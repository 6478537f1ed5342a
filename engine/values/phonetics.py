"""Phonetic codes of western names: what sounds alike in English has the same code."""

from __future__ import annotations

import jellyfish
import polars as pl

from engine.values.folds import fold_letters, present

_CODES = {
    **dict.fromkeys("bfpv", "1"), **dict.fromkeys("cgjkqsxz", "2"), **dict.fromkeys("dt", "3"), "l": "4",
    **dict.fromkeys("mn", "5"), "r": "6", **dict.fromkeys("aeiouyhw", "0"),
}  # fmt: skip


def soundex(expr: pl.Expr) -> pl.Expr:
    """Return the American Soundex code: the first letter and three digits; null without a Latin letter.

    Letters of one group that stand together, or with only h or w between, count once (the rule of the United States
    census: National Archives and Records Administration, The Soundex Indexing System, 2007). Words count as one.

    >>> frame = pl.DataFrame({"x": ["Ashcraft", "Tymczak", "Pfister", "O'Hara", "王"]})
    >>> frame.select(soundex(pl.col("x")))["x"].to_list()
    ['A261', 'T522', 'P236', 'O600', None]
    """
    letters = _latin(expr)
    rest = letters.str.slice(1).str.replace_all("[hw]", "")
    coded = (letters.str.slice(0, 1) + rest).str.replace_many(_CODES)
    for code in "123456":
        coded = coded.str.replace_all(f"{code}{{2,}}", code)
    tail = coded.str.slice(1).str.replace_all("0", "") + pl.lit("000")
    return letters.str.slice(0, 1).str.to_uppercase() + tail.str.slice(0, 3)


def metaphone(expr: pl.Expr) -> pl.Expr:
    """Return the Metaphone code (Philips 1990, Hanging on the Metaphone, Computer Language 7:12); null without one.

    Works on the distinct values only, in `jellyfish`. Several words count as one.

    >>> pl.DataFrame({"x": ["Catherine", "Kathryn", "王"]}).select(metaphone(pl.col("x")))["x"].to_list()
    ['K0RN', 'K0RN', None]
    """
    return _latin(expr).map_batches(_metaphones, return_dtype=pl.String, is_elementwise=True)


def _latin(expr: pl.Expr) -> pl.Expr:
    return present(fold_letters(expr).str.replace_all("[^a-z]", ""))


def _metaphones(values: pl.Series) -> pl.Series:
    distinct = values.drop_nulls().unique()
    codes = pl.Series([jellyfish.metaphone(value) or None for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, codes, default=None, return_dtype=pl.String)
