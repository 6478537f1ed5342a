"""Matches among the pairs that stay apart: clusters are judged whole."""

from __future__ import annotations

import polars as pl
import pytest

from engine.tables import WEIGHT_SCALE
from matchers.blocking.apart import doubt
from matchers.blocking.looked import MICRO, Looked

PRIOR = -8
"""Log2 of the prior odds that the weights hold."""


def looked(clusters: dict[int, list[int]], weights: dict[tuple[int, int], float], *, found: bool = False) -> Looked:
    """Return a sample that is all there is: clusters of signatures, and the weights of pairs between them, in bits."""
    rows = [(one, wider) for wider, own in clusters.items() for one in own]
    units = pl.DataFrame(rows, schema={"signature_id": pl.Int64, "cluster_id": pl.Int64}, orient="row")
    pairs = pl.DataFrame(
        [
            (left, right, round(bits * WEIGHT_SCALE), round(MICRO / (1 + 2**-bits)))
            for (left, right), bits in weights.items()
        ],
        schema=dict.fromkeys(("signature_l", "signature_r", "match_weight", "micro"), pl.Int64),
        orient="row",
    ).with_columns(found=pl.lit(value=found), inside=pl.lit(value=False), apart=pl.lit(value=True))
    units = units.with_columns(unit="signature_id", wider="cluster_id")
    return Looked(pairs, units, units.select("signature_id", "cluster_id"), 1.0, PRIOR * WEIGHT_SCALE)


def test_nothing_in_doubt_is_no_doubt() -> None:
    assert doubt(looked({1: [1, 2], 3: [3]}, {})) == (0, 0)


def test_a_lone_signature_that_belongs_to_a_cluster_belongs_to_all_of_it() -> None:
    one = doubt(looked({1: [1, 2, 3], 9: [9]}, {(1, 9): 3.0}))

    assert one.expected == pytest.approx(3, abs=0.5)


def test_the_clusters_of_a_lone_signature_compete() -> None:
    sure = {(1, 9): 3.0, (2, 9): 3.0}
    same = doubt(looked({1: [1, 2], 9: [9]}, sure))
    other = doubt(looked({1: [1], 2: [2], 9: [9]}, sure))

    assert same.expected == pytest.approx(2, abs=0.5)
    assert other.expected < 2.5


def test_one_like_pair_of_two_clusters_is_no_sign_that_all_are_one() -> None:
    weights = {(left, right): -12.0 for left in (1, 2) for right in (8, 9)}

    assert doubt(looked({1: [1, 2], 8: [8, 9]}, {**weights, (1, 8): 1.0})).expected < 0.1
    assert doubt(looked({1: [1, 2], 8: [8, 9]}, dict.fromkeys(weights, 3.0))).expected > 3.5


def test_pairs_that_share_nothing_weigh_as_the_least_of_their_clusters() -> None:
    few = doubt(looked({1: [1, 2], 8: [8, 9]}, {(1, 8): 1.0, (2, 9): -12.0}))

    assert few.expected < 0.1


def test_pairs_that_a_rule_found_are_not_missed() -> None:
    assert doubt(looked({1: [1], 9: [9]}, {(1, 9): 0.0}, found=True)) == (0, 0)


def test_the_error_is_that_of_whole_clusters() -> None:
    small = doubt(looked({1: [1], 9: [9]}, {(1, 9): 0.0}))
    large = doubt(looked({1: [1, 2, 3], 9: [9]}, {(one, 9): 0.0 for one in (1, 2, 3)}))

    assert large.variance == pytest.approx(9 * small.variance)
