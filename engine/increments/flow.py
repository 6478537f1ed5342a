"""A flow that runs stages on what an increment reaches: what a stage makes of it before, and after, is the change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock, local
from typing import Any, TypeVar

import polars as pl

from engine.increments.answers import Changes
from engine.increments.grouped import by_rule
from engine.increments.halfway import Answer, Halfway
from engine.increments.held import Held, Slot
from engine.increments.layers import slot_after, written
from engine.increments.locality import Rule
from engine.increments.multisets import Change
from engine.increments.sheets import Sheet, together
from engine.increments.shelf import Shelf, scan
from engine.runners.tasks import Parts, Progress, Stage, Task
from engine.scratch import scratch_in
from engine.sizing import WORKERS

T = TypeVar("T")

Handler = Callable[["IncrementFlow", Stage, Sequence[Task], str | None], Changes]


class IncrementFlow:
    """Has the face of `engine.pipeline.Flow`; the parts that it returns name tables that it holds as `Sheet`s."""

    def __init__(
        self,
        stages: Mapping[str, Stage],
        rules: Mapping[str, Callable[[Task], Rule]],
        handlers: Mapping[str, Handler],
        *,
        held: Held,
        folder: Path,
        halfway: Halfway,
        digest: str,
        progress: Progress | None = None,
        room: int = 0,
    ) -> None:
        self._stages, self.rules, self._handlers = stages, rules, handlers
        self._held, self._folder, self._progress = held, folder, progress
        self._sheets: dict[Path, Sheet] = {}
        self._next = held
        self._passing: set[Path] = set()
        self._digest = digest
        self.shelf = Shelf(room)
        self.timings: list[dict[str, Any]] = []
        self._halfway = halfway
        self._notes: dict[tuple[str, str | None], pl.DataFrame] = {}
        self._running = local()
        self._lock = Lock()
        self._stopped = False

    def run(self, stage: str, tasks: Sequence[Task], *, subject: str | None = None) -> dict[str, Parts]:
        """Return the tables of a stage: what it answered before a kill, or what it answers now.

        Stages of several branches may run at the same time.

        Raises:
            CancelledError: the increment was stopped.
        """
        if self._stopped:
            raise CancelledError(f"{stage}: the increment was stopped")
        began = time.monotonic()
        bar = f"{stage} {subject}" if subject else stage
        if self._progress:
            self._progress.begin(bar, 1)
        before = self._halfway.again(stage, subject)
        if before:
            self._notes |= {(name, subject): frame for name, frame in before.notes.items()}
        changes = before.changes if before else None
        left: dict[str, pl.DataFrame] = {}
        if changes is None:
            self._running.left = left
            with scratch_in(self._folder):
                changes = self._handlers.get(stage, by_rule)(self, self._stages[stage], tasks, subject)
        if not before:
            self._halfway.keep(Answer(stage, subject, changes, left))
        known = self._held.tables(stage, subject)
        sheets = {name: self._sheet(stage, subject, name, changes.get(name)) for name in {**known, **changes}}
        rows = max((one.plus.height for one in sheets.values()), default=0)
        told = {"name": stage, **({"subject": subject} if subject else {})}
        with self._lock:
            self._next = self._next.with_facts(stage, tasks)
            self._sheets |= {place(stage, subject, name): sheet for name, sheet in sheets.items()}
            self._passing |= {place(stage, subject, name) for name, one in changes.items() if isinstance(one, Sheet)}
            self.timings.append({**told, "seconds": round(time.monotonic() - began, 3), "rows": rows})
            if self._progress:
                self._progress.advance(bar, rows=rows, reused=before is not None)
                self._progress.end(bar)
        return {name: Parts({0: (place(stage, subject, name),)}, place(stage, subject, name)) for name in sheets}

    def branches(self, calls: Mapping[str, Callable[[], T]]) -> dict[str, T]:
        """Return what each call returns, `WORKERS` at the same time; what stops one stops all."""
        with ThreadPoolExecutor(WORKERS) as workers:
            try:
                running = {name: workers.submit(call) for name, call in calls.items()}
                ended, _ = wait(running.values(), return_when=FIRST_EXCEPTION)
                if failed := next((error for one in ended if (error := one.exception())), None):
                    raise failed
                return {name: one.result() for name, one in running.items()}
            except BaseException:
                self._stopped = True
                raise

    def note(self, name: str, subject: str | None, frame: pl.DataFrame) -> None:
        """Leave a frame for later stages of the subject; said by the stage that is run, in its own thread."""
        self._notes[name, subject] = self._running.left[name] = frame

    def noted(self, name: str, subject: str | None) -> pl.DataFrame:
        """Return the frame that an earlier stage left."""
        return self._notes[name, subject]

    def read(self, parts: Parts) -> pl.DataFrame:
        """Return all rows of a table after the increment."""
        return self.sheet(parts.all()).new()

    def rows(self, parts: Parts) -> int:
        """Return the number of rows of a table, the larger of before and after: nothing that had any is passed over."""
        sheet = self.sheet(parts.all())
        before = self._held.count(sheet)
        return max(before, before + sheet.plus.height - sheet.minus.height)

    def height(self, parts: Parts) -> int:
        """Return the number of rows of a table after the increment."""
        sheet = self.sheet(parts.all())
        return self._held.count(sheet) + sheet.plus.height - sheet.minus.height

    def digest(self, _: Mapping[str, Iterable[Path]], __: Iterable[str]) -> str:
        """Return what names the increment."""
        return self._digest

    def sheet(self, files: Sequence[Path]) -> Sheet:
        """Return the table that an input of a task names."""
        return together([self._sheets[file] for file in files])

    def table(self, stage: str, subject: str | None, name: str) -> Sheet:
        """Return a table that a stage made."""
        return self._sheets[place(stage, subject, name)]

    def table_if(self, stage: str, subject: str | None, name: str) -> Sheet | None:
        """Return a table that a stage made, None if it made none."""
        return self._sheets.get(place(stage, subject, name))

    def before(self, stage: str, subject: str | None, name: str) -> Sheet | None:
        """Return a table as the run before left it; None if it had none."""
        if name not in self._held.tables(stage, subject):
            return None
        return self._sheet(stage, subject, name, None)

    def facts(self, stage: str, task: Task) -> dict[str, Any]:
        """Return the arguments of a task that follow from data, as the run before had them."""
        return self._held.facts(stage, task)

    def saved(self) -> Held:
        """Return what the next increment goes on from: what this one changes is written, a folder for each table."""
        lasting = {where: sheet for where, sheet in self._sheets.items() if where not in self._passing}
        with ThreadPoolExecutor(WORKERS) as workers:
            slots = [*workers.map(lambda where: slot_after(lasting[where], self._own(where)), lasting)]
        kept = self._next
        for where, slot in zip(lasting, slots, strict=True):
            kept = kept.with_slot(*unplaced(where), slot)
        return kept

    def _own(self, where: Path) -> Path:
        return self._folder / ".".join((self._digest, *where.parts))

    def _sheet(self, stage: str, subject: str | None, name: str, change: Change | Sheet | None) -> Sheet:
        if isinstance(change, Sheet):
            return change
        slot = self._held.tables(stage, subject).get(name)
        if change is None:
            assert slot is not None
            none = scan(slot.files[0]).clear().collect()
            change = (none, none)
        if slot is None:
            slot = Slot((written(change[1].clear(), self._own(place(stage, subject, name)), "none"),))
        return Sheet(slot.files, slot.layers, *change, self.shelf)


def place(stage: str, subject: str | None, name: str) -> Path:
    """Return the path that stands for a table."""
    return Path(stage, subject or "-", name)


def unplaced(where: Path) -> tuple[str, str | None, str]:
    """Return stage, subject and name of the table that a path stands for."""
    stage, subject, name = where.parts
    return stage, None if subject == "-" else subject, name
