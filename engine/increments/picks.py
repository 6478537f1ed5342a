"""Which rows of a table are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple, Union

import polars as pl

Pick = Union["Among", "Agreeing", Callable[[pl.LazyFrame], pl.LazyFrame]]
"""Which rows of a table are wanted; it looks at each row by itself, so that it can be asked of every layer."""


class Among(NamedTuple):
    """The pick of rows of which one of the columns is one of `keys`; a null key picks nulls."""

    columns: tuple[str, ...]
    keys: pl.Series

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows that are wanted."""
        wanted = self.keys.implode()
        return frame.filter(reduce(or_, (pl.col(name).is_in(wanted, nulls_equal=True) for name in self.columns)))


class Agreeing(NamedTuple):
    """The pick of rows that agree with one of `keys` in all columns of these.

    The column that tells most is asked first: of a file, the others are then read of few rows alone.
    """

    near: Among
    keys: pl.DataFrame

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows that are wanted."""
        on = self.keys.columns
        return self.near(frame).join(self.keys.lazy(), on=on, how="semi", nulls_equal=True, maintain_order="left")


def among(column: str | Sequence[str], keys: pl.Series) -> Among:
    """Return the pick of rows of which a column, of several any, is one of `keys`; a null key picks nulls."""
    return Among((column,) if isinstance(column, str) else tuple(column), keys.unique())


def with_keys(keys: pl.DataFrame) -> Pick:
    """Return the pick of the rows that agree with one of `keys` in all columns of these."""
    telling = max(keys.columns, key=lambda name: keys[name].n_unique())
    near = among(telling, keys[telling])
    return near if keys.width == 1 else Agreeing(near, keys)
