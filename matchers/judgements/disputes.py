"""Judgements that cannot all hold: one pair same and different, or a pair different that others say is same."""

from __future__ import annotations

import polars as pl

from engine.tables import JUDGEMENT_CONFLICTS, PAIR_KEY
from matchers.clustering.components import components

_PAIR = list(PAIR_KEY)


def disputes(said: pl.DataFrame) -> pl.DataFrame:
    """Return `dispute` and `place` of every judgement in a conflict, sorted; one can be in several.

    `said` holds `place` (unique), `signature_l`, `signature_r` (numbers of what is judged), `judgement` (same or
    different) and `judgement_id`. A `different` contradicts the `same` on every path between its two ends that passes
    nothing twice: together they are one dispute, called by the id of the `different`. What hangs on such a path at one
    point alone is none of it. Cost: linear in the judgements of a component, for each `different` in it.
    """
    ordered = said.with_columns(signature_l=pl.min_horizontal(_PAIR), signature_r=pl.max_horizontal(_PAIR)).select(
        "place", *_PAIR, "judgement", "judgement_id"
    )
    same = ordered.filter((pl.col("judgement") == "same") & (pl.col("signature_l") != pl.col("signature_r")))
    found = components(same)
    apart = (
        ordered.filter(pl.col("judgement") == "different")
        .join(found, left_on="signature_l", right_on="signature_id", how="left")
        .join(found, left_on="signature_r", right_on="signature_id", how="left", suffix="_r")
        .filter((pl.col("component") == pl.col("component_r")) | (pl.col("signature_l") == pl.col("signature_r")))
    )
    told = [pl.DataFrame(schema={"dispute": pl.String, "place": pl.Int64})]
    for (left, right), differing in apart.sort(_PAIR).group_by(_PAIR, maintain_order=True):
        path = _between(same, found, left, right) if left != right else same.clear().select(_PAIR)
        own = pl.concat([differing.select("place"), same.join(path, on=_PAIR, how="semi").select("place")])
        told.append(own.select(dispute=pl.lit(differing["judgement_id"].min()), place=pl.col("place").cast(pl.Int64)))
    return pl.concat(told).sort("dispute", "place")


def conflicts_of(judgements: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return JUDGEMENT_CONFLICTS from judgements with their `place` and the `disputes` that they are in."""
    return JUDGEMENT_CONFLICTS.conform(told.join(judgements, on="place"))


def _between(same: pl.DataFrame, found: pl.DataFrame, left: object, right: object) -> pl.DataFrame:
    """Return the pairs of `same` on the paths between two of one component: with their pair they form one block."""
    # Only a conflict needs networkx, which is slow to load.
    from networkx import Graph, biconnected_component_edges

    number = found.filter(pl.col("signature_id") == left)["component"].item()
    own = same.join(
        found.filter(pl.col("component") == number), left_on="signature_l", right_on="signature_id", how="semi"
    )
    graph = Graph(own.select(_PAIR).rows())
    graph.add_edge(left, right)
    blocks = (block for block in biconnected_component_edges(graph) if {(left, right), (right, left)} & set(block))
    pairs = [(min(edge), max(edge)) for edge in next(blocks)]
    return pl.DataFrame(pairs, schema=dict.fromkeys(_PAIR, pl.Int64), orient="row")
