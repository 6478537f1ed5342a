"""Build private_use.csv: the private-use characters for which Unicode has the Chinese character (GB 18030-2022).

    python configs/codes/build_private_use.py

GBK kept the code positions FE50 to FEA0 as U+E815 to U+E864 until Unicode had their characters; GB 18030-2000, 2005 and
2022 moved them in turn. Most are in Python's codec gb18030, which is at the version of 2000; `LATER` holds those that
the versions of 2005 and 2022 moved (GB 18030-2022, annex D; glibc's charmap GB18030 gives the same).
"""

from __future__ import annotations

import csv
from pathlib import Path

TARGET = Path(__file__).with_name("private_use.csv")
FIRST = 0xE815
LATER = {
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
    0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
}  # fmt: skip


def main() -> None:
    """Write one row per private-use character, in order."""
    places = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    rows = []
    for code, place in enumerate(places, FIRST):
        character = chr(LATER[code]) if code in LATER else bytes([0xFE, place]).decode("gb18030")
        rows.append([f"{code:04X}", character, f"{ord(character):04X}", f"FE{place:02X}"])
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["private_use", "character", "code_point", "gb18030"])
        writer.writerows(rows)
    print(f"{len(rows)} characters -> {TARGET.name}")  # noqa: T201


if __name__ == "__main__":
    main()
