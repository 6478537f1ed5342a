"""Deliveries: what is counted of a file, which rules refuse it, and where its rows go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.batches import judge_batches, refuse, refused_files, survey_batches
from engine.batches.survey import TALLIES
from engine.cleanse import load_rulebook
from engine.io import ingest_file, inspect_file
from engine.io.ingest import measure_file
from engine.io.measures import MEASURES, Declared, declared_item, measure
from engine.settings import Source

SOURCE: dict[str, Any] = {"mention": [{"subject": "person", "fields": {"name": "姓名"}}]}


def source(**settings: Any) -> Source:
    return Source.model_validate({"name": "civil", "files": "*.csv", **SOURCE, **settings})


def delivered(*files: dict[str, Any]) -> pl.DataFrame:
    """Return a tally per file; what is not said is one file of 100 rows, all read."""
    usual = {
        "source": "civil", "mode": "append", "increment": False, "rows": 100, "unread": 0, "delivered_at": None,
        "declared_rows": None,
    }  # fmt: skip
    rows = [{**usual, "file": f"{place}.csv", "batch": f"b{place}", **file} for place, file in enumerate(files)]
    return pl.DataFrame(rows, schema=TALLIES)


def months(*rows: int, **last: Any) -> pl.DataFrame:
    """Return one file a month with so many rows; `last` is said of the last."""
    files = [{"rows": count, "delivered_at": f"2024-{month:02d}-01"} for month, count in enumerate(rows, start=1)]
    return delivered(*files[:-1], {**files[-1], **last})


def surveyed(tallies: pl.DataFrame, **more: Any) -> pl.DataFrame:
    settings = {"measures": MEASURES.to_frame(), "cycles": {"civil": 31}, "declared": {}, **more}
    return survey_batches(tallies, settings.pop("measures"), **settings)


def said(batches: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return file, rule and action of the findings."""
    judged = judge_batches(batches, rulebook=load_rulebook())
    files = dict(batches.select("batch", "file").iter_rows())
    rows = judged.findings.select("record_id", "rule", "action").rows()
    return sorted((files[batch], rule, action) for batch, rule, action in rows)


@pytest.mark.parametrize(
    ("tallies", "refused"),
    [
        (months(100, 49), True),
        (months(100, 50), False),
        (months(10, 100, 100, 40), True),
        (months(300, 300, 300, 20, 20, 20, 20, 20, 20), False),
        (months(100, 49, declared_rows=49), False),
        (months(100, 100, declared_rows=101), True),
        (delivered({"rows": 99, "unread": 1, "declared_rows": 100}), False),
        (delivered({"rows": 99, "unread": 0, "declared_rows": 100}), True),
        (delivered({"rows": 1}, {"rows": 100}), False),
    ],
    ids=[
        "less than half", "half", "of the median", "only the last five count", "small as declared",
        "one row short of what is declared", "a row that cannot be read was delivered", "a row is lost", "no dates",
    ],
)  # fmt: skip
def test_a_delivery_that_is_not_whole_is_quarantined(tallies: pl.DataFrame, refused: bool) -> None:
    batches = surveyed(tallies, cycles={"civil": None})

    last = f"{tallies.height - 1}.csv"
    assert ((last, "I5", "quarantine") in said(batches)) is refused


def test_files_of_one_date_are_one_delivery() -> None:
    parts = [
        {"rows": rows, "delivered_at": f"2024-0{month}-01"} for month, rows in ((1, 90), (1, 10), (2, 10), (2, 80))
    ]
    batches = surveyed(delivered(*parts))

    assert batches["delivery_rows"].to_list() == [100, 100, 90, 90]
    assert batches["history_rows"].to_list() == [None, None, 100, 100]
    assert said(batches) == []


@pytest.mark.parametrize(
    ("date", "cycle", "overdue"),
    [("2024-02-14", 31, True), ("2024-02-15", 31, False), ("2024-02-14", None, False), (None, 31, False)],
    ids=["47 days of 46.5", "46 days of 46.5", "no cycle", "no date"],
)
def test_a_data_set_is_overdue_by_the_latest_delivery_of_all(
    date: str | None, cycle: int | None, overdue: bool
) -> None:
    tallies = delivered(
        {"delivered_at": "2023-12-01"},
        {"delivered_at": date},
        {"source": "other", "delivered_at": "2024-04-01T08:00:00"},
    )

    batches = surveyed(tallies, cycles={"civil": cycle, "other": 31})

    latest = "1.csv" if date else "0.csv"
    expected = [(latest, "I6", "flag")] if overdue or (cycle and date is None) else []
    assert said(batches) == expected


def test_the_older_deliveries_of_a_source_are_not_overdue() -> None:
    batches = surveyed(months(100, 100, 100, 100, 100))

    assert batches["latest"].to_list() == [False, False, False, False, True]
    assert batches["age_days"].to_list() == [121, 90, 61, 30, 0]
    assert said(batches) == []


ITEMS = Declared(
    items=(
        declared_item("姓名", "字符型", "4"), declared_item("金额", "数值型", "5,2"),
        declared_item("登记日期", "日期型", "8"), declared_item("照片", "二进制", "1"),
    ),
    missing=("无", "-"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("column", "fitting", "unfit"),
    [
        ("姓名", ["王芳", "欧阳修文", " 王芳芳芳 ", "无", "-", None, ""], ["欧阳修文甲"]),
        ("金额", ["1", "-123.45", "1,23.10", "00123", "123.4500", "无", "1e2"], ["1234", "1.234", "一百", "12元"]),
        ("登记日期", ["20240131", "2024-01-31", "2024年1月", "2024-01-31 09:00", "-"], ["昨天", "2024-13-01", "99"]),
        ("照片", ["whatever", "9"], []),
    ],
)
def test_values_fit_what_is_declared_or_not(column: str, fitting: list[str | None], unfit: list[str]) -> None:
    cells = pl.DataFrame({f" {column} ": [*fitting, *unfit]}, schema={f" {column} ": pl.String})

    found = measure(cells, ITEMS, source="civil", file="a.csv")

    values = [text for text in fitting if (text or "").strip() not in ("", "无", "-")]
    counted = found.select("item", "values", "unfit", "example").rows()
    assert counted == [(column, len(values) + len(unfit), len(unfit), min(unfit, default=None))]


def file_of(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def drifted(folder: Path, *, name: str = "a.csv", text: str, **settings: Any) -> pl.DataFrame:
    """Return the surveyed batch of one file that is read in chunks of two rows."""
    file, one = file_of(folder, name, text), source(**settings)
    chunks = list(ingest_file(one, file, project_folder=folder, chunk_rows=2, declared=ITEMS))
    rows = sum(chunk.rows.height for chunk in chunks)
    measures = pl.concat([chunk.measures for chunk in chunks])
    whole = measure_file(one, inspect_file(one, file), ITEMS, name=name)
    assert whole.sort("item")["unfit"].to_list() == measures.group_by("item").agg(pl.col("unfit").sum()).sort("item")[
        "unfit"
    ].to_list()  # fmt: skip
    return surveyed(delivered({"file": name, "rows": rows}), measures=measures, declared={"civil": ITEMS})


def table(rows: int, wrong: int) -> str:
    good, bad = "王芳,1.5,2024-01-31,x\n", "王芳,一元半,2024-01-31,x\n"
    return "姓名,金额,登记日期,照片\n" + bad * wrong + good * (rows - wrong)


def test_a_few_slips_are_no_drift_and_more_are(tmp_path: Path) -> None:
    slips, drift = (drifted(tmp_path, text=table(20, wrong)) for wrong in (2, 3))

    assert said(slips) == []
    assert said(drift) == [("a.csv", "S6", "quarantine")]
    assert drift.row(0, named=True) | {"items": 4, "missing_items": 0, "drifted_items": 1} == drift.row(0, named=True)
    assert drift["drift"].item() == "金额: 3 of 20 values are no number of 5,2, such as '一元半'"


def test_an_item_that_the_file_does_not_have_is_drift(tmp_path: Path) -> None:
    batches = drifted(tmp_path, text="姓名,金额,登记日期\n王芳,1,2024\n")

    assert said(batches) == [("a.csv", "S6", "quarantine")]
    assert batches["drift"].item() == "照片 is missing"


@pytest.mark.parametrize(
    ("name", "text", "settings"),
    [
        ("a.jsonl", '{"姓名": "王芳"}\n', {}),
        ("a.csv", "姓名,金额,登记日期,照片\n", {}),
        ("a.csv", "姓名,登记日期,照片\n王芳,2024,x\n", {"optional": ["金额"]}),
    ],
    ids=["JSON lines leave names out", "no rows", "an optional column"],
)
def test_what_a_file_may_lack_is_no_drift(tmp_path: Path, name: str, text: str, settings: dict[str, Any]) -> None:
    assert said(drifted(tmp_path, name=name, text=text, **settings)) == []


def test_rows_of_a_refused_file_are_rejects_and_the_account_is_exact(tmp_path: Path) -> None:
    one = source()
    chunks = [
        part.rows
        for name in ("a.csv", "b.csv")
        for part in ingest_file(one, file_of(tmp_path, name, f"姓名\n{name}1\n{name}2\n"), project_folder=tmp_path)
    ]
    batches = surveyed(delivered({"file": "a.csv", "rows": 2}, {"file": "b.csv", "rows": 2, "declared_rows": 3}))
    judged = judge_batches(batches, rulebook=load_rulebook())

    refused = refused_files(judged.batches)
    taken = refuse(pl.concat(chunks), refused["civil"], source=one)

    assert taken.rows["file"].to_list() == ["a.csv", "a.csv"]
    assert taken.rejects.select("file", "line", "rule", "raw").rows() == [
        ("b.csv", 2, "I5", '{"姓名":"b.csv1"}'),
        ("b.csv", 3, "I5", '{"姓名":"b.csv2"}'),
    ]
    assert set(taken.rejects["reason"]) == {judged.batches["reason"].drop_nulls().item()}
    assert taken.rejects["reason"][0].endswith(": rows 2, expected 3")
    assert taken.accounts.select("rows_in", "kept", "quarantined").row(0) == (2, 0, 2)


def test_what_is_said_of_deliveries_does_not_depend_on_the_order_of_chunks() -> None:
    tallies = pl.concat([months(100, 40), months(100, 3).tail(1).with_columns(rows=pl.lit(3, pl.Int64))])

    forth, back = (judge_batches(surveyed(rows), rulebook=load_rulebook()) for rows in (tallies, tallies.reverse()))

    assert forth.batches.equals(back.batches)
    assert forth.findings.equals(back.findings)
    assert forth.batches["rows"].to_list() == [100, 43]
