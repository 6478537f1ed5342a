"""Purged records out of a stream: the parts of micro-batches that hold them are cleansed anew without them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.io.erased import PURGED
from engine.io.ingest import Ingested, row_column
from engine.settings import Project, Source
from engine.store import writing
from engine.store.purges import Erased
from engine.stream.manifest import PARTS, commit, part_folder, read_manifests, stream_folder
from engine.stream.parts import Clean, write_part
from engine.tables import REJECTS, ROWS

_NAMED = ("source", "record_id")


def purge_stream(project: Project, erased: Erased, clean: Clean, *, dry: bool) -> int:
    """Take the rows of purged records out of what `lifetree watch` made clean, and return how many there were.

    With `dry` they are only counted.

    Raises:
        StoreError: a process watches the project.
    """
    folder, rows = stream_folder(project), 0
    if not folder.is_dir():
        return 0
    with writing(folder):
        for manifest in read_manifests(folder):
            found = [_found(folder, part, erased) for part in manifest["parts"]]
            rows += sum(found)
            if dry:
                continue
            if any(found):
                parts = zip(manifest["parts"], found, strict=True)
                made = [_made(folder, part, project, erased, clean) if held else part for part, held in parts]
                commit(folder, {**manifest, "parts": made})
        for manifest in () if dry else read_manifests(folder):
            _tidy(folder, manifest)
    return rows


def _found(folder: Path, part: Mapping[str, Any], erased: Erased) -> int:
    """Return how many rows of a part are of purged records."""
    if "rows" not in part["tables"]:
        return 0
    return _read(folder, part, "rows", columns=list(_NAMED)).filter(erased.names(*_NAMED)).height


def _made(folder: Path, part: Mapping[str, Any], project: Project, erased: Erased, clean: Clean) -> dict[str, Any]:
    """Return a part without what was purged, in files of its own."""
    rows, unread = _read(folder, part, "rows"), REJECTS.empty()
    if "rejects" in part["tables"]:
        unread = _read(folder, part, "rejects").filter(pl.col("record_id").is_null())
    sources = {one.name: one for one in project.sources}
    delivered = {name: _without(rows, unread, sources[name], erased) for name in part["sources"]}
    place = Path(next(iter(part["tables"].values()))["file"])
    number = 1 + max(int(file.stem.rpartition("-")[2]) for file in (folder / PARTS / place.parent).glob("*-*.parquet"))
    return write_part(folder / PARTS / place.parent, number, delivered, sources=sources, clean=clean)


def _without(rows: pl.DataFrame, unread: pl.DataFrame, source: Source, erased: Erased) -> Ingested:
    own = rows.filter(pl.col("source") == source.name).select(*ROWS.columns, *map(row_column, source.columns()))
    gone = own.filter(erased.names(*_NAMED)).with_columns(
        pl.lit(None, pl.String).alias("record_id"),
        pl.lit(None, pl.String).alias("raw"),
        rule=pl.lit(PURGED),
        reason=pl.lit("the record was purged"),
    )
    told = [unread.filter(pl.col("source") == source.name), REJECTS.conform(gone)]
    return Ingested(own.filter(~erased.names(*_NAMED)), pl.concat(told))


def _read(folder: Path, part: Mapping[str, Any], table: str, *, columns: list[str] | None = None) -> pl.DataFrame:
    file = folder / PARTS / part["tables"][table]["file"]
    return pl.read_parquet(file, columns=columns, hive_partitioning=False, glob=False)


def _tidy(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Delete the files that parts had before."""
    named = {folder / PARTS / one["file"] for part in manifest["parts"] for one in part["tables"].values()}
    for file in part_folder(folder, manifest["number"]).glob("*.parquet"):
        if file not in named:
            file.unlink()
