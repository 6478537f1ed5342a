"""u and c where entities are large: the matches among random pairs are left out of u."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from matchers.comparisons import build_comparison
from matchers.models.settled import settled, without_matches

COMPARISONS = tuple(
    build_comparison(Comparison(attribute=(name,), kind="exact")) for name in ("name", "number", "town")
)
SIZE = 400
PAIRS = SIZE * (SIZE - 1) // 2
M = {one.label: {1: 0.9, 0: 0.1} for one in COMPARISONS}


def population(matches: int) -> tuple[pl.DataFrame, dict[str, dict[int, float]]]:
    """The patterns of all pairs, and each level's share among them; those who do not match agree in one of ten."""
    rows = []
    for levels in [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]:
        agreed = sum(levels)
        same, other = 0.9**agreed * 0.1 ** (3 - agreed), 0.1**agreed * 0.9 ** (3 - agreed)
        rows.append((*levels, matches * same + (PAIRS - matches) * other))
    patterns = pl.DataFrame(rows, schema=["level_name", "level_number", "level_town", "count"], orient="row")
    share = 0.1 + 0.8 * matches / PAIRS
    return patterns, {one.label: {1: share, 0: 1 - share} for one in COMPARISONS}


def test_u_and_c_of_large_entities_are_those_of_the_population() -> None:
    matches = PAIRS // 10
    patterns, observed = population(matches)

    c, u = settled(patterns, COMPARISONS, M, observed, SIZE)

    assert c == pytest.approx(2 * matches / SIZE, rel=0.03)
    assert u["name"][1] == pytest.approx(0.1, rel=0.03)


def test_where_few_pairs_match_u_is_found_once() -> None:
    patterns, observed = population(PAIRS // 1_000)

    c, u = settled(patterns, COMPARISONS, M, observed, SIZE)

    assert c / (SIZE - 1) < 0.005
    assert u == without_matches(observed, M, c / (SIZE - 1))


def test_without_pairs_a_signature_has_one_other() -> None:
    patterns, observed = population(1)

    c, _ = settled(patterns.clear(), COMPARISONS, M, observed, SIZE)

    assert c == 1.0
