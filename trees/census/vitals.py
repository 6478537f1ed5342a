"""Births, deaths and signs of life as of a day, from events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from trees.dates import day
from trees.events.types import EventType


def vital_types(types: Mapping[str, EventType]) -> list[str]:
    """Return the types of event that `vitals` reads."""
    return list(_codes(types, begins_life=True)) + list(_codes(types, ends_life=True)) + _signs(types)


def vitals(events: pl.DataFrame, *, as_of: date, types: Mapping[str, EventType]) -> pl.DataFrame:
    """Return entity_id, `born`, `died` and `last_sign` of the entities that have events of `vital_types` up to `as_of`.

    An event without a date is dated by when it was recorded. `born` alone may lie after `as_of`. `died` is the earliest
    death told; it is null when a single source tells of the death and the person was seen later, in person (a strong
    sign for which no one else can stand in). Money that flows by itself is no sign.
    """
    dated = events.select("entity_id", "event_type", "sources", _day=day(pl.coalesce("valid_from", "recorded_at")))
    births = dated.filter(pl.col("event_type").is_in(list(_codes(types, begins_life=True))))
    past = dated.filter(pl.col("_day") <= as_of)
    deaths = past.filter(pl.col("event_type").is_in(list(_codes(types, ends_life=True))))
    signs = past.filter(pl.col("event_type").is_in(_signs(types)))
    sure = [code for code, one in types.items() if one.sign == "strong" and one.proxy == "low"]
    found = (
        pl.concat([one.select("entity_id") for one in (births, deaths, signs)])
        .unique()
        .join(births.group_by("entity_id").agg(born=pl.col("_day").min()), on="entity_id", how="left")
        .join(_deaths(deaths), on="entity_id", how="left")
        .join(signs.group_by("entity_id").agg(last_sign=pl.col("_day").max()), on="entity_id", how="left")
        .join(
            signs.filter(pl.col("event_type").is_in(sure)).group_by("entity_id").agg(_sure=pl.col("_day").max()),
            on="entity_id", how="left",
        )
    )  # fmt: skip
    contradicted = (pl.col("_tellers") == 1) & (pl.col("_sure") > pl.col("died"))
    died = pl.when(~contradicted.fill_null(value=False)).then("died")
    return found.select("entity_id", "born", died, "last_sign").sort("entity_id")


def _deaths(deaths: pl.DataFrame) -> pl.DataFrame:
    tellers = deaths.explode("sources").group_by("entity_id").agg(_tellers=pl.col("sources").n_unique())
    return deaths.group_by("entity_id").agg(died=pl.col("_day").min()).join(tellers, on="entity_id")


def _codes(types: Mapping[str, EventType], **flags: bool) -> Iterator[str]:
    return (code for code, one in types.items() if all(getattr(one, name) == value for name, value in flags.items()))


def _signs(types: Mapping[str, EventType]) -> list[str]:
    return [code for code, one in types.items() if one.sign is not None]
