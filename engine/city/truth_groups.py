"""Groups of the city's persons and legal entities in which linking is harder than elsewhere."""

from __future__ import annotations

from datetime import date

import polars as pl

from engine.city.tables import City, World

GROUPS = pl.Schema(
    {
        "subject": pl.String,
        "entity_id": pl.String,
        "twin": pl.Boolean,
        "minority_name": pl.Boolean,
        "newborn": pl.Boolean,
        "over_80": pl.Boolean,
        "subject_kind": pl.String,
    }
)
"""The groups of each true entity; null where a group is none of its subject's.

`twin`: one of twins or more; `minority_name`: a name of several parts with a separator (阿卜杜拉·买买提); `newborn`:
born in the year that ends on the city's last day; `over_80`: 80 years old on that day, or at death before it."""

SEPARATOR = "·"


def groups(world: World, city: City, *, as_of: date) -> pl.DataFrame:
    """Return GROUPS of a batch's persons and legal entities; the city's institutions are in the batch of cell 0."""
    offices = city.institutions if 0 in world.persons["cell"].unique() else city.institutions.head(0)
    firms = pl.concat([world.firms.select("firm_id", "subject_kind"), offices.select("firm_id", "subject_kind")])
    parts = [
        _persons(world, as_of=as_of),
        firms.select("subject_kind", subject=pl.lit("legal_entity"), entity_id=_entity("f", "firm_id")),
    ]
    return pl.concat(parts, how="diagonal").select(GROUPS.names()).sort("subject", "entity_id")


def _persons(world: World, *, as_of: date) -> pl.DataFrame:
    persons, day = world.persons, pl.lit(as_of)
    of_twins = pl.concat([persons["twin_of"], persons.filter(pl.col("twin_of").is_not_null())["person_id"]]).unique()
    parted = world.names.filter(pl.col("name").str.contains(SEPARATOR, literal=True))["person_id"].unique()
    last = pl.min_horizontal("death", day)
    return persons.select(
        subject=pl.lit("person"),
        entity_id=_entity("p", "person_id"),
        twin=pl.col("person_id").is_in(of_twins.implode()),
        minority_name=pl.col("person_id").is_in(parted.implode()),
        newborn=pl.col("birth") > day.dt.offset_by("-1y"),
        over_80=pl.col("birth").dt.offset_by("80y") <= last,
    )


def _entity(letter: str, column: str) -> pl.Expr:
    return pl.lit(letter) + pl.col(column).cast(pl.String)
