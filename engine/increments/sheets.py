"""Tables in layers: the files of a full run, what each increment took from them and added, and what this one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Union

import polars as pl

from engine.increments.shelf import Shelf

Pick = Union["Among", "Agreeing", Callable[[pl.LazyFrame], pl.LazyFrame]]
"""Which rows of a table are wanted; it looks at each row by itself, so that it can be asked of every layer."""


Change = tuple[pl.DataFrame, pl.DataFrame]
"""The rows that are taken from a table and those that are added."""


TAKEN = " taken"
"""The column of a layer's file that says whether a row was taken or added."""


class Layer(NamedTuple):
    """The rows that earlier increments took from a table, and those that they added: their file, and how many.

    A row that was added and later taken may stand on both sides: what counts is on which one it stands more often.
    """

    file: Path
    taken: int
    added: int

    def rows(self) -> int:
        """Return how many rows the file has."""
        return self.taken + self.added


class Sheet(NamedTuple):
    """A table before and after an increment. Rows have no names: equal rows are counted, not told apart."""

    files: tuple[Path, ...]
    layers: tuple[Layer, ...]
    minus: pl.DataFrame
    plus: pl.DataFrame
    shelf: Shelf = Shelf()

    def changed(self) -> bool:
        """Return whether the increment changes the table."""
        return bool(self.minus.height or self.plus.height)

    def old(self, pick: Pick | None = None, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Return the rows before the increment, those that `pick` wants, and the `columns` of them; unset: all."""
        if not self.files:
            return self.minus.clear().select(columns or pl.all())
        rows = self._looked(pick, (*columns, TAKEN) if columns and self.layers else columns)
        if not self.layers:
            return rows
        found, taken = (rows.filter(where).drop(TAKEN) for where in (~pl.col(TAKEN), pl.col(TAKEN)))
        return subtract(found, taken)

    def _looked(self, pick: Pick | None, columns: Sequence[str]) -> pl.DataFrame:
        """Return the rows of files and layers that `pick` wants; with layers, they say in `TAKEN` which were taken."""
        if not isinstance(pick, Among | Agreeing):
            return _picked(self._scans(), pick, columns)
        near = pick if isinstance(pick, Among) else pick.near
        files = (*self.files, *(one.file for one in self.layers))
        rows = self.shelf.near((files, near.column), near.keys, lambda: _picked(self._scans(), near, ()))
        return _picked([rows.lazy()], pick, columns)

    def _scans(self) -> list[pl.LazyFrame]:
        files = [self.shelf.scan(file) for file in self.files]
        if not self.layers:
            return files
        whole = [one.with_columns(pl.lit(value=False).alias(TAKEN)) for one in files]
        return [*whole, *(self.shelf.scan(one.file) for one in self.layers)]

    def new(self, pick: Pick | None = None, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Return the rows after the increment, those that `pick` wants, and the `columns` of them; unset: all."""
        return self.after(self.old(pick, columns), pick)

    def after(self, old: pl.DataFrame, pick: Pick | None = None) -> pl.DataFrame:
        """Return what becomes of the rows `old`, which `pick` chose."""
        if not self.changed():
            return old
        minus, plus = (_picked([one.lazy()], pick, old.columns) for one in (self.minus, self.plus))
        return pl.concat([subtract(old, minus), plus])

    def delta(self) -> pl.DataFrame:
        """Return all rows that are taken or added."""
        return pl.concat([self.minus, self.plus])


def worth_folding(layers: Sequence[int], rows: int, *, eager: float = 1.0) -> int:
    """Return from which layer on all become one with a new layer of so many `rows`; `layers` tells the rows of each.

    A layer is taken along where the newer ones have as many rows together, times `eager`: so each row is written again
    a few times, and few layers are left, however many increments there are.

    >>> worth_folding([500, 100, 90, 110], 95), worth_folding([300, 100, 90, 110], 95)
    (1, 0)
    """
    begin = len(layers)
    for number in reversed(range(len(layers))):
        rows += layers[number]
        if layers[number] <= (rows - layers[number]) * eager:
            begin = number
    return begin


def layered(minus: pl.DataFrame, plus: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a layer's file."""
    sides = ((minus, True), (plus.select(minus.columns), False))
    return pl.concat(rows.with_columns(pl.lit(taken).alias(TAKEN)) for rows, taken in sides)


class Among(NamedTuple):
    """The pick of rows of which a column is one of `keys`; a null key picks nulls."""

    column: str
    keys: pl.Series

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows that are wanted."""
        return frame.filter(pl.col(self.column).is_in(self.keys.implode(), nulls_equal=True))


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


def among(column: str, keys: pl.Series) -> Among:
    """Return the pick of rows of which a column is one of `keys`; a null key picks nulls."""
    return Among(column, keys.unique())


def with_keys(keys: pl.DataFrame) -> Pick:
    """Return the pick of the rows that agree with one of `keys` in all columns of these."""
    telling = max(keys.columns, key=lambda name: keys[name].n_unique())
    near = among(telling, keys[telling])
    return near if keys.width == 1 else Agreeing(near, keys)


def together(sheets: Sequence[Sheet]) -> Sheet:
    """Return several tables of one schema as one."""
    if len(sheets) == 1:
        return sheets[0]
    return Sheet(
        tuple(file for one in sheets for file in one.files),
        tuple(layer for one in sheets for layer in one.layers),
        pl.concat(one.minus for one in sheets),
        pl.concat(one.plus for one in sheets),
        sheets[0].shelf,
    )


def subtract(frame: pl.DataFrame, minus: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` without the rows of `minus`: of equal rows so many fewer.

    >>> rows = pl.DataFrame({"a": [1, 1, 2]})
    >>> subtract(rows, pl.DataFrame({"a": [1, 3]})).to_series().to_list()
    [1, 2]
    """
    if frame.is_empty() or minus.is_empty():
        return frame
    told = minus.select(frame.columns)
    placed = frame.with_row_index(_PLACE)
    met = _common(_near(placed, told), told)
    gone = met if _is_unique(met.drop(_PLACE)) else _counted(met, told)
    return placed.join(gone.select(_PLACE), on=_PLACE, how="anti", maintain_order="left").drop(_PLACE)


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


def _common(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `frame` that stand in `other` too, by the columns of that."""
    return frame.join(other, on=other.columns, how="semi", nulls_equal=True, maintain_order="left")


def _near(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `frame` that agree with a row of the small `other` in the column that tells most."""
    plain = [name for name, dtype in other.schema.items() if not dtype.is_nested()]
    if not plain:
        return frame
    telling = max(plain, key=lambda name: other[name].n_unique())
    return among(telling, other[telling])(frame.lazy()).collect()


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


def _picked(frames: Sequence[pl.LazyFrame], pick: Pick | None, columns: Sequence[str]) -> pl.DataFrame:
    whole = pl.concat(frames) if len(frames) > 1 else frames[0]
    wanted = whole if pick is None else pick(whole)
    return (wanted.select(columns) if columns else wanted).collect().rechunk()
