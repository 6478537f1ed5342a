"""Told ties become relations: one for each interval in which two entities were tied."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from engine.tables import RELATIONS
from trees.intervals import joined_intervals
from trees.owners import owned
from trees.relations.types import RelationType

ENDS = ("relation_type", "subject_from", "entity_from", "subject_to", "entity_to")
_KEPT = ("witness_id", "source", "valid_from", "valid_to", "recorded_at", "payload")


def attach_relations(told: pl.DataFrame, owners: pl.DataFrame, *, types: Mapping[str, RelationType]) -> pl.DataFrame:
    """Return what is told (TOLD_RELATIONS) with the entities at both ends.

    A symmetric tie goes out from the smaller id. A tie with a mention that is no record is left out.
    """
    one = owned(told, owners, subject="subject_from", role="role_from", entity="entity_from")
    both = owned(one, owners, subject="subject_to", role="role_to", entity="entity_to").drop_nulls(
        ["entity_from", "entity_to"]
    )
    mutual = [code for code, one in types.items() if one.symmetric]
    turned = pl.col("relation_type").is_in(mutual) & (pl.col("entity_from") > pl.col("entity_to"))
    return both.select(
        *_KEPT,
        "relation_type",
        *(
            pl.when(turned).then(there).otherwise(here).alias(here)
            for here, there in (("subject_from", "subject_to"), ("entity_from", "entity_to"))
        ),
        *(
            pl.when(turned).then(there).otherwise(here).alias(here)
            for here, there in (("subject_to", "subject_from"), ("entity_to", "entity_from"))
        ),
    )


def group_relations(attached: pl.DataFrame) -> pl.DataFrame:
    """Return RELATIONS: the witnesses of one tie between the same two entities joined as `joined_intervals` says.

    All witnesses of a tie (`ENDS`) must be in the same call. `recorded_at` is when a department first knew of it;
    the payload is the last recorded one.
    """
    joined = joined_intervals(attached, by=ENDS).sort("_interval", "recorded_at", "witness_id", nulls_last=True)
    relations = joined.group_by("_interval", *ENDS).agg(
        pl.col("_from", "_to").first().dt.to_string("%Y-%m-%d"),
        pl.col("recorded_at").min(),
        pl.col("payload").drop_nulls().last(),
        sources=pl.col("source").unique().sort(),
        witnesses=pl.len(),
    )
    return RELATIONS.conform(relations.rename({"_interval": "relation_id", "_from": "valid_from", "_to": "valid_to"}))
