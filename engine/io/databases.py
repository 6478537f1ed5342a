"""What a source selects from its database: the columns, and the rows as text in batches that memory can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import polars as pl

from engine.errors import InputError
from engine.io import postgresql, sqlite
from engine.io.sql import quoted
from engine.settings.database import Address, address, redacted
from engine.settings.project import Project
from engine.settings.source import Source


class Dialect(NamedTuple):
    """What a kind of database does in its own way.

    `columns` are the names that a source selects and their types; `greatest` is the greatest value of a column as a
    literal, null where there is none; `batches` are the rows of a SELECT.
    """

    connect: Callable[[str, Path], AbstractContextManager[Any]]
    columns: Callable[[Any, Source], dict[str, str]]
    greatest: Callable[[Any, Source, str], str | None]
    batches: Callable[[Any, Source, dict[str, str], str, str], Iterator[pl.DataFrame]]
    failures: Callable[[], tuple[type[Exception], ...]]


DIALECTS = {
    "sqlite": Dialect(sqlite.connect, sqlite.columns, sqlite.greatest, sqlite.batches, sqlite.failures),
    "postgresql": Dialect(
        postgresql.connect, postgresql.columns, postgresql.greatest, postgresql.batches, postgresql.failures
    ),
}


class Selection(NamedTuple):
    """The columns of a source, and its rows, all of one state of the database.

    `greatest` is the literal of the cursor's greatest value, None without a cursor or without rows.
    """

    columns: tuple[str, ...]
    greatest: str | None
    batches: Iterator[pl.DataFrame]


def database_columns(source: Source, project: Project) -> tuple[str, ...]:
    """Return the names of the columns that a source selects; no row is read.

    Raises:
        InputError: the database cannot be reached, or does not understand what is asked; no secret is in the message.
    """
    with _connected(source, project) as (dialect, connection):
        return tuple(name.strip() for name in dialect.columns(connection, source))


@contextmanager
def selected(source: Source, project: Project, *, since: str | None) -> Iterator[Selection]:
    """Yield what a source selects; of a source with a cursor only rows from `since` on, and those without a value.

    `since` is the `greatest` of an earlier selection. Rows of its very value are among them, marked by `SEEN`: others
    of the same time may have come after it was taken.

    Raises:
        InputError: as `database_columns`, also while the batches are drawn.
    """
    with _connected(source, project) as (dialect, connection):
        columns = dialect.columns(connection, source)
        seen, where, greatest = "false", "true", None
        if source.cursor:
            column = quoted(source.cursor)
            if since is not None:
                seen, where = f"({column} IS NULL OR {column} = {since})", f"({column} IS NULL OR {column} >= {since})"
            greatest = dialect.greatest(connection, source, where) or since
        yield Selection(tuple(columns), greatest, dialect.batches(connection, source, columns, seen, where))


@contextmanager
def _connected(source: Source, project: Project) -> Iterator[tuple[Dialect, Any]]:
    try:
        place = address(source.uri or "")
    except ValueError:
        place = Address("", ())
    dialect = DIALECTS.get(urlsplit(place.uri).scheme)
    if dialect is None:
        raise InputError(f"source {source.name}: uri: no database", hint=f"schemes: {', '.join(DIALECTS)}")
    try:
        with dialect.connect(place.uri, project.folder) as connection:
            yield dialect, connection
    except InputError as error:
        raise InputError(redacted(str(error), place.secrets)) from None
    except dialect.failures() as error:
        told = redacted(_told(error), place.secrets)
        raise InputError(
            f"{source.uri}{f', {source.table}' if source.table else ''}: {told}",
            hint="look at `uri`, `table`, `query` and `cursor` of the source, and at what its user may read",
        ) from None


def _told(error: Exception) -> str:
    """Return what a database said, without the statement that it was asked."""
    text = str(error).split("\n\nQuery")[0].split("\nLINE ")[0]
    return " ".join(text.split())[:300]
