"""What an increment has answered so far, on the disk: after a kill, the same increment goes on from there."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import polars as pl

from engine.durability import storing, sync, write_atomically, write_parquet
from engine.increments.answers import Changes, passing
from engine.increments.multisets import Change
from engine.increments.sheets import Sheet
from engine.partitioned import GROUP

EVERY = 300.0
"""Seconds of work after which the answers since are brought onto the disk: a shorter increment is sooner done anew."""

FOLDER = "halfway"
"""Among checkpoints, what holds a folder for each increment that did not come to its end."""

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
    """The answers of one increment: a stage gives the same of a subject every time, whatever others gave before."""

    def __init__(self, checkpoints: Path, increment: str) -> None:
        """Go on from what is there of the increment, as far as it can be read; what there is of others is deleted."""
        forget(checkpoints, but=increment)
        self._folder = checkpoints / FOLDER / increment
        self._waiting: list[Answer] = []
        self._since = time.monotonic()
        self._lock = Lock()
        self._given = _listed(self._folder / _LIST)

    def again(self, stage: str, subject: str | None) -> Answer | None:
        """Return what the stage answered before the kill; None if it did not come to that, or it cannot be read."""
        for number, told in reversed([*enumerate(self._given)]):
            if (told["stage"], told["subject"]) == (stage, subject):
                try:
                    return _read(told, self._place(number))
                except (OSError, LookupError, TypeError, pl.exceptions.PolarsError):  # cut short, as after a power cut
                    return None
        return None

    def keep(self, answer: Answer) -> None:
        """Keep an answer; it is on the disk after `EVERY` seconds of work at the latest, when its stage is done."""
        with self._lock:
            self._waiting.append(answer.kept())
            if time.monotonic() - self._since < EVERY:
                return
            with storing(self._folder):
                for one in self._waiting:
                    self._given.append(_write(one, self._place(len(self._given))))
                sync(self._folder)
                write_atomically(self._folder / _LIST, json.dumps(self._given, ensure_ascii=False))
            self._waiting = []
            self._since = time.monotonic()

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:04d}"


def _listed(file: Path) -> list[dict[str, Any]]:
    """Return what tells of each answer, in the order in which they were brought onto the disk."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return [{name: one[name] for name in ("stage", "subject", "tables", "notes")} for one in told]
    except (OSError, ValueError, TypeError, LookupError):
        return []


def _write(answer: Answer, place: Path) -> dict[str, Any]:
    """Write an answer and return what tells of it."""
    frames = {f"{name}.note.parquet": frame for name, frame in answer.notes.items()}
    for name, change in (answer.changes or {}).items():
        sides = (change.plus,) if isinstance(change, Sheet) else change
        frames |= {f"{name}.{side}.parquet": frame for side, frame in zip(_SIDES[-len(sides) :], sides, strict=True)}
    place.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        write_parquet(frame, place / name, row_group_size=GROUP)
        sync(place / name)
    sync(place)
    whole = None if answer.changes is None else {name: isinstance(one, Sheet) for name, one in answer.changes.items()}
    return {"stage": answer.stage, "subject": answer.subject, "tables": whole, "notes": sorted(answer.notes)}


def _read(told: dict[str, Any], place: Path) -> Answer:
    tables, changes = told["tables"], None
    if tables is not None:
        changes = {name: _change(place, name, whole=whole) for name, whole in tables.items()}
    notes = {name: _frame(place / f"{name}.note.parquet") for name in told["notes"]}
    return Answer(told["stage"], told["subject"], changes, notes)


def _change(place: Path, name: str, *, whole: bool) -> Change | Sheet:
    """Return the change of a table, or the whole of one that only this increment reads."""
    plus = _frame(place / f"{name}.plus.parquet")
    return passing(plus) if whole else (_frame(place / f"{name}.minus.parquet"), plus)


def _frame(file: Path) -> pl.DataFrame:
    return pl.read_parquet(file, glob=False)


def forget(checkpoints: Path, *, but: str = "") -> None:
    """Delete what increments answered that did not come to their end, all but one."""
    for one in (checkpoints / FOLDER).glob("*"):
        if one.name != but:
            shutil.rmtree(one, ignore_errors=True)
