"""Purged records out of the ledger of tickets: what happened and when stays, of which record and value goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from engine.store import writing
from engine.store.purges import Erased
from engine.tickets.ledger import open_ledger, replace_file

NOBODY = "purged"
"""Stands in a ticket for the record that was purged."""


def purge_tickets(store: Path, erased: Erased, values: Sequence[str], *, dry: bool) -> int:
    """Take purged records out of tickets, and return of how many.

    A ticket about such a record no longer names it, nor what it said; of other tickets a text goes that holds one of
    `values`, those that the purged records alone bore. With `dry` they are only counted.

    Raises:
        StoreError: another process writes the ledger, or it cannot be read.
    """
    if not (store / "tickets").is_dir():
        return 0
    with writing(store / "tickets"):
        events = open_ledger(store).events
        own = events.filter(erased.names("source", "record_id"))["ticket"].unique()
        about, said = pl.col("ticket").is_in(own.implode()), _tells(values)
        hit = events.filter(about | said)["ticket"].n_unique()
        for left in () if dry else (store / "tickets").glob(".*.parquet.*"):
            left.unlink()
        for file in sorted((store / "tickets").glob("[0-9]*.parquet")) if hit and not dry else ():
            frame = pl.read_parquet(file, hive_partitioning=False, glob=False)
            hidden = [pl.when(~(about | said)).then(name).alias(name) for name in ("before", "after")]
            nothing = [pl.when(~about).then(name).alias(name) for name in ("version", "reason")]
            named = pl.col("record_id").is_not_null() & (pl.col("record_id") != "")
            nobody = pl.when(about & named).then(pl.lit(NOBODY)).otherwise("record_id").alias("record_id")
            made = frame.with_columns(*hidden, *nothing, nobody)
            if not made.equals(frame):
                replace_file(made, file)
    return hit


def _tells(values: Sequence[str]) -> pl.Expr:
    texts = [pl.col(name).str.contains_any(list(values)).fill_null(value=False) for name in ("before", "after")]
    return pl.any_horizontal(texts) if values else pl.lit(value=False)
