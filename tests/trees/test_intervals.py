from __future__ import annotations

import polars as pl
import pytest

from trees.intervals import joined_intervals

Told = tuple[str | None, str | None, str | None]


def told(*rows: Told) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("valid_from", "valid_to", "recorded_at"), pl.String), orient="row")
    return frame.with_row_index("witness_id").with_columns(pl.col("witness_id").cast(pl.Int64), about=pl.lit("A"))


def intervals(frame: pl.DataFrame) -> list[tuple[str | None, str | None, int]]:
    joined = joined_intervals(frame, by=["about"])
    grouped = joined.group_by("_interval").agg(pl.col("_from", "_to").first().cast(pl.String), pl.len())
    return sorted(grouped.drop("_interval").rows(), key=str)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("2010-01-01", None, None), (None, "2015-01-01", None)], [("2010-01-01", "2015-01-01", 2)], id="an entry and its exit are one"),
        pytest.param(
            [("2010-01-01", None, None), (None, "2015-01-01", None), ("2018-01-01", None, None)],
            [("2010-01-01", "2015-01-01", 2), ("2018-01-01", None, 1)],
            id="a return after the exit is another",
        ),
        pytest.param([("2010-01-01", "2015-01-01", None), ("2011-03-01", None, None)], [("2010-01-01", "2015-01-01", 2)], id="a begin told late belongs to what held then"),
        pytest.param([("2010-01-01", "2015-01-01", None), ("2014-01-01", "2020-01-01", None)], [("2010-01-01", "2020-01-01", 2)], id="overlapping intervals are one"),
        pytest.param([("2010-01-01", "2015-01-01", None), ("2015-01-01", "2020-01-01", None)], [("2010-01-01", "2015-01-01", 1), ("2015-01-01", "2020-01-01", 1)], id="intervals that only touch are two"),
        pytest.param([("2010-01-01", "2015-01-01", None), (None, None, "2012-06-01")], [("2010-01-01", "2015-01-01", 2)], id="what has no dates held when it was recorded"),
        pytest.param([("2010-01-01", "2015-01-01", None), (None, None, "2019-06-01")], [("2010-01-01", "2015-01-01", 1), (None, None, 1)], id="recorded after the end it is another"),
        pytest.param([(None, None, None)], [(None, None, 1)], id="nothing is known"),
        pytest.param([("2010", None, None), (None, "2012-05", None)], [("2010-01-01", "2012-05-01", 2)], id="a partial date is its first day"),
        pytest.param([("2015-01-01", "2010-01-01", None)], [("2015-01-01", None, 1)], id="an end before the begin is none"),
    ],
)  # fmt: skip
def test_intervals_are_joined(rows: list[Told], expected: list[tuple[str | None, str | None, int]]) -> None:
    assert intervals(told(*rows)) == expected
    assert intervals(told(*rows).reverse()) == expected


def test_what_is_about_another_thing_closes_nothing() -> None:
    frame = told(("2010-01-01", None, None), (None, "2015-01-01", None)).with_columns(about=pl.Series(["A", "B"]))

    assert intervals(frame) == [("2010-01-01", None, 1), (None, "2015-01-01", 1)]
