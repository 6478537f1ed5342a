"""Expressions over the values of records, each worked out once per distinct values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from engine.expressions import Expression, compile_expression

Row = Mapping[str, str | None]

Value = str | tuple[str | None, ...] | None
"""What an expression yields: a text, the texts of a list, or nothing."""

Read = tuple[str | None, ...]
"""The values of the columns that an expression reads."""

REMEMBERED = 1 << 16
"""Values that are remembered of each expression."""


class _Known(NamedTuple):
    """A checked expression, and what it yielded before."""

    expression: Expression
    seen: dict[Read, Value]


def value_of(text: str, row: Row) -> Value:
    """Return what an expression yields for one row, as text; of a list, the texts of its items.

    >>> value_of("substr(name, 1, 1)", {"name": "王芳", "sex": None})
    '王'
    """
    return values_of(text, [row])[0]


def values_of(text: str, rows: Sequence[Row]) -> list[Value]:
    """Return what an expression yields for each of several rows of the same columns; what is new is worked out at once.

    >>> values_of("substr(name, 1, 1)", [{"name": "王芳"}, {"name": None}])
    ['王', None]
    """
    if not rows:
        return []
    if text in rows[0]:
        return [row[text] for row in rows]
    expression, seen = _known(text, tuple(rows[0]))
    if len(seen) > REMEMBERED:
        seen.clear()
    asked = [tuple([row[name] for name in expression.columns]) for row in rows]
    if fresh := [read for read in dict.fromkeys(asked) if read not in seen]:
        seen.update(zip(fresh, _worked_out(expression, fresh), strict=True))
    return [seen[read] for read in asked]


@lru_cache(maxsize=1 << 12)
def _known(text: str, names: tuple[str, ...]) -> _Known:
    return _Known(compile_expression(text, columns=names), {})


def _worked_out(expression: Expression, reads: Sequence[Read]) -> list[Value]:
    """Return what an expression yields for each of the values that it reads; a constant reads none."""
    named = zip(expression.columns, zip(*reads, strict=True), strict=True)
    columns = [pl.Series(name, own, dtype=pl.String) for name, own in named]
    found = expression.value_in(pl.DataFrame(columns or [pl.Series(" none", [None] * len(reads))]))
    if isinstance(found.dtype, pl.List):
        return [None if items is None else tuple(items) for items in found.cast(pl.List(pl.String)).to_list()]
    texts: list[Value] = found.cast(pl.String).to_list()
    return texts
