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
    return values_of_each([text], rows)[text]


def values_of_each(texts: Iterable[str], rows: Sequence[Row]) -> dict[str, list[Value]]:
    """Return what each of several expressions yields for the rows, as `values_of` does; they are worked out together.

    >>> values_of_each(["substr(name, 1, 1)", "name"], [{"name": "王芳"}])
    {'substr(name, 1, 1)': ['王'], 'name': ['王芳']}
    """
    asked = dict.fromkeys(texts)
    if not rows:
        return {text: [] for text in asked}
    known = {text: _known(text, tuple(rows[0])) for text in asked if text not in rows[0]}
    reads = {
        text: [tuple([row[name] for name in one.expression.columns]) for row in rows] for text, one in known.items()
    }
    fresh = {}
    for text, one in known.items():
        if len(one.seen) > REMEMBERED:
            one.seen.clear()
        places = {read: place for place, read in enumerate(reads[text]) if read not in one.seen}
        fresh.update({text: places} if places else {})
    if fresh:
        _work_out({text: known[text] for text in fresh}, fresh, rows)
    return {
        text: [known[text].seen[read] for read in reads[text]] if text in known else [row[text] for row in rows]
        for text in asked
    }


@lru_cache(maxsize=1 << 12)
def _known(text: str, names: tuple[str, ...]) -> _Known:
    return _Known(compile_expression(text, columns=names), {})


def _work_out(known: Mapping[str, _Known], fresh: Mapping[str, Mapping[Read, int]], rows: Sequence[Row]) -> None:
    """Remember what expressions yield for the values that each reads, at a place of each among the rows."""
    places = sorted({place for own in fresh.values() for place in own.values()})
    columns = {name for one in known.values() for name in one.expression.columns}
    data = [pl.Series(name, [rows[place][name] for place in places], dtype=pl.String) for name in sorted(columns)]
    frame = pl.DataFrame(data or [pl.Series(" none", [None] * len(places))])
    at = {place: number for number, place in enumerate(places)}
    for (text, one), found in zip(
        known.items(), values_in([one.expression for one in known.values()], frame), strict=True
    ):
        values = _texts(found)
        one.seen.update((read, values[at[place]]) for read, place in fresh[text].items())


def _texts(found: pl.Series) -> list[Value]:
    """Return values as text; of a list, the texts of its items."""
    if isinstance(found.dtype, pl.List):
        return [None if items is None else tuple(items) for items in found.cast(pl.List(pl.String)).to_list()]
    texts: list[Value] = found.cast(pl.String).to_list()
    return texts
