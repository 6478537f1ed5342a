"""An update: new deliveries are accepted, and the live run is brought up to them under its own calibrations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.runners.tasks import Progress
from engine.settings import Project
from engine.store import Run, open_live
from lifetree.build import build
from lifetree.deliveries import accept


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
) -> dict[str, Any]:
    """Accept `batches` and publish a run with them; return its summary, with what became of each batch.

    `source`, `mode` and `delivered_at` are those of `accept`. The run has the calibrations of the live one and, unless
    `buckets` or `memory` say otherwise, its buckets. Without batches, it has what the sources' files have become since.

    Raises:
        StoreError: nothing was built yet; then nothing is accepted.
        ConfigurationError: as `accept` and `build`.
    """
    live = open_live(project)
    accepted = accept(project, batches, source=source, mode=mode, delivered_at=delivered_at)
    number = buckets or (None if memory else live.manifest.get("buckets"))
    with TemporaryDirectory() as place:
        pinned = _pinned(live, project, Path(place))
        summary = build(project, buckets=number, memory=memory, calibration=pinned, progress=progress)
    told = [
        {
            "file": str(one.file),
            "source": one.source,
            "mode": one.delivery.mode if one.delivery else None,
            "delivered_at": one.delivery.delivered_at if one.delivery else None,
            "repeats": one.repeats,
        }
        for one in accepted
    ]
    return {**summary, "deliveries": told}


def follower(project: Project, *, memory: str | None, tell: Callable[[str], None]) -> Callable[[], None]:
    """Return what brings the live run up to the files that a stream took, and tells of it.

    Raises:
        StoreError: nothing was built yet.
    """
    open_live(project)
    return partial(_follow, project, memory=memory, tell=tell)


def _follow(project: Project, *, memory: str | None, tell: Callable[[str], None]) -> None:
    made = update(project, memory=memory)
    linked = f"{made['entities']:,} entities of {made['records']:,} records"
    tell(f"run {made['run_id']}: {linked} in {made['seconds']:.1f} s")


def _pinned(run: Run, project: Project, folder: Path) -> dict[str, Path]:
    """Write the calibrations of a run into a folder and return their files by subject."""
    files = {}
    for name in run.manifest["calibrations"].keys() & project.subjects.keys():
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(run.calibration(name), ensure_ascii=False), encoding="utf-8")
    return files
