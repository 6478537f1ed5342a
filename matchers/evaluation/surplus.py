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

    The entity with most records of a true entity stands for it (of equals the smallest id); an entity that stands for
    none is a phantom.

    >>> records = pl.DataFrame({"entity_id": ["a", "a", "b", "c", "c"], "truth": ["1", "1", "1", "2", "3"]})
    >>> surplus(records).phantoms["entity_id"].to_list(), surplus(records).merged
    (['b'], 1)
    """
    resolved = records.drop_nulls("entity_id")
    cells = resolved.group_by("truth", "entity_id").agg(pl.len().alias("n"))
    homes = cells.sort("truth", "n", "entity_id", descending=[False, True, False]).unique(
        "truth", keep="first", maintain_order=True
    )
    standing = homes.select("entity_id").unique()
    phantoms = resolved.select("entity_id").unique().join(standing, on="entity_id", how="anti").sort("entity_id")
    return Surplus(phantoms, homes.height - standing.height, records["truth"].n_unique() - homes.height)
