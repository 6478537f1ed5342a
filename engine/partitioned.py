"""Tables on the disk by bucket: a folder with one file for each bucket and chunk, and an empty one for the schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from engine.durability import write_parquet
from engine.tables import TABLES

EMPTY = "empty.parquet"
GROUP = 8_192
"""Rows of a row group: what a look-up of one key reads of a file that is sorted by it."""
FINE = {"signatures": 1_024, "links": 1_024}
"""Rows of a row group in tables of which many single rows are looked up at once."""
COARSE = 131_072
"""Rows of a row group in tables of which no key is looked up: they take two thirds of the time to read."""
SOUGHT = {*TABLES, "owners"} - {"rows", "block_keys", "candidates"}
"""The tables that a run publishes for look-ups, as stages call them."""

GATHERED = 64_000_000
"""Bytes of chunks that are written together, about: a table of many buckets is many files for each chunk."""


def group_of(table: str) -> int:
    """Return how many rows a row group of a table has."""
    sought = table in SOUGHT or table.startswith("records.")
    return FINE.get(table) or (GROUP if sought else COARSE)


def gathered(chunks: Iterator[dict[str, pl.DataFrame]]) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the tables that come in chunks in fewer and larger ones, of `GATHERED` bytes or more but the last."""
    held: dict[str, list[pl.DataFrame]] = {}
    size = 0
    for tables in chunks:
        for name, frame in tables.items():
            held.setdefault(name, []).append(frame)
            size += int(frame.estimated_size())
        if size >= GATHERED:
            yield {name: pl.concat(frames) for name, frames in held.items()}
            held, size = {}, 0
    if held:
        yield {name: pl.concat(frames) for name, frames in held.items()}


def write_chunk(frame: pl.DataFrame, folder: Path, bucket: pl.Expr, chunk: int, *, group: int = COARSE) -> None:
    """Write one chunk of a table, in row groups of so many rows; `bucket` is an integer of each row."""
    folder.mkdir(parents=True, exist_ok=True)
    if chunk == 0:
        write_parquet(frame.clear(), folder / EMPTY, row_group_size=GROUP)
    parted = frame.with_columns(_bucket=bucket).partition_by("_bucket", as_dict=True, include_key=False)
    for (number,), part in parted.items():
        file = folder / f"{number:05d}-{chunk:05d}.parquet"
        write_parquet(part, file, row_group_size=group)


def files_by_bucket(folder: Path) -> dict[int, tuple[Path, ...]]:
    """Return the files of each bucket that has rows, by chunk."""
    buckets: dict[int, tuple[Path, ...]] = {}
    for file in sorted(folder.glob("*-*.parquet")):
        bucket = int(file.name.split("-")[0])
        buckets[bucket] = (*buckets.get(bucket, ()), file)
    return buckets


def scan(files: Sequence[Path]) -> pl.LazyFrame:
    """Return the rows of Parquet files of one table, none of them read yet."""
    return pl.scan_parquet(list(files), glob=False, hive_partitioning=False)


def read(files: Sequence[Path]) -> pl.DataFrame:
    """Return the rows of Parquet files of one table, each column in one piece.

    Memory: the rows, and one column a second time while it is put together.
    """
    frame = pl.concat([pl.read_parquet(file, hive_partitioning=False, glob=False) for file in files])
    return pl.DataFrame([frame.drop_in_place(name).rechunk() for name in frame.columns])
