"""Compaction: the layers of a run rewritten into one, in place, while readers go on reading what they opened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.durability import storing, sync, write_atomically, write_parquet
from engine.hashing import bucket_of, hash64
from engine.partitioned import FINE, GROUP
from engine.runners.seals import content_hash
from engine.store.layers import Slice
from engine.store.publishing import held
from engine.store.runs import Run, open_run
from engine.tables import TABLES

CUT_BY = {
    "records": "record_id",
    "record_index": "record_id",
    "record_history": "record_id",
    "signatures": "signature_id",
    "record_signature": "signature_id",
    "clusters": "signature_id",
    "record_entity": "entity_id",
    "ledger": "entity_id",
    "profiles": "entity_id",
    "attribute_values": "entity_id",
    "events": "entity_id",
    "relations": "entity_from",
    "spells": "entity_id",
    "witnesses": "entity_id",
}
"""The column by whose bucket a table of a subject is cut, so that a look-up opens one file; see `Run.slices`."""


class Compacted(NamedTuple):
    """What a compaction rewrote: tables, and the files of the run before and after."""

    tables: int
    files_before: int
    files_after: int


def compact(run: Run) -> Compacted:
    """Rewrite the layers of a run into layer 0, each file in primary-key order; the hash of every table stays.

    The run keeps its id and folder; its manifest is replaced atomically once every new file is on the disk. Files that
    the manifest no longer names stay for those who read them, until `prune`. A run without layers is left as it is. The
    caller holds the store's writer lock. Memory: the rows of one bucket of a table, and what its layers added.

    Raises:
        StoreError: the disk is full or may not be written; the run is as it was.
    """
    tables: Mapping[str, list[dict[str, Any]]] = run.manifest["tables"]
    layered = [name for name, entries in tables.items() if any("layer" in entry for entry in entries)]
    if not layered:
        return Compacted(0, _count(tables), _count(tables))
    with storing(run.folder):
        written = {name: _rewritten(run, name) for name in layered}
        for name in layered:
            sync(run.folder / name)
        manifest = {**run.manifest, "tables": {**tables, **written}}
        file = run.folder / "manifest.json"
        published = file.stat().st_mtime_ns
        write_atomically(file, json.dumps(manifest, ensure_ascii=False, indent=1))
        os.utime(file, ns=(published, published))
    after = open_run(run.folder.parents[1], run.run_id).manifest["tables"]
    return Compacted(len(layered), _count(tables), _count(after))


def _rewritten(run: Run, name: str) -> list[dict[str, Any]]:
    """Return the entries of a table that has no layers any more."""
    parts = [_write(rows, run.folder, name, bucket) for bucket, rows in _merged(run, name) if not rows.is_empty()]
    if parts:
        return parts
    subject, table = name.split("/")
    [first, *_] = run.slices(table, subject=subject)
    return [_write(first.read().clear(), run.folder, name, None)]


def _merged(run: Run, name: str) -> Iterator[tuple[int | None, pl.DataFrame]]:
    """Yield the rows of each bucket of a table, and those of no bucket."""
    subject, table = name.split("/")
    entries = [entry for entry in run.manifest["tables"][name] if not entry.get("removed")]
    by_bucket: dict[int | None, list[Slice]] = {}
    for entry, one in zip(entries, run.slices(table, subject=subject), strict=True):
        by_bucket.setdefault(entry.get("bucket"), []).append(one)
    loose = [one.read() for one in by_bucket.pop(None, [])]
    placed = _by_bucket(pl.concat(loose), table, run.manifest.get("buckets", 1)) if loose else {}
    for bucket in sorted({*by_bucket, *placed}, key=lambda one: -1 if one is None else one):
        rows = [one.read() for one in by_bucket.get(bucket, [])]
        yield bucket, pl.concat([*rows, placed[bucket]] if bucket in placed else rows)


def _by_bucket(rows: pl.DataFrame, table: str, buckets: int) -> dict[int | None, pl.DataFrame]:
    if table not in CUT_BY:
        return {None: rows}
    column = pl.col(CUT_BY[table])
    key = hash64(column) if rows.schema[CUT_BY[table]] == pl.String else column
    cut = rows.with_columns(_bucket=bucket_of(key, buckets=buckets))
    parts = cut.partition_by("_bucket", as_dict=True, include_key=False)
    return {bucket: part for (bucket,), part in parts.items()}


def _write(rows: pl.DataFrame, run: Path, name: str, bucket: int | None) -> dict[str, Any]:
    """Write rows under the name of their content: no file that a reader may have open is written over."""
    table = TABLES[name.rpartition("/")[2]]
    working = run / name / f".{os.getpid()}.parquet"
    write_parquet(rows.sort(table.key), working, row_group_size=FINE.get(table.name, GROUP))
    sync(working)
    digest = content_hash(working)
    target = working.with_name(f"{digest[:16]}.parquet")
    working.replace(target)
    return {
        "file": target.relative_to(run).as_posix(),
        "xxh3_128": digest,
        "bytes": target.stat().st_size,
        **({} if bucket is None else {"bucket": bucket}),
        **held(target, table.key[0]),
    }


def _count(tables: Mapping[str, list[Any]]) -> int:
    return sum(len(entries) for entries in tables.values())
