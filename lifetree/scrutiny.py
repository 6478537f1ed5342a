"""The stages of the entity phase: rules look at resolved entities and at what joins them, and only flag."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from engine.cleanse import project_rulebook
from engine.cleanse.rules import Look
from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task, merged
from engine.settings import Project
from trees.events import event_types
from trees.relations import relation_types
from trees.rules import principal_mentions, principals, registers

Tables = dict[str, Parts]


def scrutinise(
    flow: Flow,
    project: Project,
    shared: Tables,
    subjects: Mapping[str, Mapping[str, Parts]],
    grown: Tables,
    *,
    buckets: int,
) -> tuple[Path, ...]:
    """Return the files of FINDINGS about entities; none when no rule looks at them.

    `shared` are the cleansed tables, `subjects` those of each subject (`placed`, PROFILES, ATTRIBUTE_VALUES and
    `owners`), `grown` the events by `subject/table`.
    """
    looks = tuple(project_rulebook(project).of_phase("entity"))
    if not looks:
        return ()
    facts, bare, found = {}, {}, []
    for name, tables in subjects.items():
        events = {table: grown[f"{name}/{table}"] for table in ("events", "witnesses") if f"{name}/{table}" in grown}
        seen = _entities(flow, project, looks, name, {**tables, **events}, buckets=buckets)
        facts[name], bare[name] = seen["facts"], seen["unnumbered"]
        found.append(seen["findings"])
    told = shared.get("relations")
    if told and any(one.test.on == "relations" for one in looks):
        owned = {name: tables["owners"] for name, tables in subjects.items()}
        known = {"facts": merged(facts.values()), "unnumbered": merged(bare.values())}
        found.append(_ties(flow, project, looks, told, owned, known, buckets=buckets))
    return tuple(chain.from_iterable(one.all() for one in found))


def _entities(
    flow: Flow, project: Project, looks: tuple[Look, ...], name: str, tables: Mapping[str, Parts], *, buckets: int
) -> Tables:
    """Return the findings about the entities of one subject, and their facts."""
    of = {"name": name, "subject": project.subjects[name]}
    each = range(buckets)
    bearing = ("placed", "profiles", "attribute_values")
    borne = flow.run(
        "bear", [Task(b, {table: tables[table].of(b) for table in bearing}, of) for b in each], subject=name
    )
    parts = borne["borne"]
    shared = flow.run("share", [Task(b, {"borne": parts.of(b)}, {}) for b in each], subject=name)["shared"]
    read = [table for table in ("placed", "profiles", "events", "witnesses") if table in tables]
    settings = {
        **of,
        "looks": tuple(one for one in looks if one.test.on != "relations"),
        "types": event_types().get(name, {}),
        "held_once": registers(project.sources),
        "principal": principals(project)[name],
    }
    looking = [
        Task(b, {**{table: tables[table].of(b) for table in read}, "shared": shared.of(b)}, settings) for b in each
    ]
    return flow.run("look", looking, subject=name)


def _ties(
    flow: Flow,
    project: Project,
    looks: tuple[Look, ...],
    told: Parts,
    owners: Mapping[str, Parts],
    known: Tables,
    *,
    buckets: int,
) -> Parts:
    """Return the findings about ties between entities of any subject."""
    each, types = range(buckets), {"types": relation_types()}
    owned = flow.run(
        "own", [Task(b, {"record_entity": owners[name].of(b)}, {"subject": name}) for name in owners for b in each]
    )["owners"]
    of = {"principals": principal_mentions(project.sources)}
    traced = flow.run("trace", [Task(b, {"told": told.of(b), "owners": owned.of(b)}, of) for b in each])
    cycles = flow.run("knot", [Task(0, {"edges": traced["edges"].all()}, types)])["cycles"].all()
    met_by = {table: traced[table] for table in ("named", "claims")} | known
    facing = [Task(b, {table: met_by[table].of(b) for table in met_by}, types) for b in each]
    met = flow.run("face", facing)
    asked = {"looks": tuple(one for one in looks if one.test.on == "relations")}
    own = {table: met[table] for table in ("faced", "claimed")} | {"facts": known["facts"]}
    weighing = [Task(b, {"cycles": cycles, **{table: own[table].of(b) for table in own}}, asked) for b in each]
    return flow.run("weigh", weighing)["findings"]
