"""Build divisions.csv, the dated table of division codes, from the yearly summary of yescallop/areacodes (CC0-1.0).

    python configs/codes/build_divisions.py FOLDER

FOLDER holds areacodes_1981_2024.csv; the table is written beside this script.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

SOURCE = "areacodes_1981_2024.csv"
TARGET = Path(__file__).with_name("divisions.csv")
SUCCESSOR = re.compile(r"(\d{6})(?:\[(\d{4})\])?")

Row = dict[str, str]


def main(folder: Path) -> None:
    """Write the table: one row per code, name and span of years, in order of code and first year."""
    with (folder / SOURCE).open(encoding="utf-8", newline="") as file:
        rows = [_renamed(row) for row in csv.DictReader(file)]
    spans = _joined(rows)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "parent", "valid_from", "valid_to", "successors"])
        for span in sorted(spans, key=lambda span: (span["code"], span["valid_from"])):
            writer.writerow(span.values())
    print(f"{len(spans)} rows, {TARGET.stat().st_size} bytes -> {TARGET.name}")  # noqa: T201


def _renamed(row: Row) -> Row:
    until = row["变更/弃用时间"]
    successors = [_successor(text, until) for text in row["新代码"].split(";") if text]
    return {
        "code": row["代码"], "name": row["名称"], "parent": _parent(row), "valid_from": row["启用时间"],
        "valid_to": until, "successors": " ".join(successors),
    }  # fmt: skip


def _successor(text: str, until: str) -> str:
    """Return CODE@YEAR: the year in brackets, for a part that left earlier, else the year in which the code ended."""
    found = SUCCESSOR.fullmatch(text)
    if not found:
        raise SystemExit(f"a successor of an unknown form: {text}")
    return f"{found[1]}@{found[2] or until}"


def _parent(row: Row) -> str:
    """Return the code above: none above a province; the province above a city and above what it governs directly."""
    code, level = row["代码"], row["级别"]
    if level == "省级":
        return ""
    return code[:2] + "0000" if level == "地级" or row["二级行政区"] == "直辖" else code[:4] + "00"


def _joined(rows: list[Row]) -> list[Row]:
    """Return the rows with neighbouring spans of one code, name and parent as one.

    The source begins a new row whenever the name of the city above changes, which the code above tells already.
    """
    by_code = defaultdict(list)
    for row in rows:
        by_code[row["code"]].append(row)
    spans: list[Row] = []
    for code, members in by_code.items():
        last: Row | None = None
        for row in sorted(members, key=lambda row: row["valid_from"]):
            if (
                last
                and all(row[key] == last[key] for key in ("name", "parent"))
                and row["valid_from"] == last["valid_to"]
            ):
                others = [text for text in last["successors"].split() if not text.startswith(code)]
                last["valid_to"] = row["valid_to"]
                last["successors"] = " ".join([*others, *row["successors"].split()])
            else:
                last = row
                spans.append(row)
    return spans


if __name__ == "__main__":
    main(Path(sys.argv[1]))
