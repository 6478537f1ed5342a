"""Comparison of citizen identification numbers: typed errors, and two numbers of one division and day."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison, Subject
from engine.values.residents import check_character
from matchers.comparisons import build_comparison, compare
from matchers.models import train

SETTINGS = Comparison(attribute=("id_no",), kind="resident_id")


def levels(left: list[str | None], right: list[str | None]) -> list[str]:
    keys = {"signature_l": range(len(left)), "signature_r": range(100, 100 + len(left))}
    pairs = pl.DataFrame({**keys, "id_no_l": left, "id_no_r": right}).with_columns(pl.col(pl.Null).cast(pl.String))
    comparison = build_comparison(SETTINGS)
    labels = dict(zip(comparison.numbers(), (level.label for level in comparison.levels), strict=True))
    return [labels[one] for one in compare(pairs, comparisons=(SETTINGS,))["level_id_no"].to_list()]


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("330199201503120018", "330199201503120018", "exact"),
        ("330199620927690", "330199196209276907", "the same in 15 digits"),
        ("330199840203997", "330199188402039970", "the same in 15 digits"),
        ("330199840203997", "33019919840203997X", "else"),
        ("330199196209276907", "330199196209276908", "the check character differs"),
        ("330199196209276907", "330199196209216907", "one character wrong or two exchanged"),
        ("330199196209276907", "330199196209726907", "one character wrong or two exchanged"),
        ("330199196209276907", "33019919620927690", "one character wrong or two exchanged"),
        ("330199201503120018", "330199201503120034", "another of the same division and day"),
        ("330199201503120018", "330199196209276907", "else"),
        ("330199201503120018", None, "null"),
    ],
)
def test_a_level_holds_in_both_directions(left: str, right: str | None, label: str) -> None:
    assert levels([left, right], [right, left]) == [label, label]


def test_two_valid_numbers_are_never_one_mistyped() -> None:
    numbers = pl.DataFrame({"x": [f"33019919900101{place:03d}" for place in range(1000)]})
    valid = numbers.select(pl.col("x") + check_character(pl.col("x")))["x"]

    found = {*levels(valid.head(999).to_list(), valid.tail(999).to_list())}

    assert found == {"another of the same division and day"}


SUBJECT = Subject.model_validate(
    {
        "attributes": {"name": "name", "id_no": "resident_id", "phone": "phone"},
        "blocking": [["phone"], ["name"]],
        "comparison": [
            {"attribute": "name", "kind": "text"},
            {"attribute": "id_no", "kind": "resident_id"},
            {"attribute": "phone", "kind": "exact"},
        ],
    }
)


@pytest.mark.parametrize("twins", [0, 30], ids=["nobody shares division and day", "twins share division and day"])
def test_another_number_of_the_same_division_and_day_weighs_against_a_match(twins: int) -> None:
    place = pl.int_range(300)
    parts = [place % 60 + 1940, place // 28 % 12 + 1, place % 28 + 1]
    born = pl.concat_str(pl.lit("330199"), *(part.cast(pl.String).str.zfill(2) for part in parts))
    phone = (place + 13800000000).cast(pl.String)
    first = pl.select(born=born, phone=phone, name=pl.lit("name ") + place.cast(pl.String), sequence=pl.lit("001"))
    second = first.head(twins).with_columns(pl.col("name") + " b", sequence=pl.lit("003"))
    number = pl.col("born") + pl.col("sequence")
    people = pl.concat([first, second]).select("name", "phone", id_no=number + check_character(number))
    records = pl.concat([people, people, people.with_columns(pl.col("name") + "x")])
    signatures = records.with_row_index("signature_id").with_columns(pl.col("signature_id").cast(pl.Int64))

    calibration = train(signatures, subject=SUBJECT, name="person")

    weights = {one.label: one.weight for one in calibration.comparisons[1].levels}
    against, other = (round(weights[label], 6) for label in ("another of the same division and day", "else"))
    assert against <= other < 0
