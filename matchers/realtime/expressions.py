"""Expressions over the values of records, each worked out once per distinct values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from engine.expressions import Expression, compile_expression, values_in

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
    known = _known(text, tuple(rows[0]))
    reads = _reads(known, rows)
    if any(read not in known.seen for read in reads):
        _work_out([known], rows)
    return [known.seen[read] for read in reads]


def values_of_each(texts: Iterable[str], rows: Sequence[Row]) -> dict[str, list[Value]]:
    """Return what each of several expressions yields for the rows, as `values_of` does; they are worked out together.

    >>> values_of_each(["substr(name, 1, 1)", "name"], [{"name": "王芳"}])
    {'substr(name, 1, 1)': ['王'], 'name': ['王芳']}
    """
    asked = dict.fromkeys(texts)
    if rows:
        _work_out([_known(text, tuple(rows[0])) for text in asked if text not in rows[0]], rows)
    return {text: values_of(text, rows) for text in asked}


@lru_cache(maxsize=1 << 12)
def _known(text: str, names: tuple[str, ...]) -> _Known:
    return _Known(compile_expression(text, columns=names), {})


def _reads(known: _Known, rows: Sequence[Row]) -> list[Read]:
    return [tuple([row[name] for name in known.expression.columns]) for row in rows]


def _work_out(asked: Sequence[_Known], rows: Sequence[Row]) -> None:
    """Remember what expressions yield for the rows of which one reads values that it was not asked for before."""
    for one in asked:
        if len(one.seen) > REMEMBERED:
            one.seen.clear()
    reads = [(one, _reads(one, rows)) for one in asked]
    fresh = [(one, own) for one, own in reads if any(read not in one.seen for read in own)]
    if not fresh:
        return
    columns = sorted({name for one, _ in fresh for name in one.expression.columns})
    data = [pl.Series(name, [row[name] for row in rows], dtype=pl.String) for name in columns]
    frame = pl.DataFrame(data or [pl.Series(" none", [None] * len(rows))])
    for (one, own), found in zip(fresh, values_in([one.expression for one, _ in fresh], frame), strict=True):
        one.seen.update(zip(own, _texts(found), strict=True))


def _texts(found: pl.Series) -> list[Value]:
    """Return values as text; of a list, the texts of its items."""
    if isinstance(found.dtype, pl.List):
        return [None if items is None else tuple(items) for items in found.cast(pl.List(pl.String)).to_list()]
    texts: list[Value] = found.cast(pl.String).to_list()
    return texts
