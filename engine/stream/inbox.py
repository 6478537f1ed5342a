"""What lies in the inbox: which files are complete, and of which source each is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import NamedTuple

from engine.errors import StoreError

DONE, FAILED, REPEATED = "done", "failed", "repeated"
KEPT = (DONE, FAILED, REPEATED)
"""Folders of the inbox into which files are put, and where none is looked for."""

REASON = ".reason.txt"
"""Ends the name of the file that says why the one beside it could not be taken."""

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")
"""Ends of names under which programs write what they have not finished."""


class Arrived(NamedTuple):
    """A file of the inbox: its source (None: nobody's), size, change of content (ns), and arrival (s since 1970)."""

    path: Path
    source: str | None
    size: int
    modified: int
    arrived: float


def look(inbox: Path, names: Mapping[str, Sequence[str]]) -> list[Arrived]:
    """Return the files that lie in the inbox, earliest arrival first.

    `names` are the globs of each source's file names. Hidden files, those with an unfinished name and those in the
    folders of `KEPT` are left out. A file arrives when it was last written, renamed or linked.
    """
    found = []
    for place, folders, files in os.walk(inbox):
        top = Path(place) == inbox
        folders[:] = [name for name in folders if not name.startswith(".") and not (top and name in KEPT)]
        for name in files:
            if name.startswith(".") or name.endswith(UNFINISHED):
                continue
            one = arrived(Path(place, name), source_of(Path(place, name).relative_to(inbox), names))
            found += [one] if one else []
    return sorted(found, key=lambda one: (one.arrived, one.path))


def arrived(path: Path, source: str | None) -> Arrived | None:
    """Return the state of a file; None when it is gone."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return Arrived(path, source, state.st_size, state.st_mtime_ns, state.st_ctime)


def source_of(path: PurePath, names: Mapping[str, Sequence[str]]) -> str | None:
    """Return the source of a path within the inbox; None where there is none, or several of equal right.

    The nearest folder that bears a source's name decides; else the file's name, when it is the source's up to the first
    dot; else the globs of file names, when those of one source fit.

    >>> names = {"civil": ["civil_*.csv"], "tax": ["*.jsonl"]}
    >>> [source_of(PurePath(one), names) for one in ("civil/x.txt", "2024/tax.csv", "civil_1.csv", "x.csv")]
    ['civil', 'tax', 'civil', None]
    """
    folder = next((part for part in reversed(path.parts[:-1]) if part in names), None)
    if folder:
        return folder
    stem = path.name.partition(".")[0]
    if stem in names:
        return stem
    fitting = [source for source, globs in names.items() if any(fnmatchcase(path.name, one) for one in globs)]
    return fitting[0] if len(fitting) == 1 else None


def is_settled(one: Arrived, before: Mapping[Path, Arrived]) -> bool:
    """Return whether a file is as it was in the look before."""
    earlier = before.get(one.path)
    return earlier is not None and (earlier.size, earlier.modified) == (one.size, one.modified)


def prepare(inbox: Path, sources: Sequence[str]) -> None:
    """Make the inbox with its folders.

    Raises:
        StoreError: it cannot be made or written, or a source is called as one of its folders.
    """
    if taken := sorted(set(KEPT) & set(sources)):
        raise StoreError(
            f"a source of a watched project cannot be called '{taken[0]}': the inbox has a folder of that name",
            hint="set another `name` for the source",
        )
    try:
        for name in KEPT:
            (inbox / name).mkdir(parents=True, exist_ok=True)
            probe = inbox / name / f".{os.getpid()}"
            probe.touch()
            probe.unlink()
    except OSError as error:
        raise StoreError(
            f"cannot write to the inbox at {inbox}: {error.strerror or error}",
            hint="grant the user of this process the right to write there: files are moved when they are taken",
        ) from error


def set_aside(inbox: Path, one: Arrived, folder: str, reason: str) -> Path:
    """Move a file into `folder` of the inbox, with the reason in a file beside it, and return where it is."""
    place = inbox / folder / (one.source or "")
    place.mkdir(parents=True, exist_ok=True)
    taken = {path.name for path in place.iterdir()}
    stem, dot, suffix = one.path.name.partition(".")
    number = next(n for n in range(len(taken) + 1) if (f"{stem}-{n}" if n else stem) + dot + suffix not in taken)
    target = place / ((f"{stem}-{number}" if number else stem) + dot + suffix)
    target.with_name(target.name + REASON).write_text(reason + "\n", encoding="utf-8")
    shutil.move(one.path, target)
    return target


def held(inbox: Path, folder: str) -> list[Path]:
    """Return the files that were set aside into `folder`, by name."""
    return sorted(path for path in (inbox / folder).rglob("*") if path.is_file() and not path.name.endswith(REASON))
