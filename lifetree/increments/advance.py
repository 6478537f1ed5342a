"""One increment: what new files and judgements change in a run, published as a layer on it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.hashing import hash128
from engine.increments import Pick
from engine.increments.flow import IncrementFlow
from engine.increments.held import Held, load, save
from engine.runners.local import content_hash
from engine.runners.tasks import Progress, canonical
from engine.settings import Project
from engine.store import Run, prune_checkpoints, publish_layer
from engine.tables import TABLES
from engine.version import code_version
from lifetree.growth import grow
from lifetree.increments.rules import RULES
from lifetree.increments.ways import WAYS
from lifetree.manifest import described, published
from lifetree.registry import Before, registry_of
from lifetree.resolve import Resolved, read_records, resolve_subject
from lifetree.scrutiny import scrutinise
from lifetree.stages import stages
from matchers.models import Calibration

CHECKPOINTS, INCREMENTS = "checkpoints", "increments"


class Unfit(NamedTuple):
    """Why a run is none that an increment can go on from."""

    reason: str


class Advanced(NamedTuple):
    """The run of an increment, what it says of itself, and the seconds of its stages."""

    run: Run
    resolved: Mapping[str, Resolved]
    timings: list[dict[str, Any]]


def fitting(project: Project, live: Run) -> Held | Unfit:
    """Return what an increment goes on from, or why it cannot: then everything is built anew."""
    if live.manifest["code"] != code_version():
        return Unfit("the run was made by another version of lifetree")
    settings = json.loads(canonical(project.model_dump(mode="json", by_alias=True)))
    if live.manifest["project"] != settings:
        return Unfit("the settings of the project have changed")
    store = project.path(project.store)
    try:
        held = load(held_file(store, live.run_id), store=store)
    except (OSError, ValueError):
        return Unfit("the checkpoints of the run are gone")
    if not all(file.is_file() for file in held.files()):
        return Unfit("checkpoints of the run are gone")
    return held


def held_file(store: Path, run_id: str) -> Path:
    """Return the file that tells what an increment on a run goes on from."""
    return store / CHECKPOINTS / "held" / f"{run_id}.json"


def keep_held(store: Path, run_id: str, held: Held, checkpoints: Sequence[Path] = ()) -> None:
    """Write what an increment on a run goes on from, and let go of every checkpoint that it does not need."""
    file = held_file(store, run_id)
    save(held, file, store=store)
    needed = {store / CHECKPOINTS / one.relative_to(store / CHECKPOINTS).parents[-3] for one in held.files()}
    prune_checkpoints(store / CHECKPOINTS, {*checkpoints, *needed, file})


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
    run_id = _run_id(live, inputs)
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
    shared = read_records(flow, project, known, buckets=1)  # type: ignore[arg-type]  # a flow by its face
    calibrations = {name: Calibration.model_validate(live.calibration(name)) for name in project.subjects}
    resolved = {
        name: resolve_subject(
            flow, project, name, shared, buckets=1, given=calibrations[name], before=Before(store, live)
        )  # type: ignore[arg-type]
        for name in project.subjects
    }
    owners = {name: one.tables["owners"] for name, one in resolved.items()}
    grown = grow(flow, project, shared, owners, buckets=1)  # type: ignore[arg-type]
    tables = {name: one.tables for name, one in resolved.items()}
    found = scrutinise(flow, project, shared, tables, grown, buckets=1)  # type: ignore[arg-type]
    everything = published(shared, resolved, grown, found)
    added, removed = layer_of(flow, everything)
    manifest = described(flow, project, inputs, shared, resolved, notes=[])  # type: ignore[arg-type]
    registry = registry_of(live, {name: one.registry for name, one in resolved.items()})
    manifest |= {"stages": flow.timings, "registry": registry}
    run = publish_layer(store, run_id, live, added=added, removed=removed, manifest=manifest)
    keep_held(store, run_id, flow.saved())
    return Advanced(run, resolved, flow.timings)


def named_inputs(project: Project, files: Mapping[str, list[Path]]) -> dict[str, str]:
    """Return the hash of every file by its name within the project."""
    return {os.path.relpath(one, project.folder): content_hash(one) for several in files.values() for one in several}


def _run_id(live: Run, inputs: Mapping[str, str]) -> str:
    told = pl.DataFrame({"told": [canonical([live.run_id, dict(inputs)])]})
    return f"{int(told.select(hash128(pl.col('told'))).item()) % 2**64:016x}"


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
