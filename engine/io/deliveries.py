"""Deliveries that `lifetree update` accepted: files kept in the store, each beside the few facts that it came with.

`STORE/deliveries/<source>/<content hash>-<how it came>/<name>` is the file as it was delivered; a JSON file of the
folder's name beside it says its mode and date, of which `how it came` is a hash: what came otherwise has another place.
A delivery counts when its JSON is there: it appears by one rename after the file is on the disk.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import xxhash

from engine.durability import storing, sync, write_atomically
from engine.errors import InputError, StoreError
from engine.runners.seals import content_hash
from engine.settings.modes import Mode
from engine.settings.project import Project
from engine.settings.source import Source

FOLDER = "deliveries"


class Delivery(NamedTuple):
    """One accepted file: whose it is, what it says of the records before it, when it came, and where it is kept."""

    source: str
    mode: Mode
    delivered_at: str | None
    content_hash: str
    name: str
    bytes: int
    file: Path
    was: tuple[str, ...] = ()
    """The content hashes that it came with, before purged records were taken out of it."""


def deliveries_of(project: Project, source: str) -> list[Delivery]:
    """Return the deliveries of a source that were accepted, by content hash: not in the order in which they came.

    Raises:
        StoreError: what is kept of one of them cannot be read.
        InputError: the file of one of them is gone.
    """
    folder = _folder(project, source)
    found = [_read(file, source) for file in sorted(folder.glob("*.json"))]
    if lost := [one.file for one in found if not one.file.is_file()]:
        raise InputError(
            f"source {source}: {lost[0]} was accepted by `lifetree update` and is gone",
            hint="restore it from a backup of the store: what was accepted belongs to the source's files",
        )
    return found


def delivered_sources(source: Source, project: Project) -> dict[Path, Source]:
    """Return the settings under which each accepted file of a source is read: its own mode and date.

    A number of rows that is declared for every file of the source is not that of an increment.
    """
    declared = None if isinstance(source.declared_rows, int) else source.declared_rows
    return {
        one.file: source.model_copy(
            update={"mode": one.mode, "delivered_at": one.delivered_at, "declared_rows": declared}
        )
        for one in deliveries_of(project, source.name)
    }


def place_of(project: Project, source: str, content: str, name: str, *, mode: str, delivered_at: str | None) -> Path:
    """Return where a file of a source is kept once it is accepted: a hidden file is not hidden there."""
    came = xxhash.xxh3_64_hexdigest(f"{mode} {delivered_at}".encode())[:8]
    return _folder(project, source) / f"{content}-{came}" / (name.lstrip(".") or "delivery")


def keep(
    project: Project,
    file: Path,
    *,
    source: str,
    mode: Mode,
    delivered_at: str | None,
    content: str,
    was: Sequence[str] = (),
) -> Delivery:
    """Copy a file into the store, make it count, and return it; the caller holds the store's writer lock.

    A delivery of the same content, mode and date is this one; it keeps what it `was` too.

    Raises:
        InputError: the file changed since its content hash was taken.
        StoreError: the store cannot be written; the file does not count.
    """
    place = place_of(project, source, content, file.name, mode=mode, delivered_at=delivered_at)
    if (before := place.parent.with_suffix(".json")).is_file():
        was = sorted({*_read(before, source).was, *was})
    told = {
        "source": source, "mode": mode, "delivered_at": delivered_at, "content_hash": content, "name": place.name,
        "bytes": file.stat().st_size, **({"was": list(was)} if was else {}),
    }  # fmt: skip
    with storing(project.path(project.store)):
        _make(place.parent.parent)
        place.parent.mkdir(exist_ok=True)
        working = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.copyfile(file, working)
        if content_hash(working) != content:
            shutil.rmtree(place.parent)
            raise InputError(f"{file} changed while it was read", hint="deliver it when it is complete")
        sync(working)
        working.replace(place)
        sync(place.parent)
        write_atomically(place.parent.with_suffix(".json"), json.dumps(told, ensure_ascii=False, indent=1))
    return Delivery(source, mode, delivered_at, content, place.name, place.stat().st_size, place, tuple(was))


def drop(one: Delivery) -> None:
    """Let a delivery count no more and delete its file; the caller holds the store's writer lock.

    Raises:
        StoreError: the store cannot be written.
    """
    folder = one.file.parent
    with storing(folder.parent):
        folder.with_suffix(".json").unlink(missing_ok=True)
        sync(folder.parent)
        shutil.rmtree(folder, ignore_errors=True)


def uncounted(project: Project) -> list[Path]:
    """Return the folders of files that do not count: of a command that was stopped midway."""
    folder = project.path(project.store) / FOLDER
    return sorted(one for one in folder.glob("*/*") if one.is_dir() and not one.with_suffix(".json").is_file())


def _make(folder: Path) -> None:
    """Make a source's folder, so that its name is on the disk; what lies in it is synced by who puts it there."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        for above in (folder.parent, folder.parent.parent):
            sync(above)


def _folder(project: Project, source: str) -> Path:
    return project.path(project.store) / FOLDER / source


def _read(file: Path, source: str) -> Delivery:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        place = file.with_suffix("") / told["name"]
        return Delivery(
            source, told["mode"], told["delivered_at"], told["content_hash"], told["name"], told["bytes"], place,
            tuple(told.get("was", ())),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file} cannot be read: {error}", hint="restore it from a backup of the store") from error
