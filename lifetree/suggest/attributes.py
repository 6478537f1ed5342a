"""The attributes of a subject: which columns of which files hold them, and their values as they are matched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from engine.tables import SIGNATURES
from engine.values import KINDS
from engine.values.dates import is_date, parse_date
from lifetree.suggest.columns import Column
from lifetree.suggest.reading import Sample
from lifetree.suggest.vocabulary import Use


class Place(NamedTuple):
    """Where a source holds an attribute: one column, or several whose values are joined."""

    columns: tuple[str, ...]
    date_format: str | None = None


class Attribute(NamedTuple):
    """An attribute: `places` by source; `use` is match or find; `form` is how candidates are found by it."""

    name: str
    title: str
    role: str
    kind: str
    use: Use
    form: str
    places: dict[str, Place]
    why: str = ""


class File(NamedTuple):
    """A sample with what its columns are."""

    sample: Sample
    columns: tuple[Column, ...]
    subject: str
    key: str | None


def values_of(files: Sequence[File], attributes: Sequence[Attribute]) -> pl.DataFrame:
    """Return the sampled records as signatures (SIGNATURES), one a record, in the order of the hashes of their rows."""
    parts = []
    for file in files:
        frame = file.sample.frame
        columns = [matched(frame, one, file.sample.name).alias(one.name) for one in attributes]
        told = {" source": pl.lit(file.sample.name), " place": pl.int_range(pl.len())}
        parts.append(pl.DataFrame(columns).with_columns(**told))
    joined = pl.concat(parts, how="diagonal").sort(" place", " source")
    records = joined.with_columns(
        signature_id=pl.int_range(pl.len(), dtype=pl.Int64), records=pl.lit(1, pl.Int64),
        sources=pl.concat_list(" source"), first_seen=pl.lit(None, pl.String), last_seen=pl.lit(None, pl.String),
    )  # fmt: skip
    return SIGNATURES.conform(records, [one.name for one in attributes])


def matched(frame: pl.DataFrame, attribute: Attribute, source: str) -> pl.Series:
    """Return an attribute's values of one file in the form that is matched; null where the file does not hold it."""
    place = attribute.places.get(source)
    if place is None:
        return pl.Series("x", [None] * frame.height, dtype=pl.String)
    texts = [pl.col(name).str.strip_chars().replace("", None) for name in place.columns]
    joined = pl.concat_str(texts, separator=" ", ignore_nulls=True).replace("", None).alias("x")
    given = frame.select(joined)
    kind = KINDS[attribute.kind]
    if attribute.kind == "date":
        given = given.select(parse_date(pl.col("x"), place.date_format))
        given = given.select(pl.when(is_date(pl.col("x"))).then("x").alias("x"))
    else:
        given = given.select(kind.clean(pl.col("x")))
    return given.select(kind.match(pl.col("x")).cast(pl.String).replace("", None).alias("x")).to_series()
