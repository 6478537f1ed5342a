"""Build countries.csv, the country codes of ISO 3166-1 and GB/T 2659.1, from the npm package i18n-iso-countries (MIT).

    python configs/codes/build_countries.py FOLDER

FOLDER is the unpacked package: codes.json, langs/zh.json, langs/en.json. The table is written beside this script.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("countries.csv")
SOURCE = "i18n-iso-countries 7.14.0 (MIT)"
LEFT_OUT = {"XK"}
"""Not of ISO 3166-1: a code that its users gave."""

NAMES = {"EH": "西撒哈拉", "HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾", "ID": "印度尼西亚"}
SPELLINGS = {
    "CN": "中华人民共和国 中国大陆 内地", "HK": "香港 香港特别行政区 中国香港特别行政区", "ID": "印尼",
    "MO": "澳门 澳门特别行政区 中国澳门特别行政区", "TW": "台湾 中国台湾省 台湾省", "KR": "大韩民国 南韩",
    "KP": "朝鲜民主主义人民共和国 北朝鲜", "US": "美利坚合众国", "GB": "大不列颠及北爱尔兰联合王国", "RU": "俄罗斯联邦",
    "EH": "阿拉伯撒哈拉民主共和国",
}  # fmt: skip
ENGLISH = {"CG": "Congo", "CD": "Democratic Republic of the Congo"}


def main(folder: Path) -> None:
    """Write one row per country in order of the three-letter code."""
    codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
    chinese, english = (
        json.loads((folder / "langs" / f"{name}.json").read_text(encoding="utf-8"))["countries"]
        for name in ("zh", "en")
    )
    rows = []
    for two, three, number, _ in codes:
        if two in LEFT_OUT:
            continue
        told = ENGLISH.get(two) or english[two]
        word = told if isinstance(told, str) else told[-1] if two in {"CN", "KR"} else told[0]
        others = [] if isinstance(told, str) else [other for other in told if other not in {word, "Congo"}]
        spellings = "|".join([*SPELLINGS.get(two, "").split(), *others])
        rows.append(
            [three, NAMES.get(two, chinese[two]), spellings, word, two, number, "GB/T 2659.1, ISO 3166-1", SOURCE]
        )
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "spellings", "english", "alpha2", "numeric", "standard", "source"])
        writer.writerows(sorted(rows))
    print(f"{len(rows)} rows -> {TARGET.name}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
