"""What each delivered file holds, beside what was declared, what came before and what the catalogue asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath

import polars as pl

from engine.io.erased import PURGED
from engine.io.ingest import Ingested
from engine.io.measures import Declared, total
from engine.settings import Source
from engine.tables import BATCHES

EARLIER = 5
"""Deliveries that a delivery is held against at most."""

TOLD = 5
"""Items that the text `drift` names at most."""

TALLIES = pl.Schema({name: BATCHES.columns[name] for name in (
    "source", "file", "batch", "mode", "delivered_at", "rows", "unread", "declared_rows",
)} | {"increment": pl.Boolean})  # fmt: skip
"""What one chunk of a file adds to its batch."""


def tally(
    chunk: Ingested, source: Source, *, file: Path, name: str, batch: str, increment: bool = False
) -> pl.DataFrame:
    """Return the one row of TALLIES of a chunk; `name` is the file's in rows, `batch` its content hash.

    An `increment` holds what changed, as every delta does, and not a share of the source; a `replace` never is one.
    A row whose record was purged was delivered as it should be: it counts among `rows`.
    """
    purged = int((chunk.rejects["rule"] == PURGED).sum())
    mode = source.mode_of(file)
    row = {
        "mode": mode, "increment": mode == "delta" or (increment and mode == "append"),
        "source": source.name, "file": name, "batch": batch, "delivered_at": source.delivery_of(file),
        "rows": chunk.rows.height + purged, "unread": chunk.rejects.height - purged,
        "declared_rows": source.declared_rows_of(PurePath(file)),
    }  # fmt: skip
    return pl.DataFrame([row], schema=TALLIES)


def survey_batches(
    tallies: pl.DataFrame,
    measures: pl.DataFrame,
    *,
    cycles: Mapping[str, int | None],
    declared: Mapping[str, Declared],
) -> pl.DataFrame:
    """Return BATCHES, not yet judged, from the chunks' TALLIES and MEASURES.

    `cycles` gives the days of a source's update cycle, `declared` the items that its entry in the catalogue lists. Time
    is that of the deliveries: a batch is as old as it is older than the latest one of any source. Files without a
    delivery date have neither age nor history.
    """
    known = ["source", "file", "batch", "mode", "increment", "delivered_at", "declared_rows"]
    files = tallies.group_by(known).agg(pl.col("rows", "unread").sum())
    aged = files.with_columns(_day=_day()).with_columns(
        latest=(pl.col("delivered_at") == pl.col("delivered_at").max().over("source")).fill_null(value=False),
        age_days=(pl.col("_day").max() - pl.col("_day")).dt.total_days(),
        cycle_days=pl.col("source").replace_strict(dict(cycles), default=None, return_dtype=pl.Int64),
    )
    held = aged.join(_deliveries(files), on=["source", "delivered_at", "increment"], how="left")
    drifted = held.join(_drift(files, measures, declared), on=["source", "file"], how="left")
    empty = pl.lit(None, pl.String)
    return BATCHES.conform(drifted.with_columns(rule=empty, reason=empty))


def _day() -> pl.Expr:
    """Return the day of a delivery, of a month or year its first."""
    text = pl.col("delivered_at")
    whole = text + pl.lit("-01-01").str.slice(text.str.len_chars() - 4)
    return whole.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _deliveries(files: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of each delivery, files of one date, and the median of those before it; increments have none."""
    earlier = pl.col("delivery_rows").shift(1).rolling_median(EARLIER, min_samples=1).over("source", "increment")
    return (
        files.drop_nulls("delivered_at")
        .group_by("source", "delivered_at", "increment")
        .agg(delivery_rows=pl.col("rows").sum())
        .sort("source", "increment", "delivered_at")
        .with_columns(history_rows=pl.when(~pl.col("increment")).then(earlier.floor().cast(pl.Int64)))
    )


def _drift(files: pl.DataFrame, measures: pl.DataFrame, declared: Mapping[str, Declared]) -> pl.DataFrame:
    """Return how far each file of a source with an entry has drifted from it; a file without rows has not."""
    listed = [(source, place, item) for source, one in declared.items() for place, item in enumerate(one.items)]
    if not listed:
        schema = ("items", "missing_items", "drifted_items", "drift_share", "drift")
        return pl.DataFrame(schema={name: BATCHES.schema()[name] for name in ("source", "file", *schema)})
    items = pl.DataFrame(
        {
            "source": [source for source, _, _ in listed],
            "place": [place for _, place, _ in listed],
            "item": [item.name for _, _, item in listed],
            "asked": [item.asked() for _, _, item in listed],
        }
    )
    found = (
        files.filter(pl.col("rows") + pl.col("unread") > 0)
        .select("source", "file").unique()
        .join(items, on="source")
        .join(total(measures), on=["source", "file", "item"], how="left")
        .sort("source", "file", "place")
    )  # fmt: skip
    missing, drifted = pl.col("values").is_null(), pl.col("unfit") > 0
    told = pl.when(missing).then(pl.format("{} is missing", "item")).when(drifted).then(_unfit())
    return found.group_by("source", "file", maintain_order=True).agg(
        items=pl.len(),
        missing_items=missing.sum(),
        drifted_items=drifted.sum(),
        drift_share=(pl.col("unfit") / pl.col("values")).fill_nan(0.0).max().fill_null(0.0),
        drift=_listed(told),
    )


def _unfit() -> pl.Expr:
    example = pl.col("example").fill_null("")
    return pl.format("{}: {} of {} values are no {}, such as '{}'", "item", "unfit", "values", "asked", example)


def _listed(told: pl.Expr) -> pl.Expr:
    """Return the texts joined, the first few and how many there are beyond; null of none."""
    texts = told.drop_nulls()
    more = texts.len().cast(pl.Int64) - TOLD
    beyond = pl.when(more > 0).then(pl.format("; {} more", more)).otherwise(pl.lit(""))
    return pl.when(texts.len() > 0).then(texts.head(TOLD).str.join("; ") + beyond)
