"""Backup and restore: a whole store copied while a writer may publish, and put back; files that are one stay one."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from engine.durability import storing, sync, write_atomically
from engine.errors import StoreError
from engine.store.checking import damage_of, damaged_deliveries
from engine.store.keeping import CHECKPOINTS, RUNS, STAGING, manifests
from engine.store.runs import LIVE, live_id, open_run

TRIES = 5
"""How often a backup begins anew because a writer deleted what it was about to link."""


class Copied(NamedTuple):
    """What a backup or a restored store holds."""

    live: str
    runs: int
    files: int
    bytes: int


def backup(store: Path, target: Path) -> Copied:
    """Copy a store into a new folder, checked against every manifest; no lock is taken, no writer and reader waits.

    Copied are the runs, the live pointer as it was at the beginning, and everything else that the store keeps, such as
    decisions and deliveries; checkpoints, which a build makes anew, are not. The folder appears by one rename.

    Raises:
        StoreError: there is no live run, the target is there already, a file is damaged, or the disk refuses.
    """
    _require_free(target)
    staging = store / f"{STAGING}{os.getpid()}"
    try:
        with storing(store):
            live = _stage(store, staging)
        return _copy(staging, target, live)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def restore(saved: Path, store: Path) -> Copied:
    """Copy a backup to where a store shall be, checked against every manifest.

    Raises:
        StoreError: it is no backup, the store is there already, a file is damaged, or the disk refuses.
    """
    live = live_id(saved)
    if live is None:
        raise StoreError(f"{saved} is no backup of a store", hint="name a folder that `lifetree store backup` wrote")
    open_run(saved, live)
    _require_free(store)
    return _copy(saved, store, live)


def _require_free(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target} is there already", hint="name a folder that is new or empty")


def _stage(store: Path, staging: Path) -> str:
    """Link what a store holds into a folder of its own, so that nothing goes while it is copied; return its live run.

    The pointer is read first, then manifests and the like: what they name was there before them.
    """
    for _ in range(TRIES):
        shutil.rmtree(staging, ignore_errors=True)
        live = live_id(store)
        if live is None:
            raise StoreError(f"there is no finished build in {store}", hint="build the project first")
        try:
            named = _files(store, suffix=".json")
            for file in [*named, *sorted(set(_files(store)) - set(named))]:
                _link(file, staging / file.relative_to(store))
            _require_files(staging, live)
        except FileNotFoundError:
            continue
        return live
    raise StoreError(
        f"files of {store} are missing, or vanish while they are copied",
        hint="`lifetree store check` tells what is missing; else back up when no writer is at work",
    )


def _require_files(staging: Path, live: str) -> None:
    """Raise FileNotFoundError if a run was pruned while its files were linked."""
    runs = list(manifests(staging))
    listed = [folder / entry["file"] for folder, told in runs for files in told["tables"].values() for entry in files]
    for file in [staging / RUNS / live / "manifest.json", *listed]:
        file.stat()


def _raise(error: OSError) -> None:
    raise error


def _files(store: Path, *, suffix: str = "") -> list[Path]:
    """Return the files of a store that are no checkpoint, no lock, and not half written."""
    found = []
    for folder, folders, files in os.walk(store, onerror=_raise):
        folders[:] = [one for one in folders if one[0] != "." and Path(folder, one) != store / CHECKPOINTS]
        found += [Path(folder, one) for one in files if one[0] != "." and one.endswith(suffix)]
    return sorted(found)


def _link(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy2(file, target)


def _copy(origin: Path, target: Path, live: str) -> Copied:
    """Copy a store file by file, compare what arrived with every manifest, and let it appear with its pointer."""
    working = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(working, ignore_errors=True)
    try:
        with storing(target):
            written = _copy_files(origin, working)
            write_atomically(working / LIVE, json.dumps({"run_id": live}))
            for folder in [working, *(one for one in working.rglob("*") if one.is_dir())]:
                sync(folder)
        runs = list(manifests(working))
        _require_whole(runs, working, origin)
        with storing(target):
            if target.is_dir():
                target.rmdir()
            working.rename(target)
            sync(target.parent)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return Copied(live, len(runs), *written)


def _copy_files(origin: Path, working: Path) -> tuple[int, int]:
    """Return the files that were copied and their bytes; names of one file stay names of one file."""
    copied: dict[tuple[int, int], Path] = {}
    total = 0
    working.mkdir(parents=True)
    files = [file for file in _files(origin) if file != origin / LIVE]
    for file in files:
        told = file.stat()
        aim = working / file.relative_to(origin)
        first = copied.setdefault((told.st_dev, told.st_ino), aim)
        if first != aim:
            _link(first, aim)
            continue
        aim.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, aim)
        sync(aim)
        total += aim.stat().st_size
    return len(files), total


def _require_whole(runs: list[tuple[Path, dict[str, object]]], copied: Path, origin: Path) -> None:
    seen: dict[tuple[int, int], str] = {}
    faults = [fault for folder, manifest in runs for fault in damage_of(folder, manifest, seen)]
    faults += damaged_deliveries(copied)
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise StoreError(
            f"{origin} is damaged: {faults[0].place}: {faults[0].told}{more}",
            hint="`lifetree store check` lists what is damaged; nothing was copied",
        )
