"""The stages from signatures to clusters: stars of identifiers, blocks and their pairs, weights, links."""

from __future__ import annotations

from engine.pipeline import Flow
from engine.runners.tasks import Met, Parts, Task
from engine.settings import Subject
from engine.tables import PAIR_KEY
from lifetree.clusters import Cells, Tables, cluster_signatures, component_task
from lifetree.masses import silenced
from lifetree.stages import CELL_SIDE, seen_by
from matchers.blocking import check_budget
from matchers.models import Calibration


def star(flow: Flow, name: str, subject: Subject, base: Tables, *, buckets: int) -> Tables:
    """Return what the identifiers link, what they set apart, and what they unite by themselves."""
    signatures, judged = base["signatures"], base["judged"].all()
    of = {"subject": seen_by("spread", subject)}
    spreading = [Task(b, {"signatures": signatures.of(b), **silenced(flow, base)}, of) for b in range(buckets)]
    spread = flow.run("spread", spreading, subject=name)
    of = {"subject": seen_by("star", subject)}
    starring = [
        Task(b, {"signatures": spread[f"by.{item.attribute}"].of(b), "judged": judged}, {**of, "identifier": item})
        for item in subject.identifiers
        for b in range(buckets)
    ]
    stars = flow.run("star", starring, subject=name)
    if not stars:
        return {name: spread[name] for name in ("members", "founders")}
    made = {table: stars[table].all() for table in ("links", "conflicts", "generic")}
    uniting = {"members": spread["members"].all(), "judged": judged, **made}
    whole = {name: spread[name] for name in ("members", "founders")}
    return {**whole, **stars, **flow.run("unite", [component_task("unite", uniting, subject)], subject=name)}


def block(flow: Flow, name: str, subject: Subject, base: Tables, united: Parts | None, *, buckets: int) -> Tables:
    """Return the block keys that stay, the values that were demoted, and the candidates.

    Raises:
        BudgetError: the rules propose more pairs than the subject's budget; nothing was joined.
    """
    of, each = {one: {"subject": seen_by(one, subject)} for one in ("key", "size", "join")}, range(buckets)
    signatures, void = base["signatures"], silenced(flow, base)
    keying = [
        Task(b, {"signatures": signatures.of(b), **void, **({"united": united.of(b)} if united else {})}, of["key"])
        for b in each
    ]
    keyed = flow.run("key", keying, subject=name)["block_keys"]
    sized = flow.run("size", [Task(b, {"block_keys": keyed.of(b)}, of["size"]) for b in each], subject=name)
    check_budget(
        flow.read(sized["rule_pairs"]), subject=subject, name=name, records=flow.rows(base["record_signature"])
    )
    kept = sized["kept_keys"]
    return sized | flow.run("join", [Task(b, {"kept_keys": kept.of(b)}, of["join"]) for b in each], subject=name)


def cells_of(
    flow: Flow,
    stage: str,
    table: str,
    pairs: Parts,
    *,
    subject: Subject,
    base: Tables,
    calibration: Calibration,
    buckets: int,
) -> list[Task]:
    """Return the tasks of a stage for every cell of a table of pairs, with the signatures on either side."""
    signatures = base["signatures"]
    number = calibration.signatures or flow.rows(signatures)
    settings = {"subject": seen_by(stage, subject), "calibration": calibration, "signatures": number}
    side, void = min(buckets, CELL_SIDE), silenced(flow, base)
    sides = [tuple(file for b in range(place, buckets, side) for file in signatures.of(b)) for place in range(side)]
    met = {name: Met("signature_id", {table: (end,)}) for name, end in zip(("left", "right"), PAIR_KEY, strict=True)}
    inputs = [
        (cell, {table: pairs.of(cell), "left": sides[cell // side], "right": sides[cell % side], **void})
        for cell in pairs.filled()
    ]
    return [Task(cell, one, settings, met=met) for cell, one in inputs]


def link(flow: Flow, name: str, subject: Subject, base: Tables, pairs: Parts, stars: Tables, *, cells: Cells) -> Tables:
    """Return links, conflicts, review, clusters and the draws of the partition."""
    of = {"subject": seen_by("accept", subject)}
    judged = base["judged"].all()
    weighed = cells("score", "pairs", pairs)
    accepting = (
        [Task(one.bucket, one.inputs, of, met=one.met) for one in weighed]
        if subject.cautions
        else [Task(one.bucket, {"pairs": one.inputs["pairs"]}, of) for one in weighed]
    )
    told = flow.run("accept", accepting, subject=name)
    accepted = told["accepted"]
    deciding = {"accepted": accepted.all(), "cautioned": told["cautioned"].all(), "judged": judged}
    deciding |= {table: stars[table].all() for table in ("links", "conflicts") if table in stars}
    decided = flow.run("decide", [component_task("decide", deciding, subject)], subject=name)
    common = {"generic_values": stars["generic"]} if "generic" in stars else {}
    return decided | common | cluster_signatures(flow, name, subject, decided, stars, accepted, cells=cells)
