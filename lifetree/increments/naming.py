"""Ids through an increment: clusters that changed are named with all that ever shared a record or an id with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from engine.increments import Sheet, among, with_keys
from engine.increments.answers import Changes, difference, made, passing
from engine.increments.flow import IncrementFlow
from engine.runners.tasks import Stage, Task
from engine.tables import RECORD_KEY
from lifetree.increments.pairing import touching
from matchers.judgements import judged_records, of_subject

Tasks = Sequence[Task]


class Kin(NamedTuple):
    """The clusters, records and ids of a region: no other shares any with them, now or before."""

    clusters: pl.Series
    records: pl.DataFrame
    ids: pl.Series


def remember(flow: IncrementFlow, stage: Stage, tasks: Tasks, __: str | None) -> Changes:
    """Return the registry of the live run, unread."""
    tables: dict[str, Sheet] = {}
    for name in dict.fromkeys(task.arguments["table"] for task in tasks):
        own = [task for task in tasks if task.arguments["table"] == name]
        files = tuple(file for task in own for file in task.inputs["rows"])
        none = pl.scan_parquet(files[0], glob=False).clear().collect()
        if any("removed" in task.inputs for task in own):
            read = [{part: pl.read_parquet(list(of), glob=False) for part, of in task.inputs.items()} for task in own]
            told = (made(stage, frames, task.arguments)[name] for frames, task in zip(read, own, strict=True))
            tables[name] = passing(pl.concat(told))
        else:
            tables[name] = Sheet(files, (), none, none, flow.shelf)
    return tables


def recall(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return what the records of the region bore in the run before; the tables are not kept."""
    (task,) = tasks
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    members, history = sheets["members"], sheets["record_history"]
    told = of_subject(sheets["judgements"].delta(), subject=task.arguments["name"])
    changed = pl.concat([members.delta().select(RECORD_KEY), judged_records(told)]).unique()
    kin = _kin(members, flow.table("found", subject, "founded"), history, changed=changed)
    flow.note("kin clusters", subject, kin.clusters.to_frame())
    flow.note("kin records", subject, kin.records)
    flow.note("kin ids", subject, kin.ids.to_frame())
    own = with_keys(kin.records)
    borne = members.new(own)
    flow.note("kin signatures", subject, borne.select("signature_id"))
    frames = {
        "members": borne,
        "record_history": history.new(own),
        "redirects": sheets["redirects"].new(),
        "judgements": sheets["judgements"].new(),
    }
    return {name: passing(frame) for name, frame in made(stage, frames, task.arguments).items()}


def _noted(flow: IncrementFlow, subject: str | None) -> Kin:
    clusters, records, ids = (flow.noted(f"kin {name}", subject) for name in Kin._fields)
    return Kin(clusters.to_series(), records, ids.to_series())


def _kin(members: Sheet, founded: Sheet, history: Sheet, *, changed: pl.DataFrame) -> Kin:
    """Return what shares a record or an id with records that `changed`, or clusters that did."""
    clusters = pl.concat([members.delta()["cluster_id"].drop_nulls(), founded.delta()["cluster_id"]]).unique()
    kin = Kin(clusters.clear(), changed.clear(), pl.Series("entity_id", [], pl.String))
    fresh = Kin(clusters, changed, kin.ids)
    while fresh.clusters.len() or fresh.records.height:
        held = members.new(among("cluster_id", fresh.clusters)).select(RECORD_KEY)
        records = _beyond(pl.concat([fresh.records, held]), kin.records)
        kin = Kin(pl.concat([kin.clusters, fresh.clusters]), pl.concat([kin.records, records]), kin.ids)
        ids = _beyond(history.old(with_keys(records)).select("entity_id").drop_nulls(), kin.ids.to_frame()).to_series()
        kin = kin._replace(ids=pl.concat([kin.ids, ids]))
        more = _beyond(history.old(among("entity_id", ids)).select(RECORD_KEY), kin.records)
        placed = members.new(with_keys(pl.concat([records, more]))).select("cluster_id").drop_nulls()
        fresh = Kin(_beyond(placed, kin.clusters.to_frame()).to_series(), more, kin.ids)
    return kin


def _beyond(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct rows of `found` that are not known."""
    return found.unique().join(known, on=found.columns, how="anti", nulls_equal=True)


def through(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return what a stage makes of the region; the tables are not kept."""
    (task,) = tasks
    kin, signatures = _noted(flow, subject), flow.noted("kin signatures", subject)["signature_id"]
    picks = {
        "ledger": among("entity_id", kin.ids),
        "founded": among("cluster_id", kin.clusters),
        **dict.fromkeys(("links", "conflicts", "review"), touching(signatures)),
    }
    frames = {name: flow.sheet(files).new(picks.get(name)) for name, files in task.inputs.items()}
    return {name: passing(frame) for name, frame in made(stage, frames, task.arguments).items()}


def identify(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how entities and the entities of records change, and what is new in the ledger."""
    (task,) = tasks
    kin = _noted(flow, subject)
    own = with_keys(kin.records)
    picks = {"mentions": own, "founded": among("cluster_id", kin.clusters)}
    frames = {name: flow.sheet(files).new(picks.get(name)) for name, files in task.inputs.items()}
    new = made(stage, frames, task.arguments)
    before = {name: flow.before("identify", subject, name) for name in ("record_entity", "entities")}
    assert before["record_entity"]
    assert before["entities"]
    owners = before["record_entity"].old(own)
    old = {"record_entity": owners, "entities": before["entities"].old(among("entity_id", owners["entity_id"]))}
    told = {name: passing(new[name]) for name in ("ledger", "redirects")}
    return {**difference(old, {name: new[name] for name in old}), **told}


def inscribe(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return what is added to the history of records."""
    (task,) = tasks
    own = with_keys(flow.noted("kin records", subject))
    picks = {"record_entity": own, "record_history": own}
    frames = {name: flow.sheet(files).new(picks.get(name)) for name, files in task.inputs.items()}
    return {name: passing(frame) for name, frame in made(stage, frames, task.arguments).items()}
