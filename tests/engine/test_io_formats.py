"""JSON lines, Parquet and Excel as text, and what they cannot hold."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from engine.errors import InputError
from engine.io import Ingested, excel, facts, ingest_file, inspect_file, row_column
from engine.io.parquet import as_text
from engine.settings import Source

ROOT = Path(__file__).resolve().parents[2]


def source(**settings: Any) -> Source:
    mention = {"subject": "person", "fields": {"name": "name", "town": "town"}}
    return Source.model_validate({"name": "register", "files": "x", "key": "id", "mention": [mention]} | settings)


def read(file: Path, **settings: Any) -> Ingested:
    parts = list(ingest_file(source(**settings), file, project_folder=file.parent, chunk_rows=2))
    return Ingested(pl.concat([part.rows for part in parts]), pl.concat([part.rejects for part in parts]))


def workbook(file: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("people")
        styles = {dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value, styles.get(type(value)))
    return file


def test_json_values_keep_their_literal_text(tmp_path: Path) -> None:
    lines = [
        '{"id": 1.50, "name": "Ann", "town": {"b": [1.0, true, null, "é"], "a": 12345678901234567890}}',
        "",
        '{"id": "007", "name": null, "town": true, "later": 1}',
        '{"id": 1e3}\r',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    found = read(tmp_path / "a.jsonl")
    assert found.rows.select("line", *map(row_column, ("id", "name", "town"))).rows() == [
        (1, "1.50", "Ann", '{"b":[1.0,true,null,"é"],"a":12345678901234567890}'),
        (3, "007", None, "true"),
        (4, "1e3", None, None),
    ]
    assert inspect_file(source(), tmp_path / "a.jsonl").columns == ("id", "name", "town", "later")


def test_a_line_that_is_no_json_object_is_quarantined(tmp_path: Path) -> None:
    lines = {
        '{"id": 1, "name": "Ann"}': None,
        "garbage": "not JSON: Expecting value at character 1",
        "[1, 2]": "not a JSON object but an array",
        "7": "not a JSON object but a text or number",
        "null": "not a JSON object but null",
        '{"id": 2, "id": 3}': "a name stands twice",
        '{"id": 2, " id": 3}': "a name stands twice",
        '{"id": 4': "not JSON: Expecting ',' delimiter at character 9",
        '{"id": "\\ud800"}': "not JSON: half of a surrogate pair stands alone",
        "[" * 100_000: "not JSON: nested too deep",
        '{"name": "Bo"}': "no value in the key column 'id'",
        "{}": "no value in the key column 'id'",
        '{"id": "\\ud83d\\ude00"}': None,
    }
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    found = read(tmp_path / "a.jsonl")
    assert found.rows[row_column("id")].to_list() == ["1", "\U0001f600"]
    expected = [(line, reason) for line, reason in enumerate(lines.values(), start=1) if reason]
    assert found.rejects.select("line", "reason").rows() == expected


def test_the_same_row_has_the_same_hash_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,town\n7,Ann,\n")
    (tmp_path / "a.jsonl").write_text('{"town": null, "name": "Ann", "id": 7}\n')
    pl.DataFrame({"name": ["Ann"], "id": [7.0], "town": [None]}).write_parquet(tmp_path / "a.parquet")
    workbook(tmp_path / "a.xlsx", [["id", "name", "town"], [7, "Ann", None]])
    hashes = {
        read(tmp_path / f"a.{suffix}").rows["content_hash"].item() for suffix in ("csv", "jsonl", "parquet", "xlsx")
    }
    assert len(hashes) == 1


def test_parquet_values_become_the_text_of_a_csv_export(tmp_path: Path) -> None:
    stamp = dt.datetime(2020, 1, 2, 3, 4, 5, 500_000)
    typed = pl.DataFrame(
        {
            "float": [1.0, 0.1, None],
            "nan": [float("nan"), -2.0, 1e-7],
            "stamp": [dt.datetime(2020, 1, 2), stamp, None],
            "flag": [True, False, None],
            "list": [[1, 2], [], None],
            "bytes": [b"ok", b"\xff\x00", b""],
            "text": ["007", "", " x "],
        }
    )
    texts = {column.name: as_text(column).to_list() for column in typed}
    assert texts == {
        "float": ["1", "0.1", None],
        "nan": [None, "-2", "1e-7"],
        "stamp": ["2020-01-02", "2020-01-02T03:04:05.500", None],
        "flag": ["true", "false", None],
        "list": ["[1,2]", "[]", None],
        "bytes": ["ok", "ff00", None],
        "text": ["007", None, " x "],
    }


def test_parquet_rows_are_numbered_and_lossy_floats_quarantined(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [1.0, 3.3019919900101e17, None, 9.1], "name": list("abcd"), "town": list("abcd")})
    frame.write_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert found.rows.select("line", row_column("id")).rows() == [(1, "1"), (4, "9.1")]
    assert found.rejects.select("line", "rule").rows() == [(2, "read"), (3, "I1")]
    assert "last digits are lost" in found.rejects["reason"][0]


def test_parquet_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 this is not parquet")
    with pytest.raises(InputError, match=r"a\.parquet is damaged"):
        inspect_file(source(), tmp_path / "a.parquet")


def test_excel_cells_become_text_and_blank_rows_are_none(tmp_path: Path) -> None:
    rows = [
        [],
        ["id", " name ", "town"],
        ["330199199001010018", "007", dt.datetime(2020, 1, 2)],
        [],
        [12, 1.5, dt.datetime(2020, 1, 2, 10, 30)],
        [123456789012345, "2020-01-02 00:00:00", True],
        [None, "x", None],
    ]
    found = read(workbook(tmp_path / "a.xlsx", rows))
    assert found.rows.select("line", *map(row_column, ("id", "name", "town"))).rows() == [
        (3, "330199199001010018", "007", "2020-01-02"),
        (5, "12", "1.5", "2020-01-02T10:30:00"),
        (6, "123456789012345", "2020-01-02 00:00:00", "true"),
    ]
    assert found.rejects.select("line", "rule").rows() == [(7, "I1")]


def test_an_excel_identifier_typed_as_a_number_is_quarantined(tmp_path: Path) -> None:
    rows = [
        ["id", "name", "town"],
        [330199199001010018, "Ann", "x"],
        ["330199199001010018", "Bo", "y"],
        [1e22, "Cy", "z"],
    ]
    found = read(workbook(tmp_path / "a.xlsx", rows))
    assert found.rows[row_column("name")].to_list() == ["Bo"]
    assert found.rejects["line"].to_list() == [2, 4]
    assert "more than 15 digits" in found.rejects["reason"][0]


def test_an_excel_error_cell_is_quarantined(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "name", "town"])
        sheet.write_row(1, 0, ["1", "Ann", "x"])
        sheet.write_row(2, 0, ["2", "Bo"])
        sheet.write_formula(2, 2, "=1/0", value="#DIV/0!")
    found = read(tmp_path / "a.xlsx")
    assert found.rows[row_column("id")].to_list() == ["1"]
    assert found.rejects["line"].to_list() == [3]
    assert "holds an error" in found.rejects["reason"][0]


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        ([["id", "id"], [1, 2]], {}, "names 'id' more than once"),
        ([], {}, "blank"),
        ([["id", "name", "town"]], {"sheet": "peopel"}, "no sheet 'peopel'; did you mean 'people'?"),
        ([["id", "nom", "town"]], {}, "no column 'name'"),
    ],
    ids=["name twice", "blank sheet", "unknown sheet", "unknown column"],
)
def test_an_unusable_sheet_is_an_error(
    tmp_path: Path, rows: list[list[Any]], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        read(workbook(tmp_path / "a.xlsx", rows), **settings)


def test_a_file_that_is_no_workbook_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("id,name\n1,Ann\n")
    with pytest.raises(InputError, match=r"a\.xlsx is damaged"):
        inspect_file(source(), tmp_path / "a.xlsx")


def test_a_workbook_that_memory_may_not_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path / "a.xlsx", [["id", "name", "town"], [1, "Ann", "Lyon"]])
    monkeypatch.setattr(excel, "LARGEST", 1_000)
    with pytest.raises(InputError, match="workbooks are read as a whole") as caught:
        inspect_file(source(), file)
    assert "export the sheet as CSV" in str(caught.value)


def test_a_long_sheet_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path / "a.xlsx", [["id", "name", "town"], [1, "Ann", "Lyon"], [2, "Bo", "Lyon"]])
    monkeypatch.setattr(facts, "MANY_ROWS", 2)
    assert inspect_file(source(), file).notes == (
        "2 rows in a workbook, which is held in memory as a whole; CSV and Parquet are not",
    )


def test_a_row_group_of_many_rows_is_read_in_pieces(tmp_path: Path) -> None:
    """Columns of 16 random characters do not shrink: a row group read as a whole would be held as a whole."""
    rows, child = 1_000_000, (
        "import sys\nimport pyarrow as pa\nfrom pathlib import Path\nfrom engine.io.parquet import parquet_rows\n"
        "most = 0\nfor part in parquet_rows(Path(sys.argv[1]), columns=[f'c{n}' for n in range(3)], mapped=[], rows=10_000):\n"
        "    most = max(most, pa.total_allocated_bytes())\nprint(most)\n"
    )  # fmt: skip
    random = pl.select(*((pl.int_range(rows).hash(n).cast(pl.String)).alias(f"c{n}") for n in range(3)))
    random.write_parquet(tmp_path / "a.parquet", row_group_size=rows, use_pyarrow=True, compression="zstd")
    size = (tmp_path / "a.parquet").stat().st_size
    ran = subprocess.run(
        [sys.executable, "-c", child, tmp_path / "a.parquet"], cwd=ROOT, capture_output=True, check=True
    )
    assert int(ran.stdout) < size < 60_000_000
