"""Birth dates that were written down by the Chinese calendar."""

from __future__ import annotations

import polars as pl

from engine.values.lunar_dates import solar_to_lunar


def lunar_text(birth: pl.Series) -> pl.Series:
    """Return year-month-day by the Chinese calendar as if of the common one; before 1900 the date itself.

    A leap month has the number of the month that it repeats.

    >>> from datetime import date
    >>> lunar_text(pl.Series([date(1965, 3, 12), date(1984, 11, 23), date(1899, 3, 12)])).to_list()
    ['1965-02-10', '1984-10-01', '1899-03-12']
    """
    days = birth.cast(pl.String).to_frame("day")
    return days.select(pl.coalesce(solar_to_lunar(pl.col("day")), "day")).to_series().alias(birth.name)
