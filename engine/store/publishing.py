"""Publishing: files become a run's by hard links, the run appears by one rename, the live pointer by another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from engine.durability import storing, sync, write_atomically
from engine.errors import StoreError
from engine.runners.seals import content_hash
from engine.store.runs import LIVE, Run, live_id, open_run
from engine.tables import TABLES, Table


def publish(store: Path, run_id: str, *, tables: Mapping[str, tuple[Path, ...]], manifest: dict[str, Any]) -> Run:
    """Put checkpoint files into `runs/<run_id>` with a manifest, then make that run the live one.

    `tables` maps `subject/table` to its files, whose names begin with their bucket. A run that is already there is only
    made live.

    Raises:
        StoreError: the disk is full or may not be written; the live run is as it was.
    """
    with storing(store):
        if not is_whole(store / "runs" / run_id):
            with appearing(store, run_id) as working:
                listed = {
                    name: [link(file, working, name, f"{place:05d}") for place, file in enumerate(files)]
                    for name, files in tables.items()
                }
                write_manifest(working, {"run_id": run_id, **manifest, "tables": listed})
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
            if checkpoint.is_dir() and checkpoint not in kept:
                shutil.rmtree(checkpoint, ignore_errors=True)
            elif checkpoint not in kept:
                checkpoint.unlink(missing_ok=True)


def is_whole(folder: Path) -> bool:
    """Return whether a run is there with every file as long as its manifest says."""
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"].values()
        return all((folder / one["file"]).stat().st_size == one["bytes"] for files in listed for one in files)
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def appearing(store: Path, run_id: str) -> Iterator[Path]:
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


def write_manifest(working: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of a run that appears, with the time."""
    told = {**manifest, "published_at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_atomically(working / "manifest.json", json.dumps(told, ensure_ascii=False, indent=1))


def table_of(name: str) -> Table:
    """Return the table that `subject/table` names.

    Raises:
        StoreError: there is no such table.
    """
    table = name.rpartition("/")[2]
    if table not in TABLES:
        raise StoreError(f"there is no table '{table}'", hint="engine/tables.py lists them")
    return TABLES[table]


def link(file: Path, working: Path, name: str, place: str) -> dict[str, Any]:
    """Link a file into a run and return its entry in the manifest, with the bucket that its name tells."""
    target = working / name / f"{place}.parquet"
    link_to(file, target)
    sync(target)
    bucket = file.name.split("-")[0]
    return {
        **entry_of(target, working),
        **({"bucket": int(bucket)} if bucket.isdigit() else {}),
        **held(target, table_of(name).key[0]),
    }


def link_to(file: Path, target: Path) -> None:
    """Give a file one more name; where the file system cannot, copy it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)
        sync(target)


def entry_of(target: Path, working: Path) -> dict[str, Any]:
    """Return what every entry of a manifest says of its file."""
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
