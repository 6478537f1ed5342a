"""Rarer forms of dates, dates that are defaults, the Chinese calendar, and how exact a date is."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values.date_signs import date_precision, is_default_date, maybe_lunar_date
from engine.values.dates import is_date, parse_date
from engine.values.lunar_dates import lunar_to_solar, solar_to_lunar


def ask(text: str | None, expr: pl.Expr) -> object:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(expr).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("民国八十五年三月五日", "1996-03-05"),
        ("民國85.3.5", "1996-03-05"),
        ("民國 85 年 3 月 5 日", "1996-03-05"),
        ("中华民国元年", "1912"),
        ("民国一百零二年十二月", "2013-12"),
        ("民国三十八年十月一号", "1949-10-01"),
        ("二〇〇一年一月三十一日", "2001-01-31"),
        ("二零零一年十月", "2001-10"),
        ("二○○一年", "2001"),
        ("一九八五年十二月廿五日", "1985-12-25"),
        ("1985年十二月五日", "1985-12-05"),
        ("二〇〇一年元月五日", "2001-01-05"),
        ("1985年3月5号", "1985-03-05"),
        ("1985 年 3 月 5 日", "1985-03-05"),
        ("1985年3月5日生", "1985-03-05"),
        ("1985年3月5日14时30分", "1985-03-05"),
        ("2001-01-31 下午 2:05:00", "2001-01-31"),
        ("2001年1月31日 星期三 上午9点", "2001-01-31"),
        ("'1985-03-05", "1985-03-05"),
        ("1985、3、5", "1985-03-05"),
        ("1985 03 05", "1985-03-05"),
        ("1985\\03\\05", "1985-03-05"),
        ("１９８５．０３．０５", "1985-03-05"),
        ("198503", "1985-03"),
        ("850305", "1985-03-05"),
        ("20010131120000", "2001-01-31"),
        ("85-03-05", "1985-03-05"),
        ("85.3.5", "1985-03-05"),
        ("99年12月", "1999-12"),
        ("20000", "1954-10-03"),
        ("29221.0", "1980-01-01"),
        ("60000", "2064-04-08"),
        ("农历一九八五年八月十五", "1985-09-29"),
        ("农历1984年闰十月初一", "1984-11-23"),
        ("阴历1985-08-15", "1985-09-29"),
        ("1985年腊月三十", "1986-02-08"),
    ],
)
def test_a_rarer_form_becomes_iso(text: str, expected: str) -> None:
    assert ask(text, parse_date(pl.col("x"))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "03-05-12", "49-05-12", "19999", "60001", "29221.5", "31/01/1980", "491331", "20011301120000", "农历八月十五",
        "1985年腊月", "民国", "二〇〇一", "0305", "12345", "1-2-3",
    ],
)  # fmt: skip
def test_what_may_be_of_several_years_or_is_no_date_stays_as_it_is(text: str) -> None:
    assert ask(text, parse_date(pl.col("x"))) == text
    assert ask(text, is_date(parse_date(pl.col("x")))) is False


@pytest.mark.parametrize("text", ["民国85年2月30日", "二〇〇一年二月三十日", "1985、13、5"])
def test_an_impossible_day_is_read_and_not_valid(text: str) -> None:
    assert ask(text, is_date(parse_date(pl.col("x")))) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1900-01-01", True), ("19700101", True), ("1970/1/1", True), ("18000101", True), ("9999-12-31", True),
        ("00010101", True), ("1111-11-11", True), ("0000-00-00", True), ("1899-12-30", True),
        ("1970-01-02", False), ("1970", False), ("soon", False), (None, None),
    ],
)  # fmt: skip
def test_default_dates(text: str | None, expected: bool | None) -> None:
    assert ask(text, is_default_date(pl.col("x"))) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1985-02-30", True), ("19850230", True), ("1985年2月30日", True), ("1985-02-29", True), ("1984-02-29", False),
        ("1985-02-31", False), ("1985-04-31", False), ("1985-13-01", False), ("农历1985年8月15日", True),
        ("1985年八月初五", True), ("1985年闰八月", True), ("1985-08-15", False), ("1990-02-30", True), ("x", False),
        (None, None),
    ],
)  # fmt: skip
def test_suspected_of_the_chinese_calendar(text: str | None, expected: bool | None) -> None:
    assert ask(text, maybe_lunar_date(pl.col("x"))) is expected


@pytest.mark.parametrize(
    ("solar", "lunar"),
    [
        ("1965-03-12", "1965-02-10"), ("2000-02-05", "2000-01-01"), ("1990-01-26", "1989-12-30"),
        ("1900-01-31", "1900-01-01"), ("2023-03-21", "2023-02-30"), ("1984-10-24", "1984-10-01"),
        ("2024-02-10", "2024-01-01"), ("2025-01-29", "2025-01-01"),
    ],
)  # fmt: skip
def test_one_day_in_both_calendars(solar: str, lunar: str) -> None:
    assert ask(solar, solar_to_lunar(pl.col("x"))) == lunar
    assert ask(lunar, lunar_to_solar(pl.col("x"))) == solar


def test_a_leap_month_has_the_number_of_the_month_before() -> None:
    assert ask("1984-11-23", solar_to_lunar(pl.col("x"))) == ask("1984-10-24", solar_to_lunar(pl.col("x")))


@pytest.mark.parametrize("text", [None, "1900-01-30", "2101-02-01", "1985-02", "x", "1985-02-29"])
def test_no_day_of_the_chinese_calendar(text: str | None) -> None:
    assert ask(text, solar_to_lunar(pl.col("x"))) is None


@pytest.mark.parametrize("text", [None, "1985-01-30", "1899-01-01", "2101-01-01", "1985-00-01", "1985-闰03-01"])
def test_a_day_that_the_chinese_calendar_does_not_have(text: str | None) -> None:
    assert ask(text, lunar_to_solar(pl.col("x"))) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1980-01-31", "day"), ("1980-01", "month"), ("1980", "year"), ("19800131", None), (None, None)],
)
def test_how_exact_a_date_is(text: str | None, expected: str | None) -> None:
    assert ask(text, date_precision(pl.col("x"))) == expected
