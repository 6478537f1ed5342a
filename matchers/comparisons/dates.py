"""Comparisons of dates, ISO 8601 (`1987-03-21`) or of lower precision (`1987-03`, `1987`)."""

from __future__ import annotations

import polars as pl

from engine.values.lunar_dates import solar_to_lunar
from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, Thresholds, both, comparison, same


@comparison("date", thresholds=(1, 10), rising=True, ceiling=1_000)
def date(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same day, one digit wrong or two exchanged, day and month exchanged, as far as known, near in years."""
    (year_l, year_r), (month_l, month_r), (day_l, day_r) = both(".year"), both(".month"), both(".day")
    years = (year_l - year_r).abs()
    whole = day_l.is_not_null() & day_r.is_not_null()
    exchanged = (years == 0) & (month_l == day_r) & (day_l == month_r)
    unknown_month = month_l.is_null() | month_r.is_null()
    as_far = (years == 0) & (unknown_month | (month_l == month_r))
    same_day = (month_l == month_r) & (day_l == day_r) & (years <= thresholds[-1])
    return Evidence(
        (
            Level("exact", whole & same(".digits")),
            Level("one digit wrong or two exchanged", whole & (pl.col("edits") <= 1)),
            Level("day and month exchanged", whole & exchanged),
            Level("the same as far as known", ~whole & as_far),
            Level(f"the same day within {thresholds[-1]:g} years", whole & same_day),
            *(Level(f"within {t:g} year{'s' * (t != 1)}", years <= t) for t in thresholds),
        ),
        (Measure("edits", "damerau_levenshtein", ".digits"),),
        _forms(attributes[0]),
    )


@comparison("chinese_date", thresholds=(1, 10), rising=True, ceiling=1_000)
def chinese_date(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """As `date`, and the same day where one is of the Chinese calendar and the other of the solar one.

    Which calendar a date is of nobody wrote down: 1965-02-10 of the Chinese one is 1965-03-12. A leap month has the
    number of the month before it.
    """
    (day_l, day_r), (lunar_l, lunar_r) = both(attributes[0]), both(".lunar")
    told = date(attributes, thresholds)
    lunar = ((day_l == lunar_r) | (day_r == lunar_l)).fill_null(value=False)
    levels = (*told.levels[:3], Level("the same day of the Chinese calendar", lunar), *told.levels[3:])
    return told._replace(levels=levels, forms=(*told.forms, Form(".lunar", solar_to_lunar(pl.col(attributes[0])))))


def _forms(attribute: str) -> tuple[Form, ...]:
    digits = pl.col(attribute).str.replace_all(r"\D", "")
    parts = {"year": (0, 4), "month": (4, 2), "day": (6, 2)}
    return (
        Form(".digits", digits),
        *(Form(f".{name}", digits.str.slice(*place).cast(pl.Int32, strict=False)) for name, place in parts.items()),
    )
