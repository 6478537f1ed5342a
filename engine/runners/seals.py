"""Seals: the hash of every file of a finished folder, so that a file that was damaged since is never taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import xxhash

SEAL = "seal.json"
_DEPTH = 5
"""Folders above a file in which its seal may lie."""


def content_hash(file: Path) -> str:
    """Return the xxh3-128 of a file's bytes; a batch is known by it, whatever its name."""
    digest = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def seal(folder: Path) -> None:
    """Write the hash of every Parquet file below a folder."""
    told = {file.relative_to(folder).as_posix(): content_hash(file) for file in sorted(folder.rglob("*.parquet"))}
    (folder / SEAL).write_text(json.dumps(told), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Return whether a folder was sealed and every file is there as it was then."""
    told = _sealed(folder)
    return told is not None and all(_hash(folder / name) == known for name, known in told.items())


def sealed_in(file: Path) -> Path | None:
    """Return the folder that was sealed with a file in it; None if there is none."""
    return next((folder for folder in [*file.parents][:_DEPTH] if (folder / SEAL).is_file()), None)


def is_as_sealed(file: Path) -> bool:
    """Return whether a file is as it was when it was sealed; one that never was is."""
    folder = sealed_in(file)
    if folder is None:
        return True
    told = _sealed(folder)
    return told is not None and told.get(file.relative_to(folder).as_posix()) == _hash(file)


def _sealed(folder: Path) -> dict[str, str] | None:
    try:
        told = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _hash(file: Path) -> str | None:
    try:
        return content_hash(file)
    except OSError:
        return None
