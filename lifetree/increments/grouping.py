"""Clusters through an increment: whole components that a change touches are decided and clustered anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from engine.increments import Sheet, among
from engine.increments.answers import Changes, difference, made, passing
from engine.increments.flow import IncrementFlow
from engine.runners.tasks import Stage, Task
from engine.tables import PAIR_KEY
from lifetree.increments.pairing import both, sides, touching

Tasks = Sequence[Task]
Sheets = dict[str, Sheet]


class Region(NamedTuple):
    """The signatures of whole components, among them all that changed."""

    signatures: pl.Series

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows about signatures of the region; of pairs, either end."""
        wanted = self.signatures.implode()
        columns = [name for name in (*PAIR_KEY, "signature_id") if name in frame.columns]
        return frame.filter(pl.any_horizontal(pl.col(name).is_in(wanted) for name in columns))


def region(edges: Iterable[Sheet], touched: Iterable[pl.Series]) -> Region:
    """Return the components, before and after together, of the pairs of `edges` in which anything touched stands.

    Cost: a look at all pairs for each step from what is touched to the farthest member of its component.
    """
    reached = pl.concat([pl.Series("signature_id", [], pl.Int64), *(one.rename("signature_id") for one in touched)])
    fresh = reached = reached.unique()
    known = pl.concat(one.select(PAIR_KEY) for sheet in edges for one in _both_ends(sheet))
    while fresh.len():
        met = pl.any_horizontal(pl.col(side).is_in(fresh.implode()) for side in PAIR_KEY)
        ends = known.filter(met)
        known = known.filter(~met)
        found = pl.concat([ends[side].rename("signature_id") for side in PAIR_KEY]).unique()
        fresh = found.filter(~found.is_in(reached.implode()))
        reached = pl.concat([reached, fresh])
    return Region(reached)


def _both_ends(sheet: Sheet) -> Iterable[pl.DataFrame]:
    yield sheet.old(columns=PAIR_KEY)
    yield sheet.plus


def _ends(sheets: Iterable[Sheet]) -> list[pl.Series]:
    return [sheet.delta()[side] for sheet in sheets for side in PAIR_KEY]


def _generic(members: Sheet, generic: Sheet | None) -> list[pl.Series]:
    """Return the signatures that bear an identifier's value that became common, or ceased to be."""
    if generic is None or not generic.changed():
        return []
    found = []
    for rule, value in generic.delta().select("blocking_rule", "value").iter_rows():
        attribute = rule.removeprefix("identifier ")
        if attribute in members.minus.columns:
            found += [one["signature_id"] for one in both(members, among(attribute, pl.Series([value])))]
    return found


def _changing(members: Sheet, settings: object) -> pl.DataFrame:
    """Return the members that tell a change of an identifier: they tie its values wherever these stand."""
    former = [one.former for one in settings.identifiers if one.former]  # type: ignore[attr-defined]
    if not former:
        return members.plus.clear()
    return members.new(lambda frame: frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in former)))


def _tied_values(members: Sheet, settings: object) -> list[pl.Series]:
    """Return the signatures that bear a value of which a changed member tells the change."""
    found = []
    for one in settings.identifiers:  # type: ignore[attr-defined]
        if one.former:
            told = members.delta().filter(pl.col(one.former).is_not_null())
            values = pl.concat([told[one.attribute], told[one.former]]).drop_nulls()
            if values.len():
                found += [frame["signature_id"] for frame in both(members, among(one.attribute, values))]
    return found


def unite(flow: IncrementFlow, stage: Stage, tasks: Tasks, _: str | None) -> Changes:
    """Return how changes what identifiers alone unite."""
    (task,) = tasks
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    members, settings = sheets["members"], task.arguments["subject"]
    pairs = [sheets[name] for name in ("links", "conflicts", "judged")]
    touched = [members.delta()["signature_id"], *_ends(pairs), *_generic(members, sheets["generic"])]
    reached = region(pairs, [*touched, *_tied_values(members, settings)])
    answers = [_within(sheets, reached, settings, old=old) for old in (True, False)]
    old, new = ({"united": reached.within(made(stage, frames, task.arguments)["united"])} for frames in answers)
    return difference(old, new)


def _within(sheets: Sheets, reached: Region, settings: object, *, old: bool) -> dict[str, pl.DataFrame]:
    """Return the inputs of a stage as far as the region goes, before or after."""
    found = {}
    for name, sheet in sheets.items():
        if name == "generic":
            found[name] = sheet.old() if old else sheet.new()
            continue
        column = "signature_id" if name in ("members", "founders") else None
        pick = among(column, reached.signatures) if column else touching(reached.signatures)
        before = sheet.old(pick)
        found[name] = before if old else sheet.after(before, pick)
    if "members" in found:
        found["members"] = pl.concat([found["members"], _changing(sheets["members"], settings)]).unique("signature_id")
    return found


def decide(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how links, review and conflicts change."""
    (task,) = tasks
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    settings = task.arguments["subject"]
    members = flow.table("spread", subject, "members")
    generic = flow.table_if("star", subject, "generic")
    touched = [members.delta()["signature_id"], *_ends(sheets.values())]
    touched += [*_generic(members, generic), *_tied_values(members, settings)]
    reached = region(sheets.values(), touched)
    flow.note("region", subject, reached.signatures.to_frame())
    old, new = (made(stage, _within(sheets, reached, settings, old=old), task.arguments) for old in (True, False))
    return difference(old, new)


def cluster(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Leave for `part` which links of the region break no constraint; the tables are not kept."""
    (task,) = tasks
    reached = Region(flow.noted("region", subject).to_series())
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    frames = _within(sheets, reached, task.arguments["subject"], old=False)
    found = made(stage, frames, task.arguments)
    return {name: passing(frame) for name, frame in found.items()}


def probe(flow: IncrementFlow, stage: Stage, tasks: Tasks, _: str | None) -> Changes:
    """Leave for `part` the weights of the pairs of the region that links leave out; the table is not kept."""
    (task,) = tasks
    pairs = flow.sheet(task.inputs["probes"]).plus
    found = made(stage, {"probes": pairs, **sides(flow, task, pairs)}, task.arguments)
    return {name: passing(frame) for name, frame in found.items()}


def part(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how clusters, review and the draws change."""
    (task,) = tasks
    reached = Region(flow.noted("region", subject).to_series())
    sheets = {name: flow.sheet(files) for name, files in task.inputs.items()}
    passing = ("kept", "refused", "probed")
    known = {name: one for name, one in sheets.items() if name not in passing}
    frames = _within(known, reached, task.arguments["subject"], old=False)
    frames |= {name: sheets[name].plus for name in passing if name in sheets}
    new = {name: reached.within(frame) for name, frame in made(stage, frames, task.arguments).items()}
    old: dict[str, pl.DataFrame] = {}
    for name, frame in new.items():
        before = flow.before("part", subject, name)
        pick = (
            among("signature_id", reached.signatures)
            if "signature_id" in frame.columns
            else touching(reached.signatures)
        )
        old |= {name: before.old(pick)} if before else {}
    return difference(old, new)
