"""Where missed true pairs stand: in review, ambiguous, unresolved, or nowhere."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.tables import CLUSTERS, REVIEW
from matchers.evaluation import missed

RECORDS = {"signature_id": pl.Int64, "entity_id": pl.String, "truth": pl.String}


def held(*rows: tuple[int, str | None, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=RECORDS, orient="row")


def clusters(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=CLUSTERS.schema(), orient="row")


def review(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame([(*pair, 0, "model") for pair in pairs], schema=REVIEW.schema(), orient="row")


def test_each_missed_pair_and_each_record_apart_stands_in_one_way() -> None:
    records = held(
        (1, "x", "p"), (1, "x", "p"), (2, "x", "p"), (3, "y", "p"), (4, "z", "p"), (5, None, "p"), (9, "w", "q")
    )
    told = missed(
        records,
        clusters=clusters(
            (1, 1, "whole"), (2, 1, "whole"), (3, 3, "whole"), (4, 4, "ambiguous"), (5, 5, "unresolved"), (9, 9, "whole")
        ),
        review=review((2, 3)),
    )  # fmt: skip
    assert told["pairs"] == {"true": 15, "missed": 12, "review": 3, "ambiguous": 5, "unresolved": 4, "neither": 0}
    assert told["records"] == {
        "with_fellows": 6, "apart": 3, "review": 1, "ambiguous": 1, "unresolved": 1, "neither": 0,
        "joined": 0.5, "told": 1.0,
    }  # fmt: skip


def test_a_pair_that_nobody_is_told_of_is_neither() -> None:
    told = missed(
        held((1, "x", "p"), (2, "y", "p")), clusters=clusters((1, 1, "whole"), (2, 2, "refined")), review=review()
    )
    assert (told["pairs"]["neither"], told["records"]["neither"]) == (1, 1)
    assert told["records"]["told"] == 0.5


def test_review_joins_by_way_of_other_parts_of_the_same_true_entity_alone() -> None:
    found = clusters(*((number, number, "whole") for number in (1, 2, 3)))
    by_own = missed(held((1, "x", "p"), (2, "y", "p"), (3, "z", "p")), clusters=found, review=review((1, 2), (2, 3)))
    by_another = missed(
        held((1, "x", "p"), (2, "y", "q"), (3, "z", "p")), clusters=found, review=review((1, 2), (2, 3))
    )
    assert (by_own["pairs"]["review"], by_another["pairs"]["neither"]) == (3, 1)


def test_records_without_a_fellow_have_no_share() -> None:
    told = missed(held((1, "x", "p")), clusters=clusters((1, 1, "whole")), review=review())
    assert (told["records"]["joined"], told["records"]["told"]) == (None, None)


STATES = ("whole", "ambiguous", "unresolved")


@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from("pqr")), max_size=16),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(STATES)), min_size=8, max_size=8),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5),
)
def test_counts_are_those_of_the_pairs_one_by_one(
    rows: list[tuple[int, str]], drawn: list[tuple[int, str]], asked: set[tuple[int, int]]
) -> None:
    first = dict(reversed(drawn))
    places = [
        (cluster, first[cluster] if "unresolved" in (state, first[cluster]) else state) for cluster, state in drawn
    ]
    pairs = {(a, b) for a, b in asked if a < b}
    entity = {at: None if state == "unresolved" else f"e{cluster}" for at, (cluster, state) in enumerate(places)}
    records = held(*((at, entity[at], truth) for at, truth in rows))
    told = missed(
        records,
        clusters=clusters(*((at, cluster, state) for at, (cluster, state) in enumerate(places))),
        review=review(*sorted(pairs)),
    )
    expected = Counter(
        _way(left, right, rows, places, pairs) for left, right in combinations(rows, 2) if left[1] == right[1]
    )
    del expected["joined"]
    ways = {name: told["pairs"][name] for name in ("review", "ambiguous", "unresolved", "neither")}
    assert ways == {name: expected[name] for name in ways}
    assert told["pairs"]["missed"] == sum(ways.values())
    assert told["records"]["apart"] == sum(told["records"][name] for name in ways)


def _way(
    left: tuple[int, str], right: tuple[int, str], rows: list[tuple[int, str]], places: list[tuple[int, str]],
    pairs: set[tuple[int, int]],
) -> str:  # fmt: skip
    """How the pair stands by the words of `missed`."""
    (one, first), (other, second) = places[left[0]], places[right[0]]
    states = {first, second}
    if one == other:
        return "unresolved" if "unresolved" in states else "joined"
    parts = {places[at][0] for at, truth in rows if truth == left[1]}
    ties = [(places[a][0], places[b][0]) for a, b in pairs]
    reached = {one}
    while (
        more := {
            end
            for tie in ties
            for start, end in (tie, tie[::-1])
            if start in reached and end in parts and start in parts
        }
        - reached
    ):
        reached |= more
    if other in reached:
        return "review"
    return next((state for state in ("ambiguous", "unresolved") if state in states), "neither")
