"""What a reviewer is asked first, how samples of pairs are drawn, and what their labels estimate."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.tables import CONFLICTS, PAIR_KEY, REVIEW, WEIGHT_SCALE
from matchers.judgements.queue import BIT, contradicted, likelihood, queue, uncertainty
from matchers.judgements.samples import draw, estimated

CLUSTERS = pl.DataFrame({"signature_id": [1, 2, 3, 4, 5, 6], "cluster_id": [1, 1, 3, 4, 5, 5]})
SIGNATURES = pl.DataFrame({"signature_id": [1, 2, 3, 4, 5, 6], "records": [10, 10, 3, 1, 7, 1]})


def review(*rows: tuple[int, int, float, str]) -> pl.DataFrame:
    told = [(left, right, round(bits * WEIGHT_SCALE), reason) for left, right, bits, reason in rows]
    return pl.DataFrame(told, schema=["signature_l", "signature_r", "match_weight", "reason"], orient="row")


def test_gain_is_what_moves_times_how_uncertain_it_is() -> None:
    doubts = review((1, 3, 0.0, "model"), (1, 4, 0.0, "model"), (3, 5, 9.0, "model"), (2, 5, 30.0, "ambiguous"))

    found = queue(doubts, CLUSTERS, SIGNATURES)

    assert found.select("signature_l", "signature_r", "records").rows() == [(2, 5, 8), (1, 3, 3), (1, 4, 1), (3, 5, 3)]
    assert found["gain"].to_list()[:3] == [8 * BIT, 3 * BIT, BIT]
    assert 0 < found["gain"].to_list()[3] < BIT


def test_two_clusters_are_asked_about_once_by_their_heaviest_pair() -> None:
    doubts = review((1, 5, 1.0, "model"), (2, 6, 2.0, "model"), (2, 5, 2.0, "model"), (1, 2, 3.0, "model"))

    found = queue(doubts, CLUSTERS, SIGNATURES)

    assert found.select("signature_l", "signature_r").rows() == [(2, 5)]
    assert_frame_equal(queue(doubts.reverse(), CLUSTERS, SIGNATURES), found)


def test_a_contradiction_is_asked_about_where_no_other_doubt_stands() -> None:
    rows = [(1, 3, "contradiction", "id", "X"), (1, 3, "contradiction", "permit", "Y"), (3, 4, "judgement", None, None),
            (3, 5, "contradiction", "id", "X"), (4, 5, "contradiction", "id", "Z"), (1, 2, "contradiction", "id", "X"),
            (4, 6, "contradiction", "id", "Z"), (1, 5, "contradiction", "id", "X")]  # fmt: skip
    pairs = review((1, 3, 9.0, ""), (3, 5, -9.0, ""), (4, 6, 9.0, ""), (1, 5, -9.0, ""), (3, 4, 1.0, ""))
    conflicts = pl.DataFrame(rows, schema=CONFLICTS.schema(), orient="row")
    doubts = pl.concat([REVIEW.conform(review((2, 3, -1.0, "model"))), contradicted(conflicts, pairs)])

    asked = queue(doubts, CLUSTERS, SIGNATURES)

    assert asked.select(*PAIR_KEY, "reason", "records").rows() == [
        (2, 3, "model", 3),
        (4, 6, "contradiction", 1),
        (1, 5, "contradiction", 8),
        (3, 5, "contradiction", 3),
    ]
    assert asked["match_weight"].to_list() == [round(bits * WEIGHT_SCALE) for bits in (-1, 9, -9, -9)]
    assert asked["gain"].to_list()[1:] == [BIT, 8 * uncertainty(9 * WEIGHT_SCALE), 3 * uncertainty(9 * WEIGHT_SCALE)]


def test_what_stands_alone_counts_by_its_probability_and_tells_its_smaller_side() -> None:
    doubts = review((1, 3, 9.0, "alone"), (4, 5, 0.0, "alone"), (3, 6, -9.0, "alone"))

    found = queue(doubts, CLUSTERS, SIGNATURES).sort(PAIR_KEY)

    likely, unlikely = (likelihood(bits * WEIGHT_SCALE) for bits in (9, -9))
    assert likely > 500 * unlikely
    assert found["gain"].to_list() == [3 * likely, 3 * unlikely, BIT // 2]
    assert found["smaller"].to_list() == ["r", "l", "l"]


def test_a_contradiction_of_what_was_not_compared_is_at_even_odds() -> None:
    told = pl.DataFrame([(1, 3, "contradiction", "id", "X")], schema=CONFLICTS.schema(), orient="row")

    found = contradicted(told, review((1, 4, 9.0, "")))

    assert found.rows() == [(1, 3, 0, "contradiction")]


PAIRS = pl.DataFrame(
    {
        "signature_l": range(1_000),
        "signature_r": range(1_000, 2_000),
        "match_weight": [(-20 if n % 10 else 10) * WEIGHT_SCALE for n in range(1_000)],
    }
)


def test_a_sample_has_as_many_of_every_band_and_hides_the_bands() -> None:
    sample = draw(PAIRS, number=60, seed=1)

    counts = sample.group_by("stratum", "stratum_pairs", "stratum_drawn").len().sort("stratum_pairs")
    assert counts.select("stratum_pairs", "stratum_drawn", "len").rows() == [(100, 30, 30), (900, 30, 30)]
    assert sample["stratum"].n_unique() < sample["stratum"].rle_id().n_unique()
    assert_frame_equal(draw(PAIRS.reverse(), number=60, seed=1), sample)
    assert not draw(PAIRS, number=60, seed=2).equals(sample)


def labelled(*rows: tuple[int, int, bool, bool, int]) -> pl.DataFrame:
    """Return labelled pairs from (stratum, its pairs, same, linked, how many)."""
    told = [(stratum, pairs, same, linked) for stratum, pairs, same, linked, number in rows for _ in range(number)]
    return pl.DataFrame(told, schema=["stratum", "stratum_pairs", "same", "linked"], orient="row")


def test_labels_weigh_the_pairs_that_they_stand_for() -> None:
    found = estimated(labelled((1, 100, True, True, 9), (1, 100, False, True, 1), (2, 900, True, False, 1),
                               (2, 900, False, False, 9)))  # fmt: skip

    assert found["precision"] == pytest.approx(0.9)
    assert found["recall"] == pytest.approx(90 / (90 + 90))
    low, high = found["intervals"]["recall"]
    assert low < 0.5 < high


def test_no_error_in_few_labels_is_no_proof_of_none() -> None:
    found = estimated(labelled((1, 100, True, True, 30)))

    assert (found["precision"], found["intervals"]["precision"]) == (1.0, (0.9, 1.0))


def test_without_links_there_is_no_precision() -> None:
    found = estimated(labelled((1, 100, False, False, 3)))

    assert (found["precision"], found["recall"], found["intervals"]["precision"]) == (None, None, None)
