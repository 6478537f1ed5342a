"""Tables in layers: files, what increments since took from their rows and added, and what this one does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.increments.multisets import subtract
from engine.increments.picks import Agreeing, Among, Pick
from engine.increments.shelf import Shelf

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

    def all(self) -> tuple[Path, ...]:
        """Return every file that holds rows of before."""
        return (*self.files, *(one.file for one in self.layers))

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
        rows = self.shelf.near((self.all(), near.columns), near.keys, lambda: _picked(self._scans(), near, ()))
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


def _picked(frames: Sequence[pl.LazyFrame], pick: Pick | None, columns: Sequence[str]) -> pl.DataFrame:
    whole = pl.concat(frames) if len(frames) > 1 else frames[0]
    wanted = whole if pick is None else pick(whole)
    return (wanted.select(columns) if columns else wanted).collect().rechunk()
