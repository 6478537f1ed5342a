"""u and c, each found with the other: what random pairs show is u only when the matches among them are left out."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from matchers.comparisons import Comparison
from matchers.models.calibration import ComparisonWeights, LevelWeight
from matchers.models.prior import HIGHEST_PRIOR, prior_from_patterns
from matchers.models.score import pattern_weights

DIGITS = 9
NEAR_RARITY = 0.75
"""The share of the term-frequency adjustment that counts when values are alike but not the same."""

MOVED = 0.01
"""The share of itself by which c must move for u to be found again."""

ROUNDS = 20

LARGE = 0.005
"""The share of matches among all pairs from which u is found again; of fewer, the doubt in u is more than they make."""

Probabilities = dict[str, dict[int, float]]


def settled(
    patterns: pl.DataFrame, comparisons: tuple[Comparison, ...], m: Probabilities, observed: Probabilities, size: int
) -> tuple[float, Probabilities]:
    """Return c and u among `size` signatures; `observed` is each level's share among random pairs, matches included.

    `patterns` are the levels of the pairs that blocking proposes, with `count`. More matches make u smaller, and a
    smaller u makes more pairs matches: where entities are as large as those of a firm with hundreds of records, one
    round leaves most matches in u. There rounds go on until c moves by less than `MOVED` of itself; where fewer than
    `LARGE` of all pairs match, there is one. Without pairs, c is 1.
    """
    c, u = 0.0, observed
    for _ in range(ROUNDS):
        weights = pattern_weights(patterns, tuple(level_weights(x, m[x.label], u[x.label]) for x in comparisons))
        found = prior_from_patterns(patterns.select(weights, "count"), size) if patterns.height else 1.0
        if abs(found - c) <= MOVED * c:
            break
        prior = min(HIGHEST_PRIOR, found / max(size - 1, 1))
        c, u = found, without_matches(observed, m, prior)
        if prior < LARGE:
            break
    return c, u


def without_matches(observed: Probabilities, m: Probabilities, prior: float) -> Probabilities:
    """Return u: the shares among random pairs less the matches among them, at least a twentieth of the share."""
    return {
        label: {n: max((share - prior * m[label][n]) / (1 - prior), share / 20) for n, share in found.items()}
        for label, found in observed.items()
    }


def level_weights(comparison: Comparison, m: Mapping[int, float], u: Mapping[int, float]) -> ComparisonWeights:
    """Return the levels' weights; rarity counts in full at the exact level, in part at near levels with m above u.

    Several attributes together have one frequency, which says nothing of a level where only one of them agrees, unless
    the kind tells what of them is frequent. The m of a level of evidence against is at most what gives it the weight of
    the else level.
    """
    top, term = len(comparison.levels) - 2, comparison.term is not None
    against = {number for level, number in zip(comparison.levels, comparison.numbers(), strict=True) if level.against}
    m = {n: min(share, u[n] * m[0] / u[0]) if n in against else share for n, share in m.items()}
    levels = []
    for level, number in zip(comparison.levels, comparison.numbers(), strict=True):
        if number < 0:
            continue
        near = 0 < number < top and (term or len(comparison.attributes) == 1) and m[number] > u[number]
        rarity = comparison.tf_attribute and (near or number == top)
        levels.append(
            LevelWeight(
                label=level.label,
                level=number,
                m=rounded(min(m[number], 1.0)),
                u=rounded(min(u[number], 1.0)),
                tf_u=rounded(min(u[top], 1.0)) if rarity else None,
                tf_weight=NEAR_RARITY if near else 1.0,
            )
        )
    return ComparisonWeights(label=comparison.label, levels=tuple(levels))


def rounded(value: float) -> float:
    """Return a number to the digits that a calibration keeps."""
    return float(f"{value:.{DIGITS}g}")
