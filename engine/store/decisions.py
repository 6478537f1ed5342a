"""Decisions of people: lines that are added to one file of the store and never altered, whatever is built anew.

A decision is a JSON object on a line of its own, numbered by its place (`J1`, `J2`, …). A line counts once its end is
on the disk: what a power cut left half written is no decision, and the next one takes its place.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from engine.durability import sync, write_atomically
from engine.errors import StoreError

Decision = dict[str, Any]


def decisions_file(store: Path) -> Path:
    """Return where the decisions of a store are kept."""
    return store / "decisions" / "judgements.jsonl"


def decided(store: Path) -> int:
    """Return the bytes of the decisions that are whole: later ones change nothing in what they hold."""
    return _whole(decisions_file(store))


def read_decisions(file: Path, *, length: int) -> list[Decision]:
    """Return the decisions in the first `length` bytes of their file, oldest first, each with its number as `decision`.

    Raises:
        StoreError: the file is gone, or a line of it was altered so that it is no decision.
    """
    told = _lines(file, length, what="decision")
    return [{"decision": f"J{number}", **one} for number, one in enumerate(told, start=1)]


def lines_of(file: Path, *, what: str) -> list[Decision]:
    """Return what the whole lines of a file say, oldest first; `what` names one in an error.

    Raises:
        StoreError: the file cannot be read, or a line of it was altered.
    """
    return _lines(file, _whole(file), what=what)


def _lines(file: Path, length: int, *, what: str) -> list[Decision]:
    if not length:
        return []
    try:
        with file.open("rb") as stream:
            lines = stream.read(length).splitlines()
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}", hint="take it from a backup") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError) as error:
            damaged = f"{file}, line {number}: the {what} is damaged: {error}"
            raise StoreError(damaged, hint="take the file from a backup") from error
    return found


def _whole(file: Path) -> int:
    try:
        return file.read_bytes().rfind(b"\n") + 1
    except FileNotFoundError:
        return 0


def decisions(store: Path) -> list[Decision]:
    """Return the decisions of a store, oldest first; see `read_decisions`."""
    return read_decisions(decisions_file(store), length=decided(store))


def append_decisions(store: Path, added: Sequence[Mapping[str, Any]]) -> list[str]:
    """Add decisions and return their numbers; when it returns they are on the disk. None add nothing.

    One process adds at a time: another one waits for the moment that it takes.

    Raises:
        StoreError: the folder cannot be written, or the disk is full; then none of them was added.
    """
    before = append_lines(decisions_file(store), added, what="decision")
    return [f"J{before + place}" for place in range(1, len(added) + 1)]


def append_lines(file: Path, added: Sequence[Mapping[str, Any]], *, what: str) -> int:
    """Add lines to a file, and return how many it had; `what` names one in an error. See `append_decisions`."""
    if not added:
        return 0
    text = "".join(json.dumps(dict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in added)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _held(file) as stream:
            whole = _whole(file)
            before = len(_lines(file, whole, what=what))
            _write(stream.fileno(), text.encode(), at=whole)
        for folder in (file.parent, file.parent.parent):
            sync(folder)
    except OSError as error:
        refused = f"the {what} was not kept: {file}: {error.strerror or error}"
        raise StoreError(refused, hint="make room, or the right to write, and decide again") from error
    return before


def rewrite_lines(file: Path, texts: Sequence[str], *, what: str) -> None:
    """Put other lines in the place of those of a file, each as long as it was: for what the law takes out of them.

    Raises:
        StoreError: a line would be longer, or the folder cannot be written; then every line is as it was.
    """
    try:
        with _held(file) as stream:
            before = stream.read().splitlines()
            lines = [text.encode().ljust(len(old)) for text, old in zip(texts, before, strict=False)]
            if any(len(line) > len(old) for line, old in zip(lines, before, strict=False)):
                raise StoreError(f"{file}: a {what} would be longer than it was", hint="report it")
            kept = before[len(lines) :]
            write_atomically(file, "".join(f"{line.decode()}\n" for line in [*lines, *kept]))
    except OSError as error:
        refused = f"{file} cannot be written: {error.strerror or error}"
        raise StoreError(refused, hint="make room, or the right to write; the same command goes on") from error


@contextmanager
def _held(file: Path) -> Iterator[FileIO]:
    """Yield the file at its beginning, held by one process at a time, also when another put a new one in its place."""
    while True:
        with file.open("a+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not file.exists() or file.stat().st_ino != os.fstat(stream.fileno()).st_ino:
                continue
            stream.seek(0)
            yield stream
            return


def _write(descriptor: int, data: bytes, *, at: int) -> None:
    """Write behind the whole lines; a part that the disk did not take all of is cut off again."""
    os.ftruncate(descriptor, at)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, at)
        raise
