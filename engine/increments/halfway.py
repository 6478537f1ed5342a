"""What an increment has answered so far, on the disk: after a kill, the same increment goes on from there."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.durability import storing, sync, write_atomically, write_parquet
from engine.errors import LifetreeError
from engine.increments.answers import Changes, passing
from engine.increments.sheets import Sheet
from engine.runners.local import GROUP

EVERY = 300.0
"""Seconds of work after which the answers since are brought onto the disk: a shorter increment is sooner done anew."""

_LIST = "answers.json"
_SIDES = ("minus", "plus")

Notes = Mapping[str, pl.DataFrame]


class Answer(NamedTuple):
    """What a stage answered of a subject, and what it left for later stages.

    `changes` is null where the answer names files of the live run: it costs nothing to give it again.
    """

    stage: str
    subject: str | None
    changes: Changes | None
    notes: Notes

    def kept(self) -> Answer:
        """Return the answer as it is brought onto the disk."""
        named = any(isinstance(one, Sheet) and one.files for one in (self.changes or {}).values())
        return self._replace(changes=None) if named else self


class Halfway:
    """The answers of one increment in the order in which its stages gave them; they are the same every time."""

    def __init__(self, folder: Path) -> None:
        """Go on from what `folder` holds of the same increment; what cannot be read there is deleted."""
        self._folder = folder
        self._given: list[dict[str, Any]] = []
        self._waiting: list[Answer] = []
        self._since = time.monotonic()
        try:
            self._found = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._found = []
            shutil.rmtree(folder, ignore_errors=True)

    def again(self, stage: str, subject: str | None) -> Answer | None:
        """Return what the stage answered before the kill; None if it did not come to that.

        Raises:
            LifetreeError: it was another stage's turn, which no increment of this name can come to.
        """
        if len(self._given) >= len(self._found):
            return None
        told, place = self._found[len(self._given)], self._place(len(self._given))
        if (told["stage"], told["subject"]) != (stage, subject):
            raise LifetreeError(
                f"the increment in {self._folder} answered {told['stage']} where it comes to {stage} now",
                hint="delete this folder; the same command begins anew",
            )
        self._given.append(told)
        changes = None
        if told["tables"] is not None:
            changes = {name: _read(place, name, whole=whole) for name, whole in told["tables"].items()}
        return Answer(
            stage, subject, changes, {name: pl.read_parquet(place / f"{name}.note") for name in told["notes"]}
        )

    def keep(self, answer: Answer) -> None:
        """Keep an answer; it is on the disk after `EVERY` seconds of work at the latest, when its stage is done."""
        self._waiting.append(answer.kept())
        if time.monotonic() - self._since < EVERY:
            return
        with storing(self._folder):
            for one in self._waiting:
                self._given.append(_write(one, self._place(len(self._given))))
            write_atomically(self._folder / _LIST, json.dumps(self._given, ensure_ascii=False))
        self._waiting = []
        self._since = time.monotonic()

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:04d}"


def _write(answer: Answer, place: Path) -> dict[str, Any]:
    """Write an answer and return what tells of it."""
    frames = {f"{name}.note": frame for name, frame in answer.notes.items()}
    for name, change in (answer.changes or {}).items():
        sides = (change.plus,) if isinstance(change, Sheet) else change
        frames |= {f"{name}.{side}": frame for side, frame in zip(_SIDES[-len(sides) :], sides, strict=True)}
    place.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        write_parquet(frame, place / name, row_group_size=GROUP)
        sync(place / name)
    sync(place)
    whole = None if answer.changes is None else {name: isinstance(one, Sheet) for name, one in answer.changes.items()}
    return {"stage": answer.stage, "subject": answer.subject, "tables": whole, "notes": sorted(answer.notes)}


def _read(place: Path, name: str, *, whole: bool) -> tuple[pl.DataFrame, pl.DataFrame] | Sheet:
    """Return the change of a table, or the whole of one that only this increment reads."""
    plus = _frame(place / f"{name}.plus")
    return passing(plus) if whole else (_frame(place / f"{name}.minus"), plus)


def _frame(file: Path) -> pl.DataFrame:
    return pl.read_parquet(file, glob=False)
