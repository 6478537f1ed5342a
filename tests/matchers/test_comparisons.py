"""What each kind of comparison says of pairs of values."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings.subject import Comparison
from matchers.comparisons import COMPARISONS, build_comparison, compare, compare_candidates, describe_comparisons
from matchers.comparisons.build import settings_faults

CASES = [
    ("exact", "m", "m", "exact"),
    ("exact", "m", "f", "else"),
    ("exact", "m", None, "null"),
    ("text", "martha", "marhta", "jaro-winkler >= 0.92"),
    ("text", "王芳", "王伟", "else"),
    ("name", "ann mary", "mary ann", "the same words in another order"),
    ("name", "j.", "john", "the initial only"),
    ("name", "martin", "martinez", "jaro-winkler >= 0.92"),
    ("name", "ann", "mary ann", "one has all words of the other"),
    ("full_name", ("ann", "lee"), ("ann", "lee"), "both exact"),
    ("full_name", ("ann", "lee"), ("lee", "ann"), "exchanged"),
    ("full_name", ("ann", "lee"), ("a", "lee"), "surname exact, given name an initial"),
    ("full_name", (None, "lee"), ("ann", "lee"), "surname exact"),
    ("full_name", (None, "lee"), ("ann", None), "null"),
    ("date", "1987-03-21", "1987-03-12", "one digit wrong or two exchanged"),
    ("date", "1987-03-05", "1987-05-03", "day and month exchanged"),
    ("date", "1987", "1987-05-03", "the same as far as known"),
    ("date", "1987-04", "1987-05-03", "within 1 year"),
    ("date", "1987-01-05", "1937-01-05", "one digit wrong or two exchanged"),
    ("date", "1989-01-05", "1992-01-05", "the same day within 10 years"),
    ("date", "1987-01-05", "2017-11-30", "else"),
    ("levenshtein", "5066", "5606", "at most 1 edit"),
    ("identifier", "330199", "330919", "at most 1 edit"),
    ("identifier", "330199", "339910", "else"),
    ("bigrams", "abcdef", "abcdfe", "common bigrams >= 0.6"),
    ("tokens", "harbour trading company", "company trading harbour", "the same words"),
    ("tokens", "harbour trading", "harbour trading holdings international ltd", "all words of the shorter"),
    ("tokens", "harbour", "meadow", "else"),
    ("address", "12 high street", "high street 12", "the same words"),
    ("address", "12 high street", "12 hihg street", "the same numbers, nearly the same letters"),
    ("address", "854 7th ave between 54th and 55th sts", "854 7th ave", "the same first number, a further common word"),
    ("phone", "+86 0571 8765 4321", "87654321", "the last 7 digits"),
    ("email", "ann.lee@one.example", "ann.lee@two.example", "the same user name"),
    ("postcode", "NG16 4HL", "ng164hl", "else"),
    ("postcode", "ng16 4hl", "ng164hl", "exact"),
    ("postcode", "ng16 4hl", "ng16 4qq", "the first 4 characters"),
    ("number", "3", "4.0", "within 1"),
    ("number", "3", "three", "null"),
    ("number_ratio", "100", "99", "within 0.02 of the larger"),
    ("distance_km", ("51.5", "0"), ("51.5", "0.001"), "within 0.1 km"),
    ("distance_km", ("51.5", "0"), ("48.8", "2.3"), "else"),
    ("list", "J. Smith; Ann Lee", "Lee, Ann; John Smith", "the same values"),
    ("list", "Carla Bruni, Stefan Cerny", "S. Cerny, C. Bruni", "the same values"),
    ("list", "A. Low; B. Ames; C. Dunn", "B. Ames; E. Ford; G. Hall", "any common value"),
    ("given_name", "bill", "william", "a nickname"),
    ("common_items", "a; b; c; d", "d|c|b", "3 or more in common"),
    ("latin_company", "harbour trading ltd", "trading harbour", "the same but for form and order"),
    ("person_likeness", "dr. bill smith", "smith, william", "likeness >= 0.9"),
    ("company_likeness", "harbour trading ltd", "harbor trading limited", "likeness >= 0.9"),
    ("chinese_name", "王建国", "王健国", "sounds alike"),
    ("chinese_name_or_former", ("李晓虹", "李小敏"), ("李小敏", None), "the former name of the other"),
    ("resident_id", "330199201503120018", "330199201503120034", "another of the same division and day"),
    ("chinese_date", "1965-03-12", "1965-02-10", "the same day of the Chinese calendar"),
    ("chinese_company", "杭州甲丰贸易有限公司", "甲丰", "a short name"),
    ("chinese_company_or_former", ("甲丰贸易公司", "乙盛公司"), ("乙盛公司", None), "the former name of the other"),
    ("chinese_address", "学院大道600号4幢", "澜西区学院大道600号4栋", "the same road and numbers"),
    ("chinese_organisation", "澜州甲丰贸易有限责任公司", "澜州甲丰贸易有限公司", "another form of company"),
    ("credit_code", ("91110000600037341L", None), (None, "600037341"), "the same organisation code"),
]


def level(kind: str, left: object, right: object, **settings: object) -> str:
    """Return the label of the level that a kind gives one pair."""
    names = tuple(f"a{index}" for index in range(COMPARISONS[kind].attributes))
    columns = {"signature_l": [1], "signature_r": [2]}
    schema = dict.fromkeys([f"{name}_{side}" for name in names for side in "lr"], pl.String)
    for side, values in (("l", left), ("r", right)):
        row = values if isinstance(values, tuple) else (values,)
        columns |= {f"{name}_{side}": [value] for name, value in zip(names, row, strict=True)}
    chosen = Comparison(attribute=names, kind=kind, name="x", **settings)
    number = compare(pl.DataFrame(columns, schema_overrides=schema), comparisons=(chosen,))["level_x"].item()
    built = build_comparison(chosen)
    return dict(zip(built.numbers(), (one.label for one in built.levels), strict=True))[number]


@pytest.mark.parametrize(("kind", "left", "right", "expected"), CASES, ids=[f"{c[0]}: {c[1]} / {c[2]}" for c in CASES])
def test_level(kind: str, left: object, right: object, expected: str) -> None:
    assert level(kind, left, right) == expected


def test_every_kind_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(COMPARISONS)


def test_thresholds_of_the_project_replace_the_kinds_own() -> None:
    assert level("levenshtein", "abcd", "wxyd", thresholds=(3,)) == "at most 3 edits"


def test_an_attribute_may_bear_the_name_of_a_measure() -> None:
    pairs = pl.DataFrame({"signature_l": [1], "signature_r": [2], "number_l": ["07"], "number_r": ["7"]})
    levels = compare(pairs, comparisons=(Comparison(attribute=("number",), kind="text"),))
    assert levels["level_number"].item() == 0


def test_candidates_give_the_same_levels_as_joined_pairs() -> None:
    signatures = pl.DataFrame(
        {"signature_id": [7, 3, 9], "name": ["ann", None, "anna"], "born": ["1987-03-21", "1987", None]}
    )
    candidates = pl.DataFrame({"signature_l": [3, 7, 3], "signature_r": [7, 9, 9]})
    comparisons = (Comparison(attribute=("name",), kind="name"), Comparison(attribute=("born",), kind="date"))
    left = signatures.rename({"signature_id": "signature_l", "name": "name_l", "born": "born_l"})
    right = signatures.rename({"signature_id": "signature_r", "name": "name_r", "born": "born_r"})
    pairs = candidates.join(left, on="signature_l", maintain_order="left").join(
        right, on="signature_r", maintain_order="left"
    )
    expected = pl.DataFrame(
        {"signature_l": [3, 7, 3], "signature_r": [7, 9, 9], "level_name": [-1, 5, -1], "level_born": [4, -1, -1]},
        schema_overrides={"level_name": pl.Int8, "level_born": pl.Int8},
    )
    assert_frame_equal(compare(pairs, comparisons=comparisons), expected)
    assert_frame_equal(compare_candidates(candidates, signatures, comparisons=comparisons), expected)


def test_no_pairs_give_no_levels() -> None:
    signatures = pl.DataFrame({"signature_id": [1], "name": ["ann"]})
    none = pl.DataFrame(schema={"signature_l": pl.Int64, "signature_r": pl.Int64})
    levels = compare_candidates(none, signatures, comparisons=(Comparison(attribute=("name",), kind="name"),))
    assert levels.height == 0
    assert levels.schema["level_name"] == pl.Int8


FAULTS = [
    ({"attribute": ("a",), "kind": "nmae"}, "unknown kind 'nmae'; did you mean 'name'?"),
    ({"attribute": ("a",), "kind": "full_name"}, "kind 'full_name' takes 2 attributes, got 1"),
    ({"attribute": ("a",), "kind": "exact", "thresholds": (1,)}, "kind 'exact' takes no thresholds, got [1.0]"),
    ({"attribute": ("a",), "kind": "name", "thresholds": (0.9,)}, "kind 'name' takes 3 thresholds, got 1"),
    (
        {"attribute": ("a",), "kind": "text", "thresholds": (0.8, 0.9)},
        "thresholds must fall (they are likenesses), nearest first, got [0.8, 0.9]",
    ),
    (
        {"attribute": ("a",), "kind": "date", "thresholds": (10, 1)},
        "thresholds must rise (they are distances), nearest first, got [10.0, 1.0]",
    ),
    (
        {"attribute": ("a",), "kind": "text", "thresholds": (92,)},
        "thresholds of kind 'text' lie between 0 and 1, got [92.0]",
    ),
]


@pytest.mark.parametrize(("settings", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_faults_of_settings(settings: dict[str, object], fault: str) -> None:
    assert list(settings_faults(Comparison(**settings))) == [fault]


def test_catalogue_says_what_each_kind_does() -> None:
    described = {row["name"]: row for row in describe_comparisons()}
    assert described["text"]["title"] == "The same text, or alike by Jaro-Winkler."
    assert described["text"]["levels"] == ["null", "exact", "jaro-winkler >= 0.92", "jaro-winkler >= 0.8", "else"]
    assert described["full_name"]["attributes"] == 2
