"""The rules of deliveries on small data sets: files that break off, files of another form, data sets overdue.

Of `DATA_SETS` registers of communities each delivers once a month, three files. A quarter delivered nothing for the
last two months, a quarter break off in their last file, a quarter have a last file whose form is not the catalogue's.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.defect_judge import figures
from engine.catalogue import merge, read_catalogue, write_catalogue
from engine.city.defect_values import checked
from engine.city.world.draws import below, draw
from engine.partitioned import read
from engine.pipeline import FullFlow
from engine.runners.local import LocalRunner
from engine.settings import load_project
from engine.version import code_version
from lifetree.build import CHECKS
from lifetree.resolve import read_records
from lifetree.stages import stages

DATA_SETS, ROWS = 860, 60
DAYS = (date(2024, 10, 31), date(2024, 11, 30), date(2024, 12, 31))
DEFECTS = ("late", "broken", "drifted", "none")
RULES = {"late": "I6", "broken": "I5", "drifted": "S6"}
ITEMS = (("序号", "12"), ("姓名", "20"), ("身份证号", "18"), ("出生日期", "10"), ("电话", "11"), ("建档日期", "10"))
PROVIDER = "91350100M000100Y43"
GIVEN = dict(zip("0123456789", "一丁丰云仁安佳欣宁平", strict=True))
PROJECT = """[project]
name = "communities"
catalogue = "catalogue"

[subject.person]
founding = [["id_no"]]

[subject.person.attributes]
name = { kind = "name" }
id_no = { kind = "resident_id" }
birth_date = { kind = "date" }
phone = { kind = "phone" }

[[subject.person.identifier]]
attribute = "id_no"

[[subject.person.blocking]]
on = ["id_no"]

[[subject.person.comparison]]
attribute = "name"
kind = "exact"
"""

SOURCE = """title = "{name}"
steward = "示例街道"
catalogue = "1010010001/{number}"
files = "data/{name}_*.csv"
key = "序号"
delivered_at = {{ {dated} }}

[[mention]]
subject = "person"

[mention.fields]
name = "姓名"
id_no = "身份证号"
birth_date = "出生日期"
phone = "电话"
"""

Row = dict[str, Any]


def batch_figures(folder: Path, seed: int) -> list[Row]:
    """Write the data sets into `folder`, read them as a build does, and return the figures of I5, I6 and S6."""
    folder.mkdir(parents=True, exist_ok=True)
    told = _write(folder, seed)
    project = load_project(folder, checks=CHECKS)
    files = {source.name: sorted(folder.glob(source.files[0])) for source in project.sources}
    runner = LocalRunner(project.path(project.store) / "checkpoints", code_version(), None)
    tables = read_records(FullFlow(runner, stages(project, buckets=1)), project, files, buckets=1)
    found = read(tables["findings"].all()).filter(role="batch").select("source", "rule").unique()
    rows = []
    for defect, rule in RULES.items():
        cases = {name for name, kind in told.items() if kind == defect}
        hit = set(found.filter(rule=rule)["source"])
        rows.append(figures(rule, len(cases), len(cases & hit), len(hit), len(cases & hit)))
    return rows


def _write(folder: Path, seed: int) -> dict[str, str]:
    """Write catalogue, project and files, and return the defect of each source."""
    numbers = np.arange(DATA_SETS)
    how = draw(seed, numbers, "batch defect how")
    told = {f"community_{number:04}": DEFECTS[number % len(DEFECTS)] for number in range(DATA_SETS)}
    for part in ("data", "sources"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    entries = [_entry(name, number) for number, name in enumerate(told)]
    pl.DataFrame(entries).write_ndjson(folder / "entries.jsonl")
    imported = read_catalogue(folder / "entries.jsonl")
    write_catalogue(folder / "catalogue", merge(None, imported).catalogue, imported.faults)
    for number, (name, defect) in enumerate(told.items()):
        (folder / "sources" / f"{name}.toml").write_text(_source(name, number), encoding="utf-8")
        days = DAYS[:1] if defect == "late" else DAYS
        for place, day in enumerate(days):
            rows = _rows(number, place, seed)
            if place == len(days) - 1 and defect == "broken":
                rows = rows.head(int(rows.height * (0.05 + 0.4 * how[number])))
            if place == len(days) - 1 and defect == "drifted":
                rows = _drifted(rows, int(how[number] * 4))
            rows.write_csv(folder / "data" / f"{name}_{day}.csv")
    return told


def _rows(number: int, place: int, seed: int) -> pl.DataFrame:
    """Return a month's rows: some 60, up or down by a sixth, the same persons with a few new ones."""
    ids = np.arange(ROWS + 10 - int(below(seed, np.array([number * 10 + place]), "batch rows", 20)[0]), dtype=np.int64)
    keys = ids + number * 1_000 + place
    years, days = below(seed, keys, "born", 80) + 1940, below(seed, keys, "day", 28) + 1
    frame = pl.DataFrame({"key": keys, "year": years, "day": days})
    first = pl.format("330199{}01{}{}", "year", _padded("day", 2), _padded(pl.col("key") % 999, 3))
    return frame.with_columns(first17=first).select(
        pl.format("{}{}", pl.lit(number + 10_000), pl.col("key")).alias("序号"),
        pl.format(
            "王{}", pl.col("key").cast(pl.String).str.replace_many([*"0123456789"], [*"一丁丰云仁安佳欣宁平"])
        ).alias("姓名"),
        checked(pl.col("first17")).alias("身份证号"),
        pl.format("{}-01-{}", "year", _padded("day", 2)).alias("出生日期"),
        pl.format("138{}", _padded(pl.col("key") % 100_000_000, 8)).alias("电话"),
        pl.lit("2024-01-01").alias("建档日期"),
    )


def _drifted(rows: pl.DataFrame, way: int) -> pl.DataFrame:
    """Return the rows with a column gone, of another length, of another type, or two exchanged."""
    if way == 0:
        return rows.drop("建档日期")
    if way == 1:
        return rows.with_columns(pl.col("身份证号") + pl.lit("00000"))
    if way == 2:
        return rows.with_columns(pl.lit("见档案").alias("建档日期"))
    return rows.with_columns(pl.col("身份证号").alias("电话"), pl.col("电话").alias("身份证号"))


def _entry(name: str, number: int) -> Row:
    return {
        "classification": "社区",
        "name": name,
        "code": f"1010010001/{number}",
        "provider": "示例街道",
        "provider_code": PROVIDER,
        "summary": "社区名册",
        "format": "文件",
        "update_cycle": "每月",
        "open": "否",
        "published_on": "2024-01-01",
        "application_system": "社区",
        "sharing_type": "unconditional",
        "items": [
            {"name": item, "data_type": "日期型" if item.endswith("日期") else "字符型", "length": length}
            for item, length in ITEMS
        ],
    }


def _source(name: str, number: int) -> str:
    dated = ", ".join(f'"*_{day}.csv" = "{day}"' for day in DAYS)
    return SOURCE.format(name=name, number=number, dated=dated)


def _padded(number: pl.Expr | str, width: int) -> pl.Expr:
    text = pl.col(number) if isinstance(number, str) else number
    return text.cast(pl.String).str.zfill(width)
