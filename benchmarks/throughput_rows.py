"""A register of persons of any size as one Parquet file, and the project that reads it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from benchmarks.city_files import delivered
from engine.city.defect_values import checked
from engine.city.generate import generate
from engine.city.settings import load_catalogue
from engine.city.world.draws import below
from engine.settings.shipped import shipped

AT_ONCE = 500_000
PERSONS = 10_000
"""Of the city whose rows are repeated."""

SOURCE = """title = "户籍人口登记"
steward = "公安局"
cycle = "每日"
files = "data/register.parquet"
key = "人员编号"
delivered_at = "2024-12-31"
recorded_at = "更新时间"
required = ["name", "sex", "birth_date", "id_no"]

[items]
division = { columns = "行政区划代码", kind = "code" }

[[mention]]
subject = "person"

[mention.fields]
name = "姓名"
id_no = "公民身份号码"
sex = "性别"
ethnicity = "民族"
birth_date = "出生日期"
address = "住址"
phone = "联系电话"
old_id_no = { columns = "公民身份号码", stray = true }
"""
COLUMNS = (
    "人员编号", "姓名", "公民身份号码", "性别", "民族", "出生日期", "住址", "行政区划代码", "联系电话", "更新时间",
)  # fmt: skip


def write_register(folder: Path, rows: int, seed: int) -> Path:
    """Write data/register.parquet and the project into `folder` and return the file."""
    generate(folder / "city", persons=PERSONS, seed=seed)
    known = delivered(folder / "city", "hukou", load_catalogue().sources["hukou"]).filter(
        pl.col("公民身份号码").str.len_chars() == 18
    )
    for part in ("data", "sources"):
        (folder / part).mkdir(exist_ok=True)
    subjects = shipped("city", "subjects.toml").read_text(encoding="utf-8").partition("[subject.legal_entity]")[0]
    subjects = re.sub(r"(?m)^trust = .*\n|, trust = \[[^\]]*\]", "", subjects)  # of sources that are not there
    (folder / "lifetree.toml").write_text(f'[project]\nname = "register"\n\n{subjects}', encoding="utf-8")
    (folder / "sources" / "register.toml").write_text(SOURCE, encoding="utf-8")
    file, writer = folder / "data" / "register.parquet", None
    for first in range(0, rows, AT_ONCE):
        table = _rows(known, first, min(first + AT_ONCE, rows), seed).to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd", compression_level=1)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return file


def _rows(known: pl.DataFrame, first: int, end: int, seed: int) -> pl.DataFrame:
    """Return the rows `first` to `end`: a person of the city each, under a drawn name, birth, number and telephone."""
    ids = np.arange(first, end, dtype=np.int64)
    base = known[ids % known.height]
    recorded = pl.col("更新时间").str.head(4).cast(pl.Int64)  # nobody is born after the row
    given = known["姓名"].str.slice(1).to_list()
    drawn = {name: pl.Series(below(seed, ids, name, limit)) for name, limit in
        (("year", 90), ("month", 12), ("day", 28), ("name", len(given)), ("phone", 10**8))}  # fmt: skip
    frame = base.with_columns(
        **drawn, _id=pl.Series(ids), _given=pl.Series(given).gather(drawn["name"]),
    ).with_columns(
        _birth=pl.format(
            "{}{}{}", pl.col("year") % (recorded - 1934) + 1934, _two(pl.col("month") + 1), _two(pl.col("day") + 1)
        ),
        _order=((pl.col("_id") // 97 % 499) * 2 + (pl.col("性别") == "1")).cast(pl.String).str.zfill(3),
    )  # fmt: skip
    first17 = pl.col("行政区划代码") + pl.col("_birth") + pl.col("_order")
    return frame.with_columns(
        pl.format("9{}", pl.col("_id").cast(pl.String).str.zfill(12)).alias("人员编号"),
        (pl.col("姓名").str.slice(0, 1) + pl.col("_given")).alias("姓名"),
        checked(first17).alias("公民身份号码"),
        pl.col("_birth").alias("出生日期"),
        pl.format("13{}{}", pl.col("_id") % 10, pl.col("phone").cast(pl.String).str.zfill(8)).alias("联系电话"),
        pl.col("住址").str.replace(r"\d+号", pl.format("{}号", pl.col("_id") % 997 + 1)).alias("住址"),
    ).select(COLUMNS)


def _two(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.zfill(2)
