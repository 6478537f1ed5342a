"""Sex as departments write it: GB/T 2261.1 codes, words, letters."""

from __future__ import annotations

import polars as pl

from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_WORDS = {
    "男": "1", "男性": "1", "M": "1", "MALE": "1", "女": "2", "女性": "2", "F": "2", "FEMALE": "2",
    "0": None, "9": None, "未知": None, "未说明": None, "不详": None, "未知的性别": None, "未说明的性别": None,
    "U": None, "UNKNOWN": None,
}  # fmt: skip


def match_sex(expr: pl.Expr) -> pl.Expr:
    """Return 1 for male and 2 for female (GB/T 2261.1), null for unknown; other text stays as it is, in upper case.

    >>> pl.DataFrame({"x": ["男", "2", "f", "9"]}).select(match_sex(pl.col("x")))["x"].to_list()
    ['1', '2', '2', None]
    """
    return expr.str.to_uppercase().replace(_WORDS)


def is_sex(expr: pl.Expr) -> pl.Expr:
    """Return whether a value is a code or wording of GB/T 2261.1, that of unknown included; null for null.

    >>> pl.DataFrame({"x": ["男", "2", "9", "3", None]}).select(is_sex(pl.col("x")))["x"].to_list()
    [True, True, True, False, None]
    """
    return expr.str.to_uppercase().is_in(["1", "2", *_WORDS])


SEX = register(Kind("sex", "sex", clean_text, match_sex, is_sex))
