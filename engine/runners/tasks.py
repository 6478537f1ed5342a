"""What a runner runs: stages cut into tasks, and the parts of tables that pass between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import polars as pl
from pydantic import BaseModel

from engine.runners.seals import rows_of


class Stage(NamedTuple):
    """A pure function over frames, and how its tables are re-bucketed.

    `function` takes frames and settings by keyword and returns a NamedTuple of frames, a dict of them, or an
    iterator of either (a table that arrives in chunks). `exchange` gives, per table, the expression of the bucket that
    a row goes to; a table without one stays in the bucket of its task.
    """

    name: str
    function: Callable[..., Any]
    exchange: Mapping[str, pl.Expr] = {}


class Parts(NamedTuple):
    """The files of one table by bucket, and an empty file that carries the schema for buckets without rows."""

    buckets: Mapping[int, tuple[Path, ...]]
    empty: Path

    def rows(self) -> int:
        """Return the number of rows."""
        return rows_of(self.all())

    def of(self, bucket: int) -> tuple[Path, ...]:
        """Return the files of one bucket, never none."""
        return self.buckets.get(bucket) or (self.empty,)

    def filled(self) -> tuple[int, ...]:
        """Return the buckets that have rows; the first when none has."""
        return tuple(sorted(self.buckets)) or (0,)

    def all(self) -> tuple[Path, ...]:
        """Return the files of every bucket."""
        return tuple(file for bucket in sorted(self.buckets) for file in self.buckets[bucket]) or (self.empty,)


class Met(NamedTuple):
    """Which rows of an input a function looks at: those whose `column` is in the columns of other inputs (`among`)."""

    column: str
    among: Mapping[str, tuple[str, ...]]


class Task(NamedTuple):
    """One bucket of a stage: `inputs` become frames, `arguments` are passed as they are.

    `reads` are files that the function opens by itself; their content is part of the checkpoint's key. Of an input in
    `met` other rows may be left out: they make no difference to what the function returns. One in `lazy` is not read:
    the function does, as much of it at a time as it looks at.
    """

    bucket: int
    inputs: Mapping[str, tuple[Path, ...]]
    arguments: Mapping[str, Any]
    reads: tuple[Path, ...] = ()
    met: Mapping[str, Met] = {}
    lazy: tuple[str, ...] = ()


class Progress(Protocol):
    """What wants to know how far a run is."""

    def begin(self, stage: str, tasks: int) -> None:
        """Note that `stage` begins with so many tasks."""

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        """Note that one task of `stage` is done, or was found done."""

    def end(self, stage: str) -> None:
        """Note that `stage` is done."""


def canonical(value: Any) -> str:
    """Return a text that is equal exactly for equal settings, on any machine.

    Raises:
        TypeError: the value is not made of settings, plain values, texts and paths.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain)


def merged(parts: Iterable[Parts]) -> Parts:
    """Return the union of several parts of one table, such as those of several sources."""
    every = list(parts)
    buckets: dict[int, tuple[Path, ...]] = {}
    for one in every:
        for bucket, files in one.buckets.items():
            buckets[bucket] = buckets.get(bucket, ()) + files
    return Parts(buckets, every[0].empty)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{type(value).__name__} cannot key a checkpoint")
