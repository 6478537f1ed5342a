"""A labelled sample: the records that share an entity with labelled ones and have no label."""

from __future__ import annotations

import polars as pl

from engine.tables import RECORD_KEY


def with_members(records: pl.DataFrame, record_entity: pl.DataFrame) -> pl.DataFrame:
    """Return the labelled records and, with the truth null, all others of their entities.

    Where each true entity of the sample is labelled whole, such a record is of another one: it is wrongly there. Left
    out, as records without a label are from a full truth, it would hide nearly every wrong link of a small sample.
    """
    others = (
        record_entity.join(records.select("entity_id").drop_nulls().unique(), on="entity_id", how="semi")
        .join(records, on=RECORD_KEY, how="anti")
        .select(*RECORD_KEY, "signature_id", "entity_id")
    )
    return pl.concat([records, others], how="diagonal")
