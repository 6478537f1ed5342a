"""Update cycles: how many days a word of a catalogue stands for, and when a data set is overdue.

The words are those of 更新周期 in 政务信息资源目录编制指南（试行）of 2017, with 每学期 for schools. A data set is
overdue when its latest delivery is older than one and a half cycles: half a cycle is the grace for one on its way.
"""

from __future__ import annotations

from datetime import date

CYCLE_DAYS = {"实时": 1, "每日": 1, "每周": 7, "每月": 31, "每季度": 92, "每学期": 184, "每年": 366}
"""The longest that two deliveries on time are apart."""

CATALOGUE_CYCLES = {
    "real_time": "实时",
    "daily": "每日",
    "weekly": "每周",
    "monthly": "每月",
    "quarterly": "每季度",
    "yearly": "每年",
}
"""What the cycles of catalogue entries are called here."""


def cycle_days(cycle: str | None) -> int | None:
    """Return the days of a cycle; None for none and for a word that names no span (其他).

    >>> cycle_days("每月"), cycle_days("quarterly"), cycle_days("其他")
    (31, 92, None)
    """
    return CYCLE_DAYS.get(CATALOGUE_CYCLES.get(cycle or "", cycle or ""))


def days_since(delivered_at: str | None, as_of: str) -> int | None:
    """Return the days from a delivery (ISO 8601; of a date alone, its beginning) to `as_of`; None without a date.

    >>> days_since("2024-01-31T08:00:00Z", "2024-03-01"), days_since("2024", "2024-03-01")
    (30, None)
    """
    try:
        return (date.fromisoformat(as_of[:10]) - date.fromisoformat((delivered_at or "")[:10])).days
    except ValueError:
        return None


def overdue(delivered_at: str | None, cycle: str | None, as_of: str) -> bool | None:
    """Return whether more than 1.5 cycles have passed since the latest delivery; None where one of the two is unknown.

    >>> overdue("2024-01-01", "每月", "2024-02-16"), overdue("2024-01-01", "每月", "2024-02-17")
    (False, True)
    >>> overdue("2024-01-01", None, "2024-02-17") is None
    True
    """
    days, age = cycle_days(cycle), days_since(delivered_at, as_of)
    return None if days is None or age is None else 2 * age > 3 * days
