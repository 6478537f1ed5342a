"""One increment: what new files and judgements change in a run, published as a layer on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import xxhash

from engine.increments import with_keys
from engine.increments.flow import IncrementFlow
from engine.increments.halfway import Halfway
from engine.increments.held import Held
from engine.runners.seals import content_hash
from engine.runners.tasks import Progress, canonical
from engine.settings import Project
from engine.sizing import memory_bytes, peak_memory_mb
from engine.store import Run, publish_layer
from engine.tables import TABLES
from lifetree.hanging import hang
from lifetree.increments.arrivals import heard, stamps
from lifetree.increments.fitting import CHECKPOINTS, let_go, save_held
from lifetree.increments.rules import RULES
from lifetree.increments.ways import WAYS
from lifetree.manifest import described, published
from lifetree.notes import standing_notes
from lifetree.registry import Before, registry_of
from lifetree.resolve import Resolved, Tables, read_records, resolve_subject
from lifetree.stages import stages
from matchers.models import Calibration

INCREMENTS = "increments"
REPEATED = ("conflicts", "findings", "generic_values", "rejects", "review")
"""Tables of which rows may agree in the primary key: what stays beside a row that goes is written again."""

ON_SHELF = 4
"""What part of the memory holds files that are read often: one in so many."""


class Advanced(NamedTuple):
    """The run of an increment, what it says of itself, and the seconds of its stages."""

    run: Run
    resolved: Mapping[str, Resolved]
    timings: list[dict[str, Any]]


def advance(
    project: Project,
    live: Run,
    held: Held,
    files: Mapping[str, list[Path]],
    *,
    memory: str | None = None,
    progress: Progress | None = None,
) -> Advanced:
    """Return the run that new `files` by source, and new judgements, make of the live one; its tables are published.

    Every table is as a build of all files under the calibration of `live` makes it. A share of `memory` holds what is
    read often. An increment that was killed goes on with the answers of stages that had reached the disk.
    """
    store, judged = project.path(project.store), heard(project)
    stamped = {**live.manifest.get("stamps", {}), **stamps(project, chain.from_iterable(files.values()))}
    inputs = {**live.manifest["inputs"], **named_inputs(project, files)}
    run_id = xxhash.xxh3_64_hexdigest(canonical([live.run_id, inputs, judged]).encode())
    folder = store / CHECKPOINTS / INCREMENTS
    for begun in folder.glob(f"{run_id}.*"):
        shutil.rmtree(begun, ignore_errors=True)
    ways = stages(project, buckets=1), RULES, WAYS
    room = memory_bytes(memory) // ON_SHELF
    halfway = Halfway(store / CHECKPOINTS, run_id)
    flow = IncrementFlow(*ways, held=held, folder=folder, halfway=halfway, digest=run_id, progress=progress, room=room)
    made = _made(flow, project, live, files)
    manifest = described(
        flow, project, inputs, made.shared, made.resolved, notes=standing_notes(flow, made.shared, made.resolved)
    )
    manifest |= {
        "stages": flow.timings,
        "registry": registry_of(live, {name: one.registry for name, one in made.resolved.items()}),
        "stamps": stamped,
        "heard": judged,
        "peak_memory_mb": peak_memory_mb(),
    }
    added, removed = layer_of(flow, made.tables)
    kept = flow.saved()
    save_held(store, run_id, kept)
    run = publish_layer(store, run_id, live, added=added, removed=removed, manifest=manifest)
    let_go(store, run_id, kept)
    return Advanced(run, made.resolved, flow.timings)


class _Made(NamedTuple):
    """The tables that all subjects share, those of each, and the files of all that are published."""

    shared: Tables
    resolved: Mapping[str, Resolved]
    tables: Mapping[str, tuple[Path, ...]]


def _made(flow: IncrementFlow, project: Project, live: Run, files: Mapping[str, list[Path]]) -> _Made:
    """Return what the stages make of new files on top of a run."""
    shared = read_records(
        flow, project, {source.name: files.get(source.name, []) for source in project.sources}, buckets=1
    )
    before = Before(project.path(project.store), live)

    def resolved_one(name: str) -> Resolved:
        return resolve_subject(flow, project, name, shared, buckets=1, given=_calibration(live, name), before=before)

    resolved = flow.branches({name: partial(resolved_one, name) for name in project.subjects})
    hung = hang(flow, project, shared, {name: one.tables for name, one in resolved.items()}, buckets=1)
    return _Made(shared, resolved, published(shared, resolved, hung.grown, hung.found))


def _calibration(live: Run, subject: str) -> Calibration:
    return Calibration.model_validate(live.calibration(subject))


def named_inputs(project: Project, files: Mapping[str, list[Path]]) -> dict[str, str]:
    """Return the hash of every file by its name within the project."""
    return {os.path.relpath(one, project.folder): content_hash(one) for several in files.values() for one in several}


def layer_of(
    flow: IncrementFlow, tables: Mapping[str, tuple[Path, ...]]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Return the rows that a layer adds to each published table, and the primary keys of the rows that it removes."""
    added, removed = {}, {}
    for name, tokens in tables.items():
        sheet, table = flow.sheet(tokens), TABLES[name.rpartition("/")[2]]
        gone = sheet.minus.select(table.key).unique()
        rows = sheet.plus
        if table.name in REPEATED:
            kept = sheet.new(with_keys(gone))
            rows = pl.concat([kept, rows.join(gone, on=table.key, how="anti", nulls_equal=True).select(kept.columns)])
        if rows.height or gone.height:
            added[name], removed[name] = rows, gone
    return added, removed
