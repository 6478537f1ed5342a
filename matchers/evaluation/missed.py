"""What becomes of true pairs that a run misses: laid before a person, ambiguous, unresolved, or lost without a word."""

from __future__ import annotations

from typing import Any

import polars as pl

from matchers.clustering import components
from matchers.evaluation.surplus import homes

WAYS = ("review", "ambiguous", "unresolved", "neither")
"""Where a missed pair stands; of several the first."""


def missed(records: pl.DataFrame, *, clusters: pl.DataFrame, review: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return how many true `pairs` of records a run misses and how many `records` are apart, by where they stand.

    `records` holds signature_id, entity_id (null: unresolved) and truth. The parts of a true entity are the clusters
    that hold records of it. `review`: pairs for review between clusters join the two parts, directly or by way of other
    parts of the true entity. `ambiguous`: a signature of the pair could equally join two clusters; `unresolved`: one is
    in a cluster that can found no entity. `neither`: nobody is told. A record is apart when it is not in the entity
    that stands for its true one (`homes`); records without a fellow are none of them. `joined` is the share of records
    with fellows that are not apart, `told` the share of them that are joined or stand in one of the first three ways.
    Both are null without a record with fellows. Cost: linear in records and review; no pair is enumerated.
    """
    units = _units(records, clusters, review)
    return {"pairs": _of_pairs(units), "records": _of_records(units, homes(records))}


def _units(records: pl.DataFrame, clusters: pl.DataFrame, review: pl.DataFrame) -> pl.DataFrame:
    """Return n, entity_id, part, state by signature and truth, and `reach`: what parts review would join it to."""
    bare = records.group_by("signature_id", "truth", "entity_id").agg(n=pl.len().cast(pl.Int64))
    units = bare.join(clusters.select("signature_id", "cluster_id", "state"), on="signature_id", how="left").rename(
        {"cluster_id": "part"}
    )
    parts = units.select("truth", "part").unique().sort("truth", "part").with_row_index("node")
    parts = parts.with_columns(pl.col("node").cast(pl.Int64))
    own = clusters.select("signature_id", "cluster_id")
    asked = review.select("signature_l", "signature_r")
    for side in "lr":
        asked = asked.join(own.rename({"cluster_id": side}), left_on=f"signature_{side}", right_on="signature_id")
    ties = (
        asked.select("l", "r")
        .unique()
        .join(parts, left_on="l", right_on="part")
        .join(parts, left_on=["r", "truth"], right_on=["part", "truth"], suffix="_r")
        .select(signature_l="node", signature_r="node_r")
    )
    reach = components(ties).rename({"signature_id": "node", "component": "reach"})
    reached = parts.join(reach, on="node", how="left").with_columns(pl.coalesce("reach", "node"))
    return units.join(reached.drop("node"), on=["truth", "part"])


def _of_pairs(units: pl.DataFrame) -> dict[str, Any]:
    known, sure = pl.col("entity_id").is_not_null(), pl.col("state") != "ambiguous"
    total, together = _pairs(units, "truth"), _pairs(units.filter(known), "truth", "part")
    within = _pairs(units.filter(~known), "truth", "part")
    of_review = _pairs(units, "truth", "reach") - together - within
    apart, without = _across(units), _across(units.filter(sure))
    neither = _across(units.filter(sure & known))
    ways = (of_review, apart - without, without - neither + within, neither)
    return {"true": total, "missed": total - together, **dict(zip(WAYS, ways, strict=True))}


def _of_records(units: pl.DataFrame, homes: pl.DataFrame) -> dict[str, Any]:
    fellows = units.filter(pl.col("n").sum().over("truth") > 1).join(homes, on="truth", how="left", suffix="_home")
    home = pl.col("entity_id") == pl.col("entity_id_home")
    near = pl.col("reach") == pl.col("reach").filter(home.fill_null(value=False)).first().over("truth")
    apart = fellows.with_columns(near=near.fill_null(value=False)).filter(~home.fill_null(value=False))
    way = (
        pl.when("near").then(pl.lit("review"))
        .when(pl.col("state") == "ambiguous").then(pl.lit("ambiguous"))
        .when(pl.col("entity_id").is_null()).then(pl.lit("unresolved"))
        .otherwise(pl.lit("neither"))
    )  # fmt: skip
    found = dict(apart.group_by(way.alias("way")).agg(pl.col("n").sum()).iter_rows())
    total, counts = int(fellows["n"].sum()), {name: int(found.get(name, 0)) for name in WAYS}
    lost = sum(counts.values())
    return {
        "with_fellows": total,
        "apart": lost,
        **counts,
        "joined": (total - lost) / total if total else None,
        "told": (total - counts["neither"]) / total if total else None,
    }


def _across(units: pl.DataFrame) -> int:
    """Return the true pairs of records that review would not join."""
    return _pairs(units, "truth") - _pairs(units, "truth", "reach")


def _pairs(units: pl.DataFrame, *by: str) -> int:
    n = units.group_by(by).agg(pl.col("n").sum())["n"]
    return int((n * (n - 1) // 2).sum())
