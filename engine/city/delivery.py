"""A batch of cells as departments deliver it: rows, what they wrote down of each subject, where they erred."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.city.errors import spoil
from engine.city.places import address_texts
from engine.city.registrations import SLOTS, firms_on, persons_on
from engine.city.rows import source_rows
from engine.city.settings import FIRM_ROLES, PERSON_ROLES, Catalogue, Shape
from engine.city.tables import City, World

ABROAD = 1 << 32
"""Added to the ids of institutions, which are negative, in the keys of draws."""

PERSON_FIELDS = ("name", "id_no", "permit", "birth_certificate", "birth", "sex", "phone", "address", "former_name")
FIRM_FIELDS = ("firm_name", "uscc", "org_code", "reg_no", "firm_phone", "firm_address", "founded")


class Delivery(NamedTuple):
    """`rows` of each source with `registration_<role>`, registrations of persons and of firms as written down, errors.

    `errors` refers to `registration` of the persons' frame, `firm_errors` to that of the firms'.
    """

    rows: dict[str, pl.DataFrame]
    persons: pl.DataFrame
    firms: pl.DataFrame
    errors: pl.DataFrame
    firm_errors: pl.DataFrame


def deliver(
    world: World, city: City, *, catalogue: Catalogue, seed: int, as_of: pl.Expr, scale: float, per_row: bool
) -> Delivery:
    """Return what every source delivers of these cells."""
    rows: dict[str, pl.DataFrame] = {}
    asked: dict[str, list[pl.DataFrame]] = {"person": [], "firm": []}
    for place, (name, source) in enumerate(catalogue.sources.items()):
        shape = catalogue.shapes[source.shape]
        kept = next(catalogue.rate(one, source.errors) for one in catalogue.errors if one.kind == "dead_kept") * scale
        told = source_rows(world, city, source=source, shape=shape, place=place, seed=seed, as_of=as_of, dead_kept=kept)
        rows[name] = _with_roles(told, world)
        for slot, (_, kind, column) in enumerate(roles_of(shape)):
            asked[kind].append(_asked(rows[name], column, place=place, slot=slot, shape=shape, as_of=as_of))
    persons = _registrations(pl.concat(asked["person"]), per_row=per_row)
    firms = _registrations(pl.concat(asked["firm"]), per_row=per_row)
    for frame, kind in ((persons, "person"), (firms, "firm")):
        _attach(rows, frame.asked, kind, catalogue)
    known = _persons(persons.registrations, world, city, catalogue)
    spoilt = spoil(known, catalogue=catalogue, seed=seed, scale=scale)
    companies = spoil(
        _companies(firms.registrations, world, city, catalogue), catalogue=catalogue, seed=seed + 1, scale=scale
    )
    named = companies.registrations.rename({"phone": "firm_phone", "address": "firm_address"})
    return Delivery(rows, spoilt.registrations, named, spoilt.errors, companies.errors)


def roles_of(shape: Shape) -> list[tuple[str, str, str]]:
    """Return (role, person or firm, the row's column) of the principal and of every other subject of the shape."""
    principal = ("", "person", "person_id") if shape.subject == "person" else ("", "firm", "firm_id")
    others = [(role, "person", PERSON_ROLES[role]) for role in shape.roles(PERSON_ROLES)]
    return [principal, *others, *((role, "firm", FIRM_ROLES[role]) for role in shape.roles(FIRM_ROLES))]


def _with_roles(rows: pl.DataFrame, world: World) -> pl.DataFrame:
    family = world.persons.select("person_id", "mother_id", "father_id", "household_id")
    rows = rows.join(family, on="person_id", how="left", maintain_order="left")
    heads = world.relations.filter((pl.col("type") == "LEGAL_REP_OF") & pl.col("valid_to").is_null())
    heads = heads.select(firm_id="to_id", representative_id="from_id").unique(
        "firm_id", keep="last", maintain_order=True
    )
    return rows.join(heads, on="firm_id", how="left", maintain_order="left")


class _Registered(NamedTuple):
    registrations: pl.DataFrame
    asked: pl.DataFrame


def _asked(rows: pl.DataFrame, column: str, *, place: int, slot: int, shape: Shape, as_of: pl.Expr) -> pl.DataFrame:
    return rows.select(
        source=pl.lit(place, pl.Int64), slot=pl.lit(slot, pl.Int64), subject_id=pl.col(column),
        day=as_of if shape.current else pl.col("date"),
        refresh=pl.lit(shape.refresh, pl.Int64), place_kind=pl.lit(shape.place),
        row_index=pl.int_range(pl.len(), dtype=pl.Int64),
    )  # fmt: skip


def _registrations(asked: pl.DataFrame, *, per_row: bool) -> _Registered:
    """Return the distinct registrations (with `registration`, their place) and the registration of each row."""
    subject = pl.col("subject_id") + pl.when(pl.col("subject_id") < 0).then(ABROAD).otherwise(0)
    asked = asked.with_columns(key=subject * 1024 + pl.col("source") * SLOTS + pl.col("slot"))
    year = pl.col("day").dt.year().cast(pl.Int64)
    epoch = (
        pl.when(pl.col("refresh") > 0).then((year - year.min().over("key")) // pl.col("refresh").clip(1)).otherwise(0)
    )
    asked = asked.with_columns(epoch=epoch)
    if per_row:
        asked = asked.with_columns(key=pl.col("key") * 4096 + pl.int_range(pl.len()).over("key") % 4096)
    distinct = (
        asked.filter(pl.col("subject_id").is_not_null())
        .group_by("key", "epoch")
        .agg(pl.col("source", "slot", "subject_id", "place_kind").first(), pl.col("day").min())
        .sort("key", "epoch")
        .with_row_index("registration")
        .with_columns(pl.col("registration").cast(pl.Int64))
    )
    numbered = asked.select("source", "slot", "row_index", "key", "epoch").join(
        distinct.select("key", "epoch", "registration"), on=["key", "epoch"], how="left", maintain_order="left"
    )
    return _Registered(distinct, numbered)


def _attach(rows: dict[str, pl.DataFrame], asked: pl.DataFrame, kind: str, catalogue: Catalogue) -> None:
    """Put the registration of each role into the sources' rows."""
    parts = asked.partition_by("source", "slot", as_dict=True, maintain_order=True)
    for place, (name, source) in enumerate(catalogue.sources.items()):
        for slot, (role, of, _) in enumerate(roles_of(catalogue.shapes[source.shape])):
            part = parts.get((place, slot))
            if of == kind:
                column = part["registration"] if part is not None else pl.Series([], dtype=pl.Int64)
                rows[name] = rows[name].with_columns(column.alias(f"registration_{role}"))


def _persons(registrations: pl.DataFrame, world: World, city: City, catalogue: Catalogue) -> pl.DataFrame:
    """Return the true fields of each registration that the role's columns hold, and what errors read."""
    asked = registrations.rename({"subject_id": "person_id", "place_kind": "place"})
    found = persons_on(asked, world)
    mothers = _relatives(world)
    texts = address_texts(found["address_id"], world, city)
    number = pl.col("id_no")
    found = found.with_columns(
        birth_date="birth", birth=pl.col("birth").dt.to_string("%Y-%m-%d"), sex=pl.col("sex").cast(pl.String),
        address=texts["text"], old_address=texts["old"], rural=texts["rural"], division=texts["division"],
        previous_number=number.shift(1).over("source", pl.col("person_id") // 1000),
        other_number=number.shift(7).over(pl.col("person_id") // 1000, pl.col("sex")),
        former_name=pl.when(pl.col("former_until") <= pl.col("day")).then("former_name"),
        true_name="name", true_birth=pl.col("birth").dt.to_string("%Y-%m-%d"), true_phone="phone", true_number="id_no",
    ).join(mothers, on="person_id", how="left", maintain_order="left")  # fmt: skip
    return _only_asked(found, catalogue, "person", PERSON_FIELDS)


def _relatives(world: World) -> pl.DataFrame:
    """Return what stands for a person's own number and phone when a relative's is copied."""
    numbers = (
        world.identifiers.filter(pl.col("scheme") == "citizen18")
        .unique("person_id", keep="last")
        .select("person_id", "identifier")
    )
    phones = (
        world.phones.sort("valid_from")
        .unique("person_id", keep="last", maintain_order=True)
        .select("person_id", "phone")
    )
    spouse = (
        world.relations.filter(pl.col("type") == "SPOUSE_OF")
        .unique("from_id", keep="last")
        .select(person_id="from_id", spouse_id="to_id")
    )
    people = world.persons.select("person_id", "mother_id", "household_id").join(spouse, on="person_id", how="left")
    head = pl.when(pl.col("household_id") != pl.col("person_id")).then("household_id")
    return (
        people.with_columns(relative=pl.coalesce("spouse_id", head, "mother_id"))
        .join(numbers.rename({"identifier": "mother_number"}), left_on="mother_id", right_on="person_id", how="left")
        .join(numbers.rename({"identifier": "relative_number"}), left_on="relative", right_on="person_id", how="left")
        .join(phones.rename({"phone": "mother_phone"}), left_on="mother_id", right_on="person_id", how="left")
        .select("person_id", "mother_number", "relative_number", "mother_phone")
    )


def _companies(registrations: pl.DataFrame, world: World, city: City, catalogue: Catalogue) -> pl.DataFrame:
    asked = registrations.rename({"subject_id": "firm_id"}).drop("place_kind")
    found = firms_on(asked, world, city)
    texts = address_texts(found["address_id"], world, city)
    found = found.with_columns(
        firm_address=texts["text"], firm_phone="phone", true_name="firm_name", true_code="uscc",
        former_name=pl.when(pl.col("former_name") != pl.col("firm_name")).then("former_name"),
        old_code=pl.coalesce("reg_no", "org_code", "tax_no"), division=texts["division"],
        founded=pl.col("founded").dt.to_string("%Y-%m-%d"), old_address=texts["old"],
    ).with_columns(former_firm_name="former_name").drop("phone")  # fmt: skip
    asked_for = _only_asked(found, catalogue, "firm", FIRM_FIELDS)
    return asked_for.rename({"firm_phone": "phone", "firm_address": "address"})


def _only_asked(found: pl.DataFrame, catalogue: Catalogue, kind: str, fields: tuple[str, ...]) -> pl.DataFrame:
    """Return the registrations with null in every field that the source does not ask of the role."""
    asked = [
        (place, slot, *(any(part == (role, field) for part in _parts(shape)) for field in fields))
        for place, source in enumerate(catalogue.sources.values())
        for shape in [catalogue.shapes[source.shape]]
        for slot, (role, of, _) in enumerate(roles_of(shape))
        if of == kind
    ]
    schema = {"source": pl.Int64, "slot": pl.Int64, **{f"asks_{field}": pl.Boolean for field in fields}}
    table = pl.DataFrame(asked, schema=schema, orient="row")
    wide = found.join(table, on=["source", "slot"], how="left", maintain_order="left")
    wide = wide.with_columns(pl.when(f"asks_{field}").then(field).alias(field) for field in fields)
    return wide.drop(f"asks_{field}" for field in fields)


def _parts(shape: Shape) -> list[tuple[str, str]]:
    """Return (role, field) of each column; a name that is mere text is asked for like any other."""
    return [(role, "name" if field == "text_name" else field) for role, field in shape.parts().values()]
