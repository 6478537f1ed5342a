"""Rows brought into an order that does not depend on how they came, in memory that does not grow with their number.

Rows are spilled into `SPLITS` parts by a hash of their content; each part is then sorted by the whole hash and written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from engine.hashing import bucket_of, hash64
from engine.io.ingest import content_hash
from engine.io.parquet import as_text
from engine.io.sql import SEEN

SPLITS = 256
CHUNK_ROWS = 200_000
GROUP_ROWS = 50_000
_HASH = "_lifetree_hash"
_COUNT = "_lifetree_count"
_LZ4 = pa.ipc.IpcWriteOptions(compression="lz4")


class Written(NamedTuple):
    """How many rows were written, and the hash of them all."""

    rows: int
    digest: str


def spill(batches: Iterable[pl.DataFrame], folder: Path) -> None:
    """Append rows to the files `folder/<part>`, with a hash of their content."""
    folder.mkdir(parents=True)
    with ExitStack() as open_files:
        writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
        for chunk in _gathered(batches):
            hashed = chunk.with_columns(
                content_hash(chunk.drop(SEEN).select(map(as_text, chunk.drop(SEEN)))).alias(_HASH)
            )
            part = bucket_of(hash64(pl.col(_HASH)), buckets=SPLITS).alias("_part")
            for (number,), rows in (
                hashed.with_columns(part).partition_by("_part", as_dict=True, include_key=False).items()
            ):
                table = _arrow(rows)
                if number not in writers:
                    writer = pa.ipc.new_stream(folder / f"{number:03d}", table.schema, options=_LZ4)
                    writers[number] = open_files.enter_context(writer)
                writers[number].write_table(table)


def settle(new: Path, old: Path, file: Path, *, columns: Iterable[str], metadata: Mapping[str, str]) -> Written:
    """Write the rows of `new` into a Parquet file, in the order of their hash, and return the hash of them all.

    Of rows that are marked `SEEN` as many are left out as there are equal ones in `old`.
    """
    digest, rows = xxhash.xxh3_128(), 0
    schema = pa.schema([(name, pa.large_string()) for name in columns])
    with ExitStack() as open_files:
        writer = None
        for parts in _grouped(sorted(new.iterdir())):
            fresh = pl.concat([_fresh(part, old / part.name) for part in parts])
            digest.update("".join(f"{text}\n" for text in fresh[_HASH]).encode())
            rows += fresh.height
            table = _arrow(fresh.drop(_HASH, SEEN))
            if writer is None:
                schema = table.schema
                writer = open_files.enter_context(_writer(file, schema, metadata))
            if fresh.height:
                writer.write_table(table.replace_schema_metadata(dict(metadata)))
        if writer is None:
            open_files.enter_context(_writer(file, schema, metadata))
    digest.update(str(schema.types).encode())
    return Written(rows, digest.hexdigest())


def _writer(file: Path, schema: pa.Schema, metadata: Mapping[str, str]) -> pq.ParquetWriter:
    return pq.ParquetWriter(file, schema.with_metadata(dict(metadata)), compression="zstd")


def _grouped(parts: Iterable[Path]) -> Iterator[list[Path]]:
    """Yield the parts that are written at a time, which are one row group."""
    group, height = list[Path](), 0
    for part in parts:
        size = _rows(part)
        if group and height + size > GROUP_ROWS:
            yield group
            group, height = [], 0
        group.append(part)
        height += size
    if group:
        yield group


def _fresh(part: Path, seen: Path) -> pl.DataFrame:
    """Return the rows of a part that were not seen before, in the order of their hash."""
    rows = _frame(part).sort(_HASH)
    if not seen.exists():
        return rows
    before = _frame(seen).group_by(_HASH).agg(pl.len().alias(_COUNT))
    counted = rows.join(before, on=_HASH, how="left", maintain_order="left")
    again = pl.col(SEEN) & (pl.int_range(pl.len()).over(_HASH) < pl.col(_COUNT).fill_null(0))
    return counted.filter(~again).drop(_COUNT)


def _gathered(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held, height = list[pl.DataFrame](), 0
    for batch in batches:
        held.append(batch)
        height += batch.height
        if height >= CHUNK_ROWS:
            yield pl.concat(held)
            held, height = [], 0
    if height:
        yield pl.concat(held)


def _arrow(frame: pl.DataFrame) -> pa.Table:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def _frame(file: Path) -> pl.DataFrame:
    with pa.ipc.open_stream(file) as stream:
        frame = pl.from_arrow(stream.read_all())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _rows(file: Path) -> int:
    with pa.ipc.open_stream(file) as stream:
        return sum(batch.num_rows for batch in stream)
