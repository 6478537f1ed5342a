"""Identifiers of no particular standard, and codes of a code list."""

from __future__ import annotations

import polars as pl

from engine.values.folds import present, unless_plain
from engine.values.kinds import Kind, register
from engine.values.text import clean_text


def clean_identifier(expr: pl.Expr) -> pl.Expr:
    """Return upper case without blanks and dashes; leading zeros stay (rule N5).

    >>> pl.DataFrame({"x": ["d214-3569 x", "007", "--"]}).select(clean_identifier(pl.col("x")))["x"].to_list()
    ['D2143569X', '007', None]
    """
    return unless_plain(expr, _bare, plain=r"^[0-9A-Z]+$")


def _bare(expr: pl.Expr) -> pl.Expr:
    return present(clean_text(clean_text(expr).str.to_uppercase().str.replace_all(r"[\s\p{Pd}]+", "")))


def match_code(expr: pl.Expr) -> pl.Expr:
    """Return upper case without blanks."""
    return expr.str.to_uppercase().str.replace_all(r"\s+", "")


IDENTIFIER = register(Kind("identifier", "identifier of any scheme", clean_identifier, clean_identifier))
CODE = register(Kind("code", "code of a code list", clean_text, match_code))
