"""The drawing of a life: one lane per branch, a mark per event, a bar for what lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from lifetree.report.words import Words

PLOT = 860
MARKS_PER_LANE = 400
STEPS = (1, 2, 5, 10, 20, 50)
DAYS_A_YEAR = 365.25


class Mark(NamedTuple):
    """Something on a lane: a dot at `x`, or a bar of `width`; `told` is what hovering shows."""

    x: float
    width: float
    told: Words


class Lane(NamedTuple):
    """One branch and its marks."""

    title: Words
    marks: list[Mark]


class Timeline(NamedTuple):
    """Lanes over years; `years` are the ticks with their places."""

    lanes: list[Lane]
    years: list[tuple[int, float]]


def timeline(lanes: Iterable[tuple[Words, Sequence[Mapping[str, Any]]]], *, until: str) -> Timeline | None:
    """Return the drawing; None when no row has a date.

    Each row has `valid_from`, `valid_to` (days, months or years; what is open reaches `until`), `lasting` and `told`.
    Dots that would lie on one another are one.
    """
    dated = [(title, [row for row in rows if row["valid_from"]]) for title, rows in lanes]
    days = [years_of(row["valid_from"]) for _, rows in dated for row in rows]
    if not days:
        return None
    first, last = int(min(days)), int(max([*days, years_of(until)])) + 1

    def place(text: str) -> float:
        share = (years_of(text) - first) / (last - first)
        return round(min(max(share, 0.0), 1.0) * PLOT, 1)

    drawn = [Lane(title, _marks(rows, place, until)) for title, rows in dated if rows]
    step = next((step for step in STEPS if (last - first) / step <= 12), STEPS[-1])
    ticks = [year for year in range(first, last + 1) if year % step == 0]
    return Timeline(drawn, [(year, place(f"{year:04}")) for year in ticks])


def years_of(text: str) -> float:
    """Return a day, month or year as years.

    >>> years_of("2020"), years_of("2020-07")
    (2020.0, 2020.5)
    """
    year, month, day = (int(part) for part in f"{text[:10]}-01-01".split("-")[:3])
    if len(text) <= 7:
        return year + (month - 1) / 12
    return year + (date(year, month, day) - date(year, 1, 1)).days / DAYS_A_YEAR


def _marks(rows: Sequence[Mapping[str, Any]], place: Any, until: str) -> list[Mark]:
    marks: dict[tuple[float, float], Mark] = {}
    for row in rows:
        x = place(row["valid_from"])
        width = max(place(row["valid_to"] or until) - x, 2.0) if row["lasting"] else 0.0
        marks.setdefault((x if width else round(x), width), Mark(x, round(width, 1), row["told"]))
    kept = sorted(marks.values(), key=lambda mark: (-mark.width, mark.x, mark.told))
    return kept[:MARKS_PER_LANE]
