"""The manifests of a stream: one file per committed micro-batch, never changed; what none names does not count."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import xxhash

from engine.durability import write_atomically
from engine.errors import InputError, StoreError
from engine.runners.tasks import canonical
from engine.settings.project import Project

STREAM, BATCHES, PARTS = "stream", "batches", "parts"

Manifest = dict[str, Any]

UNREAD = {"name", "salt", "store", "judgements", "sources", "subjects", "counts", "claims"}
"""Settings of a project that do not reach cleansing as they are; sources and the subjects' attributes do."""


TITLES = {"files", "title", "catalogue", "steward", "cycle"}
"""Settings of a source that do not decide what its rows become."""


def stream_folder(project: Project) -> Path:
    """Return the folder of the project's stream."""
    return project.path(project.store) / STREAM


def read_manifests(folder: Path) -> list[Manifest]:
    """Return the manifests of a stream in the order of their commits; none when there is no stream.

    Raises:
        StoreError: a manifest cannot be read.
    """
    found = []
    for file in sorted((folder / BATCHES).glob("[0-9]*.json")):
        try:
            found.append(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise StoreError(f"{file} cannot be read: {error}", hint="restore it from a backup of the store") from error
    return found


def commit(folder: Path, manifest: Manifest) -> None:
    """Make a micro-batch count: its manifest appears by one rename, after all that it names is on the disk."""
    write_atomically(folder / BATCHES / f"{manifest['number']:08d}.json", json.dumps(manifest, ensure_ascii=False))


def part_folder(folder: Path, number: int) -> Path:
    """Return the folder of the tables of one micro-batch."""
    return folder / PARTS / f"{number:08d}"


def remove_leftovers(folder: Path, manifests: Iterable[Manifest]) -> None:
    """Remove what a stopped process left behind: parts that no manifest names, and manifests half written."""
    kept = {part_folder(folder, one["number"]) for one in manifests}
    for place in (folder / PARTS).glob("*"):
        if place not in kept:
            shutil.rmtree(place)
    for file in (folder / BATCHES).glob(".*.json.*"):
        file.unlink()


def settings_digests(project: Project) -> dict[str, str]:
    """Return, by source, the hash of the settings that decide what its rows become."""
    rest = project.model_dump(mode="json", exclude=UNREAD)
    attributes = {name: one.model_dump(mode="json", include={"attributes"}) for name, one in project.subjects.items()}
    return {
        one.name: xxhash.xxh3_64_hexdigest(
            canonical([one.model_dump(mode="json", exclude=TITLES), attributes, rest]).encode()
        )
        for one in project.sources
    }


def require_same_settings(project: Project, manifests: Iterable[Manifest]) -> None:
    """Raise a StoreError when files were taken under other settings of their source than those of now."""
    digests, taken = settings_digests(project), dict[str, str]()
    for one in manifests:
        taken |= one["settings"]
    changed = sorted(name for name, digest in taken.items() if digests.get(name) != digest)
    if changed:
        raise StoreError(
            f"the settings of {', '.join(changed)} changed since files were taken: records would not fit together",
            hint=f"move {stream_folder(project)} away, and the files of the inbox's done/ back into the inbox: "
            "`lifetree watch` takes them anew",
        )


def placed(project: Project, text: str) -> Path:
    """Return the path of a file that a manifest names, relative to the project or absolute."""
    return project.folder / text


def named(project: Project, path: Path) -> str:
    """Return a path as a manifest names it: relative to the project where it lies within."""
    whole, folder = Path(os.path.abspath(path)), Path(os.path.abspath(project.folder))  # noqa: PTH100  # keeps links
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(whole)


def taken_files(project: Project, source: str) -> list[Path]:
    """Return the files of a source that were taken from the inbox: a build reads them beside those of `files`.

    Raises:
        InputError: one of them is no longer where it was kept.
    """
    folder = stream_folder(project)
    manifests = sorted((folder / BATCHES).glob("[0-9]*.json"))
    changed = manifests[-1].stat().st_mtime_ns if manifests else 0
    found = [placed(project, text) for text in _places(folder, len(manifests), changed).get(source, ())]
    if lost := [file for file in found if not file.is_file()]:
        raise InputError(
            f"source {source}: {lost[0]} was taken by `lifetree watch` and is gone",
            hint="put it back: what was taken belongs to the source's files",
        )
    return found


@lru_cache(maxsize=1)
def _places(folder: Path, _count: int, _changed: int) -> dict[str, list[str]]:
    """Return where the files of each source are kept; read anew when there are other manifests."""
    places: dict[str, list[str]] = {}
    for manifest in read_manifests(folder):
        for file in manifest["files"]:
            places.setdefault(file["source"], []).append(file["place"])
    return places
