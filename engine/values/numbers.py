"""Numbers, kept as decimal text so that no digit is lost."""

from __future__ import annotations

import polars as pl

from engine.values.folds import staged
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_GROUPED = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$"
_DECIMAL = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
_CANONICAL = r"^-?[0-9]+(?:\.[0-9]+)?$"


def clean_number(expr: pl.Expr) -> pl.Expr:
    """Return canonical decimal text; text that is not a number stays as it is and is not valid.

    The decimal sign is the point; commas group thousands. A currency sign at either end is dropped.

    >>> frame = pl.DataFrame({"x": ["007.50", "$1,234.00", ".5", "-0", "about 3"]})
    >>> frame.select(clean_number(pl.col("x")))["x"].to_list()
    ['7.5', '1234', '0.5', '0', 'about 3']
    """
    return staged(clean_text(expr).str.replace_all("−", "-", literal=True), _canonical, dtype=pl.String)


def is_number(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed value is decimal text."""
    return expr.str.contains(_CANONICAL)


def _canonical(values: pl.Series) -> pl.Series:
    text, bare = pl.col("text"), pl.col("bare")
    frame = values.to_frame("text").with_columns(bare=text.str.replace_all(r"^\p{Sc}\s*|\s*\p{Sc}$", ""))
    ungrouped = pl.when(bare.str.contains(_GROUPED)).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)
    frame = frame.with_columns(bare=ungrouped)
    number = (
        bare.str.replace(r"^\+", "")
        .str.replace(r"^(-?)0*(\d*)\.?$", "${1}${2}")
        .str.replace(r"^(-?)0*(\d*)\.(\d*?)0*$", "${1}${2}.${3}")
        .str.replace(r"\.$", "")
        .str.replace(r"^(-?)(\.|$)", "${1}0${2}")
        .str.replace(r"^-0$", "0")
    )
    decided = pl.when(bare.str.contains(_DECIMAL)).then(number).otherwise(text)
    return frame.select(decided).to_series().alias(values.name)


NUMBER = register(Kind("number", "number", clean_number, clean_number, is_number))
