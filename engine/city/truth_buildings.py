"""What is true of the buildings that rows tell of: which building each address is of, and whether its text says so."""

from __future__ import annotations

import polars as pl

from engine.city.delivery import Delivery
from engine.city.places import address_texts
from engine.city.settings import Shape

WHOLE = -1
"""Stands for the registration where the address is the row's own: a register of real estate writes it in full."""


def building_mentions(delivery: Delivery, *, name: str, shape: Shape) -> pl.DataFrame:
    """Return place (of the row), entity (building_id) and registration of the rows of a source that tell an address.

    A row whose address was left out mentions no building.
    """
    rows, (_, field) = delivery.rows[name], shape.parts()[shape.building]
    if field == "unit":
        found = address_texts(rows["address_id"], delivery.addresses).select(
            entity="building_id", registration=pl.lit(WHOLE, pl.Int64)
        )
    else:
        registration = rows["registration_"]
        written = delivery.persons[["address", "address_id"]][registration]
        known = address_texts(written["address_id"], delivery.addresses)
        found = known.select(
            entity=pl.when(pl.lit(written["address"]).is_not_null()).then("building_id"), registration=registration
        )
    return found.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64)).drop_nulls("entity")


def building_evidence(delivery: Delivery) -> pl.DataFrame:
    """Return registration and decidable of every registration of persons, and of `WHOLE`.

    The rule: an address tells its building when it names the township or street, by the name of today or before a
    change of divisions. What stands behind it is never cut: village or road, number, estate and building.
    """
    persons = delivery.persons
    names = address_texts(persons["address_id"], delivery.addresses).select("township_name", "old_township_name")
    told = persons.select("registration", "address").hstack(names)
    named = (pl.col("address").str.contains(pl.col(name), literal=True) for name in names.columns)
    settled = told.select("registration", decidable=pl.any_horizontal(named).fill_null(value=False))
    whole = pl.DataFrame({"registration": [WHOLE], "decidable": [True]}, schema=settled.schema)
    return pl.concat([settled, whole])
