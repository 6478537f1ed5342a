"""Lines of a delimited file framed into records, so that a quote left open costs one line, not the rest of the file.

The grammar is that of RFC 4180: a cell is bare, or stands in double quotes, in which a quote is written twice and line
ends and delimiters are text. A quote inside a bare cell is text (`5" pipe`). What breaks the grammar is a fault, and
framing goes on with the next line:

- a quote that is never closed, or not within `RECORD_LIMIT` characters;
- text after a closing quote;
- a carriage return inside a bare cell.

A record over several lines that has not the header's number of cells is one fault with all its lines, since the rest of
a cell must not pass for a row.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from typing import NamedTuple

import polars as pl

from engine.io.files import Fault
from engine.io.lines import LineBlock

RECORD_LIMIT = 64 << 20
OPEN, MANGLED = "a quote is opened and not closed", "text follows a closing quote"
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')


class Records(NamedTuple):
    """Framed records: `lines`, the number of each one's first line, and `texts`; `rest` is left for the next block."""

    lines: pl.Series
    texts: pl.Series
    faults: list[Fault]
    rest: LineBlock


def frame_records(block: LineBlock, *, delimiter: str, width: int | None, final: bool) -> Records:
    """Return the records of the lines; blank lines are none. `width` is the header's number of cells, None for any.

    Unless `final`, a record that the block leaves open is handed back as `rest`.
    """
    lines = block.lines
    whole = lines.str.contains('"', literal=True).not_() | lines.str.contains(_complete(delimiter))
    if whole.all() and not block.broken:
        numbers = pl.int_range(block.first, block.first + lines.len(), eager=True)
        joined, rest = pl.DataFrame({"line": numbers, "text": lines}), lines.len()
        faults = list[Fault]()
    else:
        joined, faults, rest = _frame_slowly(block, whole, delimiter=delimiter, width=width, final=final)
    joined = joined.with_columns(pl.col("text").str.strip_suffix("\r")).filter(pl.col("text") != "")
    joined, stray = _split_stray_returns(joined, delimiter)
    broken = {place - rest: reason for place, reason in block.broken.items() if place >= rest}
    left = LineBlock(block.first + rest, lines.slice(rest), broken)
    return Records(joined["line"], joined["text"], sorted(faults + stray), left)


def cells_of(text: str, *, delimiter: str) -> list[str]:
    """Return the cells of one complete record.

    >>> cells_of('1,"a ""b"", c",', delimiter=",")
    ['1', 'a "b", c', '']
    """
    cells, place = list[str](), 0
    while True:
        quoted = _QUOTED.match(text, place)
        end = quoted.end() if quoted else (text.find(delimiter, place) + 1 or len(text) + 1) - 1
        cells.append(text[place + 1 : end - 1].replace('""', '"') if quoted else text[place:end])
        if end >= len(text):
            return cells
        place = end + 1


def _complete(delimiter: str) -> str:
    d = rf"\x{{{ord(delimiter):x}}}"
    cell = rf'(?:"(?:[^"]|"")*"|[^"{d}][^{d}]*)?'
    return rf"^{cell}(?:{d}{cell})*\r?$"


def _frame_slowly(
    block: LineBlock, whole: pl.Series, *, delimiter: str, width: int | None, final: bool
) -> tuple[pl.DataFrame, list[Fault], int]:
    """Return the framed records, the faults and the number of lines used, walking the lines that are not whole."""
    lines, is_whole = block.lines.to_list(), whole.to_list()
    quotes = block.lines.str.contains('"', literal=True).arg_true().to_list()
    broken = sorted(block.broken)
    texts, starts, faults, place = list[str](), list[int](), list[Fault](), 0
    while place < len(lines):
        reason, end = None, place + 1
        if not is_whole[place] and place not in block.broken:
            end, reason = _end_of_record(lines, place, quotes, delimiter)
            if reason is OPEN and end == len(lines) and not final:
                break
            if reason:
                end = place + 1
            elif width not in (None, got := _count_cells("\n".join(lines[place:end]), delimiter)):
                reason = f"runs over {end - place} lines and has {got} cells, the header has {width}"
        at = bisect_left(broken, place)
        if at < len(broken) and broken[at] < end:
            reason = block.broken[broken[at]]
        if reason:
            faults.append(Fault(block.first + place, reason, "\n".join(lines[place:end])))
        else:
            starts.append(block.first + place)
            texts.append(lines[place] if end == place + 1 else "\n".join(lines[place:end]))
        place = end
    schema = {"line": pl.Int64, "text": pl.String}
    return pl.DataFrame({"line": starts, "text": texts}, schema=schema), faults, place


def _end_of_record(lines: list[str], start: int, quotes: list[int], delimiter: str) -> tuple[int, str | None]:
    """Return where the record that begins at `start` ends (exclusive), and why it is none.

    An open quote returns (number of lines, OPEN), or an earlier line when `RECORD_LIMIT` is passed.
    """
    opened, mangled = _opens(lines[start], 0, delimiter)
    size, seen = len(lines[start]), start
    for index in range(bisect_left(quotes, start + 1), len(quotes) if opened else 0):
        place = quotes[index]
        size += sum(map(len, lines[seen + 1 : place + 1]))
        seen = place
        if size > RECORD_LIMIT:
            return place, OPEN
        closing = _CLOSING.match(lines[place])
        if closing:
            opened, mangled = _opens(lines[place], closing.end(), delimiter, inside=True)
            if not opened:
                return place + 1, MANGLED if mangled else None
    if opened and size + sum(map(len, lines[seen + 1 :])) > RECORD_LIMIT:
        return start + 1, OPEN
    return (len(lines), OPEN) if opened else (start + 1, MANGLED)


def _opens(line: str, place: int, delimiter: str, *, inside: bool = False) -> tuple[bool, bool]:
    """Return whether `line` from `place` on ends in an open quote, and whether it breaks the grammar before.

    `inside`: a quoted cell ends at `place`, so that a delimiter or the line's end must follow.
    """
    end = len(line) - line.endswith("\r")
    if inside:
        if place >= end:
            return False, False
        if line[place] != delimiter:
            return False, True
        place += 1
    place = _last_cell(line, place, delimiter)
    if not line.startswith('"', place):
        return False, False
    quoted = _QUOTED.match(line, place)
    return not quoted, quoted is not None and quoted.end() < end


def _last_cell(text: str, place: int, delimiter: str) -> int:
    """Return where the last cell begins, or the first that breaks the grammar or is left open."""
    found = _terminated_cells(delimiter, "*+").match(text, place)
    return found.end() if found else place


def _count_cells(record: str, delimiter: str) -> int:
    last = _last_cell(record, 0, delimiter)
    return 1 + len(_terminated_cells(delimiter, "").findall(record, 0, last))


@cache
def _terminated_cells(delimiter: str, repeat: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    return re.compile(rf'(?:(?:"[^"]*+(?:""[^"]*+)*+"|[^"{d}][^{d}]*+)?+{d}){repeat}')


@cache
def _quoted(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of a cell in quotes, with what it begins after."""
    return re.compile(rf'(?:^|{re.escape(delimiter)})"[^"]*+(?:""[^"]*+)*+"')


def _split_stray_returns(joined: pl.DataFrame, delimiter: str) -> tuple[pl.DataFrame, list[Fault]]:
    """Return the records without those that hold a carriage return outside quotes, and these as faults."""
    suspects = joined.filter(pl.col("text").str.contains("\r", literal=True))
    stray = [
        Fault(line, "a carriage return inside a cell that is not quoted", text)
        for line, text in suspects.iter_rows()
        if "\r" in _quoted(delimiter).sub(delimiter, text)
    ]
    if not stray:
        return joined, stray
    return joined.filter(~pl.col("line").is_in([fault.line for fault in stray])), stray
