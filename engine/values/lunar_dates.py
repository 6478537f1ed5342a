"""Dates of the Chinese (lunar) calendar, 1900 to 2100 (configs/codes/lunar_years.csv), by which birthdays are told.

Text of the form `YYYY-MM-DD` means a day of either calendar; which one it is, nobody wrote down (rule A5).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

from engine.values.folds import staged

MARKS = r"农历|農曆|阴历|陰曆|旧历|夏历|闰|閏|正月|冬月|腊月|臘月|初[一二三四五六七八九十]|廿[一二三四五六七八九]?$"
"""What is only written in a date of the Chinese calendar, as a regular expression."""

_DAY = r"^(\d{4})-(闰?\d{2})-(\d{2})$"


class _Months(NamedTuple):
    """The months in order: days since 1970-01-01 on which they begin, length, and year and month as text."""

    begins: pl.Series
    days: pl.Series
    names: pl.Series


def solar_to_lunar(expr: pl.Expr) -> pl.Expr:
    """Return the day of the Chinese calendar, year-month-day, of an ISO date; null outside its years 1900 to 2100.

    A leap month has the number of the month before it, as departments write it: 1984-10-01 is two days.

    >>> frame = pl.DataFrame({"x": ["1965-03-12", "2000-02-05", "1985-02-30", "1984-11-23"]})
    >>> frame.select(solar_to_lunar(pl.col("x")))["x"].to_list()
    ['1965-02-10', '2000-01-01', None, '1984-10-01']
    """
    return staged(expr, _to_lunar, dtype=pl.String)


def lunar_to_solar(expr: pl.Expr) -> pl.Expr:
    """Return the ISO date of a day of the Chinese calendar, null where it has no such day or is not of 1900 to 2100.

    A month is the ordinary one of its number; the leap month is written with 闰 before it.

    >>> frame = pl.DataFrame({"x": ["1965-02-10", "1985-02-30", "1984-闰10-01", "1985-02-31", "1899-01-01"]})
    >>> frame.select(lunar_to_solar(pl.col("x")))["x"].to_list()
    ['1965-03-12', '1985-04-19', '1984-11-23', None, None]
    """
    return staged(expr, _to_solar, dtype=pl.String)


def has_lunar_mark(expr: pl.Expr) -> pl.Expr:
    """Return whether a delivered date says that it is of the Chinese calendar, as 农历, 闰, 初五 or a final 廿三."""
    return expr.str.contains(MARKS)


def _to_lunar(values: pl.Series) -> pl.Series:
    first, names = _days()
    day = pl.col("day").cast(pl.Int32) - first
    inside = day.is_between(0, names.len() - 1) & (pl.col("text").str.len_chars() == 10)
    told = values.to_frame("text").with_columns(day=pl.col("text").str.to_date("%Y-%m-%d", strict=False))
    return names.gather(told.select(pl.when(inside).then(day)).to_series()).alias(values.name)


def _to_solar(values: pl.Series) -> pl.Series:
    months = _months()
    parts = values.to_frame("text").select(pl.col("text").str.extract_groups(_DAY).struct.unnest())
    month = pl.concat_str("1", pl.lit("-"), "2")
    begins, days = (
        month.replace_strict(months.names, column, default=None, return_dtype=pl.Int32)
        for column in (months.begins, months.days)
    )
    number = pl.col("3").cast(pl.Int32)
    found = parts.with_columns(begins=begins, days=days, number=number)
    day = pl.when(pl.col("number").is_between(1, pl.col("days"))).then(pl.col("begins") + pl.col("number") - 1)
    return found.select(day.cast(pl.Date).dt.to_string("%Y-%m-%d")).to_series().alias(values.name)


@cache
def _months() -> _Months:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    table = pl.read_csv(shipped("codes", "lunar_years.csv"), schema_overrides={"days": pl.String, "leap": pl.Int64})
    days = table.with_columns(pl.col("days").str.split(" ")).explode("days")
    place = pl.int_range(1, pl.len() + 1).over("year")
    after = (place > pl.col("leap")).fill_null(value=False)
    number = (place - after.cast(pl.Int64)).cast(pl.String).str.zfill(2)
    mark = pl.when(place == pl.col("leap") + 1).then(pl.lit("闰")).otherwise(pl.lit(""))
    rows = days.select(
        pl.col("days").cast(pl.Int32),
        name=pl.concat_str(pl.col("year").cast(pl.String), pl.lit("-"), mark, number),
        first=pl.col("begins").str.to_date().to_physical().cast(pl.Int32),
        year="year",
    )
    passed = pl.col("days").cum_sum().over("year") - pl.col("days")
    rows = rows.with_columns(begins=pl.col("first") + passed)
    return _Months(rows["begins"], rows["days"], rows["name"])


@cache
def _days() -> tuple[int, pl.Series]:
    """Return the first day, since 1970-01-01, and year, month and day as text of it and each that follows."""
    months = _months()
    days = pl.DataFrame({"name": months.names, "day": months.days})
    each = days.select(pl.col("name").str.replace("闰", "", literal=True), day=pl.int_ranges(1, pl.col("day") + 1))
    told = each.explode("day").select(pl.col("name") + "-" + pl.col("day").cast(pl.String).str.zfill(2))
    return months.begins[0], told.to_series()
