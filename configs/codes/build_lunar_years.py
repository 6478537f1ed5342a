"""Build lunar_years.csv, the months of the Chinese calendar by year, from the package tyme4py (MIT).

    python configs/codes/build_lunar_years.py

The package must be importable. The table is written beside this script: for each Chinese year the day on which it
begins, the month after which a leap month follows (empty without), and the days of its months in order.
"""

from __future__ import annotations

import csv
from pathlib import Path

from tyme4py.lunar import LunarYear

TARGET = Path(__file__).with_name("lunar_years.csv")
YEARS = range(1900, 2101)


def main() -> None:
    """Write one row per year."""
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["year", "begins", "leap", "days"])
        for number in YEARS:
            months = LunarYear.from_year(number).get_months()
            first = months[0].get_first_julian_day().get_solar_day()
            begins = f"{first.get_year():04d}-{first.get_month():02d}-{first.get_day():02d}"
            leap = [month.get_month() for month in months if month.is_leap()]
            days = " ".join(str(month.get_day_count()) for month in months)
            writer.writerow([number, begins, leap[0] if leap else "", days])
    print(f"{len(YEARS)} rows -> {TARGET.name}")  # noqa: T201


if __name__ == "__main__":
    main()
