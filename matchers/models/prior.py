"""The prior: how many other signatures an entity has on average, estimated without labels."""

from __future__ import annotations

import math

import polars as pl

from engine.tables import WEIGHT_SCALE

ROUNDS = 500
HIGHEST_PRIOR = 0.5
LOWEST_C = 1e-6


def prior_weight(c: float, signatures: int) -> int:
    """Return log2 of the prior odds in units of match weight; the prior is c/(signatures - 1), at most one half.

    >>> prior_weight(1.0, 1025) == round(math.log2(1 / 1023) * WEIGHT_SCALE)
    True
    """
    prior = min(HIGHEST_PRIOR, c / max(signatures - 1, 1))
    return round((math.log2(prior) - math.log2(1 - prior)) * WEIGHT_SCALE)


def prior_from_patterns(patterns: pl.DataFrame, signatures: int) -> float:
    """Return c, twice the expected matches per signature, at the fixed point of the prior with m and u held.

    `patterns` has `weight` (without the prior) and `count` (pairs, may be fractional when pairs were sampled). Pairs
    that no rule proposed are taken as no matches. The sums run in the order of the weights, so that the result does not
    depend on the order of rows. Never below `LOWEST_C`.
    """
    summed = patterns.group_by("weight").agg(pl.col("count").sort().sum()).sort("weight")
    bits = [weight / WEIGHT_SCALE for weight in summed["weight"].to_list()]
    counts = [float(count) for count in summed["count"].to_list()]
    c = 1.0
    for _ in range(ROUNDS):
        prior = prior_weight(c, signatures) / WEIGHT_SCALE
        matches = math.fsum(count * _probability(bit + prior) for bit, count in zip(bits, counts, strict=True))
        c, before = max(2 * matches / max(signatures, 1), LOWEST_C), c
        if abs(c - before) <= 1e-9 * before:
            break
    return float(format(c, ".9g"))


def _probability(weight: float) -> float:
    return 1 / (1 + math.exp2(min(-weight, 1_000)))
