"""Told residences become spells: where an entity lived or was registered, from when, up to when."""

from __future__ import annotations

import polars as pl

from engine.tables import SPELLS
from trees.dates import day
from trees.intervals import joined_intervals
from trees.owners import owned

HOLDS_DAYS = 183
"""How long a place where someone was found holds without another sign: half a year."""

SIGNS = ("observed", "inferred")
"""Kinds of spell whose witnesses tell of a day each."""

_BY = ("entity_id", "kind", "place", "rank")


def attach_spells(told: pl.DataFrame, owners: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return what is told (TOLD_SPELLS of one subject) with the entities that lived there.

    A spell without a place is left out, unless it is abroad: there `abroad` stands for it.
    """
    own = owned(
        told.with_columns(_subject=pl.lit(subject)), owners, subject="_subject", role="role", entity="entity_id"
    )
    place = pl.coalesce("place", pl.when(pl.col("kind") == "abroad").then(pl.lit("abroad")))
    located = own.with_columns(place=place).drop_nulls(["entity_id", "place"])
    return located.drop("_subject", "role", "record_id")


def group_spells(attached: pl.DataFrame) -> pl.DataFrame:
    """Return SPELLS of whole entities: witnesses of one kind, place and rank joined as `joined_intervals` says.

    Where someone was `observed`, or is `inferred` to have been, without an end being told, lasts from the day stated to
    the day recorded, and holds for half a year after: signs closer than that are one spell, a longer silence ends it.
    """
    single = pl.col("kind").is_in(SIGNS) & pl.col("valid_to").is_null()
    seen = _runs(attached.filter(single))
    rest = joined_intervals(attached.filter(~single), by=_BY)
    spells = (
        pl.concat([seen, rest.select(seen.columns)])
        .group_by("_interval", *_BY)
        .agg(
            pl.col("_from", "_to").first().dt.to_string("%Y-%m-%d"),
            pl.col("recorded_at").max(),
            sources=pl.col("source").unique().sort(),
            witnesses=pl.len(),
        )
    )
    return SPELLS.conform(spells.rename({"_interval": "spell_id", "_from": "valid_from", "_to": "valid_to"}))


def _runs(seen: pl.DataFrame) -> pl.DataFrame:
    """Return observations with the run that each belongs to: begun on its first day, last seen when it was recorded."""
    by = list(_BY)
    stated, recorded = day(pl.col("valid_from")), day(pl.col("recorded_at"))
    days = seen.with_columns(_day=pl.coalesce(stated, recorded), _last=pl.max_horizontal(stated, recorded)).drop_nulls(
        "_day"
    )
    silence = (pl.col("_day") - pl.col("_last").cum_max().shift(1).over(by)).dt.total_days()
    runs = days.sort(*by, "_day", "witness_id").with_columns(
        _run=(silence > HOLDS_DAYS).fill_null(value=True).cast(pl.Int64).cum_sum().over(by)
    )
    return runs.with_columns(
        _from=pl.col("_day").min().over([*by, "_run"]),
        _to=pl.col("_last").max().over([*by, "_run"]).dt.offset_by(f"{HOLDS_DAYS}d"),
        _interval=pl.col("witness_id").min().over([*by, "_run"]),
    ).drop("_day", "_last", "_run")
