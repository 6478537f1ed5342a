"""Records without an identifier: how many of their true pairs a run finds, by source."""

from __future__ import annotations

from typing import Any

import polars as pl

from matchers.evaluation.surplus import homes


def numberless(records: pl.DataFrame, *, bearing: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return, by source, `records` without an identifier, and the `recall` and share `joined` of those with mates.

    `recall` is the share of their true pairs, with whatever record, that share an entity; `joined` the share of records
    that are in the entity that stands for their true one (`homes`). A record without a true mate is in neither; both
    are null where there is none with. `records` holds source, signature_id, entity_id and truth, `bearing` the
    signature_id of what bears an identifier. Cost: linear; no pair is enumerated.
    """
    together = pl.when(pl.col("entity_id").is_not_null()).then(pl.len().over("entity_id", "truth") - 1).otherwise(0)
    mates = records.with_columns(found=together.cast(pl.Int64), wanted=pl.len().over("truth").cast(pl.Int64) - 1).join(
        bearing, on="signature_id", how="anti"
    )
    own = homes(records).rename({"entity_id": "home"})
    paired = pl.col("wanted") > 0
    by_source = (
        mates.join(own, on="truth", how="left")
        .group_by("source")
        .agg(
            records=pl.len(),
            found=pl.col("found").sum(),
            wanted=pl.col("wanted").sum(),
            paired=paired.sum(),
            joined=(paired & (pl.col("entity_id") == pl.col("home"))).sum(),
        )
        .sort("source")
    )
    return {
        row["source"]: {
            "records": row["records"],
            "recall": row["found"] / row["wanted"] if row["wanted"] else None,
            "joined": row["joined"] / row["paired"] if row["paired"] else None,
        }
        for row in by_source.to_dicts()
    }
