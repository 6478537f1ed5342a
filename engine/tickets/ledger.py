"""The ledger: events in numbered Parquet files that are added and never altered, beside the runs and outside them.

A file appears by one rename when it is whole and on the disk; its number is its place in time. Rebuilding, or deleting
every run, leaves the ledger as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.durability import sync
from engine.errors import InputError, StoreError
from engine.store import writing
from engine.tickets.states import ticket_states
from engine.tickets.tables import TICKET_EVENTS

DIGITS = 8


class Ledger(NamedTuple):
    """The folder of the ledger and its events, oldest first."""

    folder: Path
    events: pl.DataFrame

    @property
    def last(self) -> str | None:
        """The day of the latest event; None before the first."""
        return str(self.events["at"].max()) if self.events.height else None

    def tickets(self, *, as_of: str) -> pl.DataFrame:
        """Return TICKETS at the end of a day."""
        return ticket_states(self.events, as_of=as_of)


def open_ledger(store: Path) -> Ledger:
    """Return the ledger of a store; without events where nothing was written yet.

    Raises:
        StoreError: a file of it cannot be read, or one is missing from the middle.
    """
    folder = store / "tickets"
    files = sorted(folder.glob("[0-9]*.parquet"))
    numbers = [int(file.stem) for file in files]
    if numbers != list(range(1, len(files) + 1)):
        missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
        raise StoreError(f"{folder}: file {missing[0]:0{DIGITS}d}.parquet is missing", hint="take it from a backup")
    try:
        parts = [pl.read_parquet(file, hive_partitioning=False, glob=False) for file in files]
        whole = pl.concat([TICKET_EVENTS.empty().drop("place"), *parts])
    except (pl.exceptions.PolarsError, OSError) as error:
        detail = str(error).partition("\n")[0]
        damaged = f"{folder}: the ledger of tickets is damaged: {detail}"
        raise StoreError(damaged, hint="take it from a backup") from error
    return Ledger(folder, TICKET_EVENTS.conform(whole.with_row_index("place")))


@contextmanager
def ledger(store: Path, *, as_of: str) -> Iterator[Ledger]:
    """Yield the ledger with the right to add events of the day `as_of`, which nobody else has meanwhile.

    Raises:
        StoreError: another process writes the ledger, or it cannot be read.
        InputError: it already tells of a later day.
    """
    with writing(store / "tickets"):
        found = open_ledger(store)
        if found.last is not None and as_of < found.last:
            later = f"the tickets already tell of {found.last}, which is after {as_of}"
            raise InputError(later, hint="give a later day with --as-of")
        yield found


def append_events(before: Ledger, events: pl.DataFrame) -> Ledger:
    """Add events in the order of their rows, as one file, and return the ledger with them; none add nothing.

    Columns that `events` lacks are null. The caller holds `ledger`.
    """
    if events.is_empty():
        return before
    absent = [
        pl.lit(None, dtype).alias(name) for name, dtype in TICKET_EVENTS.columns.items() if name not in events.columns
    ]
    placed = events.with_columns(absent).with_columns(
        place=pl.int_range(before.events.height, before.events.height + events.height, dtype=pl.Int64)
    )
    added = TICKET_EVENTS.conform(placed)
    number = 1 + len(list(before.folder.glob("[0-9]*.parquet")))
    replace_file(added.drop("place"), before.folder / f"{number:0{DIGITS}d}.parquet")
    return Ledger(before.folder, pl.concat([before.events, added]))


def replace_file(frame: pl.DataFrame, file: Path) -> None:
    """Write a file of events, whole or not at all; the caller holds `ledger`."""
    working = file.with_name(f".{file.name}.{os.getpid()}")
    frame.write_parquet(working)
    sync(working)
    working.replace(file)
    sync(file.parent)
