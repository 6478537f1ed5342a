"""Counting in a finished run: the agreed number, its list, and the bridge of every department."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.settings import Claim, Count, Project
from engine.spelling import nearest
from engine.store import Run
from engine.tables import EVENTS
from lifetree.lookup import with_profiles
from trees.census import STEPS, Bridge, bridge, definitions, membership, pending_duplicates, vital_types, vitals
from trees.events import event_types

COUNTY_DIGITS = 6


class Counted(NamedTuple):
    """Every entity with its township, probability and reason not to count, and a bridge per source."""

    members: pl.DataFrame
    bridges: tuple[Bridge, ...]


def count(run: Run, project: Project, wanted: Count) -> dict[str, Any]:
    """Return the count as programs read it: agreed number, expected number, by county, and the bridges.

    `agreed` is the length of the list, `expected` the sum of the probabilities of belonging to it. `estimate` and
    `interval`, which correct for those whom no department knows, are null.

    Raises:
        StoreError: the run knows no residence.
    """
    counted = counted_members(run, project, wanted)
    listed = counted.members.filter(pl.col("reason").is_null())
    county = listed.group_by(area=pl.col("place").str.head(COUNTY_DIGITS)).agg(persons=pl.len()).sort("area")
    return {
        "definition": wanted.definition,
        "as_of": wanted.as_of.isoformat(),
        "area": list(wanted.area),
        "agreed": listed.height,
        "expected": _sum(counted.members["probability"]),
        "estimate": None,
        "interval": None,
        "by": county.to_dicts(),
        "bridges": [one.told() for one in counted.bridges],
    }


def count_diff(
    run: Run, project: Project, wanted: Count, *, left: str, right: str, step: str | None = None
) -> list[dict[str, Any]]:
    """Return the persons whom a step lists for one of two sources alone, with their profiles, by step and source.

    `step` None compares all steps. Persons who stand in the same step of both sources are no difference; a key of which
    no record is resolved has no person and no profile.

    Raises:
        StoreError: no such step, or a source without a bridge.
    """
    bridges = {one.source: one.persons for one in counted_members(run, project, wanted).bridges}
    for name in (left, right):
        if name not in bridges:
            raise StoreError(f"source '{name}' has no bridge{nearest(name, bridges)}")
    if step is not None and step not in STEPS:
        raise StoreError(f"no step '{step}'{nearest(step, STEPS)}")
    steps = STEPS if step is None else (step,)
    rows = []
    for here, there in ((left, right), (right, left)):
        own = bridges[here].filter(pl.col("step").is_in(steps))
        alone = own.join(bridges[there], on=["step", "entity_id"], how="anti")
        rows += [{"source": here, **row} for row in alone.iter_rows(named=True)]
    ids = pl.DataFrame({"entity_id": [row["entity_id"] for row in rows]}, schema={"entity_id": pl.String}).unique()
    entities = run.scan("entities", subject=wanted.subject).join(ids.lazy(), on="entity_id", how="semi").collect()
    profiles = run.scan("profiles", subject=wanted.subject).join(ids.lazy(), on="entity_id", how="semi").collect()
    settings = project.subjects[wanted.subject]
    known = {one["entity_id"]: one for one in with_profiles(entities, profiles, settings)}
    nobody = dict.fromkeys(("records", *settings.attributes))
    return sorted(
        ({**row, **known.get(row["entity_id"], nobody)} for row in rows),
        key=lambda row: (STEPS.index(row["step"]), row["source"] != left, row["entity_id"] or "", row["key"] or ""),
    )


def counted_members(run: Run, project: Project, wanted: Count) -> Counted:
    """Return who counts, and the bridges of the sources that name the subject as principal, in the project's order.

    Raises:
        StoreError: the run knows no residence.
    """
    subject = wanted.subject
    if f"{subject}/spells" not in run.manifest["tables"]:
        raise StoreError(
            f"run {run.run_id} knows no residence of {subject}: no source of the project maps a spell",
            hint="`[[spell]]` in a source says which column holds the place of hukou or of residence",
        )
    predicate = definitions()[wanted.definition].predicate or ""
    entities = run.scan("entities", subject=subject).select("entity_id").collect()
    members = membership(
        run.read("spells", subject=subject), _vitals(run, wanted), entities, count=wanted, predicate=predicate
    )
    owners = run.read("record_entity", subject=subject)
    listed = members.filter(pl.col("reason").is_null())
    pending = pending_duplicates(run.read("review", subject=subject), owners, listed)
    keys = _person_keys(run, subject)
    claims = {name: _claimed(project.claims, name, wanted) for name in _counting(project, subject)}
    bridges = [
        bridge(name, keys.filter(pl.col("source") == name), members, pending, claimed=claimed)
        for name, claimed in claims.items()
    ]
    return Counted(members, tuple(bridges))


def _vitals(run: Run, wanted: Count) -> pl.DataFrame:
    types = event_types().get(wanted.subject, {})
    events = EVENTS.empty()
    if f"{wanted.subject}/events" in run.manifest["tables"]:
        told = pl.col("event_type").is_in(vital_types(types))
        events = run.scan("events", subject=wanted.subject).filter(told).collect()
    return vitals(events, as_of=wanted.as_of, types=types)


def _person_keys(run: Run, subject: str) -> pl.DataFrame:
    """Return source, `key` and entity_id of every principal: the department's own person key, else the record's."""
    principal = pl.col("role") == ""
    records = run.scan("records", subject=subject).filter(principal).select("source", "record_id", "business_key")
    owners = run.scan("record_entity", subject=subject).filter(principal).select("source", "record_id", "entity_id")
    key = pl.coalesce("business_key", pl.concat_str(pl.lit("record "), "record_id"))
    return records.join(owners, on=["source", "record_id"]).select("source", "entity_id", key=key).unique().collect()


def _counting(project: Project, subject: str) -> list[str]:
    return [
        source.name
        for source in project.sources
        if any(mention.subject == subject and not mention.role for mention in source.mentions)
    ]


def _claimed(claims: Iterable[Claim], source: str, wanted: Count) -> int | None:
    """Return the figure that the source published for the day and area, by the count's definition where it did."""
    fitting = [one for one in claims if one.source == source and one.as_of == wanted.as_of and one.area == wanted.area]
    same = [one for one in fitting if one.definition == wanted.definition]
    return (same or fitting)[0].persons if fitting else None


def _sum(probabilities: pl.Series) -> float:
    """Return the sum to 6 decimals, over integers: the same in any order."""
    return int((probabilities * 1_000_000).round().cast(pl.Int64).sum()) / 1_000_000
