"""The order of stages, what each took and made, and what a run rests on; never the content of a stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import polars as pl
import xxhash

from engine.increments.held import Held
from engine.partitioned import read
from engine.runners.local import LocalRunner
from engine.runners.tasks import Parts, Stage, Task

T = TypeVar("T")


class Flow(Protocol):
    """Runs stages by name, whatever it is that they are run on."""

    def run(self, stage: str, tasks: Sequence[Task], *, subject: str | None = None) -> dict[str, Parts]:
        """Return the tables of a stage; without tasks, none."""

    def branches(self, calls: Mapping[str, Callable[[], T]]) -> dict[str, T]:
        """Return what each call returns, by name; none of them waits for what another one makes."""

    def read(self, parts: Parts) -> pl.DataFrame:
        """Return all rows of a table."""

    def rows(self, parts: Parts) -> int:
        """Return the number of rows of a table; of one that an increment changes, the larger of before and after."""

    def height(self, parts: Parts) -> int:
        """Return the number of rows of a table."""

    def digest(self, tables: Mapping[str, Iterable[Path]], settings: Iterable[str]) -> str:
        """Return what names these tables under these settings: as long as it stays, they do."""


class FullFlow:
    """Runs stages by name on a runner and keeps the account of them: seconds, rows, tasks run and tasks found done."""

    def __init__(self, runner: LocalRunner, stages: Mapping[str, Stage]) -> None:
        self._runner = runner
        self._stages = stages
        self.timings: list[dict[str, Any]] = []
        self.checkpoints: list[Path] = []
        self.held = Held({}, {})
        """What an increment can go on from."""

    def run(self, stage: str, tasks: Sequence[Task], *, subject: str | None = None) -> dict[str, Parts]:
        """Return the tables of a stage; without tasks, none."""
        began = time.monotonic()
        outcome = self._runner.run(self._stages[stage], tasks)
        self.timings.append(
            {
                "name": stage,
                **({"subject": subject} if subject else {}),
                "seconds": round(time.monotonic() - began, 3),
                "rows": max(outcome.rows.values(), default=0),
                "tasks": len(tasks),
                "ran": outcome.ran,
            }
        )
        self.checkpoints += outcome.checkpoints
        self.held = self.held.with_parts(stage, subject, outcome.tables, tasks)
        return outcome.tables

    def branches(self, calls: Mapping[str, Callable[[], T]]) -> dict[str, T]:
        """Return what each call returns, one after the other: the tasks of one stage fill processors and memory."""
        return {name: call() for name, call in calls.items()}

    def read(self, parts: Parts) -> pl.DataFrame:
        """Return all rows of a table."""
        return read(parts.all())

    def rows(self, parts: Parts) -> int:
        """Return the number of rows of a table."""
        return parts.rows()

    def height(self, parts: Parts) -> int:
        """Return the number of rows of a table."""
        return parts.rows()

    def digest(self, tables: Mapping[str, Iterable[Path]], settings: Iterable[str]) -> str:
        """Return the id of a run: a hash of the keys of everything that it holds."""
        folder = self._runner.folder
        listed = [
            f"{name} {file.relative_to(folder).as_posix()}" for name in sorted(tables) for file in sorted(tables[name])
        ]
        return xxhash.xxh3_64_hexdigest("\n".join([*listed, *settings]).encode())
