"""What a run leaves for the next increment: the files of every table that its stages made, and the facts they used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from engine.durability import write_atomically
from engine.increments.sheets import Layer, Sheet
from engine.runners.tasks import Parts, Task, canonical


class Slot(NamedTuple):
    """The files of one table: those that hold its rows, and the layers since."""

    files: tuple[Path, ...]
    layers: tuple[Layer, ...] = ()

    def all(self) -> tuple[Path, ...]:
        """Return every file that the table rests on."""
        return (*self.files, *(one.file for one in self.layers))

    def rows(self) -> int:
        """Return the rows of the table, those of its files and of all layers."""
        return sum(map(_rows, self.files)) + sum(one.added - one.taken for one in self.layers)


class Held(NamedTuple):
    """The tables by stage and subject, and the facts of each task."""

    slots: Mapping[tuple[str, str | None], Mapping[str, Slot]]
    known: Mapping[str, Any]

    def tables(self, stage: str, subject: str | None) -> Mapping[str, Slot]:
        """Return the tables of a stage by name."""
        return self.slots.get((stage, subject), {})

    def with_slot(self, stage: str, subject: str | None, name: str, slot: Slot) -> Held:
        """Return the same with one table more, or another instead of it."""
        own = {**self.tables(stage, subject), name: slot}
        return Held({**self.slots, (stage, subject): own}, self.known)

    def with_parts(self, stage: str, subject: str | None, tables: Mapping[str, Parts], tasks: Iterable[Task]) -> Held:
        """Return the same with what a full run of a stage made."""
        own = {name: Slot(parts.all()) for name, parts in tables.items()}
        return Held({**self.slots, (stage, subject): own}, {**self.known, **known_of(stage, tasks)})

    def facts(self, stage: str, task: Task) -> dict[str, Any]:
        """Return the facts of a task, as they were."""
        found: dict[str, Any] = self.known.get(task_name(stage, task), dict.fromkeys(facts_of(task)))
        return found

    def with_facts(self, stage: str, tasks: Iterable[Task]) -> Held:
        """Return the same with the facts that tasks have now."""
        return self._replace(known={**self.known, **known_of(stage, tasks)})

    def count(self, sheet: Sheet) -> int:
        """Return the rows of a table before the increment."""
        return Slot(sheet.files, sheet.layers).rows()

    def files(self) -> set[Path]:
        """Return every file that is needed."""
        return {file for own in self.slots.values() for slot in own.values() for file in slot.all()}


def facts_of(task: Task) -> dict[str, Any]:
    """Return the arguments of a task that follow from data, where they say anything."""
    told = {name: task.arguments[name] or None for name in FACTS if name in task.arguments}
    found: dict[str, Any] = json.loads(canonical(told))
    return found


FACTS = frozenset({"refused", "replaced"})
"""The arguments that hold facts found in the data."""


def task_name(stage: str, task: Task) -> str:
    """Return what names a task from run to run."""
    source = task.arguments.get("source")
    return f"{stage} {source.name}" if source is not None else stage


def known_of(stage: str, tasks: Iterable[Task]) -> dict[str, Any]:
    """Return the facts of tasks by name; those without any are left out."""
    return {task_name(stage, task): facts for task in tasks if (facts := facts_of(task))}


def _rows(file: Path) -> int:
    return int(pq.read_metadata(file).num_rows)


def save(held: Held, file: Path, *, store: Path) -> None:
    """Write what is held; files are named within the store."""

    def named(files: Iterable[Path]) -> list[str]:
        return [one.relative_to(store).as_posix() for one in files]

    slots = [
        [stage, subject, name, named(slot.files), [[*named([one.file]), *one[1:]] for one in slot.layers]]
        for (stage, subject), own in held.slots.items()
        for name, slot in own.items()
    ]
    text = json.dumps({"slots": slots, "known": held.known}, ensure_ascii=False)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        write_atomically(file, text)


def load(file: Path, *, store: Path) -> Held:
    """Return what a run left.

    Raises:
        OSError: there is no such file.
        ValueError: it is damaged.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        slots: dict[tuple[str, str | None], dict[str, Slot]] = {}
        for stage, subject, name, files, layers in told["slots"]:
            layered = tuple(Layer(store / one, int(taken), int(added)) for one, taken, added in layers)
            slots.setdefault((stage, subject), {})[name] = Slot(tuple(store / one for one in files), layered)
        return Held(slots, told["known"])
    except (LookupError, TypeError) as error:
        raise ValueError(f"{file}: {error}") from error
