"""How a table is kept for the next increment: a change is a layer, layers are folded, or all is written anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import xxhash

from engine.durability import storing, sync, write_parquet
from engine.increments.held import Slot
from engine.increments.sheets import TAKEN, Layer, Sheet
from engine.increments.shelf import size_of
from engine.runners.local import COARSE
from engine.sizing import WORKERS

SMALL = 8_192
"""A table of so few rows is written anew whenever it changes."""

LAYERS_AT_MOST = 0.75
"""What part of a table its layers may be, about: with more it is written anew."""


def after(sheet: Sheet, folder: Path, where: Path) -> Slot:
    """Return a table as the next increment finds it; what is new is written below `folder`, at `where`."""
    if not sheet.changed():
        return Slot(sheet.files, sheet.layers)
    kept, rows, eager = sheet.layers, sheet.minus.height + sheet.plus.height, _eager(where)
    if _worth_whole(sheet, rows + sum(one.rows() for one in kept) * eager):
        return Slot((written(sheet.new(), folder / where, "whole"),))
    begin = worth_folding([one.rows() for one in kept], rows, eager=2 * eager)
    later = [sheet.shelf.scan(one.file).collect() for one in kept[begin:]]
    file = written(pl.concat([*later, layered(sheet.minus, sheet.plus)]), folder / where, "layer")
    taken = sum((one.taken for one in kept[begin:]), sheet.minus.height)
    added = sum((one.added for one in kept[begin:]), sheet.plus.height)
    return Slot(sheet.files, (*kept[:begin], Layer(file, taken, added)))


def _worth_whole(sheet: Sheet, layers: float) -> bool:
    """Return whether a table that has so many rows in layers is written anew; never one that memory cannot hold."""
    told = [pq.read_metadata(file) for file in sheet.files]
    rows, size = sum(one.num_rows for one in told), sum(map(size_of, told))
    return (rows <= SMALL or layers > rows * LAYERS_AT_MOST) and size * WORKERS <= sheet.shelf.room


def _eager(where: Path) -> float:
    """Return how eagerly a table is folded, 0.7 to 1.4: tables differ, so that not all of them have the same day."""
    return 0.7 + 0.7 * xxhash.xxh32_intdigest(where.as_posix().encode()) / 2**32


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


def written(rows: pl.DataFrame, folder: Path, name: str) -> Path:
    """Write rows into a file that is on the disk when it is returned."""
    file = folder / f"{name}.parquet"
    with storing(folder):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(rows, file, row_group_size=COARSE)
        sync(file)
    return file
