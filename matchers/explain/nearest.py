"""The pair of signatures of two entities that came nearest to a link: it decides whether the two are one."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import PAIR_KEY
from matchers.clustering.exclusive import generic_rule
from matchers.explain.few import Known, block_keys, weights_of
from matchers.masses import silence

MOST = 60
"""Signatures of one entity that are held against those of another: the one asked for, then those of most records."""


class Meeting(NamedTuple):
    """The pairs between two entities, heaviest first, and what brings them together.

    `pairs`: one, other, match_weight, `compared` (a block that was joined holds both), `common` (only generic blocks
    do). `shared`: one, other, rule, value, generic, of every block key in common. Values are as matching reads them.
    """

    pairs: pl.DataFrame
    shared: pl.DataFrame


def meeting(one: pl.DataFrame, other: pl.DataFrame, *, known: Known, compared: pl.DataFrame | None = None) -> Meeting:
    """Return how the signatures of two entities stand to each other; both are SIGNATURES, none stands in both.

    `compared` holds PAIR_KEY of the pairs that the run compared; unset: those that share a block that was joined.
    The first row of each is the one asked for: of equal pairs it comes first. Cost: the product of their numbers, at
    most `MOST` of each.
    """
    near = [nearest_of(side) for side in (one, other)]
    every = silence(pl.concat(near), known.masses)
    sides = [every.head(near[0].height), every.tail(near[1].height)]
    keys = block_keys(every, known=known)
    left, right = (
        keys.join(side.select("signature_id"), on="signature_id", how="semi").rename({"signature_id": name})
        for side, name in zip(sides, ("one", "other"), strict=True)
    )
    shared = left.join(right.select("other", "block_key"), on="block_key").select(
        "one", "other", "rule", "value", "generic"
    )
    across = sides[0].select(one="signature_id").join(sides[1].select(other="signature_id"), how="cross")
    grounds = shared.group_by("one", "other").agg(compared=(~pl.col("generic")).any(), common=pl.col("generic").any())
    pairs = weighed(across, every, known=known).join(grounds, on=["one", "other"], how="left", maintain_order="left")
    if compared is not None:
        ends = [*compared.iter_rows(), *((right, left) for left, right in compared.iter_rows())]
        met = pl.DataFrame(ends, schema={"one": pl.Int64, "other": pl.Int64}, orient="row").unique()
        joined = pairs.drop("compared").join(met.with_columns(compared=True), on=["one", "other"], how="left")
        pairs = across.join(joined, on=["one", "other"], how="left", maintain_order="left")
    order = ["compared", "match_weight"]
    known_of = pairs.with_columns(pl.col("compared", "common").fill_null(value=False))
    ranked = known_of.with_columns(common=pl.col("common") & ~pl.col("compared")).sort(
        order, descending=True, maintain_order=True
    )
    return Meeting(ranked, shared.sort("rule", "value", "one", "other"))


def weighed(across: pl.DataFrame, signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return the pairs `one`, `other` of two different signatures with levels and match_weight, in their order."""
    ordered = across.with_columns(
        signature_l=pl.min_horizontal("one", "other"), signature_r=pl.max_horizontal("one", "other")
    )
    scored = weights_of(ordered.select(PAIR_KEY).unique(maintain_order=True), signatures, known=known)
    found = ordered.join(scored, on=list(PAIR_KEY), how="left", maintain_order="left")
    return found.select("one", "other", "levels", "match_weight")


def nearest_of(side: pl.DataFrame) -> pl.DataFrame:
    """Return the signatures of an entity that are looked at: its first row, then those of most records."""
    rest = side.slice(1).sort("records", "signature_id", descending=[True, False]).head(MOST - 1)
    return pl.concat([side.head(1), rest])


def shared_identifiers(one: pl.DataFrame, other: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return attribute, value and `generic` of every identifier value that signatures of both sides bear."""
    parts = [pl.DataFrame(schema={"attribute": pl.String, "value": pl.String, "generic": pl.Boolean})]
    for item in known.subject.identifiers:
        name = item.attribute
        both = one.select(value=name).drop_nulls().unique().join(other.select(value=name), on="value", how="semi")
        common = known.generic.filter(pl.col("blocking_rule") == generic_rule(item))["value"]
        parts.append(
            both.select(attribute=pl.lit(name), value="value", generic=pl.col("value").is_in(common.implode()))
        )
    return pl.concat(parts).sort("attribute", "value")
