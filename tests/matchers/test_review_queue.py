"""What a reviewer is asked first, how samples of pairs are drawn, and what their labels estimate."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.tables import WEIGHT_SCALE
from matchers.judgements.queue import BIT, queue
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
