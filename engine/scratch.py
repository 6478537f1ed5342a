"""Rows set aside on the disk by part, so that what goes through all rows holds one part of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from engine.durability import storing
from engine.partitioned import EMPTY, files_by_bucket, read, write_chunk

Frame = pl.DataFrame | pl.LazyFrame

CHUNK = 1_000_000
"""Rows of a frame that are looked at in one go."""

_PLACE: ContextVar[Path | None] = ContextVar("place", default=None)


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Let what is set aside in this block lie below a folder, not among the temporary files of the system."""
    token = _PLACE.set(folder)
    try:
        yield
    finally:
        _PLACE.reset(token)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for what is set aside, which is gone at the end."""
    place = _PLACE.get()
    if place:
        place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".aside.", dir=place) as folder:
        yield Path(folder)


def chunks_of(frame: Frame) -> Iterator[pl.DataFrame]:
    """Yield the rows of a frame in order, `CHUNK` at a time."""
    yield from frame.iter_slices(CHUNK) if isinstance(frame, pl.DataFrame) else frame.collect_batches(chunk_size=CHUNK)


def set_aside(frame: Frame, folder: Path, *, part_of: Callable[[pl.DataFrame], pl.Series]) -> None:
    """Write the rows of a frame by part into a new folder; `part_of` tells the part of each row, null of none.

    Memory: a chunk of rows.

    Raises:
        StoreError: the disk is full.
    """
    empty = pl.DataFrame(schema=frame.collect_schema())
    for number, rows in enumerate(chain([empty], chunks_of(frame))):
        placed = rows.with_columns(_part=part_of(rows)).drop_nulls("_part")
        with storing(folder.parent):
            write_chunk(placed.drop("_part"), folder, pl.lit(placed["_part"]), number)


def parts_of(folders: Mapping[str, Path], parts: int) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the frames that were set aside, by name, part by part; the rows of a part are in the order they came."""
    files = {name: files_by_bucket(folder) for name, folder in folders.items()}
    for part in range(parts):
        yield {name: read(files[name].get(part) or (folder / EMPTY,)) for name, folder in folders.items()}
