"""Matches among the pairs that stay apart, judged by whole clusters, and how uncertain their number is.

A pair that stays apart is no case of its own. A signature that belongs to a cluster belongs to all of it, and to one
cluster only; two clusters are one entity if their records agree on the whole, not because two of them do by chance.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import polars as pl

from engine.tables import WEIGHT_SCALE
from matchers.blocking.looked import MICRO, ROUNDS, Looked

LEAST = 10_000
"""Millionths of a match that some pair of two clusters has, for them to be looked at."""

_BITS = 40


class Doubt(NamedTuple):
    """The matches expected among the pairs of the sample that stay apart and no rule proposes, and the variance.

    The variance is that of all pairs whose match is uncertain, those inside of clusters too.
    """

    expected: float
    variance: float


def doubt(looked: Looked) -> Doubt:
    """Return what the sample leaves in doubt; a pair counts by those of its ends that were sampled.

    A lone signature weighs as its likeliest pair with each cluster, and its clusters compete; how many lone ones
    belong anywhere is found by EM. Larger clusters weigh as the mean of all their pairs, of which those that share
    nothing count as the least of the others. Where the pairs of lone signatures sum up to more, that is taken.
    """
    between = _between(looked)
    alone = pl.min_horizontal("size", "size_r") == 1
    lone, larger = between.filter(alone), between.filter(~alone)
    expected = max(int(lone["summed"].sum()) / MICRO, _lone(lone, looked))
    merged = math.fsum(_chance(mean) * left for mean, left in larger.select("mean", "left").sort("mean", "left").rows())
    return Doubt(expected + merged, _variance(looked, between))


def _between(looked: Looked) -> pl.DataFrame:
    """Return a row per two clusters with a pair in doubt: wider, size (and `_r`), best and mean weight, what is left.

    `left` pairs were found by no rule, `summed` is the sum of their probabilities.
    """
    drawn = pl.col("signature_id").is_in(looked.anchors["signature_id"].implode())
    sizes = looked.units.group_by("wider").agg(size=pl.len().cast(pl.Int64), drawn=drawn.mean())
    ends = looked.units.select("signature_id", "wider")
    apart = looked.pairs.filter(~pl.col("inside")).join(ends, left_on="signature_l", right_on="signature_id")
    apart = apart.join(ends, left_on="signature_r", right_on="signature_id", suffix="_r")
    sides, limit = ("wider", "wider_r"), _BITS * WEIGHT_SCALE
    told = apart.with_columns(pl.col("match_weight").clip(-limit, limit)).group_by(
        one=pl.min_horizontal(sides), other=pl.max_horizontal(sides)
    )
    counted = told.agg(
        pairs=pl.len().cast(pl.Int64), found=pl.col("found").sum().cast(pl.Int64), total=pl.col("match_weight").sum(),
        least=pl.col("match_weight").min(), best=pl.col("match_weight").max(), top=pl.col("micro").max(),
        summed=pl.col("micro").filter(~pl.col("found")).sum(),
    )  # fmt: skip
    both = counted.filter(pl.col("top") >= LEAST).join(sizes, left_on="one", right_on="wider")
    both = both.join(sizes, left_on="other", right_on="wider", suffix="_r")
    every, part = pl.col("size") * pl.col("size_r"), (pl.col("drawn") + pl.col("drawn_r")) / 2
    return both.with_columns(
        mean=(pl.col("total") + (every - pl.col("pairs")) * pl.col("least")) / every,
        left=(every - pl.col("found")) * part,
        summed=(pl.col("summed") * part).round().cast(pl.Int64),
    )


def _lone(lone: pl.DataFrame, looked: Looked) -> float:
    """Return the pairs that lone signatures have with the clusters that they belong to, as EM finds them."""
    halves = pl.when(pl.col("size") == pl.col("size_r")).then(0.5).otherwise(1.0)
    own = [
        lone.filter(pl.col(size) == 1).select(unit=side, weight="best", left=pl.col("left") * halves)
        for side, size in (("one", "size"), ("other", "size_r"))
    ]
    told = pl.concat(own).with_columns(odds=2.0 ** (pl.col("weight") / WEIGHT_SCALE)).sort("unit", "weight", "left")
    by_unit = told.group_by("unit", maintain_order=True).agg(
        odds=pl.col("odds").sum(), left=(pl.col("odds") * pl.col("left")).sum() / pl.col("odds").sum()
    )
    rows = by_unit.select("odds", "left").rows()
    if not rows:
        return 0.0
    clusters = looked.units.group_by("wider").len()
    number = max(clusters.filter(pl.col("len") == 1).height * looked.share, len(rows))
    prior, base = 0.5, clusters.height * 2.0 ** (looked.odds / WEIGHT_SCALE)
    for _ in range(ROUNDS):
        scale = prior / (1 - prior) / base
        prior = math.fsum(odds * scale / (1 + odds * scale) for odds, _left in rows) / number
        prior = min(max(prior, 1e-6), 1 - 1e-6)
    scale = prior / (1 - prior) / base
    return math.fsum(left * odds * scale / (1 + odds * scale) for odds, left in rows)


def _variance(looked: Looked, between: pl.DataFrame) -> float:
    """Return the variance of the sum of matches: pairs of one signature with one cluster are so together, or not."""
    ends = looked.units.select("signature_id", "wider")
    open_pairs = looked.pairs.filter(~pl.col("found"), pl.col("micro").is_between(LEAST, MICRO - 1))
    told = open_pairs.join(ends, left_on="signature_l", right_on="signature_id")
    told = told.join(ends, left_on="signature_r", right_on="signature_id", suffix="_r")
    sides = ("wider", "wider_r")
    told = told.with_columns(
        one=pl.min_horizontal(sides),
        other=pl.max_horizontal(sides),
        alike=pl.max_horizontal(pl.len().over("signature_l", "wider_r"), pl.len().over("signature_r", "wider")),
    )
    alone = pl.min_horizontal("size", "size_r") == 1
    judged = told.join(between.select("one", "other", "mean", alone=alone), on=["one", "other"], how="left")
    mean = 1 / (1 + 2.0 ** -(pl.col("mean") / WEIGHT_SCALE))
    rest = judged.filter(~pl.col("alone").fill_null(value=False)).select(
        chance=pl.coalesce(mean, pl.col("micro") / MICRO), alike="alike"
    )
    lone = between.filter(alone, pl.col("left") > 0).select(
        chance=pl.col("summed") / MICRO / pl.col("left"), alike=pl.col("left") ** 2
    )
    parts = [one.select((pl.col("chance") * (1 - pl.col("chance")) * pl.col("alike")).sort()) for one in (rest, lone)]
    return math.fsum(value for one in parts for value in one.to_series())


def _chance(weight: float) -> float:
    return 1 / (1 + math.exp2(-weight / WEIGHT_SCALE))
