"""Possible duplicates: members of a list that a person has yet to tell apart or join."""

from __future__ import annotations

import polars as pl


def pending_duplicates(review: pl.DataFrame, owners: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Return the `entity_id` of those who would leave the list if every pair under review were one person.

    `review` is REVIEW, `owners` holds signature_id and entity_id, `listed` the entity_id of the list. Of entities that
    pairs connect, all but the smallest are returned. Cost: one pass per step of the longest chain of pairs.
    """
    owner = owners.select("signature_id", "entity_id").unique()
    left = owner.rename({"signature_id": "signature_l", "entity_id": "a"})
    right = owner.rename({"signature_id": "signature_r", "entity_id": "b"})
    pairs = (
        review.join(left, on="signature_l").join(right, on="signature_r").select("a", "b")
        .filter(pl.col("a") != pl.col("b"))
        .join(listed.select(a="entity_id"), on="a", how="semi")
        .join(listed.select(b="entity_id"), on="b", how="semi")
    )  # fmt: skip
    both = pl.concat([pairs, pairs.select(a="b", b="a")]).unique()
    named = both.select(entity_id="a").unique().with_columns(_root=pl.col("entity_id"))
    while True:
        offered = both.join(named.rename({"entity_id": "b"}), on="b").group_by("a").agg(_offer=pl.col("_root").min())
        lowered = named.join(offered, left_on="entity_id", right_on="a", maintain_order="left").select(
            "entity_id", _root=pl.min_horizontal("_root", "_offer")
        )
        if lowered.equals(named):
            return named.filter(pl.col("_root") != pl.col("entity_id")).select("entity_id").sort("entity_id")
        named = lowered
