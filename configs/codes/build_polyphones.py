"""Build polyphones.csv, the characters of several readings, from Unicode's Unihan database.

    python configs/codes/build_polyphones.py UNIHAN_PARQUET

UNIHAN_PARQUET has `char`, `field` and `value` (Unicode 14). The readings are those of the dictionary of modern Chinese
(kXHC1983) without tones, of the characters of GB 2312; ü as in pinyin.csv. The table is written beside this script.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import polars as pl
from build_pinyin import plain

TARGET = Path(__file__).with_name("polyphones.csv")


def main(unihan: Path) -> None:
    """Write one row per character of two readings or more: the character and its readings in the order of letters."""
    table = pl.read_parquet(unihan).filter(pl.col("field") == "kXHC1983").sort("char")
    rows = []
    for character, value in table.select("char", "value").iter_rows():
        readings = {plain(part.split(":")[1]) for part in value.split()}
        if len(readings) > 1 and _stored(character):
            rows.append((character, "|".join(sorted(readings))))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["character", "readings"])
        writer.writerows(rows)
    print(f"{len(rows)} characters -> {TARGET.name}")  # noqa: T201


def _stored(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
