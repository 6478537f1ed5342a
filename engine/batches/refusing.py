"""The rows of a refused delivery set aside: each is a reject with the rule and the reason of its batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse.mentions import json_object
from engine.settings import Source
from engine.tables import ACCOUNTS, REJECTS


class Refused(NamedTuple):
    """The rows that stay, REJECTS of the others, and ACCOUNTS of these (one row)."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    accounts: pl.DataFrame


def refuse(rows: pl.DataFrame, refused: Mapping[str, tuple[str, str]], *, source: Source) -> Refused:
    """Return the rows of one source (ROWS and what was delivered) without those of the `refused` files.

    `refused` gives rule and reason by the name that the file has in the rows. The records of other deliveries are as if
    this one had not come.
    """
    batches = pl.DataFrame(
        [(file, rule, reason) for file, (rule, reason) in refused.items()],
        schema={"file": pl.String, "rule": pl.String, "reason": pl.String},
        orient="row",
    )
    set_aside = rows.join(batches, on="file", maintain_order="left")
    account = {
        "source": source.name, "rows_in": set_aside.height, "kept": 0, "quarantined": set_aside.height,
        "exact_duplicates": 0, "superseded": 0,
    }  # fmt: skip
    return Refused(
        rows.join(batches, on="file", how="anti", maintain_order="left") if refused else rows,
        REJECTS.conform(set_aside.with_columns(raw=json_object(source.columns()))),
        ACCOUNTS.conform(pl.DataFrame([account])),
    )
