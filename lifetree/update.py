"""An update: new deliveries are accepted, and the live run is brought up to them under its own calibrations."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow as pa

from engine.increments.halfway import forget
from engine.increments.shelf import DamagedError
from engine.runners.seals import is_as_sealed
from engine.runners.tasks import Progress
from engine.settings import Project
from engine.sizing import memory_bytes
from engine.store import Run, open_live, writing
from lifetree.build import build
from lifetree.deliveries import Accepted, accept
from lifetree.estimates import Tell
from lifetree.increments import CHECKPOINTS, Unfit, advance, arrived, discarded, fitting, heard, require_decisions
from lifetree.manifest import summary_of
from lifetree.retracting import refusals

UNREADABLE = (DamagedError, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, pa.ArrowException)
"""What a damaged checkpoint may raise where it is read."""


def update(
    project: Project,
    batches: Iterable[Path] = (),
    *,
    source: str | None = None,
    mode: str | None = None,
    delivered_at: str | None = None,
    buckets: int | None = None,
    memory: str | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Accept `batches` and publish a run with them; return its summary, with what became of each batch.

    `source`, `mode` and `delivered_at` are those of `accept`. The run has the calibrations of the live one. Only what
    the new files and judgements reach is worked out; where the live run is none to go on from (`anew` says why), all
    is, in `buckets`, `memory` or the buckets of the live run. Without batches, it has what the sources' files have
    become since. Its notes are those that the run before had not.

    Raises:
        StoreError: nothing was built yet; then nothing is accepted.
        ConfigurationError: as `accept` and `build`.
    """
    memory_bytes(memory)
    told = set(open_live(project).manifest["notes"])
    accepted = accept(project, batches, source=source, mode=mode, delivered_at=delivered_at)
    summary = _advanced(project, memory=memory, progress=progress)
    if isinstance(summary, Unfit):
        if tell:
            tell(f"everything is built anew: {summary.reason}")
        live = open_live(project)
        number = buckets or (None if memory else live.manifest.get("buckets"))
        with TemporaryDirectory() as place:
            pinned = _pinned(live, project, Path(place))
            made = build(project, buckets=number, memory=memory, calibration=pinned, progress=progress, tell=tell)
        summary = {**made, "anew": summary.reason}
    notes = [one for one in summary["notes"] if one not in told]
    return {**summary, "notes": notes, "deliveries": _became(accepted, open_live(project))}


def _became(accepted: list[Accepted], run: Run) -> list[dict[str, Any]]:
    """Return what became of each batch: `repeats` and `refused` are null where it was taken in.

    One that an update which was killed had accepted repeats itself: what the run made of it is told all the same.
    """
    refused = refusals(run)
    return [
        {
            "file": str(one.file),
            "source": one.source,
            "mode": one.delivery.mode if one.delivery else None,
            "delivered_at": one.delivery.delivered_at if one.delivery else None,
            "delivery": one.delivery.content_hash if one.delivery else None,
            "repeats": one.repeats,
            "refused": refused.get(one.content),
        }
        for one in accepted
    ]


def _advanced(project: Project, *, memory: str | None, progress: Progress | None) -> dict[str, Any] | Unfit:
    """Return the summary of an increment on the live run, or why everything must be built anew."""
    began = time.monotonic()
    with writing(project.path(project.store)):
        live = open_live(project)
        require_decisions(project, live)
        held = fitting(project, live)
        if isinstance(held, Unfit):
            return held
        files = arrived(project, live)
        if isinstance(files, Unfit):
            return files
        if not files and live.manifest.get("heard") == heard(project):
            forget(project.path(project.store) / CHECKPOINTS)
            return {**summary_of(live, [], began), "anew": None}
        try:
            made = advance(project, live, held, files, memory=memory, progress=progress)
        except UNREADABLE:
            damaged = next((file for file in sorted(held.files()) if not is_as_sealed(file, thorough=True)), None)
            if damaged is None:
                raise
            return discarded(project.path(project.store), damaged)
        return {**summary_of(made.run, made.timings, began), "anew": None}


def follower(project: Project, *, memory: str | None, tell: Callable[[str], None]) -> Callable[[], None]:
    """Return what brings the live run up to the files that a stream took, and tells of it.

    Raises:
        StoreError: nothing was built yet.
    """
    open_live(project)
    return partial(_follow, project, memory=memory, tell=tell)


def _follow(project: Project, *, memory: str | None, tell: Callable[[str], None]) -> None:
    made = update(project, memory=memory, tell=tell)
    linked = f"{made['entities']:,} entities of {made['records']:,} records"
    tell(f"run {made['run_id']}: {linked} in {made['seconds']:.1f} s")


def _pinned(run: Run, project: Project, folder: Path) -> dict[str, Path]:
    """Write the calibrations of a run into a folder and return their files by subject."""
    files = {}
    for name in run.manifest["calibrations"].keys() & project.subjects.keys():
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(run.calibration(name), ensure_ascii=False), encoding="utf-8")
    return files
