"""Witnesses become events: what several rows tell of one happening is one event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.tables import EVENTS, WITNESSES
from trees.dates import day
from trees.events.types import EventType
from trees.owners import owned

_TOLD = ("valid_to", "place", "other_subject", "other_entity", "amount", "number", "payload")


class Grown(NamedTuple):
    """WITNESSES and EVENTS."""

    witnesses: pl.DataFrame
    events: pl.DataFrame


def attach_events(told: pl.DataFrame, owners: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return WITNESSES without `event_id`: what is told (TOLD_EVENTS of one subject), with the entities it concerns."""
    own = owned(
        told.with_columns(_subject=pl.lit(subject)), owners, subject="_subject", role="role", entity="entity_id"
    )
    both = owned(own, owners, subject="other_subject", role="other_role", entity="other_entity")
    return both.drop_nulls("entity_id").select(name for name in WITNESSES.columns if name != "event_id")


def group_events(witnesses: pl.DataFrame, *, types: Mapping[str, EventType]) -> Grown:
    """Return the events of whole entities, and their witnesses with `event_id`.

    Witnesses of one entity and type whose days lie within the type's tolerance of one another form a run. In a run, the
    first witness of each source is one event, the second of each another: a source that tells twice of something
    repeatable means two. What is not repeatable happens once in a run. Witnesses without a date form a run of their
    own. A partial date stands for its first day. An event is of the earliest day told; for the rest, the witness
    recorded first that says something decides, at a tie the smallest id.
    """
    grouped = _event_ids(witnesses.with_columns(_day=day(pl.col("valid_from"))), types)
    several = pl.col("event_id").is_duplicated()
    alone = grouped.filter(~several).with_columns(sources=pl.concat_list("source"), witnesses=pl.lit(1, pl.Int64))
    ordered = grouped.filter(several).sort("event_id", "recorded_at", "witness_id", nulls_last=True)
    merged = ordered.group_by("event_id", maintain_order=True).agg(
        pl.col("entity_id", "event_type").first(),
        pl.col("valid_from", "recorded_at").min(),
        *(pl.col(name).drop_nulls().first() for name in _TOLD),
        sources=pl.col("source").unique().sort(),
        witnesses=pl.len().cast(pl.Int64),
    )
    events = pl.concat([alone.select(EVENTS.columns.keys()), merged.select(EVENTS.columns.keys())])
    return Grown(WITNESSES.conform(grouped), EVENTS.conform(events))


def _event_ids(witnesses: pl.DataFrame, types: Mapping[str, EventType]) -> pl.DataFrame:
    """Return the witnesses with `event_id`, the smallest `witness_id` of their event."""
    of = ["entity_id", "event_type"]
    tolerance = pl.col("event_type").replace_strict(
        {code: one.tolerance for code, one in types.items()}, return_dtype=pl.Int64
    )
    once = [code for code, one in types.items() if not one.repeatable]
    gap = (pl.col("_day") - pl.col("_day").shift(1).over(of)).dt.total_days()
    begins = (gap > tolerance) | gap.is_null()
    ordered = witnesses.sort(*of, "_day", "witness_id", nulls_last=True).with_columns(
        _run=pl.when(pl.col("_day").is_null()).then(-1).otherwise(begins.cast(pl.Int64).cum_sum().over(of))
    )
    nth = (
        pl.when(pl.col("event_type").is_in(once))
        .then(0)
        .otherwise(pl.int_range(pl.len()).over([*of, "_run", "source"]))
    )
    return ordered.with_columns(_nth=nth).with_columns(event_id=pl.col("witness_id").min().over([*of, "_run", "_nth"]))
