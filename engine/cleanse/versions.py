"""Which delivered rows are one record, and which of its versions holds (rules U1 and U2)."""

from __future__ import annotations

import polars as pl

_RECENCY = ["_recorded", "delivered_at", "content_hash"]


def identify_rows(rows: pl.DataFrame, *, keyed: bool) -> pl.DataFrame:
    """Return the rows, latest version of each record first, with the `record_id` that their content asks for.

    Without a key every row is a record of its own: `record_id` is the content hash and the row's ordinal among
    identical rows. Later is a greater record time (delivery date where there is none), then delivery date, then content hash.
    """
    timed = rows.with_columns(_recorded=pl.coalesce("recorded_at", "delivered_at"))
    if keyed:
        order, descending = ["record_id", *_RECENCY, "file", "line"], [False, True, True, True, False, False]
        return timed.sort(order, descending=descending, nulls_last=True).drop("_recorded")
    ordinal = pl.int_range(pl.len()).over("content_hash").cast(pl.String)
    return (
        timed.sort("content_hash", *_RECENCY[:2], "file", "line")
        .with_columns(record_id=pl.col("content_hash") + "-" + ordinal)
        .drop("_recorded")
    )


def drop_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each content of a record, the latest; `rows` are in the order of `identify_rows` (rule U1)."""
    return rows.unique(["record_id", "content_hash"], keep="first", maintain_order=True)


def latest_versions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each record with `superseded`, the content hashes of its other versions (rule U2).

    `superseded` is null for a record of one version, else the hashes in order, joined by a blank.
    """
    latest = rows.unique("record_id", keep="first", maintain_order=True)
    several = rows.filter(pl.col("record_id").is_duplicated())
    others = several.join(latest, on=["record_id", "content_hash"], how="anti")
    hashes = others.group_by("record_id").agg(superseded=pl.col("content_hash").sort().str.join(" "))
    return latest.join(hashes, on="record_id", how="left", maintain_order="left")
