"""A flow that runs stages on what an increment reaches: what a stage makes of it before, and after, is the change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl
import xxhash

from engine.durability import storing, sync, write_parquet
from engine.increments.answers import Changes
from engine.increments.grouped import by_rule
from engine.increments.halfway import Answer, Halfway
from engine.increments.held import Held, Slot, rows_of
from engine.increments.locality import Rule
from engine.increments.sheets import Change, Layer, Sheet, folded, together, worth_folding
from engine.increments.shelf import Shelf, scan
from engine.runners.local import COARSE
from engine.runners.seals import seal
from engine.runners.tasks import Parts, Progress, Stage, Task
from engine.sizing import WORKERS

MOST_LAYERS = 4
"""A table that has so many layers, or up to twice as many, folds the newest where they are worth it."""

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
        self._left: dict[str | None, dict[str, pl.DataFrame]] = {}
        self._lock = Lock()
        self._stopped = False

    def run(self, stage: str, tasks: Sequence[Task], *, subject: str | None = None) -> dict[str, Parts]:
        """Return the tables of a stage: what it answered before a kill, or what it answers now.

        Stages of several subjects may run at the same time.

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
        if changes is None:
            self._left[subject] = {}
            changes = self._handlers.get(stage, by_rule)(self, self._stages[stage], tasks, subject)
        if not before:
            self._halfway.keep(Answer(stage, subject, changes, self._left[subject]))
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

    def stop(self) -> None:
        """Let no stage begin any more."""
        self._stopped = True

    def note(self, name: str, subject: str | None, frame: pl.DataFrame) -> None:
        """Leave a frame for later stages of the subject."""
        self._notes[name, subject] = self._left[subject][name] = frame

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
        """Return what the next increment goes on from: this one's changes are written as layers."""
        lasting = {where: sheet for where, sheet in self._sheets.items() if where not in self._passing}
        with ThreadPoolExecutor(WORKERS) as workers:
            layered = [*workers.map(self._layered, lasting.values(), lasting)]
        kept = self._next
        for (where, sheet), layers in zip(lasting.items(), layered, strict=True):
            stage, subject, name = unplaced(where)
            kept = kept.with_slot(stage, subject, name, Slot(sheet.files, layers))
        with storing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            seal(self._folder)
        return kept

    def _layered(self, sheet: Sheet, where: Path) -> tuple[Layer, ...]:
        """Return the layers of a table with what this increment changes of it as the newest, if anything."""
        if not sheet.changed():
            return sheet.layers
        folder = self._folder / where
        with storing(self._folder):
            folder.mkdir(parents=True, exist_ok=True)
        kept, change = sheet.layers, (sheet.minus, sheet.plus)
        if len(kept) >= _most(where):
            begin = worth_folding([rows_of(one) for one in kept], sum(one.height for one in change))
            read = self.shelf.scan
            later = [(read(one.minus).collect(), read(one.plus).collect()) for one in kept[begin:]]
            kept, change = kept[:begin], folded([*later, change])
        layer = Layer(folder / "minus.parquet", folder / "plus.parquet")
        for frame, file in zip(change, layer, strict=True):
            with storing(self._folder):
                write_parquet(frame, file, row_group_size=COARSE)
                sync(file)
        return (*kept, layer)

    def _sheet(self, stage: str, subject: str | None, name: str, change: Change | Sheet | None) -> Sheet:
        if isinstance(change, Sheet):
            return change
        slot = self._held.tables(stage, subject).get(name)
        if change is None:
            assert slot is not None
            none = scan(slot.files[0]).clear().collect()
            change = (none, none)
        if slot is None:
            slot = Slot((self._empty(stage, subject, name, change[1]),), ())
        return Sheet(slot.files, slot.layers, *change, self.shelf)

    def _empty(self, stage: str, subject: str | None, name: str, like: pl.DataFrame) -> Path:
        file = self._folder / place(stage, subject, name) / "none.parquet"
        with storing(self._folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_parquet(like.clear(), file, row_group_size=COARSE)
        return file


def _most(where: Path) -> int:
    """Return how many layers a table may have: tables differ, so that not all of them are folded on the same day."""
    return MOST_LAYERS + xxhash.xxh32_intdigest(where.as_posix().encode()) % MOST_LAYERS


def place(stage: str, subject: str | None, name: str) -> Path:
    """Return the path that stands for a table."""
    return Path(stage, subject or "-", name)


def unplaced(where: Path) -> tuple[str, str | None, str]:
    """Return stage, subject and name of the table that a path stands for."""
    stage, subject, name = where.parts
    return stage, None if subject == "-" else subject, name
