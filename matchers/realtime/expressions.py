"""Expressions over the values of one record, each worked out once per distinct values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import polars as pl

from engine.expressions import compile_expression

Row = Mapping[str, str | None]

Value = str | tuple[str | None, ...] | None
"""What an expression yields: a text, the texts of a list, or nothing."""


def value_of(text: str, row: Row) -> Value:
    """Return what an expression yields for one row, as text; of a list, the texts of its items.

    >>> value_of("substr(name, 1, 1)", {"name": "王芳", "sex": None})
    '王'
    """
    names = tuple(row)
    expression = compile_expression(text, columns=names)
    if expression.text in row:
        return row[expression.text]
    return _worked_out(text, names, tuple((name, row[name]) for name in expression.columns))


@lru_cache(maxsize=1 << 16)
def _worked_out(text: str, names: tuple[str, ...], read: tuple[tuple[str, str | None], ...]) -> Value:
    values = dict(read) or dict.fromkeys(names[:1])
    frame = pl.DataFrame({name: [value] for name, value in values.items()}, schema=dict.fromkeys(values, pl.String))
    found = compile_expression(text, columns=names).value_in(frame)
    if isinstance(found.dtype, pl.List):
        items = found.explode().cast(pl.String).to_list() if found.list.len().item() else []
        return tuple(items) if found.item() is not None else None
    told: str | None = found.cast(pl.String).item()
    return told
