"""Build nicknames.csv, given names and the short and familiar forms of them, from the table of the package nicknames.

    python configs/codes/build_nicknames.py FILE

FILE is names.csv of PyPI nicknames 1.0.1 (Apache-2.0): name1, relationship, name2, where name2 is a nickname of name1.
Rows of which a name holds anything but small letters, or where both are the same, are left out. The table is written
beside this script.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("nicknames.csv")
NAME = re.compile("[a-z]{2,12}")


def main(file: Path) -> None:
    """Write one row per name and nickname, sorted."""
    with file.open(encoding="utf-8", newline="") as opened:
        read = [(row["name1"].strip(), row["name2"].strip()) for row in csv.DictReader(opened)]
    rows = sorted({pair for pair in read if pair[0] != pair[1] and all(map(NAME.fullmatch, pair))})
    with TARGET.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(["name", "nickname"])
        writer.writerows(rows)
    print(f"{len(rows)} of {len(read)} rows -> {TARGET.name}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
