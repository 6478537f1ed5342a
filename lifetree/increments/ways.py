"""The stages that have a way of their own through an increment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from engine.errors import LifetreeError
from engine.hashing import hash64
from engine.increments import among
from engine.increments.answers import Changes, difference, made, merged_changes, passing
from engine.increments.flow import Handler, IncrementFlow
from engine.runners.tasks import Stage, Task
from engine.tables import SIGNATURES
from lifetree.increments import cleansing, grouping, naming, pairing
from matchers.masses import bear, count_bearing, count_values, gather, weigh_values

Tasks = Sequence[Task]


def read_files(_: IncrementFlow, stage: Stage, tasks: Tasks, __: str | None) -> Changes:
    """Return what new files add."""
    return merged_changes(
        {name: (frame.clear(), frame) for name, frame in made(stage, {}, task.arguments).items()} for task in tasks
    )


def collapse(flow: IncrementFlow, _: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return what becomes of the signatures that records joined or left, counted anew from all that bear them."""
    (task,) = tasks
    signed = flow.table("sign", subject, "record_signature")
    pick = among("signature_id", signed.delta()["signature_id"])
    before = flow.before("collapse", subject, "signatures")
    flow.shelf.expect(before.files if before else ())
    old = before.old(pick) if before else flow.sheet(task.inputs["signatures"]).plus.clear()
    identity = task.arguments["subject"].identity_attributes()
    seen = pl.coalesce("recorded_at", "delivered_at")
    counted = signed.new(pick).group_by("signature_id").agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("source").unique().sort().alias("sources"),
        seen.min().alias("first_seen"),
        seen.max().alias("last_seen"),
    )  # fmt: skip
    told = flow.sheet(task.inputs["signatures"]).plus
    worded = pl.concat(one.select("signature_id", *identity) for one in (old, told)).unique()
    if worded["signature_id"].n_unique() != worded.height:
        raise LifetreeError(
            "two different signatures have the same 64-bit hash",
            hint="change the order of the subject's attributes in the project; the hashes change with it",
        )
    new = SIGNATURES.conform(counted.join(worded, on="signature_id"), identity)
    return difference({"signatures": old}, {"signatures": new})


def find_candidates(flow: IncrementFlow, _: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how the values change that could be borne by too many."""
    sheet = flow.table("collapse", subject, "signatures")
    tests = tasks[0].arguments["tests"]
    before = {name: flow.before("gather", subject, name) for name in ("candidates", "mass_values")}
    if not sheet.changed():
        return {}
    columns = sorted({test.attribute for test in tests})
    whole = sheet.new(columns=["signature_id", *columns] if columns else ())
    counts, borne = count_values(whole, tests=tests, buckets=1), count_bearing(whole, tests=tests)
    found = gather(counts, borne, tests=tests, buckets=1)._asdict()
    return difference({name: one.old() for name, one in before.items() if one}, found)


def find_bearers(flow: IncrementFlow, _: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Leave for `weigh_masses` which signatures bear the candidates."""
    task = tasks[0]
    candidates = flow.sheet(task.inputs["candidates"]).new()
    hashes = {
        attribute: candidates.filter(pl.col("attribute") == attribute)["value_hash"].implode()
        for attribute in candidates["attribute"].unique().sort()
    }
    bearing = [hash64(pl.col(attribute)).is_in(wanted) for attribute, wanted in hashes.items()]
    any_of_them = pl.any_horizontal([pl.lit(value=False), *bearing])
    signatures = flow.table("collapse", subject, "signatures").new(lambda frame: frame.filter(any_of_them))
    return {"bearers": passing(bear(signatures, candidates, subject=task.arguments["subject"]))}


def weigh_masses(flow: IncrementFlow, _: Stage, tasks: Tasks, subject: str | None) -> Changes:
    """Return how the values change that are borne by too many."""
    of = tasks[0].arguments
    new = weigh_values(flow.table("mass", subject, "bearers").plus, tests=of["tests"], name=of["name"])
    before = flow.before("demote", subject, "mass_values")
    return difference({"mass_values": before.old()} if before else {}, {"mass_values": new})


WAYS: Mapping[str, Handler] = {
    "ingest": read_files,
    "cleanse": cleansing.cleanse,
    "collapse": collapse,
    "gather": find_candidates,
    "mass": find_bearers,
    "demote": weigh_masses,
    "unite": grouping.unite,
    "join": pairing.propose,
    "score": pairing.score,
    "accept": pairing.accept,
    "decide": grouping.decide,
    "cluster": grouping.cluster,
    "probe": grouping.probe,
    "part": grouping.part,
    "remember": naming.remember,
    "recall": naming.recall,
    **dict.fromkeys(("compare", "sift", "attest", "assign"), naming.through),
    "identify": naming.identify,
    "inscribe": naming.inscribe,
}
"""By stage."""
