"""A catalogue's file becomes entries; every row is in an entry or listed with the reasons why it is in none."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.catalogue.entry import Entry, plain_code, read_entry
from engine.catalogue.headings import HEADINGS, ITEM_COLUMNS, recognised
from engine.catalogue.tables import CATALOGUE_FAULTS, nested
from engine.errors import InputError
from engine.io.delimited import delimited_rows
from engine.io.excel import read_sheet, sheet_rows
from engine.io.facts import inspect_file, text_lines
from engine.io.files import COMPRESSIONS, SUFFIXES, Delivered
from engine.io.jsonl import json_rows
from engine.io.parquet import rows_as_json
from engine.settings.source import Mention, Source
from engine.values import KINDS

HEAD = tuple(column for column in HEADINGS if column not in {"items", *ITEM_COLUMNS})
READABLE = {suffix: form for suffix, form in SUFFIXES.items() if form != "parquet"}
ITEM_WORDS = {
    word: name
    for name, column in (("name", "item_name"), ("data_type", "item_data_type"), ("length", "item_length"))
    for word in (name, column, *HEADINGS[column])
}


class Imported(NamedTuple):
    """The entries of a file, its faulty rows, the rows that it has and those of the entries, and headings not read."""

    entries: list[Entry]
    faults: pl.DataFrame
    rows: int
    imported: int
    unread: tuple[str, ...]


Row = dict[str, Any]


def read_catalogue(file: Path, *, sheet: str | None = None) -> Imported:
    """Return the entries of a CSV, TSV, JSON-lines or Excel file, in the order of their codes.

    A row is an entry, with its items in one cell (a JSON list, or `name:type:length; name:type:length`); or a row is an
    item, and the rows of one code are an entry, whose metadata stand on any of them. A row of an item without a code
    belongs to the row above, as merged cells are read, unless an unreadable row stands between. An entry with a fault
    takes all its rows along: `rows` = `imported` + faults. Two entries of one code are both faulty: which is meant
    cannot be known.

    Raises:
        InputError: the file cannot be read, has no rows, or lacks a column.
    """
    delivered = _delivered(file, sheet)
    found = recognised(delivered.cells.columns, where=str(file))
    unread = tuple(name for name in delivered.cells.columns if name not in found)
    frame = delivered.cells.select(list(found)).rename(found)
    frame = frame.with_columns(pl.all().str.strip_chars()).with_columns(pl.when(pl.all() != "").then(pl.all()))
    frame = frame.with_columns(KINDS["date"].clean(pl.col("published_on")), line=delivered.lines)
    unreadable = [fault.line for fault in delivered.faults]
    groups = _groups(frame.to_dicts(), unreadable, by_item="item_name" in frame.columns)
    entries, told = list[Entry](), dict[int, tuple[str | None, str]]()
    for group in groups:
        raw, reasons = _raw(group, by_item="item_name" in frame.columns)
        read = read_entry(raw)
        if read.entry and not reasons:
            entries.append(read.entry)
        else:
            told |= {row["line"]: (raw.get("code"), "; ".join((*reasons, *read.faults))) for row in group}
    faults = _faults(file.name, delivered, told)
    rows = frame.height + len(delivered.faults)
    return Imported(sorted(entries, key=lambda entry: entry.code), faults, rows, frame.height - len(told), unread)


def _delivered(file: Path, sheet: str | None) -> Delivered:
    """Return all rows of the file as texts, and the unreadable ones."""
    suffixes = [suffix for suffix in map(str.lower, file.suffixes) if suffix not in COMPRESSIONS]
    if file.is_file() and (suffixes or [""])[-1] not in READABLE:
        raise InputError(f"{file}: no kind of file that is read here", hint=f"known suffixes: {' '.join(READABLE)}")
    try:
        parts = _parts(file, sheet)
    except InputError as error:
        message = str(error).partition("\n\nHint:")[0]
        hint = (
            "give --sheet one of the workbook's" if "no sheet" in message else "mend the file, or save it anew as CSV"
        )
        raise InputError(message, hint="give the path of the file" if not file.is_file() else hint) from error
    cells = pl.concat([part.cells for part in parts], how="diagonal")
    lines = pl.concat([part.lines.cast(pl.Int64) for part in parts])
    faults = [fault for part in parts for fault in part.faults]
    if not cells.height and not faults:
        raise InputError(f"{file} has no rows", hint="a heading alone makes no entry; docs/guide/catalogue.md")
    if not cells.width:
        raise InputError(f"{file}: no row can be read; the first: {faults[0].reason}", hint="mend the file")
    return Delivered(cells, lines, faults)


def _parts(file: Path, sheet: str | None) -> list[Delivered]:
    source = Source(
        name="catalogue",
        files=(str(file),),
        sheet=sheet,
        mention=(Mention.model_validate({"subject": "entry", "fields": {"code": "code"}}),),
    )
    facts = inspect_file(source, file)
    if facts.format == "excel":
        return [sheet_rows(read_sheet(file, sheet=sheet), mapped=facts.columns)]
    lines = text_lines(file, encoding=facts.encoding)
    if facts.format == "jsonl":
        return list(json_rows(lines, mapped=()))
    return list(delimited_rows(lines, delimiter=facts.delimiter, file=file))


def _groups(rows: list[Row], unreadable: list[int], *, by_item: bool) -> list[list[Row]]:
    """Return the rows of each code; a row without a code stands alone unless it continues the one above.

    What stands below an unreadable row continues nothing: that row may have begun an entry of its own.
    """
    groups: dict[Any, list[Row]] = {}
    above: Any = None
    barriers = sorted(unreadable, reverse=True)
    for row in rows:
        while barriers and barriers[-1] < row["line"]:
            barriers.pop()
            above = None
        own = plain_code(row["code"] or "")
        continues = by_item and not any(row.get(column) for column in HEAD) and row["item_name"] and above is not None
        above = above if continues else own or row["line"]
        groups.setdefault(above, []).append(row)
    return list(groups.values())


def _raw(rows: list[Row], *, by_item: bool) -> tuple[Row, list[str]]:
    """Return an entry's metadata as written, and where its rows contradict one another or cannot be read."""
    raw, reasons = dict[str, Any](), list[str]()
    if not by_item and len(rows) > 1:
        lines = ", ".join(str(row["line"]) for row in rows)
        reasons.append(f"the code stands on lines {lines}: which of them is meant cannot be known")
    for column in HEAD:
        values = Counter(row[column] for row in rows if row.get(column))
        raw[column] = rows[0]["code"] if column == "code" else next(iter(values), None)
        if column != "code" and by_item and len(values) > 1:
            shown = " / ".join(sorted(values)[:3])
            reasons.append(f"{column} ({HEADINGS[column][0]}) differs between the rows of the code: {shown}")
    if by_item:
        raw["items"] = [_item(row) for row in rows if any(row.get(column) for column in ITEM_COLUMNS)]
    else:
        read = items_of(rows[0]["items"] or "")
        raw["items"] = [] if isinstance(read, str) else read
        reasons += [read] if isinstance(read, str) else []
    return nested(raw), reasons


def _item(row: Row) -> dict[str, str]:
    return {
        name: row[column]
        for name, column in zip(("name", "data_type", "length"), ITEM_COLUMNS, strict=True)
        if row.get(column)
    }


def items_of(cell: str) -> list[dict[str, str]] | str:
    """Return the items that a cell lists, or why it cannot be read.

    >>> items_of("姓名:字符型:50；性别:字符型")
    [{'name': '姓名', 'data_type': '字符型', 'length': '50'}, {'name': '性别', 'data_type': '字符型'}]
    >>> items_of('[{"name": "姓名", "data_type": "C", "length": 50}]')
    [{'name': '姓名', 'data_type': 'C', 'length': '50'}]
    """
    if not cell.startswith("["):
        parts = [re.split("[:：]", part.strip()) for part in re.split("[;；\n]", cell) if part.strip()]
        if any(len(part) > 3 for part in parts):
            return "items (信息项信息): an item has more than name:type:length; write a JSON list where names hold ':'"
        return [
            {key: text.strip() for key, text in zip(("name", "data_type", "length"), part, strict=False)}
            for part in parts
        ]
    try:
        listed = json.loads(cell)
    except ValueError as error:
        return f"items (信息项信息): the list is no JSON: {error}"
    if not all(isinstance(item, dict) for item in listed):
        return "items (信息项信息): a list of objects is expected, each with name, data_type, length"
    return [
        {ITEM_WORDS.get(key, key): str(value) for key, value in item.items() if value is not None} for item in listed
    ]


def _faults(name: str, delivered: Delivered, told: dict[int, tuple[str | None, str]]) -> pl.DataFrame:
    at_fault = delivered.lines.is_in(sorted(told))
    raws = rows_as_json(delivered.cells.filter(at_fault)) if told else pl.Series(dtype=pl.String)
    lines = delivered.lines.filter(at_fault).to_list()
    rows = [(name, line, *told[line], raw) for line, raw in zip(lines, raws, strict=True)]
    rows += [(name, fault.line, None, fault.reason, fault.raw) for fault in delivered.faults]
    return CATALOGUE_FAULTS.conform(pl.DataFrame(rows, schema=CATALOGUE_FAULTS.schema(), orient="row"))
