"""Whom a reviewer is asked about for a record that tells too little to be compared."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.settings.subject import Subject
from engine.tables import CLUSTERS, CONFLICTS, MASS_VALUES, PAIR_KEY, REVIEW, SIGNATURES, WEIGHT_SCALE
from matchers.judgements import seeking
from matchers.judgements.queue import ALONE
from matchers.judgements.seeking import LEAST, NEAREST, TOP, WEIGHED, seek
from matchers.models import Calibration, train

ATTRIBUTES = ("name", "born", "phone", "id_no")
Person = tuple[int, int, str, int, str | None, str | None, str | None, str | None]
"""cluster_id, signature_id, state, records, name, born, phone, id_no."""

TOWN: tuple[Person, ...] = tuple(
    (number, number, "whole", 20, f"name{number}", f"19{number}", f"tel{number}", f"id{number}")
    for number in range(10, 50)
)
LONE: Person = (1, 1, "unresolved", 2, "name20", None, "tel20", None)
NOBODY = REVIEW.empty()


class Known(NamedTuple):
    """Settings, their calibration, and the values that too many bear."""

    subject: Subject
    calibration: Calibration
    masses: pl.DataFrame


@cache
def known(
    *rules: str,
    identified: bool = True,
    founding: tuple[str, ...] = (),
    between: bool = False,
    masses: tuple[tuple[str, str], ...] = (),
) -> Known:
    subject = Subject.model_validate(
        {
            "attributes": dict.fromkeys(ATTRIBUTES, "text"),
            "blocking": [rule.split("+") for rule in rules or ("name+born", "born+phone")],
            "comparison": [{"attribute": name, "kind": "exact"} for name in ATTRIBUTES[:3]],
            "identifier": [{"attribute": "id_no"}] if identified else [],
            "founding": [one.split("+") for one in founding],
            "pairs": "between_sources" if between else "all",
        }
    )
    rows = [
        dict.fromkeys(MASS_VALUES.columns) | {"attribute": name, "value": value, "action": "null"}
        for name, value in masses
    ]
    void = MASS_VALUES.conform(pl.DataFrame(rows, schema=MASS_VALUES.columns))
    calibration = train(SIGNATURES.conform(told_of(TOWN), ATTRIBUTES), subject=subject, name="person")
    return Known(subject, calibration.model_copy(update={"c": 4.0}), void)


def asks(persons: list[Person], asked: pl.DataFrame, conflicts: pl.DataFrame, of: Known, seed: int = 0) -> pl.DataFrame:
    """Return what `seek` does with everything in the order of a seed; 0 is the given one."""
    frames = (told_of(persons), clusters_of(persons), asked, conflicts, of.masses)
    order = [one.sample(fraction=1, shuffle=True, seed=seed) if seed else one for one in frames]
    return seek(*order, subject=of.subject, calibration=of.calibration).pairs


def told_of(persons: tuple[Person, ...] | list[Person]) -> pl.DataFrame:
    rows = [(signature, records, *values) for _, signature, _, records, *values in persons]
    schema: dict[str, Any] = {"signature_id": pl.Int64, "records": pl.Int64, **dict.fromkeys(ATTRIBUTES, pl.String)}
    unsaid = {"sources": pl.lit(["tax"]), "first_seen": pl.lit(None), "last_seen": pl.lit(None)}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(**unsaid)


def clusters_of(persons: tuple[Person, ...] | list[Person]) -> pl.DataFrame:
    rows = [(signature, cluster, cluster, state) for cluster, signature, state, *_ in persons]
    return CLUSTERS.conform(
        pl.DataFrame(rows, schema=["signature_id", "cluster_id", "component", "state"], orient="row")
    )


def sought(*persons: Person, of: Known | None = None, asked: pl.DataFrame = NOBODY,
           conflicts: pl.DataFrame | None = None) -> pl.DataFrame:  # fmt: skip
    """Return whom the search finds in the town with these."""
    everybody = [*TOWN, *persons]
    apart = CONFLICTS.empty() if conflicts is None else conflicts
    return asks(everybody, asked, apart, of or known())


def pairs(found: pl.DataFrame) -> list[tuple[int, int]]:
    return found.select(PAIR_KEY).sort(PAIR_KEY).rows()


def doubt(left: int, right: int) -> pl.DataFrame:
    return REVIEW.conform(
        pl.DataFrame([(left, right, 0, "model")], schema=[*PAIR_KEY, "match_weight", "reason"], orient="row")
    )


def test_a_record_that_was_never_compared_is_asked_about_with_who_comes_nearest() -> None:
    namesake: Person = (60, 60, "whole", 9, "name20", "1888", "tel99", "id60")

    found = sought(LONE, namesake)

    assert pairs(found) == [(1, 20), (1, 60)]
    assert set(found["reason"]) == {ALONE}
    weights = dict(zip(pairs(found), found.sort(PAIR_KEY)["match_weight"], strict=True))
    assert weights[1, 20] > weights[1, 60] >= LEAST * WEIGHT_SCALE


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(LONE, [(1, 20)], id="it can found no entity"),
        pytest.param((1, 1, "whole", 5, "name20", None, "tel20", None), [(1, 20)], id="an entity without a number"),
        pytest.param((1, 1, "whole", 1, "name20", None, "tel20", "id1"), [], id="a number of its own"),
        pytest.param((1, 1, "ambiguous", 1, "name20", None, "tel20", None), [], id="told as ambiguous"),
        pytest.param((1, 1, "unresolved", 1, "nobody", None, "nowhere", None), [], id="shares nothing"),
        pytest.param((1, 1, "unresolved", 1, None, None, None, None), [], id="tells nothing"),
    ],
)
def test_only_what_stands_alone_is_asked_about(person: Person, expected: list[tuple[int, int]]) -> None:
    assert pairs(sought(person)) == expected


def test_who_is_in_doubt_with_another_has_company_and_a_doubt_of_its_own_cluster_is_none() -> None:
    fellow: Person = (1, 2, "unresolved", 1, "name20", None, None, None)

    assert pairs(sought(LONE, asked=doubt(1, 30))) == []
    assert pairs(sought(LONE, asked=doubt(30, 31))) == [(1, 20)]
    assert pairs(sought(LONE, fellow, asked=doubt(1, 2))) == [(1, 20)]


def test_what_a_conflict_keeps_apart_is_not_asked_again() -> None:
    second: Person = (20, 70, "whole", 1, "name20", "1920", None, None)
    told = pl.DataFrame([(1, 70, "judgement", None, None)], schema=CONFLICTS.schema(), orient="row")

    assert pairs(sought(LONE, second)) == [(1, 20)]
    assert pairs(sought(LONE, second, conflicts=told)) == []


def test_entities_alone_are_candidates() -> None:
    other: Person = (2, 2, "unresolved", 1, "name20", None, "tel20", None)
    torn: Person = (3, 3, "ambiguous", 1, "name20", "1920", "tel20", None)

    assert pairs(sought(LONE, other, torn)) == [(1, 20), (2, 20)]


def test_a_subject_without_numbers_is_asked_about_only_what_founds_nothing() -> None:
    small: Person = (2, 2, "whole", 1, "name30", None, "tel30", None)

    assert pairs(sought(LONE, small)) == [(1, 20), (2, 30)]
    assert pairs(sought(LONE, small, of=known(identified=False))) == [(1, 20)]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param((2, 2, "whole", 1, "name30", "1930", "tel30", None), [(2, 30)], id="on name and birth date"),
        pytest.param((2, 2, "whole", 1, None, None, "tel30", "id2"), [(2, 30)], id="on a number"),
        pytest.param((2, 2, "whole", 1, "name30", "1930", "tel30", "id2"), [], id="on both"),
    ],
)
def test_an_entity_that_one_set_alone_founds_stands_alone(person: Person, expected: list[tuple[int, int]]) -> None:
    assert pairs(sought(person, of=known(founding=("id_no", "name+born")))) == expected


def test_a_founding_set_that_only_adds_to_another_is_no_second_leg() -> None:
    both: Person = (2, 2, "whole", 1, "name30", "1930", "tel30", "id2")

    assert pairs(sought(both, of=known(founding=("id_no", "id_no+name")))) == []
    assert pairs(sought(both, of=known(founding=("id_no", "id_no+name", "name+phone")))) == []
    unnamed: Person = (2, 2, "whole", 1, None, "1930", "tel30", "id2")
    assert pairs(sought(unnamed, of=known(founding=("id_no", "id_no+born", "name+born")))) == [(2, 30)]


def test_a_leg_that_another_implies_counts_once() -> None:
    of = known(founding=("id_no", "phone"))
    implied = {"phone": of.subject.attributes["phone"].model_copy(update={"implied": "substr(id_no, 1, 4)"})}
    subject = of.subject.model_copy(update={"attributes": of.subject.attributes | implied})
    entity: Person = (2, 2, "whole", 1, "name30", "1930", "id2", "id2")

    assert pairs(sought(entity, of=of)) == []
    assert pairs(sought(entity, of=of._replace(subject=subject))) == [(2, 30)]


def test_sources_that_hold_a_subject_once_keep_what_shares_one_apart() -> None:
    assert pairs(sought(LONE)) == [(1, 20)]
    assert pairs(sought(LONE, of=known(between=True))) == []


def test_one_founding_set_tells_nothing_of_who_is_known_well() -> None:
    entity: Person = (2, 2, "whole", 1, "name30", "1930", "tel30", "id2")

    assert pairs(sought(entity, of=known(founding=("name+born",)))) == []
    assert pairs(sought(entity, of=known(founding=("name+born",), identified=False))) == []


def test_values_that_too_many_bear_are_neither_keys_nor_numbers() -> None:
    small: Person = (2, 2, "whole", 1, None, None, "tel30", "0000")

    assert pairs(sought(small)) == []
    assert pairs(sought(small, of=known(masses=(("id_no", "0000"),)))) == [(2, 30)]
    assert pairs(sought(small, of=known(masses=(("id_no", "0000"), ("phone", "tel30"))))) == []


def test_a_rule_of_lists_and_one_of_one_part_bring_near() -> None:
    lone: Person = (1, 1, "unresolved", 1, "the name20", None, None, None)

    assert pairs(sought(lone)) == []
    assert pairs(sought(lone, of=known("tokens(name)+born"))) == [(1, 20)]
    assert pairs(sought(LONE, of=known("substr(phone, 1, 5)"))) == [(1, 20)]
    assert pairs(sought(LONE, of=known("'all'+phone"))) == [(1, 20)]


def namesakes(number: int, *, each: int = 1, of: str = "20") -> list[Person]:
    """Return persons of one name and phone, those of LONE, each with signatures of their own."""
    return [
        (100 + one, 1_000 * (100 + one) + place, "whole", 9, f"name{of}", f"20{one}", f"tel{of}", f"id{one}")
        for one in range(number)
        for place in range(each)
    ]


def test_of_many_the_best_few_are_asked_about() -> None:
    found = sought(LONE, *namesakes(TOP + 4))

    assert pairs(found) == [(1, 20), *((1, 1_000 * (100 + one)) for one in range(TOP - 1))]


def test_a_key_that_too_many_bear_brings_nobody_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeking, "BEARERS", 5)

    assert len(pairs(sought(LONE, *namesakes(3)))) == TOP
    assert pairs(sought(LONE, *namesakes(4))) == []


def test_of_those_that_are_all_but_impossible_the_best_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeking, "LEAST", 100)

    assert pairs(sought(LONE, *namesakes(TOP))) == [(1, 20)]


def test_pairs_that_are_weighed_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[int] = []

    def spy(asked: pl.DataFrame, *given: Any, **named: Any) -> pl.DataFrame:
        weighed.append(asked.height)
        return real(asked, *given, **named)

    real = seeking.score_candidates
    monkeypatch.setattr(seeking, "score_candidates", spy)

    sought((1, 1, "unresolved", 2, "name99", None, "tel99", None), *namesakes(NEAREST + 5, each=WEIGHED + 2, of="99"))

    assert weighed == [NEAREST * WEIGHED]


VALUES = st.none() | st.sampled_from("abc")
DRAWN = st.lists(
    st.tuples(
        st.integers(1, 6), st.sampled_from(["whole", "unresolved", "ambiguous"]), st.integers(1, 7),
        VALUES, VALUES, VALUES, st.none() | st.sampled_from(["x", "y"]),
    ),
    min_size=1, max_size=14,
)  # fmt: skip
TIES = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=3)


@settings(max_examples=50, deadline=None)
@given(DRAWN, TIES, TIES, st.integers(1, 99))
def test_any_order_of_rows_asks_the_same(drawn: Any, tied: Any, apart: Any, seed: int) -> None:
    state = {cluster: state for cluster, state, *_ in drawn}
    persons = [(cluster, at, state[cluster], *rest) for at, (cluster, _, *rest) in enumerate(drawn)]
    asked = REVIEW.conform(
        pl.concat([NOBODY, *(doubt(min(pair), max(pair)) for pair in tied if pair[0] != pair[1])])
    ).unique()
    told = CONFLICTS.conform(
        pl.DataFrame(
            [(*sorted(pair), "judgement", None, None) for pair in apart], schema=CONFLICTS.schema(), orient="row"
        )
    )
    found = asks(persons, asked, told, known())
    shuffled = asks(persons, asked, told, known(), seed=seed)

    assert_frame_equal(found.sort(PAIR_KEY), shuffled.sort(PAIR_KEY))
    places = {at: cluster for cluster, at, *_ in persons}
    ends = [(places[left], places[right]) for left, right in pairs(found)]
    parted = [{places.get(left), places.get(right)} for left, right in apart]
    assert all(one != other and {one, other} not in parted for one, other in ends)
    assert all("ambiguous" not in (state[one], state[other]) for one, other in ends)
    assert all({state[one], state[other]} != {"unresolved"} for one, other in ends)
    unresolved = [one for pair in ends for one in pair if state[one] == "unresolved"]
    assert all(unresolved.count(one) <= TOP for one in unresolved)
