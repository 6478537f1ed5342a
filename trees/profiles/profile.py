"""Profiles: the value of each attribute that survives, why, and every value that was delivered."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import Attribute, Subject
from engine.tables import ATTRIBUTE_VALUES, PROFILES, RECORD_KEY
from trees.profiles.survivorship import surviving


class Profiled(NamedTuple):
    """PROFILES and ATTRIBUTE_VALUES."""

    profiles: pl.DataFrame
    attribute_values: pl.DataFrame


def profile(records: pl.DataFrame, record_entity: pl.DataFrame, *, subject: Subject) -> Profiled:
    """Return the profile of each entity and all values of each attribute.

    Values are compared as `records` (RECORDS with the subject's attributes) hold them, cleansed. Nulls are no values:
    an attribute without one has no row. A value is seen at `recorded_at`, else at `delivered_at`. The record that
    stands beside a surviving value bears it and was seen last; at a tie it is the smallest key. Both tables must hold
    whole entities.
    """
    members = records.join(record_entity.select(*RECORD_KEY, "entity_id"), on=list(RECORD_KEY)).with_columns(
        _seen=pl.coalesce("recorded_at", "delivered_at")
    )
    parts = [_profile_attribute(members, name, attribute) for name, attribute in subject.attributes.items()]
    return Profiled(
        PROFILES.conform(pl.concat(part.profiles for part in parts)),
        ATTRIBUTE_VALUES.conform(pl.concat(part.attribute_values for part in parts)),
    )


def _profile_attribute(members: pl.DataFrame, name: str, attribute: Attribute) -> Profiled:
    bearers = members.select("entity_id", *RECORD_KEY, "_seen", value=pl.col(name)).drop_nulls("value")
    values = bearers.group_by("entity_id", "value").agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("source").unique().sort().alias("sources"),
        pl.col("_seen").min().alias("first_seen"),
        pl.col("_seen").max().alias("last_seen"),
    )
    winners = surviving(values, attribute=attribute).with_columns(attribute=pl.lit(name))
    borne = _provenance(bearers.join(winners.select("entity_id", "value"), on=["entity_id", "value"], how="semi"))
    survives = winners.select("entity_id", "value", survives=pl.lit(value=True))
    return Profiled(
        PROFILES.conform(winners.with_columns(sources=pl.col("sources").list.len()).join(borne, on="entity_id")),
        ATTRIBUTE_VALUES.conform(
            values.join(survives, on=["entity_id", "value"], how="left").with_columns(
                pl.col("survives").fill_null(value=False), attribute=pl.lit(name)
            )
        ),
    )


def _provenance(bearers: pl.DataFrame) -> pl.DataFrame:
    """Return one record per entity: seen last, then of the smallest key."""
    left = bearers.filter(pl.col("_seen").eq_missing(pl.col("_seen").max().over("entity_id")))
    for name in RECORD_KEY:
        left = left.filter(pl.col(name) == pl.col(name).min().over("entity_id"))
    return left.select("entity_id", *RECORD_KEY)
