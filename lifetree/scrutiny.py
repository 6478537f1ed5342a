"""The stages of the entity phase: rules look at resolved entities and at what joins them, and only flag."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import chain
from pathlib import Path

from engine.cleanse import project_rulebook
from engine.cleanse.rules import Look
from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task, merged
from engine.settings import Project
from lifetree.stages import seen_by
from trees.events import event_types
from trees.relations import relation_types
from trees.rules import principal_mentions, principals, registers

Tables = dict[str, Parts]
Subjects = Mapping[str, Mapping[str, Parts]]
"""By subject: `placed`, PROFILES, ATTRIBUTE_VALUES and what else it was resolved to."""


def entity_looks(project: Project) -> tuple[Look, ...]:
    """Return the tests of entities and of what joins them."""
    return tuple(project_rulebook(project).of_phase("entity"))


def gather_clues(
    flow: Flow, project: Project, shared: Tables, subjects: Subjects, owned: Parts | None, *, buckets: int
) -> Tables:
    """Return what rules look at beside the facts of life: `<subject>/shared`, and `named`, `claims`, `cycles` of ties.

    `shared` are the cleansed tables, `owned` is made by `own`.
    """
    looks, each = entity_looks(project), range(buckets)
    if not looks:
        return {}
    clues = {f"{name}/shared": _shared(flow, project, name, subjects[name], buckets=buckets) for name in subjects}
    told = shared.get("relations")
    if told and owned and any(one.test.on == "relations" for one in looks):
        of = {"principals": principal_mentions(project.sources)}
        traced = flow.run("trace", [Task(b, {"told": told.of(b), "owners": owned.of(b)}, of) for b in each])
        knotting = [Task(0, {"edges": traced["edges"].all()}, {"types": relation_types()})]
        clues |= {"named": traced["named"], "claims": traced["claims"]} | flow.run("knot", knotting)
    return clues


def scrutinise(
    flow: Flow, project: Project, subjects: Subjects, grown: Tables, clues: Tables, *, buckets: int
) -> tuple[Path, ...]:
    """Return the files of FINDINGS about entities; none when no rule looks at them.

    `grown` are the events by `subject/table`, `clues` is made by `gather_clues`.
    """
    if not clues:
        return ()
    of = {name: {**subjects[name], "shared": clues[f"{name}/shared"]} for name in subjects}
    for name, tables in of.items():
        tables |= {one: grown[f"{name}/{one}"] for one in ("events", "witnesses") if f"{name}/{one}" in grown}
    looking = {name: partial(_looked, flow, project, name, tables, buckets=buckets) for name, tables in of.items()}
    seen = flow.branches(looking)
    found = [one["findings"] for one in seen.values()]
    if "cycles" in clues:
        known = {table: merged(one[table] for one in seen.values()) for table in ("facts", "unnumbered")}
        found.append(_ties(flow, project, clues, known, buckets=buckets))
    return tuple(chain.from_iterable(one.all() for one in found))


def _shared(flow: Flow, project: Project, name: str, tables: Mapping[str, Parts], *, buckets: int) -> Parts:
    """Return which values of one subject are shared by entities."""
    of, each = {"name": name, "subject": seen_by("bear", project.subjects[name])}, range(buckets)
    bearing = ("placed", "profiles", "attribute_values")
    borne = flow.run(
        "bear", [Task(b, {table: tables[table].of(b) for table in bearing}, of) for b in each], subject=name
    )["borne"]
    return flow.run("share", [Task(b, {"borne": borne.of(b)}, {}) for b in each], subject=name)["shared"]


def _looked(flow: Flow, project: Project, name: str, tables: Mapping[str, Parts], *, buckets: int) -> Tables:
    """Return the findings about the entities of one subject, and their facts."""
    read = [table for table in ("placed", "profiles", "events", "witnesses", "shared") if table in tables]
    settings = {
        "name": name,
        "subject": seen_by("look", project.subjects[name]),
        "looks": tuple(one for one in entity_looks(project) if one.test.on != "relations"),
        "types": event_types().get(name, {}),
        "held_once": registers(project.sources),
        "principal": principals(project)[name],
    }
    looking = [Task(b, {table: tables[table].of(b) for table in read}, settings) for b in range(buckets)]
    return flow.run("look", looking, subject=name)


def _ties(flow: Flow, project: Project, clues: Tables, known: Tables, *, buckets: int) -> Parts:
    """Return the findings about ties between entities of any subject."""
    each, met_by = range(buckets), {table: clues[table] for table in ("named", "claims")} | known
    facing = [Task(b, {table: met_by[table].of(b) for table in met_by}, {"types": relation_types()}) for b in each]
    met = flow.run("face", facing)
    asked = {"looks": tuple(one for one in entity_looks(project) if one.test.on == "relations")}
    own = {table: met[table] for table in ("faced", "claimed")} | {"facts": known["facts"]}
    cycles = clues["cycles"].all()
    weighing = [Task(b, {"cycles": cycles, **{table: own[table].of(b) for table in own}}, asked) for b in each]
    return flow.run("weigh", weighing)["findings"]
