"""The threshold that a limit of false links sets."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables import WEIGHT_SCALE
from matchers.models.threshold import limit, weigh_pairs


def pairs(bits: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"match_weight": [round(one * WEIGHT_SCALE) for one in bits]}, schema={"match_weight": pl.Int64}
    )


def told(bits: list[float], *, records: int, per_million: float) -> dict[str, float]:
    counted = weigh_pairs(pairs(bits)).weights
    return limit(counted, records=records, per_million=per_million).thresholds.to_dicts()[0]


def test_the_lightest_pair_that_is_still_admitted_sets_the_threshold() -> None:
    found = told([10.0, 5.0, 0.0], records=1_000_000, per_million=0.1)

    assert found["threshold"] == 5.0
    assert found["links"] == 2
    assert found["false_links"] == pytest.approx(1 / 1025 + 1 / 33)


def test_no_pair_is_linked_where_the_heaviest_is_too_doubtful() -> None:
    assert told([3.0], records=1_000, per_million=1)["threshold"] > 3.0


def test_a_project_without_pairs_has_a_threshold() -> None:
    assert told([], records=0, per_million=1)["links"] == 0


@given(st.lists(st.integers(-3_000, 6_000), max_size=60), st.integers(1, 10_000_000), st.floats(0.01, 1_000_000))
def test_no_more_false_links_are_expected_than_allowed_and_no_pair_is_left_out_for_nothing(
    hundredths: list[int], records: int, per_million: float
) -> None:
    bits = [one / 100 for one in hundredths]
    parts = [weigh_pairs(pairs(bits[::2])).weights, weigh_pairs(pairs(bits[1::2])).weights]

    found = told(bits, records=records, per_million=per_million)

    allowed = per_million * records / 1_000_000
    below = sorted((one for one in bits if -20 <= one < found["threshold"]), reverse=True)
    more = sum(1 / (1 + 2**one) for one in below if one == below[0])
    assert found["false_links"] <= allowed + 1e-9
    assert not below or found["false_links"] + more >= allowed - 1e-9
    assert limit(pl.concat(parts), records=records, per_million=per_million).thresholds.to_dicts() == [found]
