"""Folding a column once per distinct value: registers repeat their values many times."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from engine.values.kinds import Fold


def once(expr: pl.Expr, fold: Fold, *, dtype: type[pl.DataType]) -> pl.Expr:
    """Return `fold` of the column, worked out once per distinct value: for folds that cost more than a join.

    >>> from engine.values.text import match_text
    >>> pl.DataFrame({"x": ["B", None, "B"]}).select(once(pl.col("x"), match_text, dtype=pl.String))["x"].to_list()
    ['b', None, 'b']
    """
    return whole(expr, partial(fold_distinct, fold=fold), dtype=dtype)


def whole(expr: pl.Expr, function: Callable[[pl.Series], pl.Series], *, dtype: type[pl.DataType]) -> pl.Expr:
    """Return `function` of the column, which gets it in one piece: for many steps, and for one look at every value.

    Given its pieces one by one, a function of many steps is entered again by the threads that wait inside it, deeper
    and deeper.
    """
    return expr.map_batches(function, return_dtype=dtype)


def fold_distinct(values: pl.Series, fold: Fold) -> pl.Series:
    """Return `fold` of every value, in order; it is worked out once per distinct value.

    >>> fold_distinct(pl.Series("x", ["B", None, "B"]), lambda expr: expr.str.to_lowercase()).to_list()
    ['b', None, 'b']
    """
    column = values.to_frame()
    folded = column.unique().with_columns(fold(pl.col(values.name)).alias("_folded"))
    found = column.join(folded, on=values.name, how="left", nulls_equal=True, maintain_order="left")
    return found["_folded"].rename(values.name)
