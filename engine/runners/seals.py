"""Seals: the hash of every file of a finished folder, so that a file that was changed since is never taken for it.

A seal tells length and time of a file too: as long as both stay, nothing wrote into it, and it is as it was sealed. It
also tells how many rows each has, so that files need not be opened to count them: a large table has ten thousand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
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
    """Write hash, length, time and rows of every Parquet file below a folder; a seal is there whole or not at all."""
    files = sorted(folder.rglob("*.parquet"))
    told = {file.relative_to(folder).as_posix(): [content_hash(file), *_stamp(file), _counted(file)] for file in files}
    begun = folder / f".{SEAL}"
    begun.write_text(json.dumps(told), encoding="utf-8")
    begun.rename(folder / SEAL)


def is_whole(folder: Path) -> bool:
    """Return whether a folder was sealed and every file is there as it was then."""
    told = _sealed(folder)
    return told is not None and all(known and _hash(folder / name) == known[:1] for name, known in told.items())


def sealed_in(file: Path) -> Path | None:
    """Return the folder that was sealed with a file in it; None if there is none."""
    return next((folder for folder in [*file.parents][:_DEPTH] if (folder / SEAL).is_file()), None)


def is_as_sealed(file: Path, *, thorough: bool = False) -> bool:
    """Return whether a file is as it was when it was sealed; one that never was is.

    Thorough: its content is read, whatever its length and time say.
    """
    folder = sealed_in(file)
    if folder is None:
        return True
    known = (_sealed(folder) or {}).get(file.relative_to(folder).as_posix())
    if not known or not file.is_file():
        return False
    untouched = not thorough and _stamp(file) == known[1:3]
    return untouched or _hash(file) == known[:1]


def rows_of(files: Iterable[Path]) -> int:
    """Return how many rows Parquet files have, as their seals tell; one that was never sealed is opened."""
    by_folder: dict[Path, list[Path]] = {}
    for file in files:
        by_folder.setdefault(file.parent, []).append(file)
    return sum(_rows(parent, own) for parent, own in by_folder.items())


def _rows(parent: Path, files: list[Path]) -> int:
    folder = sealed_in(files[0])
    told = (_sealed(folder) if folder else None) or {}
    within = parent.relative_to(folder) if folder else parent
    counts = [told.get((within / file.name).as_posix(), [])[3:4] for file in files]
    return sum(count[0] if count else _counted(file) for count, file in zip(counts, files, strict=True))


def _counted(file: Path) -> int:
    return int(pq.read_metadata(file).num_rows)


def _sealed(folder: Path) -> dict[str, list[Any]] | None:
    try:
        told = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(told, dict) and all(isinstance(one, list) for one in told.values())
    return told if whole else None


def _stamp(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_size, told.st_mtime_ns]


def _hash(file: Path) -> list[str]:
    """Return the hash of a file; nothing where it cannot be read."""
    try:
        return [content_hash(file)]
    except OSError:
        return []
