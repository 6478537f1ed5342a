"""The catalogue: 12 core metadata and an extension, read from files, kept in a folder, searched, exported, checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from benchmarks.catalogue import made_entries
from engine.catalogue import (
    CORE,
    DRIFT,
    EXTENSION,
    Catalogue,
    Entry,
    SharingType,
    UpdateCycle,
    as_json_lines,
    as_rows,
    drift,
    entries_of,
    merge,
    open_catalogue,
    read_catalogue,
    read_entry,
    search,
    to_catalogue,
    write_catalogue,
)
from engine.catalogue.headings import HEADINGS
from engine.errors import InputError, StoreError
from engine.settings import load_project

USCC = "91350100M000100Y43"
RAW: dict[str, Any] = {
    "classification": "部门/民政", "name": "婚姻登记", "code": "1.01.001.0001/1", "provider": "民政局",
    "provider_code": USCC, "summary": "结婚和离婚登记", "format": "数据库",
    "items": [{"name": "姓名", "data_type": "字符型", "length": "50"}, {"name": "ＩＤ号", "data_type": "字符型"}],
    "update_cycle": "每日", "sharing": {"type": "无条件共享"}, "opening": {"open": "否"}, "published_on": "2019-06-01",
    "application_system": "婚姻系统",
}  # fmt: skip
HEAD = "分类,名称,信息资源代码,信息资源提供方,提供方代码,摘要,格式,信息项名称,数据类型,数据长度,更新周期,共享类型,共享条件,不予共享依据,是否向社会开放,发布日期".replace(
    "分类,名称", "信息资源分类,信息资源名称"
)


def line(code: str = "1010010001/1", item: str = "姓名", **cells: str) -> str:
    row = {
        "信息资源分类": "人口", "信息资源名称": "登记", "信息资源代码": code, "信息资源提供方": "民政局", "提供方代码": USCC, "摘要": "s",
        "格式": "数据库", "信息项名称": item, "数据类型": "C", "数据长度": "50", "更新周期": "每月", "共享类型": "无条件共享",
        "共享条件": "", "不予共享依据": "", "是否向社会开放": "是", "发布日期": "2019年6月1日",
    } | cells  # fmt: skip
    return ",".join(row[name] for name in HEAD.split(","))


def written(folder: Path, *lines: str) -> Path:
    file = folder / "entries.csv"
    file.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return file


def catalogue(*raws: dict[str, Any]) -> Catalogue:
    read = [read_entry(raw) for raw in raws]
    assert [one.faults for one in read] == [()] * len(raws)
    return to_catalogue(one.entry for one in read if one.entry)


def test_an_entry_has_12_core_metadata_and_one_extension() -> None:
    assert len(CORE) == 12
    assert EXTENSION == ("application_system",)
    assert list(Entry.model_fields) == [*CORE, *EXTENSION]
    assert [Entry.model_fields[name].description for name in (*CORE, *EXTENSION)] == [
        "信息资源分类", "信息资源名称", "信息资源代码", "信息资源提供方", "信息资源提供方代码", "信息资源摘要", "信息资源格式",
        "信息项信息", "更新周期", "共享属性", "开放属性", "发布日期", "所属应用系统",
    ]  # fmt: skip


def test_there_are_three_classes_of_sharing() -> None:
    assert list(SharingType) == ["unconditional", "conditional", "not_shared"]


def test_an_entry_is_read_and_its_provider_is_the_steward() -> None:
    entry = read_entry(RAW).entry
    assert entry is not None
    assert (entry.code, entry.update_cycle, entry.opening.open) == ("1010010001/1", "daily", False)
    assert entry.steward == "民政局"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sharing": {"type": "不予共享"}}, "needs its legal basis"),
        ({"sharing": {"type": "有条件共享"}}, "needs its condition"),
        ({"sharing": {"type": "secret"}}, "is none of 无条件共享"),
        ({"provider_code": "91350100M000100Y44"}, "no unified social credit code"),
        ({"provider_code": "民政"}, "no unified social credit code"),
        ({"items": [{"name": "a", "data_type": "C"}, {"name": "a", "data_type": "N"}]}, "must be unique: a"),
        ({"items": []}, "items (信息项信息): is missing"),
        ({"items": [{"name": "a", "data_type": "C", "length": "x"}]}, "item 1, length: is no whole number"),
        ({"code": "101/1"}, "is not of the form"),
        ({"code": "1010010001"}, "is not of the form"),
        ({"code": "1010010001/1x"}, "is not of the form"),
        ({"code": "101001/٣"}, "is not of the form"),
        ({"update_cycle": "sometimes"}, "update_cycle (更新周期): is none of 实时"),
        ({"opening": {"open": "也许"}}, "is none of 是 (yes) or 否 (no)"),
        ({"published_on": "2019-06"}, "is no whole date"),
        ({"summary": " "}, "summary (信息资源摘要): is missing"),
        ({"related": "x"}, "is no metadata of an entry"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_fault_is_told(change: dict[str, Any], said: str) -> None:
    read = read_entry(RAW | change)
    assert read.entry is None
    assert len(read.faults) == 1
    assert said in read.faults[0]


@pytest.mark.parametrize(
    "sharing",
    [
        {"type": "不予共享", "legal_basis": "示例法第一条"},
        {"type": "有条件共享", "condition": "核验"},
        {"type": "conditional", "condition": "核验", "method": "接口"},
    ],
)
def test_grounds_make_an_entry_whole(sharing: dict[str, str]) -> None:
    assert read_entry(RAW | {"sharing": sharing}).faults == ()


def test_all_faults_are_told_at_once() -> None:
    faults = read_entry({"code": "x", "sharing": {"type": "不予共享"}, "provider_code": "1"}).faults
    assert len(faults) == 12
    assert {fault.partition(" ")[0] for fault in faults} == {*CORE}


def test_a_file_with_a_row_per_item_becomes_entries(tmp_path: Path) -> None:
    merged_cells = "," * 7 + "身份证号,C,18" + "," * 6
    read = read_catalogue(
        written(tmp_path, line(), merged_cells, line("1.01.001.0001/1", "电话"), line("1010010001/2"))
    )
    found = to_catalogue(read.entries)
    assert (read.rows, read.imported, read.faults.height) == (4, 4, 0)
    assert found.items.rows() == [
        ("1010010001/1", 1, "姓名", "C", "50"), ("1010010001/1", 2, "身份证号", "C", "18"),
        ("1010010001/1", 3, "电话", "C", "50"), ("1010010001/2", 1, "姓名", "C", "50"),
    ]  # fmt: skip
    assert found.entries["published_on"].to_list() == ["2019-06-01"] * 2


def test_no_row_is_lost(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        line(),
        line("1010010001/2", 共享类型="不予共享"),
        line("1010010001/2", "电话", 共享类型="不予共享"),
        line("", "电话"),
        line("1010010001/3", 更新周期="每周"),
        line("1010010001/3", "电话"),
        "too,few",
        line("1010010001/4"),
    )
    read = read_catalogue(file)
    assert [entry.code for entry in read.entries] == ["1010010001/1", "1010010001/4"]
    assert (read.rows, read.imported, read.faults.height) == (8, 2, 6)
    assert read.faults["line"].to_list() == [3, 4, 5, 6, 7, 8]
    reasons = read.faults["reason"].to_list()
    assert "legal basis" in reasons[0]
    assert "code (信息资源代码): is missing" in reasons[2]
    assert "update_cycle (更新周期) differs between the rows of the code: 每周 / 每月" in reasons[3]
    assert reasons[5] == "has 2 cells, the header has 16"
    assert json.loads(read.faults["raw"][0])["共享类型"] == "不予共享"


def test_items_below_an_unreadable_row_are_not_given_to_the_entry_above_it(tmp_path: Path) -> None:
    merged_cells = "," * 7 + "身份证号,C,18" + "," * 6
    read = read_catalogue(written(tmp_path, line(), "1010010001/2,too few", merged_cells, line("1010010001/3")))
    assert [(entry.code, len(entry.items)) for entry in read.entries] == [("1010010001/1", 1), ("1010010001/3", 1)]
    assert (read.rows, read.imported, read.faults["line"].to_list()) == (4, 2, [3, 4])


def test_which_of_two_entries_of_one_code_is_meant_is_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    flat = {**made_entries(1, 3)[0]}
    lines = [flat, flat | {"name": "other"}, flat | {"code": "1010010001/9", "items": "姓名:C:5；电话:C"}]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in lines), encoding="utf-8")
    read = read_catalogue(file)
    assert [entry.code for entry in read.entries] == ["1010010001/9"]
    assert [item.model_dump() for item in read.entries[0].items] == [
        {"name": "姓名", "data_type": "C", "length": "5"}, {"name": "电话", "data_type": "C", "length": ""},
    ]  # fmt: skip
    assert (
        read.faults["reason"].to_list() == ["the code stands on lines 1, 2: which of them is meant cannot be known"] * 2
    )


def test_an_excel_sheet_is_read_as_the_same_rows_in_csv(tmp_path: Path) -> None:
    lines = [line(), line("1010010001/2", 不予共享依据="法", 共享类型="不予共享"), line("1010010001/3", 提供方代码="1")]
    csv = read_catalogue(written(tmp_path, *lines))
    file = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("封面").write(0, 0, "x")
        sheet = book.add_worksheet("目录")
        for number, text in enumerate([HEAD, *lines]):
            for place, cell in enumerate(text.split(",")):
                sheet.write(number, place, int(cell) if cell == "50" else cell)
    excel = read_catalogue(file, sheet="目录")
    assert excel.entries == csv.entries
    assert len(csv.entries) == 2
    assert_frame_equal(excel.faults.drop("file"), csv.faults.drop("file"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "x.csv",
            HEAD.replace("信息资源名称", "信息资源各称") + "\n" + line(),
            "no column name (信息资源名称); '信息资源各称' is not known; did you mean",
        ),
        ("x.csv", HEAD + ",摘要 *\n" + line() + ",s", "several headings for one column: summary: 摘要, 摘要 *"),
        ("x.csv", HEAD + "\n", "has no rows"),
        ("x.csv", "", "is empty"),
        ("x.jsonl", "nope\n", "no row can be read"),
        ("x.xlsx", "nope", "damaged"),
        ("x.doc", "nope", "no kind of file that is read here"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_catalogue(tmp_path / name)
    assert said in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_an_import_replaces_entries_of_its_codes_and_keeps_the_others(tmp_path: Path) -> None:
    first = read_catalogue(written(tmp_path, line(), line("1010010001/2"), line("1010010001/3")))
    write_catalogue(tmp_path / "c", merge(None, first).catalogue, first.faults)
    second = read_catalogue(written(tmp_path, line("1010010001/2", "电话"), line("1010010001/3"), line("1010010001/4")))
    merged = merge(open_catalogue(tmp_path / "c"), second)
    assert (merged.new, merged.changed, merged.same) == (1, 1, 1)
    assert merged.catalogue.items["name"].to_list() == ["姓名", "电话", "姓名", "姓名"]
    write_catalogue(tmp_path / "c", merged.catalogue, second.faults)
    again = open_catalogue(tmp_path / "c")
    assert_frame_equal(again.entries, merged.catalogue.entries)
    assert_frame_equal(again.items, merged.catalogue.items)


def test_a_folder_half_written_is_told(tmp_path: Path) -> None:
    whole = catalogue(RAW)
    write_catalogue(
        tmp_path,
        whole,
        pl.DataFrame(
            schema={"file": pl.String, "line": pl.Int64, "code": pl.String, "reason": pl.String, "raw": pl.String}
        ),
    )
    whole.items.head(1).write_parquet(tmp_path / "catalogue_items.parquet")
    with pytest.raises(StoreError, match="do not belong together"):
        open_catalogue(tmp_path)


@pytest.mark.parametrize("chinese", [False, True])
def test_what_is_exported_is_imported_again_as_it_was(tmp_path: Path, chinese: bool) -> None:
    whole = catalogue(
        RAW,
        RAW
        | {
            "code": "101001/2",
            "sharing": {"type": "不予共享", "legal_basis": '第"一"条, 甲'},
            "application_system": "",
        },
        RAW | {"code": "101001/3", "opening": {"open": True, "condition": "脱敏"}, "update_cycle": "其他"},
    )
    (tmp_path / "x.csv").write_text(as_rows(whole, chinese=chinese).write_csv(include_bom=chinese), encoding="utf-8")
    (tmp_path / "x.jsonl").write_text(as_json_lines(whole, chinese=chinese), encoding="utf-8")
    for name in ("x.csv", "x.jsonl"):
        read = read_catalogue(tmp_path / name)
        assert read.faults.is_empty()
        assert read.entries == list(entries_of(whole))
        assert read.unread == ()


def test_every_word_is_found_wherever_it_stands_and_better_places_come_first() -> None:
    whole = catalogue(
        RAW,
        RAW
        | {"code": "101001/2", "name": "户籍", "summary": "婚姻状况", "items": [{"name": "姓名", "data_type": "C"}]},
        RAW | {"code": "101001/3", "name": "车辆", "summary": "车", "items": [{"name": "婚姻状况", "data_type": "C"}]},
        RAW | {"code": "101001/4", "name": "车辆", "summary": "车", "provider": "公安局", "application_system": ""},
    )

    def codes(words: str) -> list[str]:
        return [code.removeprefix("101001") for code in search(whole, words)["code"].to_list()]

    assert codes("婚姻") == ["0001/1", "/2", "/3"]
    assert codes("婚姻状况") == ["/2", "/3"]
    assert codes("车辆 民政局") == ["/3"]
    assert codes("id号") == ["/4", "0001/1"]
    assert codes("1.01.001.0001/1") == ["0001/1"]
    assert codes("[婚") == []
    assert codes("") == ["/2", "/3", "/4", "0001/1"]
    assert search(whole, "公安 ｉｄ").select("found_in", "matched_items").rows() == [
        (["provider", "items"], ["ＩＤ号"])
    ]


def test_a_large_catalogue_is_searched_whole() -> None:
    made = made_entries(710, 16_000)
    whole = catalogue(*({
        **{key: row[key] for key in ("classification", "name", "code", "provider", "provider_code", "summary", "format", "items", "update_cycle", "published_on")},
        "sharing": {"type": row["sharing_type"], "condition": row.get("sharing_condition", ""), "legal_basis": row.get("legal_basis", "")},
        "opening": {"open": row["open"]},
    } for row in made))  # fmt: skip
    assert (whole.entries.height, whole.items.height) == (710, 16_000)
    assert search(whole, "身份证号").height == 710
    assert search(whole, "公积金 缴存").height == sum("公积金缴存" in row["name"] for row in made) > 0


PROJECT = """
[[source]]
name = "marriages"
files = "m*.csv"
key = "编号"
CATALOGUE
[[source.mention]]
subject = "person"
fields = { name = "姓名" }
[subject.person]
attributes = { name = "name" }
blocking = "name"
comparison = [{ attribute = "name" }]
"""


def found(folder: Path, entry: str, **files: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    (folder / "lifetree.toml").write_text(PROJECT.replace("CATALOGUE", entry), encoding="utf-8")
    for name, header in files.items():
        (folder / f"{name}.csv").write_text(f"{header}\n{'1,' * header.count(',')}1\n", encoding="utf-8")
    return [(row.finding, row.field, row.files) for row in drift(load_project(folder), catalogue(RAW))]


def test_drift_and_unmapped_columns_are_found(tmp_path: Path) -> None:
    both = ("m1.csv", "m2.csv")
    assert found(tmp_path, 'catalogue = "1.01.001.0001/1"', m1="编号,姓名,ID号,备注", m2="编号,姓名,备注") == [
        ("not_in_catalogue", "编号", both),
        ("not_in_catalogue", "备注", both),
        ("not_in_file", "ＩＤ号", ("m2.csv",)),
        ("unmapped", "ID号", ("m1.csv",)),
        ("unmapped", "备注", both),
    ]


def test_a_source_without_an_entry_or_with_an_unknown_one_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, "", m1="编号,姓名") == [("no_entry", None, ())]
    assert found(tmp_path, 'catalogue = "1010010001/2"', m1="编号,姓名") == [("unknown_entry", None, ())]


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    told = found(tmp_path, 'catalogue = "1010010001/1"', m1="编号,姓名,ＩＤ号", m2="a,a")
    assert ("unreadable", None, ("m2.csv",)) in told
    assert ("not_in_catalogue", "编号", ("m1.csv",)) in told


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [*line().split(","), "", "1010010001/2", '"', "[", "[1]", "x:y", "\x00", "不予共享", "每周"]
            ),
            min_size=13,
            max_size=17,
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_in_are_imported_or_faulty(tmp_path: Path, rows: list[list[str]]) -> None:
    file = written(tmp_path, line(), *(",".join(row) for row in rows))
    read = read_catalogue(file)
    assert read.rows == read.imported + read.faults.height
    assert sum(len(entry.items) for entry in read.entries) == read.imported


def guide() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "guide" / "catalogue.md").read_text(encoding="utf-8")


def test_the_guide_names_every_column_and_every_finding() -> None:
    page = guide()
    words = [word for name, chinese in HEADINGS.items() for word in (f"`{name}`", chinese[0])]
    words += [f"`{cycle}`" for cycle in UpdateCycle] + [f"`{kind}`" for kind in (*SharingType, *DRIFT)]
    assert [word for word in words if word not in page] == []


def test_the_template_of_the_guide_can_be_imported(tmp_path: Path) -> None:
    page = guide()
    start = page.index("信息资源分类,")
    (tmp_path / "x.csv").write_text(page[start : page.index("```", start)], encoding="utf-8")
    read = read_catalogue(tmp_path / "x.csv")
    assert (read.rows, read.imported) == (2, 2)
    assert [item.name for item in read.entries[0].items] == ["姓名", "身份证号"]
