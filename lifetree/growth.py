"""The stages after identity: what the rows tell becomes the events, relations and spells of entities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task
from engine.settings import Project
from engine.store import SHARED
from trees.events import event_types
from trees.relations import relation_types

Tables = dict[str, Parts]

TOLD = {"events", "spells", "relations"}
"""What the rows of sources may tell beside records."""


def own(flow: Flow, owners: Mapping[str, Parts], *, buckets: int) -> Parts:
    """Return the entities of all subjects' records, bucketed as the records are."""
    owning = [
        Task(b, {"record_entity": owners[name].of(b)}, {"subject": name}) for name in owners for b in range(buckets)
    ]
    return flow.run("own", owning)["owners"]


def grow(flow: Flow, project: Project, shared: Mapping[str, Parts], owned: Parts, *, buckets: int) -> Tables:
    """Return events and their witnesses, relations and spells, by `subject/table`.

    `shared` are the cleansed tables, `owned` is made by `own`. What a project does not map has no table.
    """
    each = range(buckets)
    tables: Tables = {}
    for name in project.subjects:
        if parts := shared.get(f"events.{name}"):
            tables |= _events(flow, name, parts, owned, buckets=buckets)
        if parts := shared.get(f"spells.{name}"):
            staying = [Task(b, _both(parts, owned, b), {"subject": name}) for b in each]
            stays = flow.run("stay", staying, subject=name)["stays"]
            spells = flow.run("spells", [Task(b, {"stays": stays.of(b)}, {}) for b in each], subject=name)["spells"]
            tables[f"{name}/spells"] = spells
    if parts := shared.get("relations"):
        of = {"types": relation_types()}
        ties = flow.run("tie", [Task(b, _both(parts, owned, b), of) for b in each])["ties"]
        related = flow.run("relations", [Task(b, {"ties": ties.of(b)}, {}) for b in each])["relations"]
        tables[f"{SHARED}/relations"] = related
    return tables


def _events(flow: Flow, name: str, told: Parts, owned: Parts, *, buckets: int) -> Tables:
    each = range(buckets)
    witnessing = [Task(b, _both(told, owned, b), {"subject": name}) for b in each]
    heard = flow.run("witness", witnessing, subject=name)["heard"]
    of = {"types": event_types()[name]}
    grouped = flow.run("events", [Task(b, {"heard": heard.of(b)}, of) for b in each], subject=name)
    return {f"{name}/{table}": grouped[table] for table in ("witnesses", "events")}


def _both(told: Parts, owned: Parts, bucket: int) -> dict[str, tuple[Path, ...]]:
    return {"told": told.of(bucket), "owners": owned.of(bucket)}
