"""One increment: what new files and judgements change in a run, published as a layer on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import xxhash

from engine.increments import Pick
from engine.increments.flow import IncrementFlow
from engine.increments.held import Held
from engine.runners.local import content_hash
from engine.runners.tasks import Progress, canonical
from engine.settings import Project
from engine.sizing import peak_memory_mb
from engine.store import Run, publish_layer
from engine.tables import TABLES
from lifetree.growth import grow
from lifetree.increments.arrivals import heard, stamps
from lifetree.increments.fitting import CHECKPOINTS, keep_held
from lifetree.increments.rules import RULES
from lifetree.increments.ways import WAYS
from lifetree.manifest import described, published
from lifetree.notes import standing_notes
from lifetree.registry import Before, registry_of
from lifetree.resolve import Resolved, read_records, resolve_subject
from lifetree.scrutiny import scrutinise
from lifetree.stages import stages
from matchers.models import Calibration

INCREMENTS = "increments"


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
    progress: Progress | None = None,
) -> Advanced:
    """Return the run that new `files` by source, and new judgements, make of the live one; its tables are published.

    Every table is as a build of all files under the calibration of `live` makes it.
    """
    store = project.path(project.store)
    inputs = {**live.manifest["inputs"], **named_inputs(project, files)}
    run_id = _run_id(live, inputs, heard(project))
    folder = store / CHECKPOINTS / INCREMENTS / run_id
    shutil.rmtree(folder, ignore_errors=True)
    flow = IncrementFlow(
        stages(project, buckets=1),
        rules=RULES,
        handlers=WAYS,
        held=held,
        folder=folder,
        digest=run_id,
        progress=progress,
    )
    known = {source.name: files.get(source.name, []) for source in project.sources}
    shared = read_records(flow, project, known, buckets=1)
    calibrations = {name: Calibration.model_validate(live.calibration(name)) for name in project.subjects}
    resolved = {
        name: resolve_subject(
            flow, project, name, shared, buckets=1, given=calibrations[name], before=Before(store, live)
        )
        for name in project.subjects
    }
    owners = {name: one.tables["owners"] for name, one in resolved.items()}
    grown = grow(flow, project, shared, owners, buckets=1)
    tables = {name: one.tables for name, one in resolved.items()}
    found = scrutinise(flow, project, shared, tables, grown, buckets=1)
    everything = published(shared, resolved, grown, found)
    added, removed = layer_of(flow, everything)
    manifest = described(flow, project, inputs, shared, resolved, notes=standing_notes(flow, shared, resolved))
    registry = registry_of(live, {name: one.registry for name, one in resolved.items()})
    known_files = [file for several in files.values() for file in several]
    stamped = {**live.manifest.get("stamps", {}), **stamps(project, known_files)}
    manifest |= {
        "stages": flow.timings,
        "registry": registry,
        "stamps": stamped,
        "heard": heard(project),
        "peak_memory_mb": peak_memory_mb(),
    }
    run = publish_layer(store, run_id, live, added=added, removed=removed, manifest=manifest)
    keep_held(store, run_id, flow.saved())
    return Advanced(run, resolved, flow.timings)


def named_inputs(project: Project, files: Mapping[str, list[Path]]) -> dict[str, str]:
    """Return the hash of every file by its name within the project."""
    return {os.path.relpath(one, project.folder): content_hash(one) for several in files.values() for one in several}


def _run_id(live: Run, inputs: Mapping[str, str], judged: list[Any]) -> str:
    return xxhash.xxh3_64_hexdigest(canonical([live.run_id, dict(inputs), judged]).encode())


def _with_keys(keys: pl.DataFrame) -> Pick:
    return lambda frame: frame.join(keys.lazy(), on=keys.columns, how="semi", nulls_equal=True)


def layer_of(
    flow: IncrementFlow, tables: Mapping[str, tuple[Path, ...]]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Return the rows that a layer adds to each published table, and the primary keys of the rows that it removes."""
    added, removed = {}, {}
    for name, tokens in tables.items():
        sheet, key = flow.sheet(tokens), list(TABLES[name.rpartition("/")[2]].key)
        gone = sheet.minus.select(key).unique()
        kept = sheet.new(_with_keys(gone))
        fresh = sheet.plus.join(gone, on=key, how="anti", nulls_equal=True)
        rows = pl.concat([kept, fresh.select(kept.columns)])
        if rows.height or gone.height:
            added[name], removed[name] = rows, gone
    return added, removed
