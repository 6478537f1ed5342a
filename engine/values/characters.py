"""Chinese characters: the standard one of variants, readings, classes of like shape (configs/codes/characters.csv)."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl


def standard_characters(expr: pl.Expr) -> pl.Expr:
    """Return the text with the standard character for every variant.

    >>> pl.DataFrame({"x": ["馮国峯", "Ann"]}).select(standard_characters(pl.col("x")))["x"].to_list()
    ['冯国峰', 'Ann']
    """
    return replaced_characters(expr, "standard")


def reading(expr: pl.Expr) -> pl.Expr:
    """Return how the text sounds: the reading of every Chinese character without its tone, blanks left out.

    A character of several readings has the first of the table, so that two spellings of one sound agree.

    >>> pl.DataFrame({"x": ["李小红", "李晓虹", "Ann"]}).select(reading(pl.col("x")))["x"].to_list()
    ['lixiaohong', 'lixiaohong', 'Ann']
    """
    return replaced_characters(standard_characters(expr), "reading").str.replace_all(r"\s", "")


def replaced_characters(expr: pl.Expr, column: Literal["standard", "reading", "shape"]) -> pl.Expr:
    """Return the text with each character replaced by what stands in a column of the table; others stay."""
    known, values = _characters(column)
    return expr.str.replace_many(known, values)


@cache
def _characters(column: str) -> tuple[list[str], list[str]]:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    table = pl.read_csv(shipped("codes", "characters.csv"), infer_schema=False).drop_nulls(column)
    return table["character"].to_list(), table[column].to_list()
