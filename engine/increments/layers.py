"""How a table is kept for the next increment: a change is a layer, layers are folded, or all is written anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Lock

import polars as pl
import pyarrow.parquet as pq
import xxhash

from engine.durability import storing, sync, write_parquet
from engine.increments.held import Slot
from engine.increments.multisets import exchanged
from engine.increments.sheets import TAKEN, Layer, Sheet
from engine.partitioned import COARSE
from engine.runners.seals import seal

SMALL = 8_192
"""A table of so few rows is written anew whenever it changes."""

LAYERS_AT_MOST = 0.75
"""What part of a table its layers may be, about: with more it is written anew."""

_TEXT, _PLAIN, _COPIES = 24, 8, 3
"""Bytes of a value in memory, about, and how often a table stands there while it is written anew."""

_WHOLE = Lock()
"""One large table is written anew at a time."""


def slot_after(sheet: Sheet, folder: Path) -> Slot:
    """Return a table as the next increment finds it; what is new is written into `folder`, which is the table's own.

    What is written from files stands for them: each is read to its last byte, and must be as it was written.

    Raises:
        DamagedError: it is not.
    """
    if not sheet.changed():
        return Slot(sheet.files, sheet.layers)
    kept, rows, eager = sheet.layers, sheet.minus.height + sheet.plus.height, _eager(folder)
    whole = sum(pq.read_metadata(file).num_rows for file in sheet.files)
    behind = rows + sum(one.rows() for one in kept)
    heavy = whole <= SMALL or behind * eager > whole * LAYERS_AT_MOST
    if heavy and _bytes(sheet, whole + behind) * _COPIES <= 2 * sheet.shelf.room:
        with _WHOLE if whole > SMALL else nullcontext():
            sheet.shelf.require_sound(sheet.all())
            return Slot((written(sheet.new(), folder, "whole"),))
    begin = worth_folding([one.rows() for one in kept], rows, eager=2 * eager)
    sheet.shelf.require_sound([one.file for one in kept[begin:]])
    later = [sheet.shelf.scan(one.file).collect() for one in kept[begin:]]
    folded = pl.concat([*later, layered(sheet.minus, sheet.plus)])
    if heavy:
        folded = layered(*exchanged(*unlayered(folded)))
    taken = int(folded[TAKEN].sum())
    return Slot(sheet.files, (*kept[:begin], Layer(written(folded, folder, "layer"), taken, folded.height - taken)))


def _bytes(sheet: Sheet, rows: int) -> int:
    """Return how many bytes so many rows of a table take in memory, about."""
    return rows * sum(_TEXT if one == pl.String or one.is_nested() else _PLAIN for one in sheet.minus.dtypes)


def _eager(folder: Path) -> float:
    """Return how eagerly a table is folded, 0.7 to 1.4: tables differ, so that not all of them have the same day."""
    table = folder.name.partition(".")[2]
    return 0.7 + 0.7 * xxhash.xxh32_intdigest(table.encode()) / 2**32


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


def unlayered(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that the file of a layer takes, and those that it adds."""
    return rows.filter(TAKEN).drop(TAKEN), rows.filter(~pl.col(TAKEN)).drop(TAKEN)


def written(rows: pl.DataFrame, folder: Path, name: str) -> Path:
    """Write rows into a file of a folder, which is sealed; it is on the disk when it is returned."""
    file = folder / f"{name}.parquet"
    with storing(folder.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(rows, file, row_group_size=COARSE)
        sync(file)
        seal(folder)
    return file
