"""Build invented_divisions.csv, the divisions of the invented province 39, from the city's table of townships.

    python configs/codes/build_invented_divisions.py

Reads configs/city/divisions.csv; the table is written beside this script, in the columns of divisions.csv.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).with_name("invented_divisions.csv")
TOWNSHIPS = TARGET.parents[1] / "city" / "divisions.csv"
PROVINCE = ("390000", "海东省")
FIRST = "1981"
"""The first year of divisions.csv; the city's table begins in 1980."""


def main() -> None:
    """Write the province, its cities, and one row per district with the districts that followed it."""
    with TOWNSHIPS.open(encoding="utf-8", newline="") as file:
        townships = list(csv.DictReader(file))
    districts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in townships:
        districts[row["district"]].append(row)
    cities = {code[:4] + "00": rows[0]["city_name"] for code, rows in districts.items()}
    rows = [[*PROVINCE, "", FIRST, "", ""]]
    rows += [[code, name, PROVINCE[0], FIRST, "", ""] for code, name in cities.items()]
    rows += [_district(code, members) for code, members in districts.items()]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "parent", "valid_from", "valid_to", "successors"])
        writer.writerows(sorted(rows))
    print(f"{len(rows)} rows -> {TARGET.name}")  # noqa: T201


def _district(code: str, townships: list[dict[str, str]]) -> list[str]:
    """Return a district's row: it ends when the last of its townships does, and they tell what followed it."""
    begins = max(FIRST, min(row["valid_from"][:4] for row in townships))
    open_ended = any(not row["valid_to"] for row in townships)
    ends = "" if open_ended else max(row["valid_to"][:4] for row in townships)
    followed = {f"{row['successor'][:6]}@{row['valid_to'][:4]}" for row in townships if row["successor"]}
    return [code, townships[0]["district_name"], code[:4] + "00", begins, ends, " ".join(sorted(followed))]


if __name__ == "__main__":
    main()
