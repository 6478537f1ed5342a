"""Comparisons of names in Latin letters, of lists, and the likeness of whole names."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from matchers.comparisons import COMPARISONS, build_comparison, compare
from matchers.comparisons.likeness import company_likeness, person_likeness

LEVELS = [
    ("given_name", "ann mary", "mary", "all given names of the other"),
    ("given_name", "tom", "thomas", "a nickname"),
    ("given_name", "tom mary", "thomas", "a nickname"),
    ("given_name", "j.", "john", "the initial only"),
    ("given_name", "martina", "martino", "jaro-winkler >= 0.92"),
    ("given_name", "tom", "henry", "else"),
    ("given_name", None, "henry", "null"),
    ("latin_company", "harbour trading bv", "harbour trading", "the same but for form and order"),
    ("latin_company", "harbour trading", "harbourtrading", "the same but for form and order"),
    ("latin_company", "harbour trading", "harbor trading", "common letters >= 0.9"),
    ("latin_company", "international business machines", "ibm corp", "an acronym"),
    ("latin_company", "harbour trading", "harbour trading antwerp division", "all words of the shorter"),
    ("latin_company", "harbour", "harbour antwerp division", "the one word of the shorter"),
    ("latin_company", "harbour ltd", "meadow ltd", "else"),
    ("common_items", "a**b**c", "b ** a ** c", "the same values"),
    ("common_items", "a**b**c", "b**x**y**z", "1 or more in common"),
    ("common_items", "a; b", "c; d", "else"),
    ("common_items", " ; ", "c; d", "null"),
    ("person_likeness", "Владимир Иванов", "Vladimir Ivanov", "likeness >= 0.9"),
    ("person_likeness", "John Smith", "John Jones", "else"),
    ("company_likeness", "Harbour Fund 1", "Harbour Fund 2", "else"),
]


def level(kind: str, left: str | None, right: str | None) -> str:
    """Return the label of the level that a kind gives one pair."""
    chosen = Comparison(attribute=("a",), kind=kind, name="x")
    schema = {"signature_l": pl.Int64, "signature_r": pl.Int64, "a_l": pl.String, "a_r": pl.String}
    pair = pl.DataFrame([(1, 2, left, right)], schema=schema, orient="row")
    built = build_comparison(chosen)
    number = compare(pair, comparisons=(chosen,))["level_x"].item()
    return dict(zip(built.numbers(), (one.label for one in built.levels), strict=True))[number]


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"), LEVELS, ids=[f"{row[0]}: {row[1]} / {row[2]}" for row in LEVELS]
)
def test_level(kind: str, left: str | None, right: str | None, expected: str) -> None:
    assert level(kind, left, right) == expected


@pytest.mark.parametrize("kind", ["given_name", "latin_company", "common_items", "person_likeness", "company_likeness"])
@pytest.mark.parametrize(("left", "right"), [("tom lee", "thomas lee bv"), ("a;b", "b"), ("ann", "")])
def test_left_and_right_are_no_matter(kind: str, left: str, right: str) -> None:
    assert level(kind, left, right) == level(kind, right, left)


def person(left: str | None, right: str | None) -> float | None:
    return person_likeness(pl.Series([left], dtype=pl.String), pl.Series([right], dtype=pl.String)).item()


def company(left: str, right: str) -> float:
    return company_likeness(pl.Series([left]), pl.Series([right])).item()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Smith, John", "John Smith"),
        ("Sir John Smith", "John Smith"),
        ("Nikolai Plato Novich", "Nikolai Platonovich"),
        ("王芳", "Wang Fang"),
        ("Omar al-Said", "Omar Said"),
    ],
)
def test_one_person_under_two_spellings_is_fully_alike(left: str, right: str) -> None:
    assert person(left, right) == 1


def test_a_missing_given_name_costs_less_than_another_one() -> None:
    missing, other = person("John Henry Smith", "John Smith"), person("John Henry Smith", "John Walter Smith")
    assert missing is not None
    assert other is not None
    assert missing >= 0.75 > other


def test_one_word_against_another_parts_a_long_name() -> None:
    assert person("Ann Mary Jane Rose Smith", "Ann Mary Jane Rose Walker") == pytest.approx(0.7)


def test_one_common_word_of_several_is_not_enough() -> None:
    likeness = person("Smith", "John Smith")
    assert likeness is not None
    assert likeness < 0.75


def test_a_missing_name_has_no_likeness() -> None:
    assert person(None, "John Smith") is None
    assert person("", "John Smith") is None


def test_firms_are_told_apart_by_their_numbers_and_not_by_their_forms() -> None:
    assert company("Harbour Trust 12 Ltd", "Harbour Trust 12") == 1
    assert company("Harbour Trust 12", "Harbour Trust 14") < 0.75


def test_an_acronym_stands_for_the_name() -> None:
    assert company("IBM", "International Business Machines Corp.") == pytest.approx(0.9)


def test_the_order_of_rows_is_no_matter() -> None:
    left, right = pl.Series(["Jon Smith", "Ann Lee"]), pl.Series(["John Smith", "Anna Leigh"])
    assert person_likeness(left, right).to_list() == person_likeness(left[::-1], right[::-1]).to_list()[::-1]


def test_every_kind_of_this_page_is_registered() -> None:
    assert {row[0] for row in LEVELS} <= set(COMPARISONS)
