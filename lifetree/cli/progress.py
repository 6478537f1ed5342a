"""Progress of a run on stderr: stage, bar, rows, time elapsed and time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bars(NamedTuple):
    """One bar per stage; what a runner reports moves it."""

    display: Progress
    stages: dict[str, TaskID]

    def begin(self, stage: str, tasks: int) -> None:
        """Add the bar of a stage."""
        self.stages[stage] = self.display.add_task(stage, total=tasks, rows=0, reused=0, told="")

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        """Move the bar by one task."""
        bar = self.display.tasks[self.display.task_ids.index(self.stages[stage])]
        total, known = bar.fields["rows"] + rows, bar.fields["reused"] + reused
        told = ", ".join([f"{total:,} rows"] * bool(total) + [f"{known} found done"] * bool(known))
        self.display.update(bar.id, advance=1, rows=total, reused=known, told=told)

    def end(self, stage: str) -> None:
        """Fill the bar of a stage."""
        self.display.update(self.stages[stage], completed=self.display.tasks[self.stages[stage]].total)


@contextmanager
def progress_on_stderr(*, quiet: bool) -> Iterator[Bars | None]:
    """Yield bars on stderr, or None when stderr is not a terminal or `quiet` is asked for."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[told]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as display:
        yield Bars(display, {})
