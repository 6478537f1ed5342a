"""Days of the Chinese calendar, for birth dates that were written down by it."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

CHINA = 8 / 24
"""China's clock is 8 hours ahead of universal time."""

_EPOCH = 2440587.5  # Julian day of 1970-01-01


@cache
def new_moons() -> NDArray[np.int64]:
    """Return the days (since 1970-01-01, China time) of new moons from 1880 to 2060.

    Meeus, Astronomical Algorithms (1998), chapter 49, the largest terms: within a few minutes.
    """
    k = np.arange(-1490, 745, dtype=np.float64)
    anomaly, moon, node = (
        np.radians(a + b * k) for a, b in ((2.5534, 29.1053567), (201.5643, 385.81693528), (160.7108, 390.67050284))
    )
    terms = (
        -0.4072 * np.sin(moon) + 0.17241 * np.sin(anomaly) + 0.01608 * np.sin(2 * moon) + 0.01039 * np.sin(2 * node)
        + 0.00739 * np.sin(moon - anomaly) - 0.00514 * np.sin(moon + anomaly) + 0.00208 * np.sin(2 * anomaly)
    )  # fmt: skip
    moment = 2451550.09766 + 29.530588861 * k + terms
    days: NDArray[np.int64] = np.floor(moment + CHINA - _EPOCH).astype(np.int64)
    return days


def lunar_text(birth: pl.Series) -> pl.Series:
    """Return year-month-day by the Chinese calendar as if it were a date of the common one.

    The year begins with the new moon from 21 January on; a leap month counts as the month after the one it repeats.

    >>> from datetime import date
    >>> lunar_text(pl.Series([date(1965, 3, 12)])).to_list()
    ['1965-02-10']
    """
    days = birth.to_physical().cast(pl.Int64).to_numpy()
    moons = new_moons()
    month = np.searchsorted(moons, days, side="right") - 1
    year = birth.dt.year().to_numpy().astype(np.int64)
    first = np.searchsorted(moons, _january(year))
    early = month < first
    year = year - early
    first = np.where(early, np.searchsorted(moons, _january(year)), first)
    number = np.minimum(month - first + 1, 12)
    return pl.Series(
        [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in zip(year, number, days - moons[month] + 1, strict=True)],
        dtype=pl.String,
    )


def _january(year: NDArray[np.int64]) -> NDArray[np.int64]:
    return (np.array([f"{one}-01-21" for one in year], dtype="datetime64[D]")).astype(np.int64)
