"""How long does a search take in a catalogue as large as a big city's: 7,100 entries with 160,000 items?

Prints the seconds of the import, and of opening and searching together, the slowest of three:
`python -m benchmarks catalogue [FOLDER]`.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.catalogue import merge, open_catalogue, read_catalogue, search, write_catalogue

ENTRIES, ITEMS, PROVIDERS = 7_100, 160_000, 86
WORDS = ("婚姻", "身份证号", "登记 7008", "公积金 缴存", "1010010001/7000", "无此词", "")
SUBJECTS = ("婚姻", "户籍", "社保", "公积金", "不动产", "车辆", "学籍", "医疗", "税务", "企业", "残疾人", "低保")
ACTS = ("登记", "变更", "注销", "缴存", "核验", "年检", "许可", "处罚")
NAMES = (
    "姓名",
    "身份证号",
    "出生日期",
    "地址",
    "电话",
    "证件编号",
    "办理日期",
    "办理机构",
    "状态",
    "金额",
    "备注",
    "经办人",
)
CREDIT_CODES = ("91350100M000100Y43", "91110000600037341L")
SHARING = (
    {"sharing_type": "unconditional"},
    {"sharing_type": "conditional", "sharing_condition": "用于核验"},
    {"sharing_type": "not_shared", "legal_basis": "示例法第一条"},
)


def made_entries(entries: int = ENTRIES, items: int = ITEMS) -> list[dict[str, Any]]:
    """Return the entries of a catalogue as they stand in a JSON-lines file, the same on every call."""
    return [_entry(number, (number + 1) * items // entries - number * items // entries) for number in range(entries)]


def measured(folder: Path) -> list[dict[str, Any]]:
    """Return a row per step: what was done, what it found, and the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    file, place = folder / "entries.jsonl", folder / "catalogue"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made_entries()), encoding="utf-8")
    started = time.perf_counter()
    imported = read_catalogue(file)
    write_catalogue(place, merge(None, imported).catalogue, imported.faults)
    rows = [{"step": "import", "found": len(imported.entries), "seconds": round(time.perf_counter() - started, 3)}]
    for words in WORDS:
        seconds = list[float]()
        for _ in range(3):
            started = time.perf_counter()
            found = search(open_catalogue(place), words).height
            seconds.append(time.perf_counter() - started)
        rows.append({"step": f"open and search '{words}'", "found": found, "seconds": round(max(seconds), 3)})
    return rows


def _entry(number: int, items: int) -> dict[str, Any]:
    subject, act = SUBJECTS[number % len(SUBJECTS)], ACTS[number // len(SUBJECTS) % len(ACTS)]
    provider = number % PROVIDERS
    return {
        "classification": f"部门/{subject}", "name": f"{subject}{act}信息{number:04}", "code": f"1010010001/{number}",
        "provider": f"示例局{provider:02}", "provider_code": CREDIT_CODES[provider % 2],
        "summary": f"{subject}{act}的办理结果，按事项{number}归集", "format": "数据库", "update_cycle": "每日",
        "items": [
            {"name": f"{NAMES[place % len(NAMES)]}{place // len(NAMES) or ''}", "data_type": "字符型", "length": "50"}
            for place in range(items)
        ],
        "open": "否", "published_on": "2019-06-01", "application_system": f"{subject}系统", **SHARING[number % 3],
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the seconds of each step; the catalogue is made in the folder named, else in one that goes."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = measured(Path(arguments[0] if arguments else temporary))
    for row in rows:
        print(f"{row['seconds']:8.3f} s  {row['found']:6} found  {row['step']}")
    return 0
