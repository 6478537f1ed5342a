"""Decisions of people: lines that are added to one file of the store and never altered, whatever is built anew.

A decision is a JSON object on a line of its own, numbered by its place (`J1`, `J2`, …). A line counts once its end is
on the disk: what a power cut left half written is no decision, and the next one takes its place.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.durability import sync
from engine.errors import StoreError

Decision = dict[str, Any]


def decisions_file(store: Path) -> Path:
    """Return where the decisions of a store are kept."""
    return store / "decisions" / "judgements.jsonl"


def decided(store: Path) -> int:
    """Return the bytes of the decisions that are whole: later ones change nothing in what they hold."""
    try:
        return decisions_file(store).read_bytes().rfind(b"\n") + 1
    except FileNotFoundError:
        return 0


def read_decisions(file: Path, *, length: int) -> list[Decision]:
    """Return the decisions in the first `length` bytes of their file, oldest first, each with its number as `decision`.

    Raises:
        StoreError: the file is gone, or a line of it was altered so that it is no decision.
    """
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
            found.append({"decision": f"J{number}", **json.loads(line)})
        except (ValueError, TypeError) as error:
            damaged = f"{file}, line {number}: the decision is damaged: {error}"
            raise StoreError(damaged, hint="take the file from a backup") from error
    return found


def decisions(store: Path) -> list[Decision]:
    """Return the decisions of a store, oldest first; see `read_decisions`."""
    return read_decisions(decisions_file(store), length=decided(store))


def append_decisions(store: Path, added: Sequence[Mapping[str, Any]]) -> list[str]:
    """Add decisions and return their numbers; when it returns they are on the disk. None add nothing.

    One process adds at a time: another one waits for the moment that it takes.

    Raises:
        StoreError: the folder cannot be written, or the disk is full; then none of them was added.
    """
    if not added:
        return []
    file = decisions_file(store)
    text = "".join(json.dumps(dict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in added)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            whole = decided(store)
            before = len(read_decisions(file, length=whole))
            _write(stream.fileno(), text.encode(), at=whole)
        for folder in (file.parent, store):
            sync(folder)
    except OSError as error:
        refused = f"the decision was not kept: {file}: {error.strerror or error}"
        raise StoreError(refused, hint="make room, or the right to write, and decide again") from error
    return [f"J{before + place}" for place in range(1, len(added) + 1)]


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
