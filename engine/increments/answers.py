"""What a stage answers in an increment: how each of its tables changes, or a table that only this increment reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from engine.increments.multisets import Change, exchanged
from engine.increments.sheets import Sheet
from engine.runners.local import chunks
from engine.runners.tasks import Stage

Frames = dict[str, pl.DataFrame]

Changes = Mapping[str, Change | Sheet]
"""By table, its change; or a whole table that later stages read, and the next increment does not."""


def passing(frame: pl.DataFrame) -> Sheet:
    """Return a table that only this increment reads."""
    return Sheet((), (), frame.clear(), frame)


def difference(old: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]) -> dict[str, Change]:
    """Return what changes between two answers of a stage."""
    changes = {}
    for name in {**old, **new}:
        like = new[name] if name in new else old[name]
        changes[name] = exchanged(old.get(name, like.clear()), new.get(name, like.clear()))
    return changes


def made(stage: Stage, frames: Mapping[str, pl.DataFrame], arguments: Mapping[str, Any]) -> Frames:
    """Return the tables that a stage makes of frames."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for tables in chunks(stage.function(**frames, **arguments)):
        for name, frame in tables.items():
            parts.setdefault(name, []).append(frame)
    return {name: pl.concat(several) for name, several in parts.items()}


def merged_changes(several: Iterable[Mapping[str, Change]]) -> Changes:
    """Return the changes of several tasks as one."""
    found: dict[str, list[Change]] = {}
    for changes in several:
        for name, change in changes.items():
            found.setdefault(name, []).append(change)
    return {name: (pl.concat(a for a, _ in parts), pl.concat(b for _, b in parts)) for name, parts in found.items()}
