"""Intervals that several witnesses tell of, each perhaps only its begin, its end or a day on which it held."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from trees.dates import day


def joined_intervals(told: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Return `told` with `_interval`, equal for witnesses of one interval, `_from` and `_to`, its days.

    `by` tells what the interval is about; `told` has witness_id, valid_from, valid_to and recorded_at, ISO texts. An
    end that someone states closes every interval that began before it, unless it lies inside one whose both ends are
    stated. A witness without a begin held on the day it was recorded (or up to the end it states). So an entry and the
    later exit that another row tells of are one interval, and a return after the exit is another. An interval begins
    at the earliest stated begin, and has no end while nobody states one; an end not after its own begin is none.
    """
    rows = told.with_columns(_begin=day(pl.col("valid_from")), _end=day(pl.col("valid_to"))).with_columns(
        _end=pl.when(pl.col("_begin").is_null() | (pl.col("_end") > pl.col("_begin"))).then("_end")
    )
    ends = _closing_days(rows, by)
    before = pl.col("_begin").is_null() & pl.col("_end").is_not_null()
    anchor = pl.coalesce("_begin", pl.when(before).then(pl.col("_end").dt.offset_by("-1d")), day(pl.col("recorded_at")))
    keyed = rows.with_columns(_anchor=anchor).sort("_anchor", "witness_id", nulls_last=True)
    dated = keyed.filter(pl.col("_anchor").is_not_null()).join_asof(
        ends, left_on="_anchor", right_on="_to", by=list(by), strategy="forward", allow_exact_matches=False,
        check_sortedness=False, coalesce=False,
    )  # fmt: skip
    undated = keyed.filter(pl.col("_anchor").is_null()).with_columns(_to=pl.lit(None, pl.Date))
    whole = pl.concat([dated.select(undated.columns), undated])
    return whole.with_columns(
        _from=pl.col("_begin").min().over([*by, "_to"]), _interval=pl.col("witness_id").min().over([*by, "_to"])
    ).drop("_begin", "_end", "_anchor")


def _closing_days(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the days that close an interval, ordered: stated ends that lie inside no interval stated in full."""
    whole = rows.filter(pl.col("_begin").is_not_null() & pl.col("_end").is_not_null())
    reach = pl.col("_end").cum_max().shift(1).over(by)
    blocks = (
        whole.sort(*by, "_begin", "_end")
        .with_columns(_new=(pl.col("_begin") >= reach).fill_null(value=True))
        .with_columns(_block=pl.col("_new").cast(pl.Int64).cum_sum().over(by))
        .group_by(*by, "_block")
        .agg(pl.col("_begin").min(), _to=pl.col("_end").max())
    )
    alone = rows.filter(pl.col("_begin").is_null() & pl.col("_end").is_not_null()).select(*by, _to=pl.col("_end"))
    covered = (
        alone.unique()
        .sort("_to")
        .join_asof(
            blocks.select(*by, "_begin", _until=pl.col("_to")).sort("_begin"),
            left_on="_to",
            right_on="_begin",
            by=list(by),
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("_until").is_null() | (pl.col("_until") < pl.col("_to")))
    )
    return pl.concat([blocks.select(*by, "_to"), covered.select(*by, "_to")]).unique().sort("_to")
