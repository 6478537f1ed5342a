"""Which entity a told event, tie or spell belongs to."""

from __future__ import annotations

import polars as pl


def owned(told: pl.DataFrame, owners: pl.DataFrame, *, subject: str, role: str, entity: str) -> pl.DataFrame:
    """Return `told` with the column `entity`: the owner of the mention that the columns `subject` and `role` name.

    `owners` holds subject, source, record_id, role and entity_id of every mention of the same records. Null where the
    mention is no record.
    """
    names = {"subject": subject, "role": role, "entity_id": entity}
    return told.join(owners.rename(names), on=["source", "record_id", subject, role], how="left")
