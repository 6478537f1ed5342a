"""The pairs to weigh before a component can be trusted: those that its links leave out."""

from __future__ import annotations

import polars as pl

from engine.hashing import hash64, joined
from engine.tables import PAIR_KEY
from matchers.clustering.components import components

FEWEST = 4
"""Units that a component needs to hold two groups, each with a pair of its own."""

MOST = 20_000
"""Pairs that are weighed in one component, about: of more, a sample, for what is judged is their mean."""


def probes(kept: pl.DataFrame, *, most: int = MOST) -> pl.DataFrame:
    """Return signature_l and signature_r of the pairs to weigh in the components of `kept` (LINKS), sorted.

    A unit is what judgements and identifiers join; pairs within one are certain. Components of fewer than four units
    have no two groups to part, and those in which every two units are linked by every pair need none. Of n signatures
    with more than `most` pairs, each is paired with the `most` / n that follow it in the order of their hashes.
    Cost: linear in the pairs returned.
    """
    units = units_of(kept)
    placed = (
        units.join(_doubtful(kept, units), on="component", how="semi")
        .sort("component", hash64(joined(["signature_id"])), "signature_id")
        .with_columns(place=pl.int_range(pl.len()).over("component"), number=pl.len().cast(pl.Int64).over("component"))
    )
    number, shift = pl.col("number"), pl.col("shift")
    reach = pl.min_horizontal(number // 2, (most + number - 1) // number)
    shifted = (
        placed.with_columns(shift=pl.int_ranges(1, reach + 1))
        .explode("shift")
        .filter((shift * 2 != number) | (pl.col("place") < shift))
        .with_columns(place=(pl.col("place") + shift) % number)
    )
    pairs = shifted.join(placed, on=["component", "place"], suffix="_r").filter(pl.col("unit") != pl.col("unit_r"))
    ends = ("signature_id", "signature_id_r")
    return pairs.select(signature_l=pl.min_horizontal(ends), signature_r=pl.max_horizontal(ends)).sort(PAIR_KEY)


def units_of(kept: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id, component and unit of every signature that stands in a link."""
    sure = components(kept.filter(pl.col("reason") != "model")).rename({"component": "unit"})
    return (
        components(kept)
        .join(sure, on="signature_id", how="left")
        .with_columns(pl.coalesce("unit", "signature_id").alias("unit"))
    )


def _doubtful(kept: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Return the components of enough units that are not linked by every pair."""
    size = pl.col("size").cast(pl.Int64)
    sizes = (
        units.group_by("component", "unit")
        .len("size")
        .group_by("component")
        .agg(pl.len().alias("units"), ((size.sum() ** 2 - (size**2).sum()) // 2).alias("pairs"))
    )
    linked = (
        kept.filter(pl.col("reason") == "model")
        .join(units, left_on="signature_l", right_on="signature_id")
        .group_by("component")
        .agg(pl.len().cast(pl.Int64).alias("links"))
    )
    enough = (pl.col("units") >= FEWEST) & (pl.col("links") < pl.col("pairs"))
    return sizes.join(linked, on="component").filter(enough).select("component")
