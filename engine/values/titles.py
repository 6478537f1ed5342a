"""Titles of works and products: free text whose words matter and whose punctuation does not."""

from __future__ import annotations

import polars as pl

from engine.values.folds import fold_apostrophes, fold_letters, words_only
from engine.values.kinds import Kind, register
from engine.values.text import clean_text


def match_title(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents, punctuation as blanks.

    >>> pl.DataFrame({"x": ["Query-Processing: a Survey (2nd ed.)"]}).select(match_title(pl.col("x")))["x"].to_list()
    ['query processing a survey 2nd ed']
    """
    return words_only(fold_apostrophes(fold_letters(expr)))


TITLE = register(Kind("title", "title of a work or product", clean_text, match_title))
