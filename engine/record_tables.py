"""The schema and primary key of the tables of deliveries and records; see `engine.tables`."""

from __future__ import annotations

import polars as pl

from engine.schema import RECORD_KEY, Table

ROWS = Table(
    "rows",
    {
        "source": pl.String,
        "record_id": pl.String,
        "content_hash": pl.String,
        "delivered_at": pl.String,
        "recorded_at": pl.String,
        "withdraws": pl.Boolean,
        "file": pl.String,
        "line": pl.Int64,
    },
    ("source", "record_id", "content_hash", "file", "line"),
    unhashed=("file", "line"),
)
"""One delivered row; `withdraws` is whether it ends its record (D of a delta). The columns that the source's mapping
reads follow as delivered (`String`)."""

RECORDS = Table(
    "records",
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "business_key": pl.String,
        "delivered_at": pl.String,
        "recorded_at": pl.String,
        "raw": pl.String,
    },
    RECORD_KEY,
    attributes=True,
)
"""One mention of a subject: cleansed attributes, and `raw`, a JSON object of the delivered values they came from."""

FINDINGS = Table(
    "findings",
    {
        "subject": pl.String,
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "rule": pl.String,
        "field": pl.String,
        "before": pl.String,
        "after": pl.String,
        "action": pl.String,
    },
    ("subject", *RECORD_KEY, "rule", "field"),
)
"""What a cleansing rule did to a field, or said of it; `action` is repair, null or flag."""

REJECTS = Table(
    "rejects",
    {
        "source": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "record_id": pl.String,
        "rule": pl.String,
        "reason": pl.String,
        "raw": pl.String,
    },
    ("source", "file", "line"),
    unhashed=("file", "line"),
)
"""A delivered row that was quarantined; `raw` is the row as delivered."""

ACCOUNTS = Table(
    "accounts",
    {
        "source": pl.String,
        "rows_in": pl.Int64,
        "kept": pl.Int64,
        "quarantined": pl.Int64,
        "exact_duplicates": pl.Int64,
        "superseded": pl.Int64,
    },
    ("source",),
)
"""The fate of every delivered row: rows_in = kept + quarantined + exact_duplicates + superseded.

Superseded is a row of which a later version stands, a row that withdraws, what it ends, and whatever was delivered
before a delivery that replaces the source."""

BATCHES = Table(
    "batches",
    {
        "source": pl.String,
        "file": pl.String,
        "batch": pl.String,
        "mode": pl.String,
        "delivered_at": pl.String,
        "latest": pl.Boolean,
        "rows": pl.Int64,
        "unread": pl.Int64,
        "declared_rows": pl.Int64,
        "delivery_rows": pl.Int64,
        "history_rows": pl.Int64,
        "cycle_days": pl.Int64,
        "age_days": pl.Int64,
        "items": pl.Int64,
        "missing_items": pl.Int64,
        "drifted_items": pl.Int64,
        "drift_share": pl.Float64,
        "drift": pl.String,
        "rule": pl.String,
        "reason": pl.String,
    },
    ("source", "file", "batch"),
)
"""One delivered file. `batch` is the hash of its content, `mode` what it says of the records before it (append, delta,
replace); `latest` is whether the source has no later delivery.

`rows` were read and have a key, `unread` were not or have none; `declared_rows` should be there. `delivery_rows` is the
sum of `rows` over the source's files of one delivery date, `history_rows` the median of this over up to five earlier
dates; increments (deltas, and what `lifetree update` appends) are summed apart and have no history. `cycle_days` is
how long the source's update cycle lasts, `age_days` the time from the delivery to the latest one
of any source. Of the `items` that the catalogue declares, `missing_items` are not in the file, and `drifted_items` have
values that do not fit type or length: `drift_share` is the largest share of such values in one item, and `drift` says
which. `rule` and `reason` tell why the delivery was quarantined; null where it was not."""
