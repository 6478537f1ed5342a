"""Which delivered rows are one record, and which of its versions holds (rules U1 and U2)."""

from __future__ import annotations

import polars as pl

from engine.values.dates import is_date, parse_date

_RECENCY = ["_recorded", "delivered_at", "content_hash"]


def identify_rows(rows: pl.DataFrame, *, keyed: bool) -> pl.DataFrame:
    """Return the rows, latest version of each record first, with the `record_id` that their content asks for.

    Without a key every row is a record of its own: `record_id` is the content hash and the row's ordinal among
    identical rows. Later is a greater record time (delivery date where there is none), then delivery date, then
    content hash. A record time that is no ISO text is read as a date; what is no date is null.
    """
    grouped = "record_id" if keyed else "content_hash"
    timed = rows.with_columns(recorded_at=_iso_time(pl.col("recorded_at"))).with_columns(
        _recorded=pl.coalesce("recorded_at", "delivered_at"), _several=pl.col(grouped).is_duplicated()
    )
    order, descending = [grouped, *_RECENCY, "file", "line"], [False, keyed, keyed, keyed, False, False]
    several = timed.filter("_several").sort(order, descending=descending, nulls_last=True)
    ordered = pl.concat([several, timed.filter(~pl.col("_several"))]).drop("_recorded", "_several")
    if keyed:
        return ordered
    ordinal = pl.int_range(pl.len()).over("content_hash").cast(pl.String)
    return ordered.with_columns(record_id=pl.col("content_hash") + "-" + ordinal)


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


def _iso_time(expr: pl.Expr) -> pl.Expr:
    iso = expr.str.contains(r"^\d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?$")
    read = parse_date(pl.when(~iso).then(expr))
    return pl.when(iso).then(expr).when(is_date(read)).then(read)
