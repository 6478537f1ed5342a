"""Draws of the partition: how clusters would fall if each uncertain pair were decided by lot, by its probability."""

from __future__ import annotations

import polars as pl

from engine.hashing import hash64, joined
from engine.tables import LINKS, PAIR_KEY, PARTITION_DRAWS, WEIGHT_SCALE
from matchers.clustering.components import components
from matchers.clustering.constrained import constrained


def partition_draws(
    clusters: pl.DataFrame,
    kept: pl.DataFrame,
    near: pl.DataFrame,
    conflicts: pl.DataFrame,
    values: pl.DataFrame,
    *,
    draws: int,
    doubt: float,
    max_cluster: int,
    seed: int = 0,
) -> pl.DataFrame:
    """Return PARTITION_DRAWS: per draw, the signatures whose cluster differs from that of `clusters`.

    A link of the model in `kept` (LINKS that hold the clusters together), or a pair of `near` (PAIRS that tie two
    clusters), is uncertain when its probability lies above `doubt` and below one minus `doubt`. In each draw it holds
    with its probability, by a hash of the pair, the draw and `seed`; pairs between the same two clusters are one
    question, and hold together when one does. All other links hold, and no draw breaks a constraint. Cost of each
    draw: linear in the links of clusters that an uncertain pair touches.
    """
    own = clusters.select("signature_id", "cluster_id")
    asked = _uncertain(kept.filter(pl.col("reason") == "model"), doubt).with_columns(question=joined(PAIR_KEY))
    tying = _tying(_uncertain(near, doubt), own)
    touched = _touched(pl.concat([asked.select(PAIR_KEY), tying.select(PAIR_KEY)]), own)
    firm = kept.join(touched, left_on="signature_l", right_on="signature_id", how="semi").join(
        asked, on=list(PAIR_KEY), how="anti"
    )
    questions = pl.concat([asked.select(*LINKS.columns, "question"), tying.select(*LINKS.columns, "question")])
    if not draws or questions.is_empty():
        return PARTITION_DRAWS.empty()
    each = pl.DataFrame({"draw": range(draws)}, schema={"draw": pl.Int64})
    nodes = touched.sort("signature_id").with_row_index("node").join(each, how="cross")
    nodes = nodes.with_columns(node=pl.col("draw") * touched.height + pl.col("node"))
    held = questions.join(each, how="cross").filter(_held(seed)).select("draw", *LINKS.columns)
    every = pl.concat([firm.select(list(LINKS.columns)).join(each, how="cross").select("draw", *LINKS.columns), held])
    drawn = constrained(
        LINKS.conform(_renamed(every, nodes)),
        _renamed(_among(conflicts, touched).join(each, how="cross"), nodes),
        _renamed(_among(values, touched).join(each, how="cross"), nodes),
        max_cluster=max_cluster,
    ).kept
    placed = nodes.join(components(drawn), left_on="node", right_on="signature_id", how="left")
    named = placed.with_columns(node=pl.coalesce("component", "node")).join(
        nodes.select("node", now="signature_id"), on="node"
    )
    moved = named.join(own, on="signature_id").filter(pl.col("now") != pl.col("cluster_id"))
    return PARTITION_DRAWS.conform(moved.with_columns(cluster_id="now"))


def _among(frame: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    first = next(name for name in ("signature_l", "signature_id") if name in frame.columns)
    return frame.join(signatures, left_on=first, right_on="signature_id", how="semi")


def _renamed(frame: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose signatures are all among the nodes of their draw, each under the number of its node.

    Nodes are numbered draw by draw, so that all draws are components of one graph; within a draw, they ascend as the
    signatures do.
    """
    for column in ("signature_l", "signature_r", "signature_id"):
        if column in frame.columns:
            found = frame.join(nodes, left_on=["draw", column], right_on=["draw", "signature_id"])
            frame = found.with_columns(pl.col("node").alias(column)).drop("node")
    return frame


def _uncertain(pairs: pl.DataFrame, doubt: float) -> pl.DataFrame:
    chance = _chance()
    return pairs.filter((chance > doubt) & (chance < 1 - doubt))


def _tying(near: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return the near pairs as links, with the two clusters that each ties as its question."""
    ends = near.join(own, left_on="signature_l", right_on="signature_id").join(
        own, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    apart = ends.filter(pl.col("cluster_id") != pl.col("cluster_id_r"))
    sides = (pl.min_horizontal("cluster_id", "cluster_id_r"), pl.max_horizontal("cluster_id", "cluster_id_r"))
    return apart.with_columns(reason=pl.lit("model"), question=joined(sides))


def _touched(pairs: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return the signatures of all clusters in which an end of a pair lies."""
    ends = pl.concat([pairs.select(signature_id=side) for side in PAIR_KEY]).unique()
    of = own.join(ends, on="signature_id", how="semi").select("cluster_id").unique()
    return own.join(of, on="cluster_id", how="semi").select("signature_id")


def _chance() -> pl.Expr:
    return 1 / (1 + pl.lit(2.0).pow(-pl.col("match_weight") / WEIGHT_SCALE))


def _held(seed: int) -> pl.Expr:
    """Return whether a pair holds in a draw: 53 bits of the hash, as a number below 1, are below its probability."""
    bits = hash64(joined([pl.lit(str(seed)), "draw", "question"])).reinterpret(signed=False) // 2**11
    return bits.cast(pl.Float64) / 2.0**53 < _chance()
