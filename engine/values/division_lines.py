"""Where the area of every division code came to lie, followed through all mergers, splits and new codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

STAYED = 9999
"""Stands for the year in which an area left, where it has not left."""


class Line(NamedTuple):
    """The area of `code` under the name it had from `begins` to before `ends`, found under the code `reached`.

    It left in the year `left`, and bears the code from `valid_from` to before `valid_to`.
    """

    code: str
    begins: int
    ends: int
    left: int
    reached: str
    valid_from: int
    valid_to: int


class _Span(NamedTuple):
    code: str
    valid_from: int
    valid_to: int
    successors: tuple[tuple[str, int], ...]


def lines(spans: pl.DataFrame) -> pl.DataFrame:
    """Return a row per span and span that it came to, itself included; a successor without a span is passed over.

    Years never go back along a line, so that a code which was given again to another area does not lead there.
    Linear in the number of lines.
    """
    by_code: dict[str, list[_Span]] = {}
    for code, valid_from, valid_to, text in spans.select("code", "valid_from", "valid_to", "successors").rows():
        by_code.setdefault(code, []).append(_Span(code, valid_from, valid_to, tuple(_successors(text))))
    found = [line for members in by_code.values() for span in members for line in _lines_of(span, by_code)]
    schema = {name: pl.String if name in {"code", "reached"} else pl.Int32 for name in Line._fields}
    return pl.DataFrame(sorted(set(found)), schema=schema, orient="row")


def _lines_of(span: _Span, by_code: dict[str, list[_Span]]) -> Iterator[Line]:
    yield Line(*span[:3], STAYED, *span[:3])
    for code, year in span.successors:
        seen: set[tuple[_Span, int]] = set()
        waiting = _from_year(by_code.get(code, ()), year)
        while waiting:
            reached, since = waiting.pop()
            if (reached, since) in seen:
                continue
            seen.add((reached, since))
            yield Line(*span[:3], year, reached.code, since, reached.valid_to)
            for following, then in reached.successors:
                if then >= since:
                    waiting += _from_year(by_code.get(following, ()), then)


def _from_year(spans: list[_Span] | tuple[()], year: int) -> list[tuple[_Span, int]]:
    return [(span, year) for span in spans if span.valid_from <= year < span.valid_to]


def _successors(text: str) -> Iterator[tuple[str, int]]:
    for part in text.split():
        code, year = part.split("@")
        yield code, int(year)
