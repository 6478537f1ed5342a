"""Days as whole numbers since 1970-01-01, as all modules of the world reckon them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from engine.city.world.draws import Flags, Ints

NEVER = 1 << 20
"""A day that does not come (4840): the open end of an interval, the death of the living."""

YEAR = 365.2425


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """Return the day's number.

    >>> day(1970, 1, 2)
    1
    """
    return (date(year, month, of_month) - date(1970, 1, 1)).days


def year_of(days: Ints) -> Ints:
    """Return the calendar year of each day."""
    years: Ints = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def first_of_year(years: Ints) -> Ints:
    """Return the first of January of each year."""
    days: Ints = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return days


def in_month(years: Ints, month: int, of_month: int = 1) -> Ints:
    """Return a day of a month in each year."""
    months = (years - 1970) * 12 + (month - 1)
    days: Ints = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days + (of_month - 1)


def birthday(birth: Ints, age: int | Ints) -> Ints:
    """Return the day on which a person born on `birth` reaches `age`, 29 February falling on 1 March."""
    stamp = birth.astype("datetime64[D]")
    month = stamp.astype("datetime64[M]")
    within = (stamp - month).astype(np.int64)
    days: Ints = (month + 12 * np.asarray(age)).astype("datetime64[D]").astype(np.int64) + within
    return days


def age_on(birth: Ints, on: Ints | int) -> Ints:
    """Return completed years, to the day within one day."""
    return ((np.asarray(on) - birth) / YEAR).astype(np.int64)


def dates(days: Ints, present: Flags | None = None) -> pl.Series:
    """Return the days as dates, null where the day never comes or `present` is false."""
    known = days < NEVER
    if present is not None:
        known &= present
    series = pl.Series(np.where(known, days, 0).astype(np.int32)).cast(pl.Date)
    return pl.select(pl.when(pl.Series(known)).then(series)).to_series()


def identities(ids: Ints) -> pl.Series:
    """Return identities as numbers, null where the value is `NOBODY`."""
    return pl.select(pl.when(pl.Series(ids != NOBODY)).then(pl.Series(ids))).to_series()


def dated(ids: Ints, days: Ints) -> Ints:
    """Return one number for each identity and day, in their order; the identity is less than 2^42, below or above 0.

    >>> import numpy as np
    >>> np.diff(dated(np.array([-2, 7, 7, 8]), np.array([9, -40_000, 3, -5]))).min() > 0
    np.True_
    """
    return ids * _DAYS + np.clip(days, -_DAYS // 2, _DAYS // 2 - 1) + _DAYS // 2


_DAYS = 1 << 20
NOBODY = np.int64(-(1 << 60))
