"""Rows of JSON lines as text: one object a line, numbers as they are written, nested values as compact JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import polars as pl

from engine.io.files import Delivered, Fault
from engine.io.lines import LineBlock


class Number(NamedTuple):
    """A number's literal inside a nested value."""

    text: str


def json_rows(blocks: Iterable[LineBlock], *, mapped: Iterable[str]) -> Iterator[Delivered]:
    """Yield the rows of a file; blank lines are no rows, null and the empty text are null.

    The columns of each yield are the mapped ones and the names that occur in it; a missing name is null. A line that is
    not one JSON object, or in which a name stands twice, is a fault.
    """
    for block in blocks:
        rows, lines, faults = list[dict[str, str | None]](), list[int](), list[Fault]()
        for place, text in enumerate(block.lines.to_list()):
            if not text.strip():
                continue
            reason = block.broken.get(place)
            row = reason or row_of(text)
            if isinstance(row, str):
                faults.append(Fault(block.first + place, row, text.removesuffix("\r")))
            else:
                rows.append(row)
                lines.append(block.first + place)
        names = dict.fromkeys(mapped) | dict.fromkeys(name for row in rows for name in row)
        cells = pl.from_dicts(rows, schema=dict.fromkeys(names, pl.String)) if rows else _no_rows(names)
        cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()))
        yield Delivered(cells, pl.Series(lines, dtype=pl.Int64), faults)


def _no_rows(names: Iterable[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def row_of(text: str) -> dict[str, str | None] | str:
    r"""Return the object's values as text by name (blanks around names cut), or why the line is no row.

    >>> row_of('{"id": 007}')
    "not JSON: Expecting ',' delimiter at character 9"
    >>> row_of('{"id": 7.50, "ok": true, "tags": [1.0, "a"]}')
    {'id': '7.50', 'ok': 'true', 'tags': '[1.0,"a"]'}
    """
    try:
        value = _DECODER.decode(text)
        if not isinstance(value, dict):
            return f"not a JSON object but {_KINDS.get(type(value), 'a number')}"
        row = dict(zip(map(str.strip, value), value.values(), strict=True))
        if not set(map(type, row.values())) <= _PLAIN:
            nested = _NESTED.decode(text) if _BRACKET.search(text, 1) else value
            row = {name.strip(): _text(item) for name, item in nested.items()}
        if "\\u" in text:
            json.dumps(list(row.items()), ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    except UnicodeEncodeError:
        return "not JSON: half of a surrogate pair stands alone"
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "not JSON: nested too deep"
    return row if len(row) == len(value) else "a name stands twice"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(name)}:{_compact(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


_KINDS: dict[type, str] = {list: "an array", str: "a text or number", bool: "true or false", type(None): "null"}
_PLAIN = {str, type(None)}
_BRACKET = re.compile(r"[\[{]")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object)
_NESTED = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=_object)
