"""What a department answers to its work list: fixed, or rejected with a reason; bad lines are told by number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import InputError
from engine.spelling import nearest

ANSWER_WORDS = {
    "fixed": "fixed", "已修改": "fixed", "已更正": "fixed", "已核实修改": "fixed",
    "rejected": "rejected", "驳回": "rejected", "不予修改": "rejected", "无误": "rejected",
}  # fmt: skip
NEEDED = ("ticket", "answer")
ENCODINGS = ("utf-8-sig", "gb18030")
"""A spreadsheet program saves Chinese CSV files in either."""


class Answer(NamedTuple):
    """One answer and the line of the file on which it begins."""

    line: int
    ticket: str
    answer: str
    reason: str | None


class Answers(NamedTuple):
    """The answers that can be read, `(line, why)` of those that cannot, and the number of tickets without one yet."""

    given: list[Answer]
    faults: list[tuple[int, str]]
    empty: int


def read_answers(file: Path) -> Answers:
    """Return the answers of a work list, CSV or JSON, that came back; columns other than three are not read.

    Raises:
        InputError: the file cannot be read, or lacks the column of tickets or of answers.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    text = _decoded(raw, file)
    rows = list(_json_rows(text, file) if file.suffix.lower() == ".json" else _csv_rows(text, file))
    given: list[Answer] = []
    faults: list[tuple[int, str]] = []
    empty = 0
    said: dict[str, str] = {}
    for line, row in rows:
        ticket, word, reason = (str(row.get(name) or "").strip() for name in (*NEEDED, "reason"))
        if not word:
            empty += bool(ticket)
            continue
        answer = ANSWER_WORDS.get(word.lower())
        fault = _fault(ticket, word, answer, reason, said)
        if fault or answer is None:
            faults.append((line, fault or ""))
        elif ticket not in said:
            given.append(Answer(line, ticket, answer, reason or None))
            said[ticket] = answer
    return Answers(given, faults, empty)


def _fault(ticket: str, word: str, answer: str | None, reason: str, said: Mapping[str, str]) -> str | None:
    if not ticket:
        return "no ticket is named"
    if answer is None:
        return f"'{word}' is no answer: fixed (已修改) or rejected (驳回)"
    if answer == "rejected" and not reason:
        return f"{ticket} is rejected without a reason"
    if said.get(ticket, answer) != answer:
        return f"{ticket} was answered {said[ticket]} above"
    return None


def _decoded(raw: bytes, file: Path) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{file}: neither UTF-8 nor GB 18030", hint="save the work list as CSV in UTF-8")


def _csv_rows(text: str, file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    head = [name.strip() for name in next(reader, [])]
    _require(head, file)
    begins = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, dict(zip(head, cells, strict=False))
        begins = reader.line_num + 1


def _json_rows(text: str, file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the objects of a JSON list; their place in it, from 1, stands for the line."""
    try:
        listed = json.loads(text)
    except ValueError as error:
        raise InputError(f"{file}: not JSON: {error}", hint="give the work list back as a list of objects") from error
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InputError(f"{file}: no list of objects", hint="give the work list back as a list of objects")
    _require(sorted({name for one in listed for name in one}), file)
    yield from enumerate(listed, start=1)


def _require(names: list[str], file: Path) -> None:
    missing = [f"'{name}'{nearest(name, names)}" for name in NEEDED if name not in names]
    if missing:
        raise InputError(
            f"{file}: no column {', '.join(missing)}", hint="the work list of `lifetree quality feedback` has both"
        )
