"""Evidence: the pairs of signatures that joined the records of several ids in one cluster, or keep clusters apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

import polars as pl

JUDGED = "judgement"
SAME = "signature"
"""The reason of a pair of a signature with itself: records of several ids came to share all that is matched."""

TOLD = 5
"""Pairs that one event names at most."""

ORDER = (JUDGED, "contradiction", SAME, "identifier", "model")
"""Reasons in the order in which pairs are named; others come after them."""

Pair = tuple[int, int, str]


class Evidence(NamedTuple):
    """Pairs and their reason, in the order in which they are named.

    `joins`: by cluster and id, what ties the records of that id to others in the cluster; `parts`: by two clusters
    (the smaller first), what keeps them apart; `counts`: by cluster, what its records went through.
    """

    joins: dict[tuple[int, str], list[Pair]]
    parts: dict[tuple[int, int], list[Pair]]
    counts: dict[int, dict[str, int]]


def gather_evidence(
    parts: pl.DataFrame, links: pl.DataFrame, apart: pl.DataFrame, *, merged: Collection[int]
) -> Evidence:
    """Return the evidence for contested clusters, of which `merged` took in several ids.

    `parts` as `attest` gives them; `links` and `apart` have PAIR_KEY and reason.
    """
    labels = parts.group_by("signature_id", "cluster_id").agg(pl.col("entity_id").unique().sort().alias("ids"))
    joins: dict[tuple[int, str], list[Pair]] = defaultdict(list)
    wanted = labels.filter(pl.col("cluster_id").is_in([*merged]))
    for row in _ordered(_ends(links, wanted)).filter(pl.col("cluster_l") == pl.col("cluster_r")).iter_rows(named=True):
        for one in {*row["ids_l"]} ^ {*row["ids_r"]}:
            if one is not None:
                _add(joins[row["cluster_l"], one], row["signature_l"], row["signature_r"], row["reason"])
    for signature, cluster, ids in wanted.filter(pl.col("ids").list.drop_nulls().list.len() > 1).iter_rows():
        for one in ids:
            if one is not None:
                _add(joins[cluster, one], signature, signature, SAME)
    between: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for row in _ordered(_ends(apart, labels)).iter_rows(named=True):
        key = (min(row["cluster_l"], row["cluster_r"]), max(row["cluster_l"], row["cluster_r"]))
        _add(between[key], row["signature_l"], row["signature_r"], row["reason"])
    counts = parts.group_by("cluster_id").agg(pl.col("added", "corrected", "rejudged").sum())
    return Evidence(dict(joins), dict(between), {row.pop("cluster_id"): row for row in counts.to_dicts()})


def _ends(pairs: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    found = pairs.select("signature_l", "signature_r", "reason").unique()
    for side in ("l", "r"):
        ends = labels.rename(
            {"signature_id": f"signature_{side}", "cluster_id": f"cluster_{side}", "ids": f"ids_{side}"}
        )
        found = found.join(ends, on=f"signature_{side}")
    return found


def _ordered(pairs: pl.DataFrame) -> pl.DataFrame:
    places = {reason: place for place, reason in enumerate(ORDER)}
    place = pl.col("reason").replace_strict(places, default=len(ORDER), return_dtype=pl.Int64)
    return pairs.sort(place, "reason", "signature_l", "signature_r")


def _add(told: list[Pair], left: int, right: int, reason: str) -> None:
    if len(told) < TOLD:
        told.append((left, right, reason))
