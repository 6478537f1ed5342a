"""Folding a column once per distinct value: registers repeat their values many times."""

from __future__ import annotations

import polars as pl

from engine.values.kinds import Fold


def fold_distinct(values: pl.Series, fold: Fold) -> pl.Series:
    """Return `fold` of every value, in order; it is worked out once per distinct value.

    >>> fold_distinct(pl.Series("x", ["B", None, "B"]), lambda expr: expr.str.to_lowercase()).to_list()
    ['b', None, 'b']
    """
    column = values.to_frame()
    folded = column.unique().with_columns(fold(pl.col(values.name)).alias("_folded"))
    found = column.join(folded, on=values.name, how="left", nulls_equal=True, maintain_order="left")
    return found["_folded"].rename(values.name)
