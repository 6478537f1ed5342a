"""Properties of framing: any table survives, and of any text every line is in a record, a fault or blank."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.io.delimited import delimited_rows
from engine.io.lines import line_blocks
from engine.io.records import cells_of, frame_records

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
