"""What every threshold would come to: precision and recall after clustering, and those of the compared pairs alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from engine.settings import Subject
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.clustering import components
from matchers.clustering.constrained import broken, constrained
from matchers.clustering.exclusive import doubted_values, exclusive_values
from matchers.evaluation.estimates import Drawn
from matchers.evaluation.tallies import SUMS, measure, tallies

REACH = 15
"""Whole bits on either side of the project's threshold that are looked at."""

_PAIR = list(PAIR_KEY)


def threshold_curve(
    records: pl.DataFrame,
    members: pl.DataFrame,
    links: pl.DataFrame,
    pairs: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame,
    drawn: Drawn | None = None,
) -> list[dict[str, Any]]:
    """Return, for thresholds in steps of one bit around the subject's, precision, recall and F1 over signatures.

    Signatures are clustered as the build does, by the links that no threshold moves (judgements, identifiers) and the
    pairs at or above it, under the same constraints; weak bridges and ties are not looked at. `edges` are the figures
    of the compared pairs by themselves: of those at or above the threshold, and of the true ones that were compared at
    all. `links` counts the pairs at or above it that are in no conflict.

    `records` is as for `tallied`, `members` what clustering reads of every signature. Cost: linear in pairs, and in
    signatures for each threshold: links are contracted step by step. What breaks a constraint at the lowest threshold
    is clustered anew at each.
    """
    items = records.select("signature_id", pl.col("truth").rank("dense")).unique()
    cuts = [round((subject.model.threshold + bits) * WEIGHT_SCALE) for bits in range(REACH, -REACH - 1, -1)]
    fixed = links.filter(pl.col("reason") != "model")
    usable = _usable(pairs, fixed, conflicts, lowest=cuts[-1])
    values = _values(members, fixed, conflicts, subject=subject, generic=generic)
    every = pl.concat([fixed, usable])
    breaking = _breaking(every, values, conflicts, subject)
    doubtful = every.join(breaking, left_on="signature_l", right_on="signature_id", how="semi")
    sound = _without(usable, breaking)
    cluster = _joined(members.select("signature_id", "founds", cluster="signature_id"), _without(fixed, breaking))
    edges = _edges(pairs, items)
    rows, above = [], np.iinfo(np.int64).max
    weight = pl.col("match_weight")
    for cut in cuts:
        cluster = _joined(cluster, sound.filter((weight >= cut) & (weight < above)))
        held = constrained(
            doubtful.filter((pl.col("reason") != "model") | (weight >= cut)),
            conflicts,
            values,
            max_cluster=subject.max_cluster,
        )
        rows.append(
            {
                "threshold": cut / WEIGHT_SCALE,
                **measure(_sums(items, _joined(cluster, held.kept), drawn), "pairwise"),
                "links": usable.filter(weight >= cut).height,
                "edges": measure(_edge_sums(edges, cut), "pairwise"),
            }
        )
        above = cut
    return rows[::-1]


def _usable(pairs: pl.DataFrame, fixed: pl.DataFrame, conflicts: pl.DataFrame, *, lowest: int) -> pl.DataFrame:
    """Return the pairs that a threshold can make links, as LINKS."""
    settled = pl.concat([fixed.select(_PAIR), conflicts.select(_PAIR)])
    near = pairs.filter(pl.col("match_weight") >= lowest).join(settled, on=_PAIR, how="anti")
    return near.select(*_PAIR, "match_weight", reason=pl.lit("model"))


def _values(
    members: pl.DataFrame, fixed: pl.DataFrame, conflicts: pl.DataFrame, *, subject: Subject, generic: pl.DataFrame
) -> pl.DataFrame:
    values = exclusive_values(members, generic, subject=subject)
    return values.join(doubted_values(members, fixed, conflicts), on=["signature_id", "attribute"], how="anti")


def _breaking(links: pl.DataFrame, values: pl.DataFrame, conflicts: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    found = components(links)
    return found.join(
        broken(found, values, conflicts, max_cluster=subject.max_cluster), on="component", how="semi"
    ).select("signature_id")


def _without(links: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    return links.join(signatures, left_on="signature_l", right_on="signature_id", how="anti")


def _joined(cluster: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the clusters of signatures after these links are added."""
    if links.is_empty():
        return cluster
    own = cluster.select("signature_id", "cluster")
    ends = links.join(own, left_on="signature_l", right_on="signature_id").join(
        own, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    found = components(ends.select(signature_l="cluster", signature_r="cluster_r"))
    return cluster.join(found, left_on="cluster", right_on="signature_id", how="left").select(
        "signature_id", "founds", cluster=pl.coalesce("component", "cluster")
    )


def _sums(items: pl.DataFrame, cluster: pl.DataFrame, drawn: Drawn | None) -> dict[str, float]:
    founded = cluster.filter("founds").select("cluster").unique()
    entities = cluster.join(founded, on="cluster", how="semi").select("signature_id", entity_id="cluster")
    placed = items.join(entities, on="signature_id", how="left")
    if drawn != "records":
        return tallies(placed).row(0, named=True)
    each = tallies(placed, "truth")
    size = each["items"].to_numpy()
    return {name: float((each[name].to_numpy() / size).sum()) for name in SUMS}


def _edges(pairs: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return match_weight and true of the compared pairs of labelled signatures, `true` when they share an entity."""
    of = items.drop_nulls("truth").group_by("signature_id").agg(pl.col("truth").unique())
    both = pairs.join(of, left_on="signature_l", right_on="signature_id").join(
        of, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    shared = pl.col("truth").list.set_intersection("truth_r").list.len() > 0
    return both.select("match_weight", true=shared).sort("match_weight", "true")


def _edge_sums(edges: pl.DataFrame, cut: int) -> dict[str, float]:
    first = int(np.searchsorted(edges["match_weight"].to_numpy(), cut))
    return {
        "predicted": edges.height - first,
        "together": int(edges["true"][first:].sum()),
        "true": int(edges["true"].sum()),
    }
