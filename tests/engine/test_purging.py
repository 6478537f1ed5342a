"""Files without the rows of purged records: every other row and byte of them stays."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from engine.io import ingest_file
from engine.io.purging import drop_rows, holding, write_without
from engine.settings import Source
from engine.store.purges import key_hash_of

ROWS = [("1", "Ann", "Ayr"), ("2", "Zyx", "Ba\nth"), ("3", 'Bo "B"', "Öre"), ("4", "Cy", "Kent")]


def source(*, key: bool = True) -> Source:
    mention = {"subject": "person", "fields": {"name": "name", "town": "town"}}
    return Source.model_validate(
        {"name": "register", "files": "x", "mention": [mention]} | ({"key": "id"} if key else {})
    )


def text() -> str:
    cells = ([f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS)
    return "id,name,town\n" + "\n\n".join(",".join(row) for row in cells) + "\nx,y\n"


def workbook(file: Path) -> None:
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([("id", "name", "town"), *ROWS]):
            sheet.write_row(number, 0, row)


FRAME = pl.DataFrame(ROWS, schema=["id", "name", "town"], orient="row")
FORMS: dict[str, Callable[[Path], Any]] = {
    "a.csv": lambda file: file.write_text(text(), encoding="utf-8-sig"),
    "b.csv": lambda file: file.write_text(text(), encoding="utf-16"),
    "c.csv": lambda file: file.write_bytes(text().replace("\n", "\r\n").encode("gb18030")),
    "d.csv.gz": lambda file: file.write_bytes(gzip.compress(text().encode())),
    "e.jsonl": lambda file: FRAME.write_ndjson(file),
    "f.parquet": lambda file: FRAME.write_parquet(file),
    "g.xlsx": workbook,
}


def contents(file: Path, **purged: str) -> tuple[list[str], list[str]]:
    """Return the contents of the rows that are read, and why others are not."""
    parts = list(ingest_file(source(), file, project_folder=file.parent, purged=purged))
    rows, rejects = (pl.concat([getattr(part, name) for part in parts]) for name in ("rows", "rejects"))
    return rows["content_hash"].to_list(), rejects["reason"].to_list()


@pytest.mark.parametrize("name", FORMS)
def test_every_other_row_stays_as_it_was(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    FORMS[name](file)
    before, rejected = contents(file)
    keys = {key_hash_of("register", "2"): "P1"}
    made = write_without(source(), file, tmp_path / f"made.{name}", holding(source(), file, keys))

    assert contents(made) == ([before[0], *before[2:]], rejected)
    assert contents(file, **keys)[1].count("the record was purged (P1)") == 1
    assert holding(source(), made, keys).lines.is_empty()


def test_all_rows_of_one_content_are_purged_where_there_is_no_key(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pl.concat([FRAME.drop("id"), FRAME.drop("id")]).write_parquet(file)
    [whole] = ingest_file(source(key=False), file, project_folder=tmp_path)
    keys = {key_hash_of("register", whole.rows["record_id"][1]): "P1"}

    assert drop_rows(source(key=False), file, keys, dry=True) == 2
    assert drop_rows(source(key=False), file, keys) == 2
    assert pl.read_parquet(file)["name"].to_list() == ["Ann", 'Bo "B"', "Cy"] * 2


def test_a_file_of_purged_rows_alone_can_still_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    FRAME.head(1).write_ndjson(file)
    keys = {key_hash_of("register", "1"): "P1"}
    made = write_without(source(), file, tmp_path / "b.jsonl", holding(source(), file, keys))

    assert contents(made) == ([], ["no value in the key column 'id'"])
