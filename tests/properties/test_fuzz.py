"""Whatever is delivered: nothing crashes, every line and every row is accounted for, and cleansing twice is once."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleanse import cleanse
from engine.errors import InputError
from engine.io import ingest_file
from engine.settings import Source, Subject
from engine.values import KINDS

ROWS = 100_000
KEPT = [name for name in KINDS if name != "text"]
SUBJECT = Subject.model_validate(
    {
        "attributes": {f"a_{kind}": {"kind": kind} for kind in KEPT},
        "identifier": [{"attribute": "a_resident_id"}],
        "blocking": [{"on": ["a_name"]}],
        "comparison": [{"attribute": "a_name", "kind": "exact"}],
    }
)
FIELDS = {f"a_{kind}": f"c{place}" for place, kind in enumerate(KEPT)}
ITEMS = {
    name: {"columns": f"c{place}", "kind": kind}
    for place, (name, kind) in enumerate(
        [("event", "text"), ("event_date", "date"), ("event_until", "date"), ("amount", "number"), ("division", "code")]
    )
}
PIECES = st.text(alphabet="0123456789Xx-/. 年月日万元张三测无\u200b\ufeff０Ａ·\0", max_size=20) | st.text(max_size=8)


def source(file: Path, encoding: str | None = None) -> Source:
    return Source.model_validate(
        {
            "name": "fuzz",
            "files": str(file),
            "key": "id",
            "delivered_at": "2024-12-31",
            "recorded_at": "c1",
            "encoding": encoding,
            "delimiter": ",",
            "mention": [{"subject": "thing", "fields": FIELDS}],
            "items": ITEMS,
            "required": ["a_name"],
        }
    )


def accounted(file: Path, encoding: str | None = None) -> dict[str, int]:
    """Return rows, unread lines and the account of what became of the rows; the rows are read and cleansed."""
    mapped = source(file, encoding)
    chunks = list(ingest_file(mapped, file, project_folder=file.parent, chunk_rows=20_000))
    rows = pl.concat([chunk.rows for chunk in chunks])
    cleansed = cleanse(rows, source=mapped, subjects={"thing": SUBJECT})
    [account] = cleansed.accounts.to_dicts()
    keys = rows["record_id"].drop_nulls().n_unique()
    assert cleansed.rejects.height == account["quarantined"]
    assert cleansed.records["thing"]["record_id"].n_unique() == account["kept"] <= keys
    assert account["rows_in"] == rows.height
    assert account["rows_in"] == sum(
        account[name] for name in ("kept", "quarantined", "exact_duplicates", "superseded")
    )
    return {"rows": rows.height, "unread": sum(chunk.rejects.height for chunk in chunks), **account}


def random_lines(generator: random.Random, lines: int, alphabet: bytes) -> list[bytes]:
    return [bytes(generator.choices(alphabet, k=generator.randrange(1, 60))) for _ in range(lines)]


HEADER = ",".join(["id", *FIELDS.values()]).encode()
NO_BREAKS = bytes(one for one in range(256) if one not in b'\r\n"')
IN_A_CELL = bytes(one for one in NO_BREAKS if one not in b",")


def test_100_000_rows_of_random_bytes_are_accounted_for(tmp_path: Path) -> None:
    generator, width = random.Random(1), len(FIELDS) + 1
    sizes = generator.choices(range(7), k=ROWS * width)
    every = iter(generator.choices(IN_A_CELL, k=sum(sizes)))
    cells = [bytes(islice(every, size)) for size in sizes]
    lines = [b",".join(cells[place : place + width]) for place in range(0, len(cells), width)]
    file = tmp_path / "rows.csv"
    file.write_bytes(HEADER + b"\n" + b"\n".join(lines) + b"\n")
    told = accounted(file, "latin-1")
    assert (told["rows"] + told["unread"], told["rows"] > 0.8 * ROWS) == (ROWS, True)


@pytest.mark.parametrize("encoding", ["latin-1", None], ids=["every byte a character", "encoding detected"])
def test_100_000_lines_of_random_bytes_are_rows_or_rejects(tmp_path: Path, encoding: str | None) -> None:
    lines = random_lines(random.Random(1), ROWS, NO_BREAKS)
    file = tmp_path / "bytes.csv"
    file.write_bytes(HEADER + b"\n" + b"\n".join(lines) + b"\n")
    told = accounted(file, encoding)
    assert told["rows"] + told["unread"] == len(lines)


def test_a_carriage_return_between_quotes_inside_a_bare_cell_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "stray.csv"
    file.write_bytes(HEADER + b'\nx"\r"' + b"," * len(FIELDS) + b"\n")
    assert (told := accounted(file))["rows"] + told["unread"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_random_cells_of_a_row_each_are_accounted_for(tmp_path: Path, seed: int) -> None:
    generator = random.Random(seed)
    alphabet = [
        chr(one)
        for one in (*range(32, 127), *range(0x4E00, 0x4E40), 0x200B, 0xFEFF, 0xFF10, 0x2F, 0)
        if one not in (34, 44)
    ]
    rows = [
        ",".join(["".join(generator.choices(alphabet, k=generator.randrange(12))) for _ in range(len(FIELDS) + 1)])
        for _ in range(2_000)
    ]
    file = tmp_path / "cells.csv"
    file.write_text("\n".join([HEADER.decode(), *rows]) + "\n", encoding="utf-8")
    told = accounted(file)
    assert told["rows"] + told["unread"] == len(rows)


@pytest.mark.parametrize("seed", range(12))
def test_bytes_of_any_kind_are_read_or_refused_with_a_reason(tmp_path: Path, seed: int) -> None:
    generator = random.Random(seed)
    file = tmp_path / "anything.csv"
    file.write_bytes(HEADER + b"\n" + b"\n".join(random_lines(generator, 200, bytes(range(256)))))
    try:
        told = accounted(file)
    except InputError as error:
        told = {"rows": 0, "unread": str(error).count(file.name)}
    assert told["rows"] + told["unread"] > 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(PIECES, min_size=len(FIELDS) + 1, max_size=len(FIELDS) + 1), max_size=8))
def test_any_table_of_texts_is_accounted_for(table: list[list[str]]) -> None:
    mapped = source(Path("t.parquet"))
    columns = ["id", *FIELDS.values()]
    frame = pl.DataFrame(table, schema=dict.fromkeys(columns, pl.String), orient="row").select(
        pl.col(name).replace("", None) for name in columns
    )
    rows = frame.select(
        source=pl.lit("fuzz"), record_id="id", content_hash=pl.concat_str(pl.all().fill_null(""), separator="\x1f"),
        delivered_at=pl.lit("2024-12-31"), recorded_at="c1", withdraws=pl.lit(value=False), file=pl.lit("t"),
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
    )  # fmt: skip
    wide = rows.hstack([frame[name].alias(f"{name} (delivered)") for name in columns])
    [account] = cleanse(wide, source=mapped, subjects={"thing": SUBJECT}).accounts.to_dicts()
    parts = ("kept", "quarantined", "exact_duplicates", "superseded")
    assert account["rows_in"] == len(table) == sum(account[name] for name in parts)
