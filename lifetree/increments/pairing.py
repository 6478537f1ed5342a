"""Pairs through an increment: those with an end that changed are proposed, scored and accepted anew."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from engine.increments import Pick, Sheet, among
from engine.increments.answers import Changes, difference, made, passing
from engine.increments.flow import IncrementFlow
from engine.runners.tasks import Stage, Task
from engine.tables import PAIR_KEY
from lifetree.increments.rules import bearing
from matchers.blocking import join_touching
from matchers.scoring import ends

Tasks = Sequence[Task]


def propose(flow: IncrementFlow, _: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return the candidates of which an end has other block keys or values than before; the table is not kept."""
    (task,) = tasks
    keys = flow.sheet(task.inputs["kept_keys"])
    settings = task.arguments["subject"]
    touched = pl.concat([keys.delta()["signature_id"], _reworded(flow, subject)]).unique()
    flow.note("touched", subject, touched.to_frame())
    own = keys.new(among("signature_id", touched))
    blocks = keys.new(among("block_key", own["block_key"]))
    found = join_touching(own, blocks, subject=settings)
    return {"candidates": passing(found)}


def _reworded(flow: IncrementFlow, subject: str | None) -> pl.Series:
    """Return the signatures that are matched by other values than before, or were not there, or are no more."""
    sheet = flow.table("collapse", subject, "signatures")
    apart = ("records", "sources", "first_seen", "last_seen")
    before, after = (frame.drop(apart) for frame in (sheet.minus, sheet.plus))
    on = before.columns
    changed = [
        one.join(other, on=on, how="anti", nulls_equal=True)["signature_id"]
        for one, other in ((before, after), (after, before))
    ]
    masses = flow.table_if("demote", subject, "mass_values")
    if masses and masses.changed():
        changed.append(bearing(masses.delta(), {"signatures": sheet}))
    return pl.concat(changed)


def touching(signatures: pl.Series) -> Pick:
    """Return the pick of pairs of which an end is among the signatures."""
    return among(PAIR_KEY, signatures)


def score(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how the compared pairs change."""
    (task,) = tasks
    candidates = flow.sheet(task.inputs["candidates"]).plus
    before = flow.before("score", subject, "pairs")
    touched = flow.noted("touched", subject).to_series()
    frames = {"candidates": candidates, **sides(flow, task, candidates)}
    new = made(stage, frames, task.arguments)
    return difference({"pairs": before.old(touching(touched))} if before else {}, new)


def sides(flow: IncrementFlow, task: Task, pairs: pl.DataFrame, *, old: bool = False) -> dict[str, pl.DataFrame]:
    """Return the signatures that stand in pairs as a stage takes them: all on the left; and the masses, if any."""
    sheet = flow.sheet(task.inputs["left"])
    pick = among("signature_id", ends(pairs)["signature_id"])
    found = sheet.old(pick) if old else sheet.new(pick)
    told = {"left": found, "right": found.clear()}
    if "masses" in task.inputs:
        masses = flow.sheet(task.inputs["masses"])
        told["masses"] = masses.old() if old else masses.new()
    return told


def accept(flow: IncrementFlow, stage: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how the pairs change that the decision needs; a caution may fit a pair whose weight stays."""
    (task,) = tasks
    sheet = flow.sheet(task.inputs["pairs"])
    pick = touching(flow.noted("touched", subject).to_series())
    old = sheet.old(pick)
    answers = []
    for pairs, before in ((old, True), (sheet.after(old, pick), False)):
        told = sides(flow, task, pairs, old=before) if "left" in task.inputs else {}
        answers.append(made(stage, {"pairs": pairs, **told}, task.arguments))
    return difference(*answers)


def both(sheet: Sheet, pick: Pick) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that `pick` wants before and after."""
    old = sheet.old(pick)
    return old, sheet.after(old, pick)
