"""The threshold that admits no more false links than wanted, from the weights of all compared pairs."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import THRESHOLDS, WEIGHT_SCALE

STEP = WEIGHT_SCALE // 100
"""Weights are counted to a hundredth of a bit."""
PARTS = 1_000_000_000_000
"""Probabilities are summed as so many parts, so that the order of the sum is no matter."""
LOWEST = -20
"""A threshold is no lower than this many bits; pairs below it are not counted."""


class Weighed(NamedTuple):
    """How many pairs have each weight, rounded down: `weight`, `count`."""

    weights: pl.DataFrame


class Limited(NamedTuple):
    """THRESHOLDS of one subject, one row."""

    thresholds: pl.DataFrame


def weigh_pairs(pairs: pl.DataFrame) -> Weighed:
    """Return how many of the pairs have each match weight from `LOWEST` bits on."""
    binned = pairs.select(weight=pl.col("match_weight") // STEP * STEP).filter(
        pl.col("weight") >= LOWEST * WEIGHT_SCALE
    )
    return Weighed(binned.group_by("weight").len("count").with_columns(pl.col("count").cast(pl.Int64)).sort("weight"))


def limit(weights: pl.DataFrame, *, records: int, per_million: float) -> Limited:
    """Return the threshold that admits most pairs with at most `per_million` false links expected per million records.

    A pair of weight w is false with probability 1/(1 + 2^w); `weights` are counts of `weigh_pairs`, of all cells. The
    threshold is the weight of the lightest pair admitted; none is, when the heaviest would be false too often.

    >>> weights = pl.DataFrame({"weight": [0, 10 * WEIGHT_SCALE], "count": [100, 1_000]})
    >>> limit(weights, records=1_000_000, per_million=10).thresholds["threshold"].item()
    10.0
    """
    allowed = round(per_million * records / 1_000_000 * PARTS)
    counted = weights.group_by("weight").agg(pl.col("count").sum()).sort("weight", descending=True)
    least, links, expected = None, 0, 0
    for weight, count in counted.iter_rows():
        more = expected + count * round(PARTS / (1 + 2 ** (weight / WEIGHT_SCALE)))
        if more > allowed:
            least = weight + STEP if least is None else least
            break
        least, links, expected = weight, links + count, more
    bits = (LOWEST * WEIGHT_SCALE if least is None else least) / WEIGHT_SCALE
    row = {"threshold": bits, "links": links, "false_links": expected / PARTS, "records": records}
    return Limited(THRESHOLDS.conform(pl.DataFrame([row])))
