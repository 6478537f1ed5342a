"""What ties and rows need to know of an entity: when it began and ended, and whether any record is about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from engine.settings import Subject
from trees.census.vitals import vitals
from trees.dates import day
from trees.events.types import EventType

CLOSES, REVOKES, RESTORES, REVIVES = ("DEREG",), ("REVOKE",), ("RESTORE",), ("HUK.REST",)
"""The events that end a legal entity, that take its licence away, that undo both, and that undo a death."""

ANOTHER = 365
"""Two deaths told by events of one type so many days apart are of two persons who were taken for one."""

FACTS = {
    "subject": pl.String,
    "entity_id": pl.String,
    "born": pl.Date,
    "died": pl.Date,
    "closed": pl.Date,
    "revoked": pl.Date,
    "own_records": pl.Int64,
}


def entity_facts(
    placed: pl.DataFrame,
    profiles: pl.DataFrame,
    events: pl.DataFrame | None,
    *,
    name: str,
    subject: Subject,
    principals: Mapping[str, str],
    types: Mapping[str, EventType],
) -> pl.DataFrame:
    """Return one row per entity of whole entities (`FACTS`).

    `born` is the surviving value of the subject's first attribute that is a date, a whole day; `own_records` counts the
    records in which the entity plays the part that `principals` gives for the source, and is null where no source is
    about such a subject.
    """
    dates = [key for key, one in subject.attributes.items() if one.kind == "date"][:1]
    born = (
        profiles.filter(pl.col("attribute").is_in(dates) & (pl.col("value").str.len_chars() >= 10))
        .select("entity_id", born=day(pl.col("value")))
        .drop_nulls()
    )
    about = _own(principals).sum() if principals else pl.lit(None)
    known = placed.group_by("entity_id").agg(own_records=about.cast(pl.Int64))
    facts = known.join(born, on="entity_id", how="left").join(endings(events, types), on="entity_id", how="left")
    typed = (pl.col(key).cast(dtype) for key, dtype in FACTS.items())
    return facts.with_columns(subject=pl.lit(name)).select(typed).sort("entity_id")


def unnumbered(placed: pl.DataFrame, *, name: str, subject: Subject, principals: Mapping[str, str]) -> pl.DataFrame:
    """Return subject, source, record_id and role of the mentions that rows name without any identifier."""
    numbers = [one.attribute for one in subject.identifiers]
    bare = pl.all_horizontal(pl.lit(value=bool(numbers)), *(pl.col(one).is_null() for one in numbers))
    return placed.filter(~_own(principals) & bare).select(pl.lit(name).alias("subject"), "source", "record_id", "role")


def _own(principals: Mapping[str, str]) -> pl.Expr:
    """Return whether a mention is the one that its row is about."""
    own = pl.col("role") == pl.col("source").replace_strict(dict(principals), default=None, return_dtype=pl.String)
    return own.fill_null(value=False)


def endings(events: pl.DataFrame | None, types: Mapping[str, EventType]) -> pl.DataFrame:
    """Return entity_id with the days on which it `died`, was `closed` and `revoked`, of those that did (EVENTS).

    What was undone later did not happen: a deregistration by a restored registration, a death by a restored hukou. Of
    two deaths over `ANOTHER` days apart the later counts: who was seen in between was alive.
    """
    empty = pl.DataFrame(schema={key: FACTS[key] for key in ("entity_id", "died", "closed", "revoked")})
    if events is None:
        return empty
    ending = [code for code, one in types.items() if one.ends_life]
    undone = _undone(events, ending, REVIVES)
    died = empty.select("entity_id", "died")
    if ending:
        lasting = events.join(pl.concat([undone, _followed(events, ending)]), on="event_id", how="anti")
        died = vitals(lasting, as_of=date.max, types=types).select("entity_id", "died").drop_nulls()
    closed, revoked = (
        events.filter(pl.col("event_type").is_in(codes))
        .join(_undone(events, codes, RESTORES), on="event_id", how="anti")
        .group_by("entity_id")
        .agg(_day().max().alias(name))
        for codes, name in ((CLOSES, "closed"), (REVOKES, "revoked"))
    )
    joined = died.join(closed, on="entity_id", how="full", coalesce=True)
    return joined.join(revoked, on="entity_id", how="full", coalesce=True).select(empty.columns)


def _followed(events: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Return the event_id of the events of these codes that one of the same code follows `ANOTHER` days later."""
    late = (_day().max().over("entity_id", "event_type") - _day()).dt.total_days() > ANOTHER
    return events.filter(pl.col("event_type").is_in(codes)).filter(late).select("event_id")


def _day() -> pl.Expr:
    return day(pl.coalesce("valid_from", "recorded_at"))


def _undone(events: pl.DataFrame, codes: Sequence[str], undoing: Sequence[str]) -> pl.DataFrame:
    """Return the event_id of the events of these codes that one of the `undoing` codes came after."""
    last = events.filter(pl.col("event_type").is_in(undoing)).group_by("entity_id").agg(_last=_day().max())
    return (
        events.filter(pl.col("event_type").is_in(codes))
        .join(last, on="entity_id")
        .filter(_day() <= pl.col("_last"))
        .select("event_id")
    )


def ended() -> pl.Expr:
    """Return the day on which the entity of a row of facts ended: its death or its deregistration."""
    return pl.min_horizontal("died", "closed")


def days(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    """Return the days between two dates as a text."""
    return (later - earlier).dt.total_days().cast(pl.String)


def yes(expr: pl.Expr) -> pl.Expr:
    """Return a truth as the texts yes and no; null is no."""
    return pl.when(expr.fill_null(value=False)).then(pl.lit("yes")).otherwise(pl.lit("no"))
