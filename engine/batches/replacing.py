"""The latest delivery of each source that replaced all before it: what cleansing must know of other files."""

from __future__ import annotations

import polars as pl


def latest_replacements(batches: pl.DataFrame) -> dict[str, str]:
    """Return the date of each source's latest `replace` delivery, by source; BATCHES that are judged.

    A delivery that is refused replaces nothing. One without a date replaces nothing either: no time tells what came
    before it. Files of one date are one delivery.

    >>> batches = pl.DataFrame(
    ...     [("tax", "replace", "2024-01-31", None), ("tax", "replace", "2024-02-29", "I5")],
    ...     schema=["source", "mode", "delivered_at", "rule"], orient="row",
    ... )
    >>> latest_replacements(batches)
    {'tax': '2024-01-31'}
    """
    standing = batches.filter(pl.col("mode") == "replace", pl.col("rule").is_null()).drop_nulls("delivered_at")
    return dict(standing.group_by("source").agg(pl.col("delivered_at").max()).sort("source").iter_rows())
