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


def grow(
    flow: Flow, project: Project, shared: Mapping[str, Parts], owners: Mapping[str, Parts], *, buckets: int
) -> Tables:
    """Return events and their witnesses, relations and spells, by `subject/table`.

    `shared` are the cleansed tables, `owners` the entities of each subject's records, bucketed as the records are. A
    project that maps none of them runs nothing and has no such tables.
    """
    told = {name: parts for name, parts in shared.items() if name.split(".")[0] in {"events", "spells", "relations"}}
    if not told:
        return {}
    each = range(buckets)
    owning = [
        Task(b, {"record_entity": owners[name].of(b)}, {"subject": name}) for name in project.subjects for b in each
    ]
    owned = flow.run("own", owning)["owners"]
    tables: Tables = {}
    for name in project.subjects:
        if parts := told.get(f"events.{name}"):
            tables |= _events(flow, name, parts, owned, buckets=buckets)
        if parts := told.get(f"spells.{name}"):
            staying = [Task(b, _both(parts, owned, b), {"subject": name}) for b in each]
            stays = flow.run("stay", staying, subject=name)["stays"]
            spells = flow.run("spells", [Task(b, {"stays": stays.of(b)}, {}) for b in each], subject=name)["spells"]
            tables[f"{name}/spells"] = spells
    if parts := told.get("relations"):
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
