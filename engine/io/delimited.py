"""Rows of CSV and TSV files as text, and what their header says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from engine.errors import InputError
from engine.io.files import Delivered, Fault, unreadable
from engine.io.lines import LineBlock
from engine.io.records import OPEN, Records, cells_of, frame_records

DELIMITERS = ",;\t|%"
_NO_LINES = LineBlock(1, pl.Series(dtype=pl.String), {})
_QUOTED = re.compile(r'"[^"]*"')


class Header(NamedTuple):
    """The first record: its cells as column names, the delimiter, and the lines of the block that follow it."""

    columns: tuple[str, ...]
    delimiter: str
    rest: LineBlock


def read_header(block: LineBlock, *, delimiter: str | None, file: Path) -> Header | None:
    """Return the header, or None when all lines of the block are blank.

    Names lose surrounding blanks; an unnamed column is called `column N`. Without a declared delimiter it is the one of
    `DELIMITERS` that splits the header's first line into most cells outside quotes, the first of them on ties.

    Raises:
        InputError: a name twice, a quote left open, or text that is none (null bytes).
    """
    filled = (block.lines.str.strip_chars("\r") != "").arg_max()
    if filled is None or block.lines[filled].strip("\r") == "":
        return None
    start = _from(block, filled)
    first = start.lines[0]
    if "\0" in first:
        raise InputError(
            f"{file}: null bytes in the header", hint="set `encoding` (utf-16?), or `format` if it is no text"
        )
    outside = _QUOTED.sub("", first)
    delimiter = delimiter or max(DELIMITERS, key=outside.count)
    framed = frame_records(start._replace(lines=start.lines.head(1_000)), delimiter=delimiter, width=None, final=True)
    if framed.faults and framed.faults[0].line == start.first:
        reason = framed.faults[0].reason
        raise InputError(
            f"{file}, line {start.first}: the header cannot be read: {reason}",
            hint="close the quote" if reason == OPEN else "set `delimiter` and `encoding`, or mend the header",
        )
    used = framed.texts[0].count("\n") + 1
    names = [cell.strip() for cell in cells_of(framed.texts[0], delimiter=delimiter)]
    columns = named_columns(names, file=file)
    return Header(columns, delimiter, _from(start, used))


def named_columns(names: Iterable[str], *, file: Path) -> tuple[str, ...]:
    """Return the names with the unnamed ones filled in; a name twice is an InputError."""
    columns = tuple(name or f"column {number}" for number, name in enumerate(names, start=1))
    twice = [name for name, times in Counter(columns).items() if times > 1]
    if twice:
        raise InputError(
            f"{file}: the header names {', '.join(map(repr, twice))} more than once",
            hint="rename the columns in the file; which of them is meant cannot be known",
        )
    return columns


def delimited_rows(blocks: Iterable[LineBlock], *, delimiter: str | None, file: Path) -> Iterator[Delivered]:
    """Yield the rows of a file. Blank lines are no rows; empty cells are null.

    A row with fewer or more cells than the header is a fault, unless those too many are empty and last.
    """
    header, rest = None, _NO_LINES
    for block in blocks:
        if header is None:
            header = read_header(block, delimiter=delimiter, file=file)
            if header is None:
                continue
            rest = header.rest
        else:
            rest = _appended(rest, block)
        framed = frame_records(rest, delimiter=header.delimiter, width=len(header.columns), final=False)
        rest = framed.rest
        yield _parsed(framed, header, file)
    if header is None:
        raise InputError(f"{file}: no header, all lines are blank", hint="ask for the delivery again")
    if rest.lines.len():
        framed = frame_records(rest, delimiter=header.delimiter, width=len(header.columns), final=True)
        yield _parsed(framed, header, file)


def _parsed(framed: Records, header: Header, file: Path) -> Delivered:
    texts, expected = framed.texts, len(header.columns)
    table, ragged = _table(texts, header, file)
    tails = {place: header.delimiter * (got - expected) for place, got in ragged.items() if got > expected}
    longer = {place: tail for place, tail in tails.items() if texts[place].endswith(tail)}
    if longer:
        items = texts.to_list()
        for place, tail in longer.items():
            items[place] = items[place].removesuffix(tail)
        table, ragged = _table(pl.Series(items, dtype=pl.String), header, file)
    faults = [
        Fault(framed.lines[place], f"has {_cells(got)}, the header has {expected}", texts[place])
        for place, got in ragged.items()
    ]
    lines = framed.lines
    if ragged:
        lines = lines.filter(~pl.int_range(texts.len(), eager=True).is_in(list(ragged)))
    if table.height != lines.len():
        raise InputError(
            f"{file}: {lines.len()} rows from line {framed.lines[0]} on were read as {table.height}",
            hint="set `delimiter`; if it is right, please report this file's form",
        )
    return Delivered(table, lines, sorted(framed.faults + faults))


def _table(texts: pl.Series, header: Header, file: Path) -> tuple[pl.DataFrame, dict[int, int]]:
    """Return the parsed records, and the number of cells of those left out for it, by place."""
    ragged: dict[int, int] = {}

    def note(row: pc.InvalidRow) -> str:
        ragged[row.number - 1] = row.actual_columns
        return "skip"

    content = (texts.str.join("\n").item() + "\n").encode() if texts.len() else b""
    if not content:
        return pl.DataFrame(schema=dict.fromkeys(header.columns, pl.String)), ragged
    try:
        table = pc.read_csv(
            pa.BufferReader(content),
            read_options=pc.ReadOptions(column_names=header.columns, use_threads=False, block_size=len(content) + 1),
            parse_options=pc.ParseOptions(
                delimiter=header.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(header.columns, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise unreadable(file, error) from error
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame, ragged


def _appended(rest: LineBlock, block: LineBlock) -> LineBlock:
    if not rest.lines.len():
        return block
    held = rest.lines.len()
    return LineBlock(rest.first, pl.concat([rest.lines, block.lines]), rest.broken | _shifted(block.broken, -held))


def _from(block: LineBlock, place: int) -> LineBlock:
    return LineBlock(block.first + place, block.lines.slice(place), _shifted(block.broken, place))


def _shifted(broken: dict[int, str], by: int) -> dict[int, str]:
    return {place - by: reason for place, reason in broken.items() if place >= by}


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
