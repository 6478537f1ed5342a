"""How results are printed: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import click
import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Format = Literal["table", "json", "csv"]
Row = Mapping[str, Any]

PIPE_WIDTH = 100_000
"""Columns of a table that goes to a file or a pipe: nothing is wrapped there, sentences excepted."""

TEXT_WIDTH = 120
"""Columns of a table of sentences where no terminal is known."""


def print_rows(
    rows: Sequence[Row], form: Format, *, title: str = "", empty: str = "nothing found", wrap: bool = False
) -> None:
    """Print rows; the first row's keys are the columns. Lists are joined by `, ` except in JSON.

    A table fits the terminal; elsewhere it is as wide as its cells, or with `wrap` as `COLUMNS` says.
    """
    if form == "json":
        print_json(list(rows))
    elif form == "csv":
        flat = [{key: _cell(value) for key, value in row.items()} for row in rows]
        click.echo(pl.DataFrame(flat, infer_schema_length=None).write_csv(), nl=False)
    elif rows:
        _print_table(rows, title, wrap=wrap)
    else:
        click.echo(empty)


def print_json(value: Any) -> None:
    """Print a value as JSON, its keys in their own order, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_text(text: str = "") -> None:
    """Print a line to stdout."""
    click.echo(text)


def note(text: str) -> None:
    """Print a line to stderr."""
    click.echo(text, err=True)


def _print_table(rows: Sequence[Row], title: str, *, wrap: bool) -> None:
    columns = list(rows[0])
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        number = any(_is_number(row.get(column)) for row in rows)
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column)) or "") for column in columns))
    width = shutil.get_terminal_size((TEXT_WIDTH, 0)).columns if wrap or sys.stdout.isatty() else PIPE_WIDTH
    console = Console(file=sys.stdout, width=width, highlight=False)
    with console.capture() as captured:
        console.print(table)
    lines = [title, *(line.rstrip() for line in captured.get().splitlines())]
    click.echo("\n".join(lines).strip("\n"))


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value}"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(item) for item in value)
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
