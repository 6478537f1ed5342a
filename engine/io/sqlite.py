"""SQLite: rows as the text that a CSV export of the table would hold. A file is opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl

from engine.io.files import refuse_unusable
from engine.io.parquet import binary_text
from engine.io.sql import SEEN, iso_times, one_select, quoted, table_name
from engine.settings.source import Source

BATCH = 50_000
_VIEW = 'temp."lifetree selects"'


def failures() -> tuple[type[Exception], ...]:
    """Return what the library raises."""
    return (sqlite3.Error,)


@contextmanager
def connect(uri: str, folder: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection in which one state of the file is seen."""
    path = (folder / unquote(urlsplit(uri).path).removeprefix("/")).expanduser().absolute()
    refuse_unusable(path)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.text_factory = bytes
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def columns(connection: sqlite3.Connection, source: Source) -> dict[str, str]:
    """Return the columns with their declared types, in capitals and without lengths."""
    query = one_select(source.query) if source.query else f"SELECT * FROM {table_name(source.table or '')}"
    connection.execute(f"DROP VIEW IF EXISTS {_VIEW}")
    connection.execute(f"CREATE VIEW {_VIEW} AS {query}")
    listed = connection.execute(f"PRAGMA temp.table_info('{_VIEW[6:-1]}')").fetchall()
    return {name.decode(): kind.decode().partition("(")[0].strip().upper() for _, name, kind, *_ in listed}


def greatest(connection: sqlite3.Connection, source: Source, where: str) -> str | None:
    """Return the literal of the cursor's greatest value, None where there is none."""
    column = quoted(source.cursor or "")
    (literal,) = connection.execute(f"SELECT quote(max({column})) FROM {_VIEW} WHERE {where}").fetchone()
    return None if literal == b"NULL" else str(literal.decode())


def batches(
    connection: sqlite3.Connection,
    source: Source,  # noqa: ARG001  # the view is the source's
    columns: dict[str, str],
    seen: str,
    where: str,
) -> Iterator[pl.DataFrame]:
    """Yield the rows, all columns as text and `SEEN` last.

    Whole floats lose ".0", blobs and texts that are no UTF-8 are hexadecimal, 0 and 1 of a column declared BOOLEAN are
    false and true, times of one declared DATETIME or TIMESTAMP are ISO 8601.
    """
    names = ", ".join(map(quoted, columns))
    cursor = connection.execute(f"SELECT {names}, {seen} FROM {_VIEW} WHERE {where}")
    while rows := cursor.fetchmany(BATCH):
        *cells, marks = zip(*rows, strict=True)
        texts = [_texts(name, kind, values) for (name, kind), values in zip(columns.items(), cells, strict=True)]
        yield pl.DataFrame([*texts, pl.Series(SEEN, marks, dtype=pl.Int64).cast(pl.Boolean)])


def _texts(name: str, kind: str, values: Sequence[Any]) -> pl.Series:
    if kind in ("BOOL", "BOOLEAN"):
        values = [{0: b"false", 1: b"true"}.get(value, value) for value in values]
    if not set(map(type, values)) <= {bytes, type(None)}:
        values = [_bytes(value) for value in values]
    raw = pl.Series(name, values, dtype=pl.Binary)
    try:
        texts = raw.cast(pl.String)
    except pl.exceptions.ComputeError:
        texts = pl.Series(name, [binary_text(value) for value in values], dtype=pl.String)
    return iso_times(texts) if kind in ("DATETIME", "TIMESTAMP") else texts


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return (repr(value).removesuffix(".0") if isinstance(value, float) else str(value)).encode()


def _named(table: str) -> str:
    return ".".join(map(quoted, table.split(".")))
