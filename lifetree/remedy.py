"""What would join two records: the value that cleansing set aside, a limit, a field, a judgement."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from engine.settings import Project
from lifetree.lookup import spelt
from matchers.explain import Edit, Evidence, Known, Parted, Side, pairs_judged, smallest_change, would_join
from matchers.explain.nearest import meeting
from matchers.realtime import folded

JUDGE = "judge them the same"
Remedy = tuple[str, dict[str, Any]]
"""A sentence, and the same for programs."""


def remedy(parted: Parted, sides: tuple[Side, Side], held: Evidence, within: Evidence, *, known: Known) -> Remedy:
    """Return the smallest change that would join the records asked for; `within` holds all links of the two entities.

    A judgement that parts them is withdrawn, a generic block value is admitted, where that is enough; else a field of
    one record takes the value of another, and where no fields are enough the two are judged the same.
    """
    judged = pairs_judged(within.links, within.conflicts)
    if (held.conflicts["reason"] == "judgement").any():
        return "withdraw the judgement", {"judgement": "withdraw"}
    if parted.stage == "same source":
        return 'set `pairs = "all"` if a source may hold a subject twice', {"pairs": "all"}
    if parted.stage == "junk" and (raised := _raised(sides, held, judged, known)):
        return raised
    if parted.stage in {"junk", "not blocked", "weight", "constraint", "standardise"}:
        edits = smallest_change(sides, judged, known=known, first=parted.attributes)
        if edits:
            return told(edits), {"edits": [edit._asdict() for edit in edits]}
    return JUDGE, {"judgement": "same"}


def told(edits: tuple[Edit, ...]) -> str:
    """Return edits in words.

    >>> told((Edit({"source": "tax", "record_id": "7", "role": ""}, "phone", None, "139"),))
    'phone of tax:7: (none) -> 139'
    """
    return "; ".join(
        f"{one.attribute} of {spelt(one.record)}: {one.before or '(none)'} -> {one.after}" for one in edits
    )


def _raised(sides: tuple[Side, Side], held: Evidence, judged: pl.DataFrame, known: Known) -> Remedy | None:
    """Return the `max_block` that would let the rules compare them, when they are one entity then."""
    free = known._replace(generic=known.generic.head(0))
    if known.generic.is_empty() or not would_join(sides, judged, known=free):
        return None
    rules = {rule.name for rule in known.subject.blocking}
    met = (
        meeting(held.one, held.other, known=known).shared.filter("generic").select(blocking_rule="rule", value="value")
    )
    sizes = known.generic.join(met.unique(), on=["blocking_rule", "value"], how="semi").sort(
        "signatures", "blocking_rule"
    )
    least = [(rule, count) for rule, count in sizes.select("blocking_rule", "signatures").iter_rows() if rule in rules]
    if not least:
        return None
    rule, count = least[0]
    return f"max_block of rule '{rule}' at {count} or more", {"max_block": {rule: count}}


def voided(
    project: Project, subject: str, sides: tuple[Side, Side], parted: Parted, held: Evidence, *, known: Known
) -> Parted | None:
    """Return stage `standardise` when a value that both were delivered with, and matching does not read, parted them.

    None where it would not have joined them, or there is none.
    """
    rows = [side.records.row(0, named=True) for side in sides]
    read = pl.concat([held.one.head(1), held.other.head(1)])
    lost = {}
    for name in (name for name in known.subject.identity_attributes() if read[name].null_count()):
        values = folded([_delivered(project, subject, row, name) for row in rows], known_kind(project, subject, name))
        if values[0] is not None and values[0] == values[1]:
            lost[name] = values[0]
    if not lost:
        return None
    restored = tuple(
        side._replace(
            signatures=pl.concat(
                [
                    side.signatures.head(1).with_columns(pl.lit(v).alias(n) for n, v in lost.items()),
                    side.signatures.slice(1),
                ]
            )
        )
        for side in sides
    )
    if not would_join((restored[0], restored[1]), pairs_judged(held.links, held.conflicts), known=known):
        return None
    listed = ", ".join(f"{name} {value}" for name, value in lost.items())
    because = f"both were delivered with {listed}, which was set aside before matching"
    return Parted("standardise", because, parted.pair, tuple(lost))


def _delivered(project: Project, subject: str, row: dict[str, Any], name: str) -> str | None:
    """Return the value of an attribute as it was delivered."""
    value: str | None = row[name]
    if value is None:
        source = next((one for one in project.sources if one.name == row["source"]), None)
        mentions = source.mentions if source else ()
        mapped = [one.fields.get(name) for one in mentions if (one.subject, one.role) == (subject, row["role"])]
        raw = json.loads(row["raw"] or "{}")
        columns = [column for one in mapped if one for column in one.columns]
        value = " ".join(raw[column] for column in columns if raw.get(column)) or None
    return None if value is None else value.strip()


def known_kind(project: Project, subject: str, name: str) -> str:
    """Return the kind of an attribute."""
    return project.subjects[subject].attributes[name].kind
