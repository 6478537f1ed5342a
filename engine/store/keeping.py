"""The runs that a store keeps: listed, and pruned to the newest."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from engine.durability import storing, sync
from engine.errors import StoreError
from engine.store.layers import layer_count
from engine.store.runs import live_id

RUNS, CHECKPOINTS, DELIVERIES, STAGING = "runs", "checkpoints", "deliveries", ".backup."


class Kept(NamedTuple):
    """One run of the store; `own_bytes` is what the disk would get back if this run alone were deleted.

    `layers` are those of the table that has most of them: so many files more a look-up may open.
    """

    run_id: str
    published_at: str
    live: bool
    base: str | None
    layers: int
    files: int
    bytes: int
    own_bytes: int


class Pruned(NamedTuple):
    """What pruning deletes: runs, what killed writers and compactions left behind, and the bytes that come free."""

    runs: tuple[str, ...]
    leftovers: tuple[Path, ...]
    bytes: int


def kept_runs(store: Path) -> list[Kept]:
    """Return the runs that can be read, the newest first; runs published in one second by their id."""
    live = live_id(store)
    found = [_kept(folder, manifest, live) for folder, manifest in manifests(store)]
    return sorted(found, key=lambda run: (run.published_at, run.run_id), reverse=True)


def manifests(store: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the folder and the manifest of every run that can be read, by id."""
    for folder in _visible(store / RUNS):
        try:
            yield folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue


def leftovers(store: Path) -> list[Path]:
    """Return what counts for nothing: half-written folders and files, and files of a run before its compaction.

    Meaningful while no writer is at work: a writer's own folders look the same.
    """
    found = [one for folder in [store, store / RUNS, *_visible(store / CHECKPOINTS)] for one in _hidden(folder)]
    for folder, manifest in manifests(store):
        listed = {"manifest.json", *(entry["file"] for files in manifest["tables"].values() for entry in files)}
        files = (one for one in folder.rglob("*") if one.is_file())
        found += [one for one in files if one.relative_to(folder).as_posix() not in listed]
    return sorted(found)


def gathered(store: Path, left: Iterable[Path]) -> dict[str, int]:
    """Return what is left over by place: the files of a run counted, anything else by itself and 0."""
    inside = Counter(Path(*one.relative_to(store).parts[:2]).as_posix() for one in left if _is_inside_run(store, one))
    alone = {one.relative_to(store).as_posix(): 0 for one in left if not _is_inside_run(store, one)}
    return alone | dict(sorted(inside.items()))


def _is_inside_run(store: Path, file: Path) -> bool:
    parts = file.relative_to(store).parts
    return parts[0] == RUNS and len(parts) > 2


def prune(store: Path, *, keep: int, dry_run: bool) -> Pruned:
    """Delete all runs but the newest `keep` and the live one, and what counts for nothing; say what it frees.

    Also kept is the run whose ids the live one took over: an unchanged build goes by it. A run disappears by one
    rename. The caller holds the store's writer lock, unless it is a `dry_run`, which deletes nothing. Who
    still reads a deleted run is told that a file is missing.

    Raises:
        StoreError: the store has no live run, so that nothing can be told to be old; or the disk refuses.
    """
    runs = kept_runs(store)
    if not any(run.live for run in runs):
        raise StoreError(
            f"{store} has no live run, nothing is deleted", hint="`lifetree store check` tells what is wrong"
        )
    needed = _needed(store)
    doomed = [run.run_id for run in runs[keep:] if run.run_id not in needed]
    left = leftovers(store)
    gone = [*(store / RUNS / run_id for run_id in doomed), *left]
    freed = freed_bytes(gone)
    if not dry_run:
        with storing(store):
            for run_id in doomed:
                (store / RUNS / run_id).rename(store / RUNS / f".{run_id}.pruned")
            sync(store / RUNS)
            for one in [*(store / RUNS / f".{run_id}.pruned" for run_id in doomed), *left]:
                shutil.rmtree(one) if one.is_dir() else one.unlink()
    return Pruned(tuple(doomed), tuple(left), freed)


def freed_bytes(gone: Iterable[Path]) -> int:
    """Return the bytes that the disk gets back when these files and folders go: those with no link elsewhere."""
    files = {file for one in gone for file in (one.rglob("*") if one.is_dir() else [one]) if file.is_file()}
    told = [(one.st_dev, one.st_ino, one.st_nlink, one.st_size) for one in (file.stat() for file in files)]
    links = Counter(told)
    return sum(size for (_, _, linked, size), seen in links.items() if seen >= linked)


def _needed(store: Path) -> set[str]:
    """Return the live run and the one whose ids it took over."""
    live = live_id(store)
    manifest = next((told for folder, told in manifests(store) if folder.name == live), {})
    subjects = manifest.get("registry", {}).get("subjects", {}).values()
    return {run_id for run_id in (live, *(one["previous"] for one in subjects)) if run_id}


def _kept(folder: Path, manifest: dict[str, Any], live: str | None) -> Kept:
    entries = [entry for files in manifest["tables"].values() for entry in files]
    changed = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, UTC).isoformat(timespec="seconds")
    return Kept(
        run_id=folder.name,
        published_at=manifest.get("published_at", changed),
        live=folder.name == live,
        base=manifest.get("base"),
        layers=max((layer_count(files) for files in manifest["tables"].values()), default=0),
        files=len(entries),
        bytes=sum(entry["bytes"] for entry in entries),
        own_bytes=freed_bytes([folder]),
    )


def _visible(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and one.name[0] != ".") if folder.is_dir() else []


def _hidden(folder: Path) -> list[Path]:
    """Return what a killed writer left in a folder; the lock, and a backup that is being taken, are none of it."""
    found = [one for one in folder.iterdir() if one.name[0] == "."] if folder.is_dir() else []
    return [one for one in found if one.name != ".lock" and not _being_taken(one)]


def _being_taken(folder: Path) -> bool:
    if not folder.name.startswith(STAGING):
        return False
    try:
        os.kill(int(folder.name.removeprefix(STAGING)), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
