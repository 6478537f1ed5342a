"""Dates: which delivered forms are read, and which values are dates."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values.dates import is_date, parse_date


def read(text: str, date_format: str | None = None) -> str | None:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(parse_date(pl.col("x"), date_format)).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980-01-31", "1980-01-31"),
        ("19800131", "1980-01-31"),
        ("1980-1-31", "1980-01-31"),
        ("1980/01/31", "1980-01-31"),
        ("1980.1.31", "1980-01-31"),
        ("1980年1月31日", "1980-01-31"),
        ("１９８０年１月", "1980-01"),
        ("1980年", "1980"),
        ("1980-01-31 00:00:00", "1980-01-31"),
        ("1980-01-31T23:59:59.5Z", "1980-01-31"),
        ("19800131.0", "1980-01-31"),
        ("1980.0", "1980"),
        ("1980-00-00", "1980"),
        ("19800100", "1980-01"),
        ("31 Jan 1980", "1980-01-31"),
        ("31-JAN-1980", "1980-01-31"),
        ("31st January 1980", "1980-01-31"),
        ("Sept. 3, 1980", "1980-09-03"),
        ("January 1980", "1980-01"),
        ("1980-Jan-31", "1980-01-31"),
    ],
)
def test_usual_form_becomes_iso(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("31/01/1980", "%d/%m/%Y", "1980-01-31"),
        ("01/31/1980", "%m/%d/%Y", "1980-01-31"),
        ("01/1980", "%m/%Y", "1980-01"),
        ("31.1.80", "%d.%m.%y", "1980-01-31"),
        ("19800131", "%d/%m/%Y", "1980-01-31"),
    ],
)
def test_declared_form_becomes_iso(text: str, date_format: str, expected: str) -> None:
    assert read(text, date_format) == expected


@pytest.mark.parametrize("text", ["31/01/1980", "1980-02-30", "1980-13-01", "9999-12-31", "0001-01-01", "soon"])
def test_ambiguous_or_impossible_value_is_no_date(text: str) -> None:
    frame = pl.DataFrame({"x": [text]}).select(parse_date(pl.col("x")))
    assert frame.select(is_date(pl.col("x"))).item() is False
