"""PostgreSQL: rows as the text that a Parquet export of the table is read as, streamed by COPY in Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from engine.errors import InputError
from engine.io.parquet import binary_text
from engine.io.sql import SEEN, iso_times, one_select, quoted, table_name
from engine.settings.source import Source

_SESSION = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET client_encoding = 'UTF8'",
    "SET datestyle = 'ISO'",
    "SET timezone = 'UTC'",
    "SET intervalstyle = 'iso_8601'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
)


def failures() -> tuple[type[Exception], ...]:
    """Return what the library raises."""
    return (_library().Error,)


@contextmanager
def connect(uri: str, folder: Path) -> Iterator[Any]:  # noqa: ARG001  # a file's place matters to SQLite alone
    """Yield a connection in which one state of the database is seen, and nothing can be written."""
    with _library().connect(uri) as connection:
        with connection.cursor() as cursor:
            for statement in _SESSION:
                cursor.execute(statement)
        yield connection


def columns(connection: Any, source: Source) -> dict[str, str]:
    """Return the columns with what is to be done with them: `float`, `nested`, `time`, `binary` or `text`.

    Raises:
        InputError: two columns bear one name.
    """
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema(f"SELECT * FROM {_from(source)}")
    if len(set(schema.names)) < len(schema.names):
        raise InputError(f"source {source.name}: two columns bear one name", hint="give each its own by AS in `query`")
    return dict(zip(schema.names, map(_kind, schema.types), strict=True))


def greatest(connection: Any, source: Source, where: str) -> str | None:
    """Return the literal of the cursor's greatest value, None where there is none."""
    asked = f"SELECT quote_literal(max({quoted(source.cursor or '')})::text) FROM {_from(source)} WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        (literal,) = cursor.fetchone()
    return None if literal is None else str(literal)


def batches(connection: Any, source: Source, columns: dict[str, str], seen: str, where: str) -> Iterator[pl.DataFrame]:
    """Yield the rows, all columns as text but floats, and `SEEN` last.

    Texts are the database's own; booleans are true and false, times ISO 8601 (with zone in UTC), arrays and composite
    values JSON, binary values text where they are UTF-8, else hexadecimal. Floats stay: who reads them as text sees
    which have lost digits.
    """
    shown = {"float": "{0}", "nested": "to_json({0})::text"}
    told = [shown.get(kind, "{0}::text").format(quoted(name)) for name, kind in columns.items()]
    named = [f"{text} AS {quoted(name)}" for text, name in zip(told, columns, strict=True)]
    asked = f"SELECT {', '.join(named)}, {seen} AS {SEEN} FROM {_from(source)} WHERE {where}"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        for batch in cursor.fetch_record_batch():
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            yield pl.DataFrame([_finished(frame[name], kind) for name, kind in (*columns.items(), (SEEN, ""))])


def _finished(column: pl.Series, kind: str) -> pl.Series:
    if kind == "time":
        return iso_times(column)
    if kind == "binary":
        texts = (None if text is None else binary_text(bytes.fromhex(text[2:])) for text in column.to_list())
        return pl.Series(column.name, texts, dtype=pl.String)
    return column


def _kind(arrow: pa.DataType) -> str:
    if pa.types.is_floating(arrow):
        return "float"
    if pa.types.is_nested(arrow):
        return "nested"
    if pa.types.is_timestamp(arrow):
        return "time"
    return "binary" if pa.types.is_binary(arrow) else "text"


def _from(source: Source) -> str:
    if source.query:
        return f"({one_select(source.query)}\n) AS selected"
    return table_name(source.table or "")


def _library() -> Any:
    try:
        import adbc_driver_postgresql.dbapi
    except ImportError as error:
        raise InputError(
            "PostgreSQL is read by a package that is not installed", hint="pip install 'lifetree[postgresql]'"
        ) from error
    return adbc_driver_postgresql.dbapi
