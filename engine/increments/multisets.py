"""Rows without names: equal rows are counted, and not told apart."""

from __future__ import annotations

import polars as pl

Change = tuple[pl.DataFrame, pl.DataFrame]
"""The rows that are taken from a table and those that are added."""


def subtract(frame: pl.DataFrame, minus: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` without the rows of `minus`: of equal rows so many fewer.

    >>> rows = pl.DataFrame({"a": [1, 1, 2]})
    >>> subtract(rows, pl.DataFrame({"a": [1, 3]})).to_series().to_list()
    [1, 2]
    """
    if frame.is_empty() or minus.is_empty():
        return frame
    told = minus.select(frame.columns)
    places = _near(frame, told)
    met = _common(frame[places].with_columns(places.alias(_PLACE)), told)
    gone = met if _is_unique(met.drop(_PLACE)) else _counted(met, told)
    return frame.filter(pl.repeat(value=True, n=frame.height, eager=True).scatter(gone[_PLACE], values=False))


def exchanged(old: pl.DataFrame, new: pl.DataFrame) -> Change:
    """Return the rows of `old` that are not in `new`, and those of `new` that are not in `old`.

    >>> one, two = pl.DataFrame({"a": [1, 1, 2]}), pl.DataFrame({"a": [1, 3]})
    >>> [frame.to_series().to_list() for frame in exchanged(one, two)]
    [[2, 1], [3]]
    """
    new = new.select(old.columns)
    if old.is_empty() or new.is_empty() or old.equals(new):
        return (old.clear(), new.clear()) if old.equals(new) else (old, new)
    gone, come = _missing(old, new), _missing(new, old)
    kept, again = _common(old, new), _common(new, old)
    if kept.height == again.height and _is_unique(kept):
        return gone, come
    return pl.concat([gone, subtract(kept, again)]), pl.concat([come, subtract(again, kept)])


_PLACE, _TIMES = " place", " times"

_SOME = 1_000
"""Rows that tell which column tells most."""


def _common(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `frame` that stand in `other` too, by the columns of that."""
    return frame.join(other, on=other.columns, how="semi", nulls_equal=True, maintain_order="left")


def _near(frame: pl.DataFrame, other: pl.DataFrame) -> pl.Series:
    """Return the places of the rows of `frame` that agree with a row of `other` in the column that tells most."""
    head = other.head(_SOME)
    plain = [name for name, dtype in other.schema.items() if not dtype.is_nested()]
    if not plain:
        return pl.int_range(frame.height, eager=True)
    telling = max(plain, key=lambda name: head[name].n_unique())
    return frame[telling].is_in(other[telling].unique().implode(), nulls_equal=True).arg_true()


def _missing(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return frame.join(other, on=other.columns, how="anti", nulls_equal=True, maintain_order="left")


def _is_unique(frame: pl.DataFrame) -> bool:
    return frame.n_unique() == frame.height


def _counted(placed: pl.DataFrame, minus: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `placed` that `minus` takes: of equal rows as many as it holds of them, the first ones."""
    several = minus.group_by(minus.columns).agg(pl.len().alias(_TIMES))
    ranked = placed.group_by(minus.columns, maintain_order=True).agg(_PLACE)
    taken = ranked.join(several, on=minus.columns, nulls_equal=True)
    return taken.select(pl.col(_PLACE).list.head(pl.col(_TIMES))).explode(_PLACE)
