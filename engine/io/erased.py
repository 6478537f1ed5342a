"""Rows of purged records: they are counted where they were delivered, and nothing else of them is read."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from engine.io.files import Delivered
from engine.store.purges import key_hash

PURGED = "purged"
"""The rule of a reject whose record was erased from the store; nothing but its place and the purge is told."""


def purge_of(rows: pl.DataFrame, purged: Mapping[str, str]) -> pl.Series:
    """Return the purge that erased the record of each row, null where none did; `purged` holds hashes of keys."""
    if not purged:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    hashed = rows.select(key_hash(pl.col("source"), pl.col("record_id"))).to_series()
    return hashed.replace_strict(dict(purged), default=None, return_dtype=pl.String)


def without(delivered: Delivered, gone: pl.Series) -> Delivered:
    """Return what was delivered without the rows that have a purge."""
    kept = gone.is_null()
    if kept.all():
        return delivered
    return Delivered(delivered.cells.filter(kept), delivered.lines.filter(kept), delivered.faults)


def erased_rows(lines: pl.Series, gone: pl.Series) -> pl.DataFrame:
    """Return line, reason, raw and rule of the rows that have a purge."""
    told = pl.DataFrame({"line": lines.cast(pl.Int64), "purge": gone}).drop_nulls("purge")
    return told.select(
        "line",
        pl.format("the record was purged ({})", "purge").alias("reason"),
        pl.lit(None, pl.String).alias("raw"),
        pl.lit(PURGED).alias("rule"),
    )
