"""A folder on a file system of its own that becomes full; where none can be mounted, a limit on the length of files."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

PLENTY, PAGE = "4g", 4_096


class Place(NamedTuple):
    """A folder, what a process does before it works there, and what makes room again."""

    folder: Path
    limit: Callable[[], None] | None
    relieve: Callable[[], object]


@contextmanager
def copied_to(place: Path, start: Path, *, room: int | None) -> Iterator[Place]:
    """Yield a copy of a folder in `place`, where `room` bytes more can be written; None for no limit."""
    place.mkdir()
    size = written(start) + (room or 0)
    mounted = room is not None and _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        folder = place / "town"
        copied(start, folder)
        if mounted:
            yield Place(folder, None, partial(_run, "mount", "-o", f"remount,size={PLENTY}", str(place)))
        elif room is not None:
            yield Place(folder, partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room // 20, room // 20)), int)
        else:
            yield Place(folder, None, int)
    finally:
        if mounted:
            _run("umount", str(place))
        shutil.rmtree(place)


def written(folder: Path) -> int:
    """Return the bytes on the disk of the files in a folder, each once, in whole pages."""
    told = [one.stat() for one in folder.rglob("*") if one.is_file()]
    return sum({one.st_ino: -(-one.st_size // PAGE) * PAGE for one in told}.values())


def copied(start: Path, target: Path) -> Path:
    """Return a copy of a folder in which names of one file are names of one file, with all times."""
    first: dict[int, Path] = {}

    def copy(source: str, aim: str) -> str:
        known = first.setdefault(Path(source).stat().st_ino, Path(aim))
        if known == Path(aim):
            return str(shutil.copy2(source, aim))
        Path(aim).hardlink_to(known)
        return aim

    return Path(shutil.copytree(start, target, copy_function=copy))


def _run(*command: str) -> bool:
    """Return whether a command of the system did what it should."""
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(command, check=False, capture_output=True).returncode
    )
