"""A build: every stage that is not yet done, then one published run and its summary."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.allocators import give_back
from engine.batches import batch_rule_faults
from engine.cleanse import rule_faults
from engine.errors import ConfigurationError, InputError
from engine.io import Inspection, inspect_sources, take_snapshot
from engine.partitioned import read
from engine.pipeline import FullFlow
from engine.runners.local import LocalRunner
from engine.runners.seals import content_hash
from engine.runners.tasks import Progress
from engine.settings import Check, Project
from engine.settings.shipped import SHIPPED, shipped_calibration
from engine.sizing import bucket_count, peak_memory_mb
from engine.store import Run, publish, writing
from engine.version import code_version
from lifetree.estimates import Tell, require_room
from lifetree.hanging import hang
from lifetree.increments import heard, identities, keep_held, require_decisions, require_deliveries, stamps, standing
from lifetree.manifest import described, published, summary_of
from lifetree.notes import build_notes
from lifetree.registry import live_before, registry_of
from lifetree.resolve import Tables, collapse_records, read_records, resolve_subject, train_model
from lifetree.stages import stages
from matchers.comparisons import comparison_faults
from matchers.judgements import judgement_faults
from matchers.masses import mass_rule_faults
from matchers.models import Calibration, Trainer, calibration_faults, load_calibration
from trees.census import count_faults
from trees.events import event_faults
from trees.relations import relation_faults
from trees.rules import entity_rule_faults

CHECKS: tuple[Check, ...] = (
    rule_faults, comparison_faults, judgement_faults, event_faults, relation_faults, count_faults,
    entity_rule_faults, batch_rule_faults, mass_rule_faults,
)  # fmt: skip
"""What `load_project` also checks: what only the matchers and the trees know."""


def build(
    project: Project,
    *,
    buckets: int | None = None,
    memory: str | None = None,
    calibration: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Run every stage that is not yet done, publish the run and return its summary.

    `buckets` cuts every table into so many parts, 128 at most; unset, `memory` ("4GB"; unset: half of the machine's)
    decides.
    `calibration` gives files by subject, before those of the project; a subject without one is trained. Where
    the live run is what this build would make, nothing is run, locked or written. `tell` hears before the first stage
    what the build will need, about.

    Raises:
        ConfigurationError: a fault of the settings, the mappings or a file; found before any scan, all at once.
        StoreError: another process writes, or the disk has too little room for even the least that a build writes.
        LifetreeError: what a stage raises. What was finished stays, and the same call goes on after it.
    """
    began = time.monotonic()
    give_back()
    chosen = _calibrations(project, calibration or {})
    if live := standing(project, chosen, buckets=buckets, memory=memory):
        return summary_of(live, [], began)
    seen = _inspected(project)
    with writing(project.path(project.store)):
        files = _files(project, seen)
        everything = [file for several in files.values() for file in several]
        number = bucket_count(everything, buckets=buckets, memory=memory)
        require_room(project, everything, buckets=number, memory=memory, tell=tell)
        flow = _flow(project, number, progress)
        run = _built(flow, project, files, chosen, notes=seen.notes, buckets=number)
    return summary_of(run, flow.timings, began)


def _built(
    flow: FullFlow,
    project: Project,
    files: Mapping[str, list[Path]],
    chosen: Mapping[str, Calibration],
    *,
    notes: list[str],
    buckets: int,
) -> Run:
    """Return the run that the stages make of files, published; `notes` are those on the files."""
    store, everything = project.path(project.store), [file for several in files.values() for file in several]
    measured = {"buckets": buckets, "given": identities(chosen), "heard": heard(project)}
    measured |= {"stamps": stamps(project, everything)}
    inputs = {os.path.relpath(file, project.folder): content_hash(file) for file in everything}
    before = live_before(project)
    require_decisions(project, before.run)
    require_deliveries(project)
    shared = read_records(flow, project, files, buckets=buckets)
    _require_records(project, shared)
    resolved = {
        name: resolve_subject(flow, project, name, shared, buckets=buckets, given=chosen.get(name), before=before)
        for name in project.subjects
    }
    hung = hang(flow, project, shared, {name: one.tables for name, one in resolved.items()}, buckets=buckets)
    tables = published(shared, resolved, hung.grown, hung.found)
    told = [*notes, *before.lost, *build_notes(flow, project, shared, resolved)]
    manifest = described(flow, project, inputs, shared, resolved, notes=told)
    run_id = flow.digest(tables, [json.dumps(manifest, sort_keys=True)])
    measured |= {"stages": flow.timings, "peak_memory_mb": peak_memory_mb()}
    registry = registry_of(before.run, {name: one.registry for name, one in resolved.items()})
    run = publish(store, run_id, tables=tables, manifest={**manifest, **measured, "registry": registry})
    keep_held(store, run_id, flow.held, flow.checkpoints)
    return run


def train(
    project: Project,
    *,
    subjects: Iterable[str] | None = None,
    trainer: Trainer = Trainer.LIFETREE,
    labels: bool = False,
    progress: Progress | None = None,
) -> dict[str, Calibration]:
    """Return a calibration per subject, trained as a build trains it; the live run stays as it is.

    With `labels`, the project's judgements teach too.
    """
    give_back()
    seen = _inspected(project)
    trained = {}
    with writing(project.path(project.store)):
        files = _files(project, seen)
        number = bucket_count([file for several in files.values() for file in several])
        flow = _flow(project, number, progress)
        shared = read_records(flow, project, files, buckets=number)
        for name in subjects or project.subjects:
            base = collapse_records(flow, project, name, shared, buckets=number)
            trained[name] = train_model(flow, name, project.subjects[name], base, trainer=trainer, labels=labels)
    return trained


def _flow(project: Project, buckets: int, progress: Progress | None) -> FullFlow:
    runner = LocalRunner(project.path(project.store) / "checkpoints", code_version(), progress)
    return FullFlow(runner, stages(project, buckets=buckets))


def _inspected(project: Project) -> Inspection:
    seen = inspect_sources(project)
    if seen.faults:
        raise ConfigurationError(seen.faults, hint="mend the mapping in the project, or the file")
    return seen


def _files(project: Project, seen: Inspection) -> dict[str, list[Path]]:
    """Return the files of every source; a database is read now, and its files are those of the snapshot."""
    return {
        source.name: take_snapshot(source, project)
        if source.uri
        else [file for name, file in seen.facts if name == source.name]
        for source in project.sources
    }


def _require_records(project: Project, shared: Tables) -> None:
    if any(shared[f"records.{name}"].rows() for name in project.subjects):
        return
    told = read(shared["unread"].all())["reason"].to_list() + read(shared["rejects"].all())["reason"].to_list()
    reasons = "; ".join(f"{count:,} because: {reason}" for reason, count in Counter(told).most_common(3))
    rows = int(read(shared["accounts"].all())["rows_in"].sum())
    raise InputError(
        f"no record to resolve: {rows:,} rows were delivered" + (f", quarantined {reasons}" if reasons else ""),
        hint="look at the files with the mapping beside; a wrong delimiter or key column is the usual cause",
    )


def _calibrations(project: Project, given: Mapping[str, Path]) -> dict[str, Calibration]:
    """Return the calibrations that are configured or given, by subject, each checked against its subject."""
    configured = {
        name: shipped_calibration(name) if one.model.calibration == SHIPPED else project.path(one.model.calibration)
        for name, one in project.subjects.items()
        if one.model.calibration
    }
    chosen = {name: load_calibration(path) for name, path in {**configured, **given}.items()}
    faults = [
        f"subject {name}: {fault}"
        for name, one in chosen.items()
        for fault in calibration_faults(one, project.subjects[name], name=name)
    ]
    if faults:
        raise ConfigurationError(faults, hint="`lifetree train` makes a calibration that fits the project as it is now")
    return chosen
