"""Files without the rows of purged records: everything else of them stays as it was delivered."""

from __future__ import annotations

import codecs
import json
import os
import shutil
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from engine.durability import storing, sync
from engine.io.deliveries import Delivery, delivered_sources, deliveries_of, drop, keep
from engine.io.erased import PURGED
from engine.io.excel import read_sheet, sheet_rows
from engine.io.facts import FileFacts, inspect_file, needed_columns
from engine.io.files import COMPRESSIONS, byte_blocks
from engine.io.ingest import ingest_file
from engine.io.lines import plain_lines
from engine.runners.seals import content_hash
from engine.settings.modes import Mode
from engine.settings.project import Project
from engine.settings.source import Source


class Holding(NamedTuple):
    """Where a file holds purged records: the lines of their rows, the purge of each, and where all rows begin."""

    lines: pl.Series
    purges: pl.Series
    starts: pl.Series


def holding(source: Source, file: Path, purged: Mapping[str, str]) -> Holding:
    """Return which rows of a file are of purged records; `purged` holds the hashes of their keys.

    Raises:
        InputError: the file cannot be read as its source declares it.
    """
    told, starts = [], []
    for chunk in ingest_file(source, file, project_folder=file.parent, purged=purged):
        told.append(chunk.rejects.filter(pl.col("rule") == PURGED).select("line", "reason"))
        starts += [chunk.rows["line"], chunk.rejects["line"]]
    found = pl.concat(told).sort("line")
    purges = found["reason"].str.extract(r"\((.*)\)$")
    return Holding(found["line"], purges, pl.concat(starts).drop_nulls().unique().sort())


def write_without(source: Source, file: Path, target: Path, found: Holding) -> Path:
    """Write a file without the purged rows, and return where: `target`, of a workbook with `.parquet` behind.

    A text file keeps its encoding, compression and every other line; a workbook becomes a table of its texts, without
    the rows of it that cannot be read.
    """
    facts = inspect_file(source, file)
    if facts.format == "parquet":
        _write_parquet(file, target, set(found.lines))
    elif facts.format == "excel":
        target = target.with_name(f"{target.name}.parquet")
        _write_texts(source, facts, target, found)
    else:
        _write_lines(source, facts, target, found)
    return target


def drop_rows(source: Source, file: Path, purged: Mapping[str, str], *, dry: bool = False) -> int:
    """Take the rows of purged records out of a Parquet file, in place and at once; return how many there were."""
    found = holding(source, file, purged) if purged else None
    if not found or found.lines.is_empty():
        return 0
    if not dry:
        working = file.with_name(f".{file.name}.{os.getpid()}")
        write_without(source, file, working.with_suffix(".parquet"), found)
        sync(working.with_suffix(".parquet"))
        working.with_suffix(".parquet").replace(file)
        sync(file.parent)
    return found.lines.len()


def purge_deliveries(source: Source, project: Project, purged: Mapping[str, str], *, dry: bool) -> dict[Path, int]:
    """Take the rows of purged records out of the accepted files of a source; return how many, by file.

    Each is kept as another delivery, of the same mode and date, which is known by the content that it came with too.
    With `dry` they are only counted. The caller holds the store's writer lock.
    """
    counted: dict[Path, int] = {}
    settings = delivered_sources(source, project)
    for one in deliveries_of(project, source.name):
        found = holding(settings[one.file], one.file, purged)
        if found.lines.len():
            counted[one.file] = found.lines.len()
            if not dry:
                keep_without(
                    project, settings[one.file], one.file, found,
                    mode=one.mode, delivered_at=one.delivered_at, was=(*one.was, one.content_hash),
                )  # fmt: skip
                drop(one)
    return counted


def keep_without(
    project: Project,
    source: Source,
    file: Path,
    found: Holding,
    *,
    mode: Mode,
    delivered_at: str | None,
    was: Sequence[str],
) -> Delivery:
    """Keep a file as a delivery, without its purged rows; see `engine.io.deliveries.keep`."""
    working = project.path(project.store) / f".purge.{os.getpid()}"
    try:
        with storing(working.parent):
            working.mkdir(parents=True, exist_ok=True)
            made = write_without(source, file, working / file.name, found)
            content = content_hash(made)
            return keep(
                project, made, source=source.name, mode=mode, delivered_at=delivered_at, content=content, was=was
            )
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _write_parquet(file: Path, target: Path, gone: Collection[int]) -> None:
    first = 1
    with pq.ParquetFile(file) as parquet, pq.ParquetWriter(target, parquet.schema_arrow) as writer:
        for batch in parquet.iter_batches():
            kept = [line not in gone for line in range(first, first + batch.num_rows)]
            writer.write_batch(batch.filter(pa.array(kept, pa.bool_())))
            first += batch.num_rows


def _write_texts(source: Source, facts: FileFacts, target: Path, found: Holding) -> None:
    rows = sheet_rows(read_sheet(facts.file, sheet=source.sheet), mapped=source.columns())
    rows.cells.filter(~rows.lines.is_in(found.lines.implode())).write_parquet(target)


def _write_lines(source: Source, facts: FileFacts, target: Path, found: Holding) -> None:
    """Write the lines of a text file but those from the start of a purged row to the start of the next.

    Of JSON lines, whose columns are those of its rows, an object without values stays where no other does.
    """
    starts, gone = found.starts.to_list(), set(found.lines)
    compression = COMPRESSIONS.get(target.suffix.lower())
    with cast("IO[bytes]", pa.output_stream(str(target), compression=compression)) as stream:
        written = False
        for number, line in enumerate(_encoded_lines(facts), start=1):
            place = bisect_right(starts, number)
            if place == 0 or starts[place - 1] not in gone:
                stream.write(line)
                written = True
        if not written:
            stream.write(f"{json.dumps(dict.fromkeys(needed_columns(source, facts)))}\n".encode())


def _encoded_lines(facts: FileFacts) -> Iterator[bytes]:
    """Yield the lines of a text file with their line feeds, in its own encoding."""
    blocks = byte_blocks(facts.file)
    head = next(blocks, b"")
    mark = codecs.BOM_UTF8 if head.startswith(codecs.BOM_UTF8) else b""
    encoder = codecs.getincrementalencoder("utf-16")() if facts.encoding == "utf-16" else None
    for line in plain_lines(byte_blocks(facts.file), encoding=facts.encoding, file=facts.file):
        yield encoder.encode(line.decode()) if encoder else mark + line
        mark = b""
