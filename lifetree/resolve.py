"""The stages in order: delivered files to records, records to signatures, signatures to entities and profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from engine.batches import batch_rules, latest_replacements, project_catalogue, refused_files, source_cycles
from engine.catalogue import expected_items
from engine.cleanse import Rulebook, project_rulebook
from engine.io import delivered_sources
from engine.io.measures import Declared
from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task, merged
from engine.settings import Project, Source, Subject
from engine.store.decisions import decided, decisions_file
from engine.store.purges import erased
from lifetree.masses import find_masses, silenced
from lifetree.matching import block, cells_of, link, star
from lifetree.registry import Before, name_clusters, registry_entry, settle
from lifetree.stages import seen_by
from lifetree.thresholds import limit_threshold
from matchers.masses import mass_tests
from matchers.models import Calibration, Trainer
from matchers.models.calibrate import sampling_rate

Tables = dict[str, Parts]


class Resolved(NamedTuple):
    """The tables of one subject, the calibration that scored its pairs, and its numbers."""

    tables: Tables
    calibration: Calibration
    totals: dict[str, int]
    registry: dict[str, Any]


def read_records(flow: Flow, project: Project, files: Mapping[str, list[Path]], *, buckets: int) -> Tables:
    """Read and cleanse every source; return the tables that all subjects share, and `records.<subject>`."""
    rulebook = project_rulebook(project)
    ingested = _survey(flow, project, files, rulebook)
    batches = flow.read(ingested["batches"])
    refused, replaced = refused_files(batches), latest_replacements(batches)
    seen = {name: seen_by("cleanse", one) for name, one in project.subjects.items()}
    of = {"subjects": seen, "rulebook": rulebook}
    cleansing = [
        Task(
            bucket,
            {"rows": ingested[f"rows.{source.name}"].of(bucket)},
            {**of, "source": source, "refused": refused.get(source.name, {}), "replaced": replaced.get(source.name)},
        )
        for source in project.sources
        for bucket in range(buckets)
    ]
    clean = flow.run("cleanse", cleansing)
    accounts = {"accounts": clean["accounts"].all(), "unread": ingested["unread"].all()}
    names = {"sources": tuple(source.name for source in project.sources)}
    accounted = flow.run("account", [Task(0, accounts, names)])
    judgements = project.path(project.judgements) if project.judgements else None
    added, length = decisions_file(store := project.path(project.store)), decided(store)
    told: dict[str, Any] = {"file": judgements, "subjects": tuple(project.subjects)}
    told |= {"decisions": added, "length": length} if length else {}
    told |= {"purged": gone} if (gone := erased(project)) else {}
    reads = tuple(file for file in (judgements, added if length else None) if file)
    heard = flow.run("hear", [Task(0, {}, told, reads=reads)])
    read_as = {name: ingested[name] for name in ("unread", "batches")}
    return {**clean, **accounted, **heard, **read_as, "findings": merged([clean["findings"], ingested["findings"]])}


def _survey(flow: Flow, project: Project, files: Mapping[str, list[Path]], rulebook: Rulebook) -> Tables:
    """Return the delivered rows, and the deliveries as the batch rules judge them."""
    catalogue = project_catalogue(project)
    expected = {
        source.name: expected_items(source, catalogue, rulebook=rulebook) if catalogue else None
        for source in project.sources
    }
    declared = {name: items for name, items in expected.items() if items}
    reading = [
        task
        for source in project.sources
        for task in reading_tasks(project, source, files[source.name], declared=declared.get(source.name))
    ]
    ingested = flow.run("ingest", reading)
    inputs = {name: ingested[name].all() for name in ("tallies", "measures")}
    settings = {"cycles": source_cycles(project, catalogue), "declared": declared, "rulebook": batch_rules(rulebook)}
    return {**ingested, **flow.run("survey", [Task(0, inputs, settings)])}


def reading_tasks(
    project: Project, source: Source, files: Iterable[Path], *, declared: Declared | None = None
) -> list[Task]:
    """Return a task that reads each file of a source, an accepted one under its own mode and date."""
    accepted = delivered_sources(source, project)
    of: dict[str, Any] = {"project_folder": project.folder, "declared": declared}
    gone = erased(project)
    of |= {"purged": gone.keys[source.name]} if gone and source.name in gone.keys else {}
    return [
        Task(0, {}, {**of, "source": accepted.get(file, source), "file": file, "increment": file in accepted}, (file,))
        for file in files
    ]


def collapse_records(flow: Flow, project: Project, name: str, shared: Tables, *, buckets: int) -> Tables:
    """Return the signatures of one subject, which record bears which, the judged pairs, and what too many bear."""
    subject = project.subjects[name]
    records, judgements = shared[f"records.{name}"], shared["judgements"].all()
    settings = {"subject": seen_by("sign", subject), "name": name}
    signing = [Task(b, {"records": records.of(b), "judgements": judgements}, settings) for b in range(buckets)]
    signed = flow.run("sign", signing, subject=name)
    parts, tests = signed["signatures"], mass_tests(subject, project_rulebook(project), name=name)
    of = {"subject": seen_by("collapse", subject), "tests": tests, "buckets": buckets}
    collapsed = flow.run("collapse", [Task(b, {"signatures": parts.of(b)}, of) for b in range(buckets)], subject=name)
    judging = {"judgements": judgements, "judged_signatures": signed["judged_signatures"].all()}
    judging |= {"disputed": shared["disputed"].all()} if "disputed" in shared else {}
    judged = flow.run("judge", [Task(0, judging, {"name": name})], subject=name)
    bearing = signed["record_signature"]
    masses = find_masses(flow, name, subject, tests, collapsed, bearing, buckets=buckets)
    return {**judged, **masses, "record_signature": bearing, "signatures": collapsed["signatures"]}


def train_model(
    flow: Flow,
    name: str,
    subject: Subject,
    base: Tables,
    *,
    trainer: Trainer = Trainer.LIFETREE,
    labels: bool = False,
) -> Calibration:
    """Return a calibration that is trained on a sample of the signatures, with `labels` on the judgements too."""
    signatures = base["signatures"]
    per_million = sampling_rate(flow.rows(signatures))
    sampling = [
        Task(b, {"signatures": signatures.of(b), **silenced(flow, base)}, {"per_million": per_million})
        for b in sorted(signatures.buckets) or (0,)
    ]
    sampled = flow.run("sample", sampling, subject=name)["sampled"]
    seen = seen_by("train", subject)
    settings = {"subject": seen, "name": name, "per_million": per_million, "trainer": trainer}
    given = {"sampled": sampled.all(), **({"judged": base["judged"].all()} if labels else {})}
    trained = flow.run("train", [Task(0, given, settings)], subject=name)
    return Calibration.model_validate_json(flow.read(trained["calibration"])["calibration"].item())


def resolve_subject(
    flow: Flow,
    project: Project,
    name: str,
    shared: Tables,
    *,
    buckets: int,
    given: Calibration | None,
    before: Before | None = None,
) -> Resolved:
    """Return the entities and profiles of one subject and everything that they rest on.

    Ids go on from the live run of `before`; without it they are those of a first run.

    Raises:
        BudgetError: the blocking rules propose more pairs than the subject's budget; nothing was compared.
    """
    subject = project.subjects[name]
    base = collapse_records(flow, project, name, shared, buckets=buckets)
    stars = star(flow, name, subject, base, buckets=buckets)
    blocked = block(flow, name, subject, base, stars.get("united"), buckets=buckets)
    calibration = given or train_model(flow, name, subject, base)
    cells = partial(cells_of, flow, subject=subject, base=base, calibration=calibration, buckets=buckets)
    pairs = flow.run("score", cells("score", "candidates", blocked["candidates"]), subject=name)["pairs"]
    records = shared[f"records.{name}"]
    decided, limits = limit_threshold(flow, name, subject, pairs, records=flow.rows(records))
    linked = link(flow, name, decided, base, pairs, stars, cells=cells)
    number = calibration.signatures or max(1, flow.height(base["signatures"]))
    calibration = calibration.model_copy(update={"signatures": number})
    judgements = shared["judgements"]
    named = {"judgements": judgements, "record_signature": base["record_signature"], **linked}
    settled = settle(flow, project, name, before, calibration, named, buckets=buckets)
    identified = name_clusters(flow, name, base, linked, judgements, settled=settled)
    profiles = _profile(flow, name, subject, identified, records, buckets=buckets)
    tables = {
        "records": records,
        **base,
        "pairs": pairs,
        **limits,
        **linked,
        "generic_values": merged(one["generic_values"] for one in (blocked, linked) if "generic_values" in one),
        **identified,
        **profiles,
    }
    totals = {
        table: flow.height(tables[table])
        for table in ("records", "signatures", "pairs", "links", "review", "conflicts", "entities")
    }
    return Resolved(tables, calibration, totals, registry_entry(settled.past))


def _profile(flow: Flow, name: str, subject: Subject, identified: Tables, records: Parts, *, buckets: int) -> Tables:
    each, index = range(buckets), identified["record_entity"]
    placing = [Task(b, {"records": records.of(b), "record_entity": index.of(b)}, {}) for b in each]
    placed = flow.run("place", placing, subject=name)
    rows, owners = placed["placed"], placed["record_entity"]
    seen = seen_by("profile", subject)
    profiling = [Task(b, {"placed": rows.of(b), "record_entity": owners.of(b)}, {"subject": seen}) for b in each]
    return {"record_entity": owners, "owners": index, "placed": rows} | flow.run("profile", profiling, subject=name)
