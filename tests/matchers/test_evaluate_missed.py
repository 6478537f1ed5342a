"""Where missed true pairs stand: in review, in conflict, ambiguous, unresolved, or nowhere."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tables import CLUSTERS, CONFLICTS, REVIEW
from matchers.evaluation import missed
from matchers.evaluation.missed import RECORD_WAYS, WAYS

RECORDS = {"signature_id": pl.Int64, "entity_id": pl.String, "truth": pl.String}


def held(*rows: tuple[int, str | None, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=RECORDS, orient="row")


def clusters(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=CLUSTERS.schema(), orient="row")


def review(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame([(*pair, 0, "model") for pair in pairs], schema=REVIEW.schema(), orient="row")


def sought(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"signature_l": pl.Int64, "signature_r": pl.Int64}, orient="row")


def conflicts(*pairs: tuple[int, int]) -> pl.DataFrame:
    rows = [(*pair, "contradiction", "number", "1") for pair in pairs]
    return pl.DataFrame(rows, schema=CONFLICTS.schema(), orient="row")


def test_each_missed_pair_and_each_record_apart_stands_in_one_way() -> None:
    records = held(
        (1, "x", "p"), (1, "x", "p"), (2, "x", "p"), (3, "y", "p"), (4, "z", "p"), (5, None, "p"), (6, "v", "p"),
        (7, None, "p"), (9, "w", "q"),
    )  # fmt: skip
    told = missed(
        records,
        clusters=clusters(
            (1, 1, "whole"), (2, 1, "whole"), (3, 3, "whole"), (4, 4, "ambiguous"), (5, 5, "unresolved"),
            (6, 6, "whole"), (7, 7, "unresolved"), (9, 9, "whole"),
        ),
        review=review((2, 3)),
        conflicts=conflicts((1, 6), (1, 2)),
        sought=sought((7, 2), (7, 9), (2, 3), (1, 6), (4, 5)),
        lone=pl.DataFrame({"cluster_id": [5, 7]}),
    )  # fmt: skip
    assert told["pairs"] == {
        "true": 28, "missed": 25, "review": 3, "conflict": 3, "ambiguous": 7, "sought": 3, "unresolved": 8,
        "neither": 1,
    }  # fmt: skip
    assert told["records"] == {
        "with_fellows": 8, "apart": 5, "review": 1, "conflict": 1, "ambiguous": 1, "sought": 1, "others": 1,
        "unresolved": 0, "neither": 0, "joined": 3 / 8, "told": 1.0,
    }  # fmt: skip


def test_a_pair_that_nobody_is_told_of_is_neither() -> None:
    told = missed(
        held((1, "x", "p"), (2, "y", "p")),
        clusters=clusters((1, 1, "whole"), (2, 2, "refined")),
        review=review(),
        conflicts=conflicts(),
    )
    assert (told["pairs"]["neither"], told["records"]["neither"]) == (1, 1)
    assert told["records"]["told"] == 0.5


FOUND = clusters(*((number, number, "whole") for number in (1, 2, 3)))
PARTED = held((1, "x", "p"), (1, "x", "p"), (2, "y", "p"), (3, "z", "q"))
QUESTIONS = {"review": review((2, 3)), "conflicts": conflicts((2, 3)), "sought": sought((2, 3))}
NO_QUESTIONS = {"review": review(), "conflicts": conflicts(), "sought": sought()}


def lone(*clusters: int) -> pl.DataFrame:
    return pl.DataFrame({"cluster_id": clusters}, schema={"cluster_id": pl.Int64})


@pytest.mark.parametrize("kind", QUESTIONS)
def test_what_stands_alone_and_is_asked_about_with_others_is_told_of_though_its_pair_is_not(kind: str) -> None:
    told = missed(PARTED, clusters=FOUND, lone=lone(2), **(NO_QUESTIONS | {kind: QUESTIONS[kind]}))

    assert (told["pairs"]["neither"], told["records"]["others"], told["records"]["neither"]) == (2, 1, 0)


def test_who_is_only_a_candidate_of_another_is_looked_for_no_further() -> None:
    told = missed(PARTED, clusters=FOUND, lone=lone(3), **(NO_QUESTIONS | {"sought": QUESTIONS["sought"]}))

    assert (told["records"]["others"], told["records"]["neither"]) == (0, 1)


def test_what_has_no_entity_that_it_could_join_is_unresolved_whoever_is_asked_about() -> None:
    told = missed(
        held((1, None, "p"), (2, None, "p"), (3, "z", "q")),
        clusters=clusters((1, 1, "unresolved"), (2, 2, "unresolved"), (3, 3, "whole")),
        lone=lone(1, 2),
        **(NO_QUESTIONS | {"sought": sought((1, 3), (2, 3))}),
    )
    assert (told["records"]["others"], told["records"]["unresolved"]) == (0, 2)


def test_what_a_person_told_apart_is_no_open_question() -> None:
    settled = conflicts((2, 3)).with_columns(reason=pl.lit("judgement"))
    told = missed(PARTED, clusters=FOUND, lone=lone(2), **(NO_QUESTIONS | {"conflicts": settled}))

    assert (told["records"]["others"], told["records"]["neither"]) == (0, 1)


def test_review_joins_by_way_of_other_parts_of_the_same_true_entity_alone() -> None:
    found = clusters(*((number, number, "whole") for number in (1, 2, 3)))
    asked = review((1, 2), (2, 3))
    by_own = missed(
        held((1, "x", "p"), (2, "y", "p"), (3, "z", "p")), clusters=found, review=asked, conflicts=conflicts()
    )
    by_another = missed(
        held((1, "x", "p"), (2, "y", "q"), (3, "z", "p")), clusters=found, review=asked, conflicts=conflicts()
    )
    assert (by_own["pairs"]["review"], by_another["pairs"]["neither"]) == (3, 1)


def test_records_without_a_fellow_have_no_share() -> None:
    told = missed(held((1, "x", "p")), clusters=clusters((1, 1, "whole")), review=review(), conflicts=conflicts())
    assert (told["records"]["joined"], told["records"]["told"]) == (None, None)


STATES = ("whole", "ambiguous", "unresolved")
Pair = tuple[int, int]
PAIRS = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), max_size=5)


@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from("pqr")), max_size=16),
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(STATES)), min_size=8, max_size=8),
    PAIRS,
    PAIRS,
    PAIRS,
)
def test_counts_are_those_of_the_pairs_one_by_one(
    rows: list[tuple[int, str]], drawn: list[tuple[int, str]], asked: set[Pair], contrary: set[Pair], near: set[Pair]
) -> None:
    first = dict(reversed(drawn))
    places = [
        (cluster, first[cluster] if "unresolved" in (state, first[cluster]) else state) for cluster, state in drawn
    ]
    entity = {at: None if state == "unresolved" else f"e{cluster}" for at, (cluster, state) in enumerate(places)}
    told = missed(
        held(*((at, entity[at], truth) for at, truth in rows)),
        clusters=clusters(*((at, cluster, state) for at, (cluster, state) in enumerate(places))),
        review=review(*sorted(asked)),
        conflicts=conflicts(*sorted(contrary)),
        sought=REVIEW.conform(review(*sorted(near))),
    )
    expected = Counter(
        _way(left, right, rows, places, asked, contrary, near)
        for left, right in combinations(rows, 2)
        if left[1] == right[1]
    )
    del expected["joined"]
    assert {name: told["pairs"][name] for name in WAYS} == {name: expected[name] for name in WAYS}
    assert told["pairs"]["missed"] == expected.total()
    assert told["records"]["apart"] == sum(told["records"][name] for name in RECORD_WAYS)


def _way(
    left: tuple[int, str], right: tuple[int, str], rows: list[tuple[int, str]], places: list[tuple[int, str]],
    asked: set[Pair], contrary: set[Pair], near: set[Pair],
) -> str:  # fmt: skip
    """How the pair stands by the words of `missed`."""
    (one, first), (other, second) = places[left[0]], places[right[0]]
    states = {first, second}
    if one == other:
        return "unresolved" if "unresolved" in states else "joined"
    parts = {places[at][0] for at, truth in rows if truth == left[1]}
    ties = [(places[a][0], places[b][0]) for a, b in asked]
    reached = {one}
    while (
        more := {end for tie in ties for start, end in (tie, tie[::-1]) if start in reached and end in parts} - reached
    ):
        reached |= more
    if other in reached:
        return "review"
    if {one, other} in [{places[a][0], places[b][0]} for a, b in contrary]:
        return "conflict"
    if "ambiguous" not in states and {one, other} in [{places[a][0], places[b][0]} for a, b in near]:
        return "sought"
    return next((state for state in ("ambiguous", "unresolved") if state in states), "neither")
