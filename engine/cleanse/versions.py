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
    content hash. Times are those of `read_times`. `_several` says whether other rows may be of the same record.
    """
    grouped = "record_id" if keyed else "content_hash"
    timed = rows.with_columns(_recorded=_time(), _several=pl.col(grouped).is_duplicated())
    order, descending = [grouped, *_RECENCY, "file", "line"], [False, keyed, keyed, keyed, False, False]
    several = timed.filter("_several").sort(order, descending=descending, nulls_last=True)
    ordered = pl.concat([several, timed.filter(~pl.col("_several"))]).drop("_recorded")
    if keyed:
        return ordered
    ordinal = pl.when("_several").then(pl.int_range(pl.len()).over("content_hash")).otherwise(0).cast(pl.String)
    return ordered.with_columns(record_id=pl.col("content_hash") + "-" + ordinal, _several=pl.lit(value=False))


def is_ended(replaced: str) -> pl.Expr:
    """Return whether a row was delivered before a delivery of the whole source, of the date `replaced`.

    A row without a delivery date was: no time tells that it came later.
    """
    return (pl.col("delivered_at") < replaced).fill_null(value=True)


def drop_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each content of a record, the latest; `rows` are in the order of `identify_rows` (rule U1)."""
    several = rows.filter("_several").unique(["record_id", "content_hash"], keep="first", maintain_order=True)
    return pl.concat([several, rows.filter(~pl.col("_several"))])


def latest_versions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each record with `superseded`, the content hashes of its other versions (rule U2).

    A record whose first row withdraws it has none; a later row that does not brings it back.

    `superseded` is null for a record of one version, else the hashes in order, joined by a blank. `undecided` is true
    where no time tells that the first row is later than the second, and the content hash chose.
    """
    shared = rows.filter("_several").with_columns(_several=pl.col("record_id").is_duplicated())
    several = shared.filter("_several")
    latest = several.unique("record_id", keep="first", maintain_order=True)
    others = several.join(latest, on=["record_id", "content_hash"], how="anti")
    hashes = others.group_by("record_id").agg(superseded=pl.col("content_hash").sort().str.join(" "))
    timed = several.select("record_id", "delivered_at", _recorded=_time())
    same = pl.all_horizontal(pl.col(name).get(0).eq_missing(pl.col(name).get(1)) for name in _RECENCY[:2])
    tied = timed.group_by("record_id", maintain_order=True).agg(undecided=same | pl.col("_recorded").get(1).is_null())
    told = hashes.join(tied, on="record_id")
    chosen = latest.join(told, on="record_id", how="left", maintain_order="left")
    single = [shared.filter(~pl.col("_several")), rows.filter(~pl.col("_several"))]
    return pl.concat([chosen, *single], how="diagonal").filter(~pl.col("withdraws")).drop("_several", "withdraws")


def _time() -> pl.Expr:
    return pl.coalesce("recorded_at", "delivered_at")
