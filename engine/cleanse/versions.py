"""Which delivered rows are one record, and which of its versions holds (rules U1 and U2)."""

from __future__ import annotations

import polars as pl

from engine.settings import Source
from engine.values.folds import present
from engine.values.times import parse_time

_RECENCY = ["_recorded", "delivered_at", "content_hash"]


def read_times(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the rows with record times as `parse_time` writes them, and `_unread`: what was delivered and is none."""
    declared = source.recorded_at.date_format if source.recorded_at else None
    stated = pl.col("recorded_at")
    read = rows.with_columns(recorded_at=parse_time(stated, declared), _unread=present(stated.str.strip_chars()))
    return read.with_columns(_unread=pl.when(stated.is_null()).then("_unread"))


def identify_rows(rows: pl.DataFrame, *, keyed: bool) -> pl.DataFrame:
    """Return the rows, latest version of each record first, with the `record_id` that their content asks for.

    Without a key every row is a record of its own: `record_id` is the content hash and the row's ordinal among
    identical rows. Later is a greater record time (delivery date where there is none), then delivery date, then
    content hash. Times are those of `read_times`.
    """
    grouped = "record_id" if keyed else "content_hash"
    timed = rows.with_columns(_recorded=_time(), _several=pl.col(grouped).is_duplicated())
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

    `superseded` is null for a record of one version, else the hashes in order, joined by a blank. `undecided` is true
    where no time tells that the first row is later than the second, and the content hash chose (rule U3).
    """
    latest = rows.unique("record_id", keep="first", maintain_order=True)
    several = rows.filter(pl.col("record_id").is_duplicated())
    others = several.join(latest, on=["record_id", "content_hash"], how="anti")
    hashes = others.group_by("record_id").agg(superseded=pl.col("content_hash").sort().str.join(" "))
    timed = several.select("record_id", "delivered_at", _recorded=_time())
    same = pl.all_horizontal(pl.col(name).get(0).eq_missing(pl.col(name).get(1)) for name in _RECENCY[:2])
    tied = timed.group_by("record_id", maintain_order=True).agg(undecided=same | pl.col("_recorded").get(1).is_null())
    told = hashes.join(tied, on="record_id")
    return latest.join(told, on="record_id", how="left", maintain_order="left")


def _time() -> pl.Expr:
    return pl.coalesce("recorded_at", "delivered_at")
