"""The view `events`: what is told to have happened to an entity after its end."""

from __future__ import annotations

import polars as pl

from trees.dates import day
from trees.rules.facts import days


def events_view(witnesses: pl.DataFrame, facts: pl.DataFrame, *, name: str) -> pl.DataFrame:
    """Return the view `events` of whole entities from WITNESSES and their facts.

    An event without a date is dated by when it was recorded; a date of a year or a month by its first day.
    """
    over = facts.filter(pl.any_horizontal(pl.col("died", "closed", "revoked").is_not_null()))
    told = witnesses.join(over.select("entity_id", "died", "closed", "revoked"), on="entity_id").with_columns(
        _day=day(pl.coalesce("valid_from", "recorded_at"))
    )
    late = told.filter(pl.col("_day") > pl.min_horizontal("died", "closed", "revoked"))
    return late.select(
        pl.lit(name).alias("subject"),
        "source",
        "record_id",
        "role",
        "entity_id",
        "recorded_at",
        about="event_type",
        date=pl.coalesce("valid_from", "recorded_at"),
        died=pl.col("died").dt.to_string("%Y-%m-%d"),
        closed=pl.col("closed").dt.to_string("%Y-%m-%d"),
        revoked=pl.col("revoked").dt.to_string("%Y-%m-%d"),
        days_after_death=days(pl.col("_day"), pl.col("died")),
        days_after_closing=days(pl.col("_day"), pl.col("closed")),
        days_after_revocation=days(pl.col("_day"), pl.col("revoked")),
    )
