"""What a file is, from its first lines: format, encoding, delimiter, columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from engine.errors import InputError
from engine.io.delimited import DELIMITERS, Header, named_columns, read_header
from engine.io.encoding import Detected, detect, verify
from engine.io.excel import MANY_ROWS, read_sheet
from engine.io.files import byte_blocks, format_of, refuse_unusable
from engine.io.jsonl import row_of
from engine.io.lines import LineBlock, line_blocks
from engine.io.parquet import parquet_columns
from engine.settings.source import Source

JSON_SAMPLE = 1_000
HEADER_ONLY = "header only, no rows"


class FileFacts(NamedTuple):
    """A readable file; `encoding` and `delimiter` are empty where the format has none, `notes` what is unusual."""

    file: Path
    format: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def inspect_file(source: Source, file: Path) -> FileFacts:
    """Return the facts of one file.

    Reads the header, and of a text file as much as its encoding takes: all of it when the encoding is declared (and
    then checked) or the file is ASCII, else some 20,000 lines beyond ASCII. The columns of JSON lines are the names
    in the first 1,000 objects, and on from there while a mapped column has not been seen.

    Raises:
        InputError: a missing, empty, unreadable or damaged file, a folder, a header without names or with a name twice,
            bytes that are not of the declared encoding.
    """
    refuse_unusable(file)
    form = format_of(source, file)
    if form == "parquet":
        names, rows = parquet_columns(file)
        return FileFacts(file, form, "", "", named_columns(names, file=file), () if rows else (HEADER_ONLY,))
    if form == "excel":
        sheet = read_sheet(file, sheet=source.sheet)
        return FileFacts(file, form, "", "", tuple(sheet.cells.columns), _sheet_notes(sheet.numbers.len()))
    encoding = _encoding(source, file)
    lines = text_lines(file, encoding=encoding.encoding)
    if form == "jsonl":
        columns = _json_columns(source, lines)
        notes = encoding.notes if columns else (*encoding.notes, "no JSON object in it")
        return FileFacts(file, form, encoding.encoding, "", columns, notes)
    header = _header(lines, delimiter_of(source, form), file)
    notes = encoding.notes if _has_rows(header, lines) else (*encoding.notes, HEADER_ONLY)
    return FileFacts(file, form, encoding.encoding, header.delimiter, header.columns, notes)


def needed_columns(source: Source, facts: FileFacts) -> tuple[str, ...]:
    """Return the mapped columns that a delivery must have; the others count as missing where it lacks them.

    JSON lines leave out names without value. What was read from a database, whose columns are checked before, may be
    older than a column. Of a delta, the column that says what each row does is needed in any format.
    """
    op = source.op_of(facts.file)
    ops = (op,) if op else ()
    if facts.format == "jsonl" or source.uri:
        return (*source.key, *ops)
    return (*(name for name in source.columns() if name not in source.optional), *ops)


def text_lines(file: Path, *, encoding: str) -> Iterator[LineBlock]:
    """Yield the lines of a text file."""
    return line_blocks(byte_blocks(file), encoding=encoding, file=file)


def delimiter_of(source: Source, form: str) -> str | None:
    """Return the delimiter that is declared or implied by the format; None for one to be detected."""
    return source.delimiter or ("\t" if form == "tsv" else None)


def other_delimiter(facts: FileFacts) -> str | None:
    """Return the delimiter that a header of one column seems to hold, if it does."""
    if facts.format not in ("csv", "tsv") or len(facts.columns) != 1:
        return None
    held = max(DELIMITERS, key=facts.columns[0].count)
    return held if held in facts.columns[0] else None


def _sheet_notes(rows: int) -> tuple[str, ...]:
    if rows >= MANY_ROWS:
        return (f"{rows:,} rows in a workbook, which is held in memory as a whole; CSV and Parquet are not",)
    return () if rows else (HEADER_ONLY,)


def _encoding(source: Source, file: Path) -> Detected:
    if source.encoding is None:
        return detect(byte_blocks(file))
    if source.encoding != "latin-1":
        verify(byte_blocks(file), encoding=source.encoding, file=file)
    return Detected(source.encoding, ())


def _header(lines: Iterator[LineBlock], delimiter: str | None, file: Path) -> Header:
    for block in lines:
        if header := read_header(block, delimiter=delimiter, file=file):
            return header
    raise InputError(f"{file}: no header, all lines are blank", hint="ask for the delivery again")


def _has_rows(header: Header, lines: Iterator[LineBlock]) -> bool:
    if any(line.strip() for line in header.rest.lines.head(10)):
        return True
    return any((block.lines.str.strip_chars() != "").any() for block in (header.rest, *islice(lines, 1)))


def _json_columns(source: Source, lines: Iterator[LineBlock]) -> tuple[str, ...]:
    names, mapped, seen = dict[str, None](), set(source.columns()), 0
    for block in lines:
        for text in block.lines:
            if seen >= JSON_SAMPLE and mapped <= names.keys():
                return tuple(names)
            row = row_of(text)
            if isinstance(row, dict):
                names |= dict.fromkeys(row)
                seen += 1
    return tuple(names)
