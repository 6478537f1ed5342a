"""What databases of all kinds share: names in SQL, and times in the one form that all formats have."""

from __future__ import annotations

import polars as pl

SEEN = "_lifetree_seen"
"""The last column of a batch: true where an earlier selection may have held the row."""

_TIME = r"^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([+-]\d\d(?::?\d\d)?)?$"


def iso_times(texts: pl.Series) -> pl.Series:
    """Return times in ISO 8601 as Parquet's are read: midnight without zone is a date; what is no time stays.

    >>> iso_times(pl.Series(["2024-01-31 10:00:00.5", "2024-01-31 00:00:00", "2024-01-31 10:00:00+08"])).to_list()
    ['2024-01-31T10:00:00.500', '2024-01-31', '2024-01-31T10:00:00+08:00']
    """
    parts = texts.str.extract_groups(_TIME).struct.unnest()
    day, time, fraction, zone = (pl.col(name) for name in parts.columns)
    digits = fraction.str.strip_chars_end("0")
    wide = pl.when(digits == "").then(0).otherwise((digits.str.len_bytes() + 2) // 3 * 3)
    padded = (fraction + "00000000").str.slice(0, wide)
    ending = pl.when(padded != "").then("." + padded).otherwise(pl.lit(""))
    offset = zone.str.replace(r"^([+-]\d\d):?(\d\d)?$", "${1}:${2}").str.replace(r":$", ":00").fill_null("")
    iso = (day + "T" + time + ending + offset).str.strip_suffix("T00:00:00")
    return parts.select(pl.coalesce(iso, pl.lit(texts)).alias(texts.name)).to_series()


def quoted(name: str) -> str:
    """Return a name as SQL has it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def table_name(table: str) -> str:
    """Return `schema.name` as SQL has it.

    >>> table_name("public.Persons")
    '"public"."Persons"'
    """
    return ".".join(map(quoted, table.split(".")))


def one_select(query: str) -> str:
    """Return a query without the semicolon that ends it."""
    return query.rstrip("; \n")
