"""What a table is: its columns, its primary key, and how a frame is brought into its form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

WEIGHT_SCALE = 1_000_000_000
"""Units of `match_weight` in one bit: integer sums are the same on any partition, floating sums are not."""

RECORD_KEY = ("source", "record_id", "role")
PAIR_KEY = ("signature_l", "signature_r")


class Table(NamedTuple):
    """One table: its fixed columns, its primary key, whether the subject's attributes follow, what it means."""

    name: str
    columns: dict[str, pl.DataType | type[pl.DataType]]
    key: tuple[str, ...]
    attributes: bool = False
    unhashed: tuple[str, ...] = ()

    def schema(self, attributes: Iterable[str] = ()) -> pl.Schema:
        """Return the full schema; `attributes` are the subject's, in the project's order."""
        extra = dict.fromkeys(attributes, pl.String) if self.attributes else {}
        return pl.Schema({**self.columns, **extra})

    def empty(self, attributes: Iterable[str] = ()) -> pl.DataFrame:
        """Return the table without rows."""
        return self.schema(attributes).to_frame()

    def conform(self, frame: pl.DataFrame, attributes: Iterable[str] = ()) -> pl.DataFrame:
        """Return `frame` with exactly this table's columns and types, sorted by the primary key."""
        schema = self.schema(attributes)
        return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).sort(self.key)
