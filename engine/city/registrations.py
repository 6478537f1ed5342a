"""What a department could have known of a subject when it wrote it down: what was true on that day."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import City, World
from engine.city.world.calendar import dated
from engine.city.world.draws import Ints

SLOTS = 8
"""Roles of a source, at most: a draw's key is subject x 1,024 + source x 8 + role."""

OLD_NUMBERS_END = pl.date(1999, 10, 1)
"""From here on citizen numbers have 18 digits (GB 11643-1999); earlier registrations were brought up to date."""


def valid_at(facts: pl.DataFrame, asked: pl.DataFrame, *, key: str, columns: list[str]) -> pl.DataFrame:
    """Return `columns` of the fact in force for each of `asked` (`key`, `day`), in its order; else the first later one.

    `facts` has `key`, `valid_from` and `columns`. A fact that has ended still stands in for a gap after it.
    """
    ordered = facts.sort(key, "valid_from", maintain_order=True)
    ids, subjects = ordered[key].to_numpy(), asked[key].to_numpy()
    begun, wanted = dated(ids, _days(ordered["valid_from"])), dated(subjects, _days(asked["day"]))
    place = np.searchsorted(begun, wanted, side="right") - 1
    ids = np.append(ids, 0)
    place += (place < 0) | (ids[place] != subjects)
    place[(place == len(begun)) | (ids[place] != subjects)] = -1
    return pl.DataFrame([gathered(ordered[column], place) for column in columns])


def _days(values: pl.Series) -> Ints:
    return values.to_physical().to_numpy().astype(np.int64)


def gathered(values: pl.Series, places: Ints) -> pl.Series:
    """Return the values at these places, null where the place is -1."""
    wanted = pl.Series(places)
    return values.gather(wanted.replace(-1, None) if places.min(initial=0) < 0 else wanted)


def persons_on(asked: pl.DataFrame, world: World) -> pl.DataFrame:
    """Return `asked` (person_id, day, place) with the person's true fields of that day, in the order given.

    `place` says which address is meant, home or hukou. Names of newborn are placeholders until registered.
    """
    registered = world.names.filter(pl.col("kind").is_in(["registered", "placeholder"]))
    citizen = world.identifiers.filter((pl.col("scheme") == "citizen18") & (pl.col("reason") != "duplicate"))
    permits = _permits(world)
    fixed = world.persons.select(
        "person_id",
        pl.col("sex").cast(pl.String),
        pl.col("birth").alias("birth_date"),
        pl.col("birth").dt.to_string("%Y-%m-%d"),
        "ethnicity",
        "family_role",
        "marital",
        "household_id",
        "mother_id",
        "status",
    )
    found = asked.join(fixed, on="person_id", how="left", maintain_order="left")
    found = found.with_columns(
        *valid_at(registered, asked, key="person_id", columns=["name"]),
        *valid_at(citizen, asked, key="person_id", columns=["identifier"]).rename({"identifier": "id_no"}),
        *valid_at(permits, asked, key="person_id", columns=["identifier"]).rename({"identifier": "permit"}),
        *valid_at(world.phones, asked, key="person_id", columns=["phone"]),
        address_id=_addresses(asked, world),
    )
    # a number that was not yet given on the day is not known
    numbers = world.identifiers.filter(pl.col("scheme").is_in(["citizen18", "citizen15"]))
    first = numbers.group_by("person_id").agg(given=pl.col("valid_from").min())
    found = found.join(first, on="person_id", how="left", maintain_order="left").with_columns(
        id_no=pl.when((pl.col("given") <= pl.col("day")) | (pl.col("day") < OLD_NUMBERS_END)).then("id_no")
    )
    for one in _once(world, registered, citizen):
        found = found.join(one, on="person_id", how="left", maintain_order="left")
    return found


def _once(world: World, registered: pl.DataFrame, citizen: pl.DataFrame) -> list[pl.DataFrame]:
    """Return what a person has once: the numbers and names of before, the birth certificate, the newborn's name."""
    old = world.identifiers.filter(pl.col("scheme") == "citizen15").unique("person_id", keep="last")
    certificate = world.identifiers.filter(pl.col("scheme") == "birth_certificate").unique("person_id", keep="first")
    placeholder = world.names.filter(pl.col("kind") == "placeholder").unique("person_id", keep="first")
    former = registered.filter((pl.col("kind") == "registered") & pl.col("valid_to").is_not_null())
    fixed = citizen.filter(pl.col("valid_to").is_not_null() & (pl.col("reason") != "fix"))
    return [
        old.select("person_id", old_number="identifier"),
        certificate.select("person_id", birth_certificate="identifier"),
        placeholder.select("person_id", placeholder="name"),
        former.unique("person_id", keep="last").select("person_id", former_name="name", former_until="valid_to"),
        fixed.unique("person_id", keep="last").select("person_id", former_number="identifier", fixed_on="valid_to"),
    ]


def _permits(world: World) -> pl.DataFrame:
    """Return the permits of persons from outside the mainland, one per day of issue."""
    permits = world.identifiers.filter(
        pl.col("scheme").is_in(
            ["hk_permit", "macau_permit", "taiwan_permit", "foreign_permanent", "passport", "hmt_residence"]
        )
    ).sort("person_id", "scheme")
    outsiders = world.persons.filter(pl.col("status") != "mainland").select("person_id")
    return permits.join(outsiders, on="person_id", how="semi").unique(
        ["person_id", "valid_from"], keep="first", maintain_order=True
    )


def _addresses(asked: pl.DataFrame, world: World) -> pl.Series:
    stays = world.stays.filter(pl.col("address_id").is_not_null()).unique(
        ["person_id", "kind", "valid_from"], keep="first", maintain_order=True
    )
    homes, hukou = (
        valid_at(stays.filter(pl.col("kind") == kind), asked, key="person_id", columns=["address_id"]).to_series()
        for kind in ("home", "hukou")
    )
    both = asked.select("place").with_columns(home=homes, hukou=hukou)
    chosen = (
        pl.when(pl.col("place") == "hukou").then(pl.coalesce("hukou", "home")).otherwise(pl.coalesce("home", "hukou"))
    )
    return both.select(chosen).to_series()


def firms_on(asked: pl.DataFrame, world: World, city: City) -> pl.DataFrame:
    """Return `asked` (firm_id, day) with the true fields of the firm or institution on that day, in the order given."""
    begun = pl.col("established").alias("valid_from")
    offices = city.institutions
    names = pl.concat(
        [world.firm_names.select("firm_id", "name", "valid_from"), offices.select("firm_id", "name", begun)]
    )
    codes = world.firm_identifiers
    uscc = codes.filter(pl.col("scheme") == "uscc").select("firm_id", uscc="identifier").unique("firm_id", keep="last")
    uscc = pl.concat([uscc, offices.select("firm_id", "uscc")])
    numbers = [
        codes.filter(pl.col("scheme") == scheme)
        .unique("firm_id", keep="last")
        .select("firm_id", pl.col("identifier").alias(scheme))
        for scheme in ("reg_no", "org_code", "tax_no")
    ]
    places = pl.concat(
        [
            world.firm_addresses.select("firm_id", "address_id", "valid_from"),
            offices.select("firm_id", "address_id", begun),
        ]
    )
    phones = pl.concat(
        [world.firm_phones.select("firm_id", "phone", "valid_from"), offices.select("firm_id", "phone", begun)]
    )
    founded = pl.concat(
        [world.firms.select("firm_id", "established"), offices.select("firm_id", "established")]
    ).select("firm_id", founded=pl.col("established").dt.to_string("%Y-%m-%d"))
    found = asked.with_columns(
        *valid_at(names, asked, key="firm_id", columns=["name"]).rename({"name": "firm_name"}),
        *valid_at(places, asked, key="firm_id", columns=["address_id"]),
        *valid_at(phones, asked, key="firm_id", columns=["phone"]),
    )
    first = (
        names.sort("valid_from")
        .unique("firm_id", keep="first", maintain_order=True)
        .select("firm_id", former_name="name")
    )
    for one in (uscc, *numbers, founded, first):
        found = found.join(one, on="firm_id", how="left", maintain_order="left")
    return found
