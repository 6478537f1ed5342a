"""Entities that stand for nobody, and true entities that none stands for."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Surplus(NamedTuple):
    """`phantoms`: entity_id; `merged`: true entities that stand in another's entity; `lost`: all records unresolved.

    Over labelled records: entities - phantoms + merged + lost = true entities, exactly.
    """

    phantoms: pl.DataFrame
    merged: int
    lost: int


def surplus(records: pl.DataFrame) -> Surplus:
    """Return the surplus of labelled records (`entity_id`, null where unresolved, and `truth`).

    An entity that stands for no true entity (`homes`) is a phantom.

    >>> records = pl.DataFrame({"entity_id": ["a", "a", "b", "c", "c"], "truth": ["1", "1", "1", "2", "3"]})
    >>> surplus(records).phantoms["entity_id"].to_list(), surplus(records).merged
    (['b'], 1)
    """
    found = homes(records)
    standing = found.select("entity_id").unique()
    known = records.select("entity_id").drop_nulls().unique()
    phantoms = known.join(standing, on="entity_id", how="anti").sort("entity_id")
    return Surplus(phantoms, found.height - standing.height, records["truth"].n_unique() - found.height)


def homes(records: pl.DataFrame) -> pl.DataFrame:
    """Return truth and the entity that stands for it: that with most of its records, of equals the smallest id."""
    cells = records.drop_nulls("entity_id").group_by("truth", "entity_id").agg(pl.len().alias("n"))
    ordered = cells.sort("truth", "n", "entity_id", descending=[False, True, False])
    return ordered.unique("truth", keep="first", maintain_order=True).select("truth", "entity_id")


def phantoms_by_source(phantoms: pl.DataFrame, entities: pl.DataFrame) -> dict[str, int]:
    """Return the number of phantoms by the source that founded them, sources without one left out.

    `entities` holds entity_id and founding_source.
    """
    founded = entities.select("entity_id", "founding_source").join(phantoms, on="entity_id", how="semi")
    return dict(founded.group_by("founding_source").agg(pl.len()).sort("founding_source").iter_rows())
