"""Publishing: files become a run's by hard links, the run appears by one rename, the live pointer by another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from engine.durability import storing, sync, write_atomically, write_parquet
from engine.errors import StoreError
from engine.runners.local import GROUP, content_hash
from engine.store.runs import LIVE, Run, live_id, open_run
from engine.tables import TABLES

Listed = dict[str, list[dict[str, Any]]]


def publish(store: Path, run_id: str, *, tables: Mapping[str, tuple[Path, ...]], manifest: dict[str, Any]) -> Run:
    """Put checkpoint files into `runs/<run_id>` with a manifest, then make that run the live one.

    `tables` maps `subject/table` to its files, whose names begin with their bucket. A run that is already there is only
    made live.

    Raises:
        StoreError: the disk is full or may not be written; the live run is as it was.
    """
    with storing(store):
        if not is_whole(store / "runs" / run_id):
            with _appearing(store, run_id) as working:
                listed = {
                    name: [_link(file, working, name, f"{place:05d}") for place, file in enumerate(files)]
                    for name, files in tables.items()
                }
                _write_manifest(working, {"run_id": run_id, **manifest, "tables": listed})
        make_live(store, run_id)
    return open_run(store, run_id)


def publish_layer(
    store: Path,
    run_id: str,
    base: Run,
    *,
    added: Mapping[str, pl.DataFrame | Sequence[Path]],
    removed: Mapping[str, pl.DataFrame],
    manifest: dict[str, Any],
) -> Run:
    """Return the live run that holds every file of `base` and one layer more, without reading what `base` holds.

    `added` maps `subject/table` to new rows: a frame, or files whose names begin with their bucket, cut into as many
    buckets as the base. `removed` maps it to the values, in columns of the table, of the rows of earlier layers that
    are gone: a row of `added` with the same values stays. A table that `base` has not begins with its rows of `added`.
    A run that is already there is only made live.

    Raises:
        StoreError: the disk is full or may not be written, or a table is unknown; the live run is as it was.
    """
    with storing(store):
        if not is_whole(store / "runs" / run_id):
            with _appearing(store, run_id) as working:
                tables = _taken_over(base, working)
                layer = 1 + max((one.get("layer", 0) for files in tables.values() for one in files), default=0)
                for name, rows in added.items():
                    tables[name] = [*tables.get(name, []), *_add(rows, working, name, layer, first=name not in tables)]
                for name, rows in removed.items():
                    if name in base.manifest["tables"]:
                        tables[name] = [*tables[name], *_remove(rows, working, name, layer)]
                cut = {"buckets": base.manifest["buckets"]} if "buckets" in base.manifest else {}
                _write_manifest(working, {"run_id": run_id, **manifest, **cut, "base": base.run_id, "tables": tables})
        make_live(store, run_id)
    return open_run(store, run_id)


def make_live(store: Path, run_id: str) -> None:
    """Point at a run as the live one; nothing is written when it is that already."""
    if live_id(store) != run_id:
        write_atomically(store / LIVE, json.dumps({"run_id": run_id}))


def prune_checkpoints(folder: Path, keep: Iterable[Path]) -> None:
    """Delete the checkpoints that the live run does not rest on; its own tables stay with it."""
    kept = set(keep)
    for stage in folder.iterdir() if folder.is_dir() else ():
        for checkpoint in stage.iterdir():
            if checkpoint not in kept:
                shutil.rmtree(checkpoint, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Return whether a run is there with every file as long as its manifest says."""
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"].values()
        return all((folder / one["file"]).stat().st_size == one["bytes"] for files in listed for one in files)
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def _appearing(store: Path, run_id: str) -> Iterator[Path]:
    """Yield a folder that becomes the run's when the block is done, with all its names on the disk; else it goes."""
    final = store / "runs" / run_id
    working = final.with_name(f".{run_id}.{os.getpid()}")
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)
    try:
        yield working
        for folder in [working, *(one for one in working.rglob("*") if one.is_dir())]:
            sync(folder)
        shutil.rmtree(final, ignore_errors=True)
        working.rename(final)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    sync(final.parent)


def _write_manifest(working: Path, manifest: dict[str, Any]) -> None:
    told = {**manifest, "published_at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_atomically(working / "manifest.json", json.dumps(told, ensure_ascii=False, indent=1))


def _taken_over(base: Run, working: Path) -> Listed:
    """Link every file of a run, and return what its manifest says of them: they are not read again."""
    tables: Listed = base.manifest["tables"]
    for entry in (one for files in tables.values() for one in files):
        _link_to(base.folder / entry["file"], working / entry["file"])
    return dict(tables)


def _add(
    rows: pl.DataFrame | Sequence[Path], working: Path, name: str, layer: int, *, first: bool
) -> list[dict[str, Any]]:
    """Return the entries of the rows that a layer adds to a table; files without rows only stand for a new table."""
    if isinstance(rows, pl.DataFrame):
        if rows.is_empty() and not first:
            return []
        target = working / name / f"{layer:05d}-rows.parquet"
        _write(rows.sort(_table(name).key), target)
        return [{**_entry(target, working), **held(target, _table(name).key[0]), "layer": layer}]
    filled = [file for file in rows if pq.read_metadata(file).num_rows] or (rows[:1] if first else [])
    return [
        {**_link(file, working, name, f"{layer:05d}-{place:05d}"), "layer": layer} for place, file in enumerate(filled)
    ]


def _remove(rows: pl.DataFrame, working: Path, name: str, layer: int) -> list[dict[str, Any]]:
    if rows.is_empty():
        return []
    target = working / name / f"{layer:05d}-removed.parquet"
    _write(rows.unique().sort(rows.columns), target)
    return [{**_entry(target, working), "layer": layer, "removed": True}]


def _table(name: str) -> Any:
    table = name.rpartition("/")[2]
    if table not in TABLES:
        raise StoreError(f"there is no table '{table}'", hint="engine/tables.py lists them")
    return TABLES[table]


def _write(rows: pl.DataFrame, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(rows, target, row_group_size=GROUP)
    sync(target)


def _link(file: Path, working: Path, name: str, place: str) -> dict[str, Any]:
    target = working / name / f"{place}.parquet"
    _link_to(file, target)
    sync(target)
    bucket = file.name.split("-")[0]
    return {
        **_entry(target, working),
        **({"bucket": int(bucket)} if bucket.isdigit() else {}),
        **held(target, _table(name).key[0]),
    }


def _link_to(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)
        sync(target)


def _entry(target: Path, working: Path) -> dict[str, Any]:
    return {
        "file": target.relative_to(working).as_posix(),
        "xxh3_128": content_hash(target),
        "bytes": target.stat().st_size,
    }


def held(file: Path, column: str) -> dict[str, Any]:
    """Return the least and greatest text in a column of a file: what `Run.part` chooses by."""
    told = pq.read_metadata(file)
    place = told.schema.names.index(column)
    groups = [told.row_group(n).column(place) for n in range(told.num_row_groups)]
    known = [one.statistics for one in groups if one.statistics and one.statistics.has_min_max]
    spans = [(one.min, one.max) for one in known]
    if not groups or len(spans) < len(groups) or not isinstance(spans[0][0], str):
        return {}
    return {"from": min(low for low, _ in spans), "to": max(high for _, high in spans)}
