"""What has arrived since a run: files that it does not rest on; none of those that it does may be another or gone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import StoreError
from engine.io import source_files
from engine.runners.seals import content_hash
from engine.settings import Project
from engine.store import Run
from engine.store.checking import damaged_deliveries
from engine.store.decisions import decided, decisions_file
from lifetree.increments.fitting import Unfit


def stamps(project: Project, files: Iterable[Path]) -> dict[str, list[int]]:
    """Return length and times of every file by its name within the project: as long as they stay, it is the same.

    To be read before the content is: what changes in between must not bear the stamp of what was read.
    """
    return {os.path.relpath(file, project.folder): _stamp(file) for file in files}


def arrived(project: Project, live: Run) -> dict[str, list[Path]] | Unfit:
    """Return the files by source that a run does not rest on yet, or why it no longer rests on what it did.

    Raises:
        StoreError: an accepted file was altered.
    """
    known: Mapping[str, str] = live.manifest["inputs"]
    stamped: Mapping[str, Any] = live.manifest.get("stamps", {})
    fresh: dict[str, list[Path]] = {}
    seen = set()
    for source in project.sources:
        if source.uri:
            return Unfit(f"source {source.name} is a database, which is read whole")
        for file in source_files(source, project):
            name = os.path.relpath(file, project.folder)
            seen.add(name)
            if name not in known:
                fresh.setdefault(source.name, []).append(file)
            elif stamped.get(name) != _stamp(file) and known[name] != content_hash(file):
                require_deliveries(project)
                return Unfit(f"{name} is another file than it was")
    gone = sorted(known.keys() - seen)
    return Unfit(f"{gone[0]} is gone") if gone else fresh


def heard(project: Project) -> list[Any]:
    """Return what tells whether judgements were added: the hash of the project's file, and the length of decisions."""
    file = project.path(project.judgements) if project.judgements else None
    return [content_hash(file) if file else None, decided(project.path(project.store))]


def require_decisions(project: Project, live: Run | None) -> None:
    """Check that no decision is lost that a run heard.

    Raises:
        StoreError: there are fewer than the run heard: they are only ever added to.
    """
    store = project.path(project.store)
    told = live.manifest.get("heard") if live else None
    if told and decided(store) < told[1]:
        raise StoreError(
            f"decisions of people are lost: {decisions_file(store)} has {decided(store):,} bytes, and had {told[1]:,}",
            hint="take the file from a backup of the store; to go on without them, delete `store/runs` too",
        )


def require_deliveries(project: Project) -> None:
    """Check that accepted files are as they were accepted.

    Raises:
        StoreError: one is not; nothing may be made of what nobody delivered.
    """
    damaged = damaged_deliveries(project.path(project.store))
    if damaged:
        raise StoreError(
            "accepted files are not as they were accepted: " + ", ".join(f"{one.place}: {one.told}" for one in damaged),
            hint="take them from a backup of the store; `lifetree store check` tells more",
        )


def _stamp(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_size, told.st_mtime_ns, told.st_ctime_ns]
