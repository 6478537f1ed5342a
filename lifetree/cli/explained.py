"""What the commands that explain a value share: where the values come from, and how the explanations are printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lifetree.cli.output import Format, print_json, print_rows, print_text

Row = dict[str, Any]


def given_values(arguments: Iterable[str]) -> list[str]:
    """Return the arguments; in place of `-` the lines of standard input that are not blank."""
    return [line for one in arguments for line in (_lines() if one == "-" else [one])]


def print_explanations(rows: Sequence[Row], form: Format, *, sentences: Callable[[Row], list[Row]]) -> None:
    """Print one explanation a value, for people as a table of `sentences` each."""
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_rows(rows, form)
    else:
        for place, row in enumerate(rows):
            if place:
                print_text()
            print_rows(sentences(row), form, title=row["given"])


def _lines() -> list[str]:
    return [line.rstrip("\n") for line in sys.stdin if line.strip()]
