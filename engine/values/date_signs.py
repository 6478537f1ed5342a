"""What is odd about a date: a default of a system, a day of the Chinese calendar; and how exact it is (rule A5)."""

from __future__ import annotations

import polars as pl

from engine.values.dates import is_date, parse_date
from engine.values.distinct import whole
from engine.values.lunar_dates import MARKS, has_lunar_mark, lunar_to_solar

DEFAULT_DATES = (
    "0000", "0001-01-01", "1000-01-01", "1111-01-01", "1111-11-11", "1600-01-01", "1601-01-01", "1753-01-01",
    "1800-01-01", "1840-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01", "1949-10-01",
    "1970-01-01", "2099-12-31", "2199-12-31", "2222-02-22", "2999-12-31", "3000-01-01", "3000-12-31", "8888-08-08",
    "9998-12-31", "9999-01-01", "9999-09-09", "9999-12-31",
)  # fmt: skip
"""What is typed or stored for an unknown day: first and last days of calendars and of systems' clocks, and days that
are quickly typed. 1949-10-01 and 1970-01-01 are also days on which people were born."""

_SUSPECT = rf"{MARKS}|2\D{{0,3}}(?:29|30)|[二贰]月"
"""A mark of the Chinese calendar, or perhaps the 29th or 30th of February."""

_KEPT = r"^[1-9]\d{3}(?:-(?:0[1-9]|[1-3]\d)){0,2}$"
_DAY, _MONTH = r"^\d{4}-\d{2}-\d{2}", r"^\d{4}-\d{2}$"


def date_precision(expr: pl.Expr) -> pl.Expr:
    """Return how exact an ISO date text is: day, month or year; null where it is no date.

    >>> frame = pl.DataFrame({"x": ["1980-01-31", "1980-01", "1980", "1981-02-29"]})
    >>> frame.select(date_precision(pl.col("x")))["x"].to_list()
    ['day', 'month', 'year', None]
    """
    exact = (
        pl.when(expr.str.contains(_DAY)).then(pl.lit("day"))
        .when(expr.str.contains(_MONTH)).then(pl.lit("month")).otherwise(pl.lit("year"))
    )  # fmt: skip
    return pl.when(is_date(expr)).then(exact).alias(expr.meta.output_name())


def is_default_date(expr: pl.Expr) -> pl.Expr:
    """Return whether a date, as delivered or as kept, is one of `DEFAULT_DATES`; null for null.

    >>> frame = pl.DataFrame({"x": ["19000101", "9999-12-31", "1980-01-31", "1900年1月"]})
    >>> frame.select(is_default_date(pl.col("x")))["x"].to_list()
    [True, True, False, False]
    """
    return whole(expr, _are_default, dtype=pl.Boolean)


def maybe_lunar_date(expr: pl.Expr) -> pl.Expr:
    """Return whether a date as delivered is of the Chinese calendar: marked, or a day that it alone has.

    Such a day is 30 February, or 29 February of a common year, if the second month of that year was as long.

    >>> frame = pl.DataFrame({"x": ["1985-02-30", "1985-02-29", "1985-02-31", "农历1985年8月15日", "1985-08-15"]})
    >>> frame.select(maybe_lunar_date(pl.col("x")))["x"].to_list()
    [True, True, False, True, False]
    """
    return whole(expr, _may_be_lunar, dtype=pl.Boolean)


def _may_be_lunar(values: pl.Series) -> pl.Series:
    """Return the judgement of the few texts that could be such a date; of the others, false."""
    suspects = (values.str.contains(_SUSPECT)).fill_null(value=False).arg_true()
    found = pl.select(pl.when(values.is_not_null()).then(pl.lit(value=False))).to_series()
    if suspects.is_empty():
        return found
    judged = values.gather(suspects).alias("suspect").to_frame().select(_maybe_lunar(pl.col("suspect"))).to_series()
    return found.scatter(suspects, judged)


def _maybe_lunar(expr: pl.Expr) -> pl.Expr:
    read = parse_date(expr)
    return has_lunar_mark(expr) | (~is_date(read) & lunar_to_solar(read).is_not_null())


def _are_default(values: pl.Series) -> pl.Series:
    odd = (~values.str.contains(_KEPT)).fill_null(value=False).arg_true()
    found = values.is_in(DEFAULT_DATES)
    if odd.is_empty():
        return found
    read = values.gather(odd).alias("odd").to_frame().select(parse_date(pl.col("odd")).is_in(DEFAULT_DATES))
    return found.scatter(odd, read.to_series())
