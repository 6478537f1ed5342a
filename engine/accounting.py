"""The fate of every delivered row: rows in = kept + quarantined + exact duplicates + superseded, for every source."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.errors import LifetreeError
from engine.tables import ACCOUNTS

FATES = ("kept", "quarantined", "exact_duplicates", "superseded")


class Accounted(NamedTuple):
    """One row per source."""

    accounts: pl.DataFrame


def account(accounts: pl.DataFrame, unread: pl.DataFrame, *, sources: tuple[str, ...]) -> Accounted:
    """Return the accounts of all sources from those of their buckets and the rows that could not be read (REJECTS).

    A row that withdraws its record, what it ends and what a `replace` delivery ends are superseded: they were read and
    nothing of them stands.

    Raises:
        LifetreeError: a row has no fate, or two.
    """
    refused = unread.group_by("source").agg(rows_in=pl.len(), quarantined=pl.len())
    none = pl.DataFrame({"source": sources}, schema={"source": pl.String})
    total = (
        pl.concat([accounts, refused, none], how="diagonal_relaxed")
        .group_by("source")
        .agg(pl.col("rows_in", *FATES).sum())
    )
    lost = total.filter(pl.col("rows_in") != pl.sum_horizontal(FATES))
    if lost.height:
        raise LifetreeError(
            f"rows without a fate in source {', '.join(lost['source'].sort())}",
            hint="this is a fault of lifetree; keep the store and report it",
        )
    return Accounted(ACCOUNTS.conform(total))
