"""Addresses of buildings: what a Chinese address says up to the building, without unit and room."""

from __future__ import annotations

import polars as pl

from engine.values.address_levels import address_to_building
from engine.values.distinct import whole
from engine.values.kinds import Kind, register
from engine.values.text import clean_text


def clean_building_address(expr: pl.Expr) -> pl.Expr:
    """Return the address up to its building, written in one way; a text that tells no building stays as it is.

    A building is told by a house number or a number of its own, and by the road, compound or village that has it.

    >>> frame = pl.DataFrame({"x": ["文三路 12-3-2-501", "清田街道学院大道600號阳光华庭四号楼1803", "同上"]})
    >>> frame.select(clean_building_address(pl.col("x")))["x"].to_list()
    ['文三路12号3幢', '清田街道学院大道600号阳光华庭4幢', '同上']
    """
    return whole(clean_text(expr), _up_to_building, dtype=pl.String)


def _up_to_building(values: pl.Series) -> pl.Series:
    """Return each text up to the building, where that reads as the same building again."""
    short = pl.DataFrame({"given": values}).with_columns(short=address_to_building(pl.col("given")))
    once = short.with_columns(again=address_to_building(pl.col("short")))
    sure = (pl.col("again") == pl.col("short")).fill_null(value=False)
    return once.select(pl.when(sure).then("short").otherwise("given").alias(values.name)).to_series()


BUILDING_ADDRESS = register(Kind("building_address", "address up to the building", clean_building_address, clean_text))
