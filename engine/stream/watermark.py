"""How far a source is: the latest time of its rows that were taken, and how many came after a later one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import polars as pl

from engine.cleanse.versions import read_times
from engine.settings import Source

AHEAD = timedelta(days=1)
"""A time that is further ahead of its file's arrival is a mistake, or of a clock that goes wrong."""


class Mark(NamedTuple):
    """The watermark of a source (ISO 8601, None before any time was told), and how many rows came late."""

    watermark: str | None
    late: int


def advance(mark: Mark, rows: pl.DataFrame, *, source: Source, arrived: float, before: str | None) -> Mark:
    """Return the mark of a source after more of its rows.

    A row's time is its record time, else its delivery date; one without counts for nothing. Late is a row with a time
    earlier than `before`, the watermark when its micro-batch began; it is taken as any other. A time of more than
    `AHEAD` after `arrived` (seconds since 1970) does not raise the watermark.
    """
    limit = (datetime.fromtimestamp(arrived, UTC) + AHEAD).strftime("%Y-%m-%dT%H:%M:%S")
    times = read_times(rows, source).select(time=pl.coalesce("recorded_at", "delivered_at"))["time"].drop_nulls()
    highest = times.filter(times <= limit).max()
    known = [one for one in (mark.watermark, highest) if isinstance(one, str)]
    late = int((times < before).sum()) if before else 0
    return Mark(max(known, default=None), mark.late + late)


def of_project(marks: Iterable[Mark]) -> str | None:
    """Return the lowest watermark of the sources that have one."""
    return min((mark.watermark for mark in marks if mark.watermark), default=None)
