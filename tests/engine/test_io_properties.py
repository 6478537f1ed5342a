"""Properties of reading: any table survives, and of any bytes every line is in a row, a reject or blank."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.io import ingest_file, row_column, take_snapshot
from engine.io.delimited import delimited_rows
from engine.io.lines import line_blocks
from engine.io.records import cells_of, frame_records
from engine.settings import Project, Source

CELLS = st.text(alphabet='ab",\n\r é\0', max_size=6)
SCRAPS = st.lists(st.sampled_from(['"', '""', ",", "a", "\n", "\r\n", '"\n', ',"', '",']), max_size=30).map("".join)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8), st.integers(1, 50))
def test_a_table_written_by_the_standard_library_is_read_back(table: list[tuple[str, ...]], size: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("x", "y", "z"), *table])
    content = text.getvalue().encode()
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    lines = line_blocks(blocks, encoding="utf-8", file=Path("t.csv"))
    parts = list(delimited_rows(lines, delimiter=",", file=Path("t.csv")))
    assert [fault for part in parts for fault in part.faults] == []
    rows = [row for part in parts for row in part.cells.fill_null("").rows()]
    assert rows == [tuple(row) for row in table]


@given(SCRAPS)
def test_every_line_of_any_text_is_accounted_for(text: str) -> None:
    [*blocks] = line_blocks([text.encode()] if text else [], encoding="utf-8", file=Path("t.csv"))
    for block in blocks:
        framed = frame_records(block, delimiter=",", width=2, final=True)
        spans = [*zip(framed.lines, framed.texts, strict=True), *((fault.line, fault.raw) for fault in framed.faults)]
        covered = [line + extra for line, part in spans for extra in range(part.count("\n") + 1)]
        blank = [block.first + place for place, line in enumerate(block.lines) if not line.strip("\r")]
        assert sorted(set(covered) | set(blank)) == list(range(block.first, block.first + block.lines.len()))
        assert len(covered) == len(set(covered))
        assert framed.rest.lines.len() == 0
        assert all(cells_of(part, delimiter=",") for part in framed.texts)


def test_framing_no_lines_gives_no_records() -> None:
    [block] = line_blocks([b"\n"], encoding="utf-8", file=Path("t.csv"))
    framed = frame_records(block, delimiter=",", width=2, final=True)
    assert (framed.texts.len(), framed.faults, framed.lines.dtype) == (0, [], pl.Int64)


FUZZED = 100_000
ALPHABETS = {
    "any byte": bytes(range(256)),
    "syntax": b'",;\t\r\n \\{}[]:ax\0\xe9',
    "no syntax": bytes(set(range(256)) - set(b'"\r\n')),
}
MENTION = {"subject": "person", "fields": {"a": "a", "b": "b", "c": "c"}}


def random_rows(alphabet: bytes, seed: int, rows: int = FUZZED) -> list[bytes]:
    draw = random.Random(seed)
    return [bytes(draw.choices(alphabet, k=draw.randrange(24))) for _ in range(rows)]


def read_all(file: Path, **settings: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    source = Source.model_validate({"name": "fuzz", "files": str(file), "mention": [MENTION]} | settings)
    parts = list(ingest_file(source, file, project_folder=file.parent))
    return pl.concat([part.rows for part in parts]), pl.concat([part.rejects for part in parts])


@pytest.mark.parametrize("encoding", [None, "latin-1"])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_every_line_of_random_bytes_is_in_a_row_a_reject_or_blank(
    tmp_path: Path, alphabet: str, encoding: str | None
) -> None:
    content = b"a,b,c\n" + b"\n".join(
        random_rows(ALPHABETS[alphabet], 1, FUZZED if alphabet == "any byte" else FUZZED // 5)
    )
    file = tmp_path / "fuzz.csv"
    file.write_bytes(content)
    rows, rejects = read_all(file, **({"encoding": encoding} if encoding else {}))
    breaks = pl.sum_horizontal(pl.col(map(row_column, "abc")).str.count_matches("\n").fill_null(0))
    spans = [
        *rows.select("line", breaks).rows(),
        *rejects.select("line", pl.col("raw").str.count_matches("\n")).rows(),
    ]
    covered = [line + extra for line, breaks in spans for extra in range(breaks + 1)]
    lines = content.split(b"\n")
    blank = [number for number, line in enumerate(lines, start=1) if not line.strip(b"\r")]
    assert len(covered) == len(set(covered))
    assert sorted({1, *covered, *blank}) == list(range(1, len(lines) + 1))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_every_line_of_random_json_is_a_row_a_reject_or_blank(tmp_path: Path, alphabet: str) -> None:
    lines = [line.replace(b"\n", b" ") for line in random_rows(ALPHABETS[alphabet], 2)]
    lines = [b'{"a": ' + line + b"}" if place % 3 else line for place, line in enumerate(lines)]
    lines[::7] = [b'{"a": "%d", "b": [1, "\xc3\xa9"], "c": null}' % place for place in range(0, FUZZED, 7)]
    file = tmp_path / "fuzz.jsonl"
    file.write_bytes(b"\n".join(lines))
    rows, rejects = read_all(file)
    blank = [number for number, line in enumerate(lines, start=1) if not line.decode("latin-1").strip()]
    told = [*rows["line"], *rejects["line"]]
    assert len(told) == len(set(told))
    assert sorted({*told, *blank}) == list(range(1, FUZZED + 1))
    assert rows.height >= FUZZED // 7


def test_random_bytes_in_typed_columns_are_rows(tmp_path: Path) -> None:
    values = random_rows(ALPHABETS["any byte"], 3)
    frame = pl.DataFrame({name: pl.Series(values[place:] + values[:place]) for place, name in enumerate("abc")})
    frame.write_parquet(tmp_path / "fuzz.parquet")
    rows, rejects = read_all(tmp_path / "fuzz.parquet")
    with sqlite3.connect(tmp_path / "fuzz.db") as connection:
        connection.execute("CREATE TABLE fuzz (a BLOB, b BLOB, c BLOB)")
        connection.executemany("INSERT INTO fuzz VALUES (?, ?, ?)", frame.iter_rows())
    connection.close()
    settings = {"name": "fuzz", "uri": "sqlite:///fuzz.db", "table": "fuzz", "mention": [MENTION]}
    person = {"attributes": {"a": "text"}, "blocking": ["a"], "comparison": [{"attribute": "a"}]}
    project = Project.model_validate({"source": [settings], "subject": {"person": person}})
    project._folder = tmp_path
    [file] = take_snapshot(project.sources[0], project)
    stored, unread = read_all(file)
    assert (rows.height, rejects.height, stored.height, unread.height) == (FUZZED, 0, FUZZED, 0)
    assert sorted(rows["content_hash"]) == sorted(stored["content_hash"])
