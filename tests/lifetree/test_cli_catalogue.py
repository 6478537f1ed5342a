"""`catalog import, search, entry, export, check` as a user calls them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from benchmarks.catalogue import made_entries
from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "id"
catalogue = "{code}"
[[source.mention]]
subject = "person"
fields = {{ name = "姓名" }}

[subject.person]
attributes = {{ name = "name" }}
blocking = "name"
comparison = [{{ attribute = "name" }}]
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("delivered") / "entries.jsonl"
    rows = made_entries(30, 90)
    rows[2]["legal_basis"] = ""
    rows[3]["remark"] = "x"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows) + "nope\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def catalogue(file: Path) -> Path:
    folder = file.parent / "catalogue"
    assert run("catalog", "import", folder, file).exit_code == 0
    return folder


def test_an_import_accounts_for_every_row(file: Path, tmp_path: Path) -> None:
    told = json.loads(run("catalog", "import", tmp_path / "c", file, "--format", "json").stdout)
    faults = told.pop("faults")
    assert told == {
        "rows": 31, "imported": 29, "faulty": 2, "entries": 29, "new": 29, "changed": 0, "same": 0,
        "columns_not_read": ["remark"],
    }  # fmt: skip
    assert [(row["line"], row["code"]) for row in faults] == [(3, "1010010001/2"), (31, None)]
    assert "needs its legal basis" in faults[0]["reason"]
    assert pl.read_parquet(tmp_path / "c" / "catalogue_faults.parquet")["raw"].to_list() == [
        row["raw"] for row in faults
    ]
    again = run("catalog", "import", tmp_path / "c", file)
    assert "same: 29" in again.stderr
    assert "columns not read: remark" in again.stderr
    assert "needs its legal basis" in " ".join(again.stdout.split())


def test_words_find_entries(catalogue: Path) -> None:
    found = json.loads(run("catalog", "search", catalogue, "婚姻", "登记", "--format", "json").stdout)
    assert [(row["code"], row["found_in"]) for row in found] == [("1010010001/0", ["name"])]
    shown = run("catalog", "search", catalogue, "姓名", "--limit", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert [row["matched_items"] for row in rows] == ["姓名", "姓名"]
    assert "29 entries found, 2 shown" in shown.stderr
    assert run("catalog", "search", catalogue, "无此词").stdout == "nothing found\n"


def test_an_entry_is_shown_with_its_13_metadata_and_its_items(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("catalog", "entry", catalogue, "1010010001/1", "--format", "csv").stdout))
    )
    assert [row["number"] for row in rows] == [*map(str, range(1, 13)), "extension"]
    monkeypatch.setenv("COLUMNS", "120")
    table = run("catalog", "entry", catalogue, "1.01.001.0001/1").stdout
    assert "type: conditional; condition: 用于核验" in table
    assert "出生日期" in table
    told = json.loads(run("catalog", "entry", catalogue, "1010010001/1", "--format", "json").stdout)
    assert told["steward"] == told["provider"] == "示例局01"
    assert len(told["items"]) == 3


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
@pytest.mark.parametrize("flags", [[], ["--chinese"]], ids=["english", "chinese"])
def test_an_export_can_be_imported(catalogue: Path, tmp_path: Path, name: str, flags: list[str]) -> None:
    assert run("catalog", "export", catalogue, tmp_path / name, *flags).exit_code == 0
    assert run("catalog", "import", tmp_path / "c", tmp_path / name).exit_code == 0
    exported = [run("catalog", "export", folder, "-").stdout for folder in (catalogue, tmp_path / "c")]
    assert exported[0] == exported[1]
    assert len(exported[0].splitlines()) == 1 + 29 * 3


def test_a_project_is_held_against_the_catalogue(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT.format(code="1010010001/1"), encoding="utf-8")
    (tmp_path / "civil.csv").write_text("id,姓名,身份证号\n1,a,b\n", encoding="utf-8")
    result = run("catalog", "check", tmp_path, catalogue, "--format", "json")
    assert result.exit_code == 1
    assert [(row["finding"], row["field"]) for row in json.loads(result.stdout)] == [
        ("not_in_catalogue", "id"), ("not_in_file", "出生日期"), ("unmapped", "身份证号"),
    ]  # fmt: skip
    assert "not in catalogue: 1; not in file: 1; unmapped: 1" in result.stderr


def test_an_unmapped_column_alone_is_no_failure(catalogue: Path, tmp_path: Path) -> None:
    text = PROJECT.format(code="1010010001/1").replace('key = "id"', 'key = "出生日期"')
    (tmp_path / "lifetree.toml").write_text(text, encoding="utf-8")
    (tmp_path / "civil.csv").write_text("出生日期,姓名,身份证号\n1,a,b\n", encoding="utf-8")
    result = run("catalog", "check", tmp_path, catalogue)
    assert result.exit_code == 0
    assert "身份证号" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "nowhere", "x"], 1, "lifetree catalog import nowhere FILE makes one"),
        (["entry", "{catalogue}", "1010010001/99"], 2, "near: 1010010001/9"),
        (["export", "{catalogue}", "x.xlsx"], 2, "neither .csv nor .jsonl"),
        (["export", "{catalogue}", "nowhere/x.csv"], 1, "no folder"),
        (["import", "{catalogue}", "nowhere.csv"], 1, "no file"),
        (["import", "{file}", "{file}"], 1, "is a file"),
        (["check", "nowhere", "{catalogue}"], 1, "no such folder: nowhere"),
        (["search", "{catalogue}", "x", "--limit", "0"], 2, "0 is not in the range"),
    ],
)
def test_a_mistake_is_told_with_the_next_step(
    catalogue: Path, file: Path, arguments: list[str], code: int, said: str
) -> None:
    result = run("catalog", *(text.format(catalogue=catalogue, file=file) for text in arguments))
    assert result.exit_code == code
    assert said in result.stderr


def test_a_file_without_a_good_row_leaves_the_catalogue_as_it_was(catalogue: Path, tmp_path: Path) -> None:
    before = run("catalog", "export", catalogue, "-").stdout
    (tmp_path / "x.jsonl").write_text(json.dumps(made_entries(1, 1)[0] | {"provider_code": "1"}), encoding="utf-8")
    result = run("catalog", "import", catalogue, tmp_path / "x.jsonl")
    assert result.exit_code == 1
    assert "no entry was imported" in result.stderr
    assert run("catalog", "export", catalogue, "-").stdout == before


def states(catalogue: Path) -> dict[str, str]:
    rows = json.loads(run("catalog", "search", catalogue, "--limit", "100", "--format", "json").stdout)
    return {row["code"]: row["state"] for row in rows}


def exported(catalogue: Path, *options: str) -> int:
    file = catalogue.parent / "all.jsonl"
    run("catalog", "export", catalogue, file, *options)
    return len(file.read_text(encoding="utf-8").splitlines())


def test_a_draft_is_registered_then_published_then_exported(file: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "c"
    run("catalog", "import", catalogue, file, "--draft")
    first, second = list(states(catalogue))[:2]

    early = run("catalog", "publish", catalogue, first)
    assert early.exit_code == 1
    assert "is draft, not registered" in early.stderr
    assert exported(catalogue) == 0

    assert run("catalog", "register", catalogue, first, second).exit_code == 0
    assert run("catalog", "publish", catalogue, first).exit_code == 0

    assert [states(catalogue)[code] for code in (first, second)] == ["published", "registered"]
    assert (exported(catalogue), exported(catalogue, "--all")) == (1, 29)


def test_an_unchanged_entry_keeps_its_state_when_it_is_imported_again(file: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "c"
    run("catalog", "import", catalogue, file)
    again = json.loads(run("catalog", "import", catalogue, file, "--draft", "--format", "json").stdout)

    assert again["same"] == 29
    assert set(states(catalogue).values()) == {"published"}


def test_a_code_that_the_catalogue_does_not_have_moves_nothing(catalogue: Path) -> None:
    failed = run("catalog", "publish", catalogue, "9999999/1")

    assert failed.exit_code == 1
    assert "no entry of this code" in failed.stderr


def test_values_of_another_type_or_length_are_drift(tmp_path: Path) -> None:
    entry = made_entries(1, 2)[0] | {"items": [
        {"name": "id", "data_type": "数值型", "length": "3"}, {"name": "姓名", "data_type": "字符型", "length": "2"},
    ]}  # fmt: skip
    (tmp_path / "entries.jsonl").write_text(json.dumps(entry, ensure_ascii=False) + "\n", encoding="utf-8")
    run("catalog", "import", tmp_path / "c", tmp_path / "entries.jsonl")
    (tmp_path / "lifetree.toml").write_text('catalogue = "c"\n' + PROJECT.format(code=entry["code"]), encoding="utf-8")
    (tmp_path / "civil.csv").write_text("id,姓名\n1,王芳\n2,欧阳修\nx,李强\n", encoding="utf-8")

    checked = run("catalog", "check", tmp_path, "--format", "json")

    found = {(row["finding"], row["field"]): row["told"] for row in json.loads(checked.stdout)}
    assert checked.exit_code == 1
    assert set(found) == {("type_differs", "id"), ("length_differs", "姓名")}
    assert found["length_differs", "姓名"].endswith("1 of 3 values are no text of 2, such as '欧阳修'")


def test_a_check_without_a_catalogue_says_where_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT.format(code="1/1"), encoding="utf-8")

    failed = run("catalog", "check", tmp_path)

    assert failed.exit_code == 2
    assert "the project names none" in failed.stderr


def test_a_catalogue_of_before_there_were_states_is_published(file: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "c"
    run("catalog", "import", catalogue, file, "--draft")
    entries = catalogue / "catalogue_entries.parquet"
    pl.read_parquet(entries).drop("state").write_parquet(entries)

    assert set(states(catalogue).values()) == {"published"}
