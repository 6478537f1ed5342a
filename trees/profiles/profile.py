"""Profiles: the value of each attribute that survives, why, and every value that was delivered."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import Attribute, Subject
from engine.tables import ATTRIBUTE_VALUES, PROFILES, RECORD_KEY
from trees.profiles.survivorship import surviving

_LATEST_FIRST = [False, True, *(False for _ in RECORD_KEY)]


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
    """Return the rows of one attribute, in any order and before they are conformed."""
    bearers = members.select("entity_id", *RECORD_KEY, "_seen", value=pl.col(name)).drop_nulls("value")
    values = _values(bearers)
    winners = surviving(values, attribute=attribute).with_columns(attribute=pl.lit(name))
    borne = _provenance(bearers.join(winners.select("entity_id", "value"), on=["entity_id", "value"], how="semi"))
    survives = winners.select("entity_id", "value", survives=pl.lit(value=True))
    return Profiled(
        winners.with_columns(sources=pl.col("sources").list.len()).join(borne, on="entity_id"),
        values.join(survives, on=["entity_id", "value"], how="left").with_columns(
            pl.col("survives").fill_null(value=False), attribute=pl.lit(name)
        ),
    )


def _values(bearers: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct values of each entity: by source first, so that no group is sorted by itself."""
    of_source = bearers.group_by("entity_id", "value", "source").agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("_seen").min().alias("first_seen"),
        pl.col("_seen").max().alias("last_seen"),
    )
    return (
        of_source.sort("source")
        .group_by("entity_id", "value")
        .agg(
            pl.col("records").sum(),
            pl.col("source").alias("sources"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
    )


def _provenance(bearers: pl.DataFrame) -> pl.DataFrame:
    """Return one record per entity: seen last, then of the smallest key."""
    several = pl.len().over("entity_id") > 1
    ordered = bearers.filter(several).sort("entity_id", "_seen", *RECORD_KEY, descending=_LATEST_FIRST, nulls_last=True)
    first = ordered.unique("entity_id", keep="first", maintain_order=True)
    return pl.concat([bearers.filter(~several), first]).select("entity_id", *RECORD_KEY)
