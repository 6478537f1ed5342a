"""Build pinyin.csv, the reading of every Chinese character, from the Python package pypinyin (MIT).

    pip install pypinyin==0.55.0
    python configs/codes/build_pinyin.py

One row per syllable without its tone: the syllable and the characters whose first reading it is, ü as the passports
write it (GB/T 28039-2011: 吕 lyu). `IN_NAMES` are characters whose first reading is not that of names (CC-CEDICT:
卜 bo is of radishes). The table is written beside this script.
"""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).with_name("pinyin.csv")
IN_NAMES = {"卜": "bu", "佛": "fo", "晟": "sheng", "地": "di", "曾": "zeng", "薄": "bo", "还": "huan", "长": "chang"}


def main() -> None:
    """Write the syllables in order, the characters of each by code point."""
    syllables: dict[str, list[str]] = {}
    for code, readings in sorted(pinyin_dict.items()):
        reading = IN_NAMES.get(chr(code)) or plain(readings.split(",")[0])
        syllables.setdefault(reading, []).append(chr(code))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["reading", "characters"])
        writer.writerows((reading, "".join(syllables[reading])) for reading in sorted(syllables) if reading)
    print(f"{len(syllables)} syllables, {len(pinyin_dict)} characters -> {TARGET.name}")  # noqa: T201


def plain(reading: str) -> str:
    """Return a syllable without its tone."""
    marked = unicodedata.normalize("NFC", reading)
    for vowel in "ǖǘǚǜü":
        marked = marked.replace(vowel, "yu")
    bare = unicodedata.normalize("NFD", marked)
    return "".join(one for one in bare if not unicodedata.combining(one))


if __name__ == "__main__":
    main()
