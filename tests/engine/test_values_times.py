"""Moments in the forms that registers write them, and the one form that sorts."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.values.times import parse_time


def read(*texts: str | None, date_format: str | None = None) -> list[str | None]:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    return frame.select(parse_time(pl.col("x"), date_format))["x"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02", "2024-01-02"),
        ("2024/1/2", "2024-01-02"),
        ("20240102", "2024-01-02"),
        ("2024-01", "2024-01"),
        ("2024年1月2日", "2024-01-02"),
        ("2024-01-02T09:00:00", "2024-01-02T09:00:00"),
        ("2024-01-02 9:00", "2024-01-02T09:00:00"),
        ("2024/1/2 09:00", "2024-01-02T09:00:00"),
        ("2024年1月2日 09:00", "2024-01-02T09:00:00"),
        ("2024年1月2日09:00:30", "2024-01-02T09:00:30"),
        ("Jan 2 2024 9:00PM", "2024-01-02T21:00:00"),
        ("2024-01-02 12:30 AM", "2024-01-02T00:30:00"),
        ("20240102090000", "2024-01-02T09:00:00"),
        ("202401020900", "2024-01-02T09:00:00"),
        ("20240102T090000Z", "2024-01-02T09:00:00"),
        ("2024-01-02 09:00:00.500", "2024-01-02T09:00:00.5"),
        ("2024-01-02T09:00:00.123456789+08:00", "2024-01-02T01:00:00.123456789"),
        ("2024-01-01T23:30:00-0200", "2024-01-02T01:30:00"),
        ("2024-01-01 00:30 +08", "2023-12-31T16:30:00"),
        ("1704157200", "2024-01-02T01:00:00"),
        ("1704157200.50", "2024-01-02T01:00:00.5"),
        ("1704157200123", "2024-01-02T01:00:00.123"),
        ("２０２４－０１－０２　０９：００", "2024-01-02T09:00:00"),
    ],
)
def test_usual_forms_become_one(text: str, expected: str) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "soon", "", None, "02/01/2024", "2024-02-30 09:00:00", "2024-01-02 25:00:00", "2024-01-02 09:60", "09:00:00",
        "2024-01 09:00", "9999-12-31 00:00:00", "2024-01-02 13:00 PM", "1.70E+09", "45293.375",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_null(text: str | None) -> None:
    assert read(text) == [None]


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d/%m/%Y", "31/01/2024", "2024-01-31"),
        ("%m/%Y", "01/2024", "2024-01"),
        ("%d/%m/%Y %H:%M", "31/01/2024 09:30", "2024-01-31T09:30:00"),
        ("%d/%m/%Y %I:%M %p", "31/01/2024 09:30 PM", "2024-01-31T21:30:00"),
        ("%d.%m.%Y %H:%M:%S%z", "31.01.2024 09:30:00+0800", "2024-01-31T01:30:00"),
        ("%d/%m/%Y %H:%M:%S%.f", "31/01/2024 09:30:00.250", "2024-01-31T09:30:00.25"),
        ("%s", "1704157200", "2024-01-02T01:00:00"),
        ("%Y-%d-%m %H:%M:%S", "2024-02-01 09:00:00", "2024-01-02T09:00:00"),
        ("%d/%m/%Y %H:%M", "2024-01-31 09:30", "2024-01-31T09:30:00"),
    ],
)
def test_declared_forms_come_first(form: str, text: str, expected: str) -> None:
    assert read(text, date_format=form) == [expected]


@given(
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=2, max_size=2),
    st.lists(
        st.sampled_from(["%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S.%f", "%Y%m%d%H%M%S.%f", "%b %d %Y %H:%M:%S.%f"]),
        min_size=2,
        max_size=2,
    ),
    st.lists(st.integers(-14 * 60, 14 * 60), min_size=2, max_size=2),
)
def test_texts_sort_as_moments_do(moments: list[dt.datetime], forms: list[str], offsets: list[int]) -> None:
    texts = []
    for moment, form, away in zip(moments, forms, offsets, strict=True):
        local = moment + dt.timedelta(minutes=away)
        texts.append(f"{local.strftime(form)}{'-' if away < 0 else '+'}{abs(away) // 60:02}:{abs(away) % 60:02}")

    one, other = read(*texts)

    assert one is not None
    assert other is not None
    assert (one < other, one == other) == (moments[0] < moments[1], moments[0] == moments[1])
