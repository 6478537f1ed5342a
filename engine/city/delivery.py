"""A batch of cells as departments deliver it: rows, what they wrote down of each subject, where they erred."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.errors import spoil
from engine.city.places import address_book, address_texts
from engine.city.registrations import SLOTS, firms_on, gathered, persons_on
from engine.city.rows import PERSONS, source_rows, told_events
from engine.city.settings import FIRM_ROLES, PERSON_ROLES, Catalogue, Shape
from engine.city.tables import City, World
from engine.city.world.calendar import dated
from engine.city.world.draws import Flags, Ints
from engine.city.world.runs import begins, within

ABROAD = 1 << 32
"""Added to the ids of institutions, which are negative, in the keys of draws."""

FIRST_YEAR = 1985
"""The registers of the city begin."""

PERSON_FIELDS = (
    "name",
    "id_no",
    "permit",
    "birth_certificate",
    "birth",
    "sex",
    "phone",
    "address",
    "former_name",
    "former_number",
)
FIRM_FIELDS = ("firm_name", "uscc", "org_code", "reg_no", "firm_phone", "firm_address", "founded")


class Delivery(NamedTuple):
    """`rows` of each source with `registration_<role>`, registrations of persons and of firms as written down, errors.

    `errors` refers to `registration` of the persons' frame, `firm_errors` to that of the firms'. `addresses` is the
    `address_book`.
    """

    rows: dict[str, pl.DataFrame]
    persons: pl.DataFrame
    firms: pl.DataFrame
    errors: pl.DataFrame
    firm_errors: pl.DataFrame
    addresses: pl.DataFrame


def deliver(
    world: World, city: City, *, catalogue: Catalogue, seed: int, as_of: date, scale: float, per_row: bool
) -> Delivery:
    """Return what every source delivers of these cells."""
    rows: dict[str, pl.DataFrame] = {}
    asked: dict[str, list[_Asked]] = {"person": [], "firm": []}
    events, heads = told_events(world, city), _heads(world)
    for place, (name, source) in enumerate(catalogue.sources.items()):
        shape = catalogue.shapes[source.shape]
        kept = next(catalogue.rate(one, source.errors) for one in catalogue.errors if one.kind == "dead_kept") * scale
        told = source_rows(
            events, world, city, source=source, shape=shape, place=place, seed=seed, as_of=as_of, dead_kept=kept
        )
        rows[name] = _with_roles(told, world, heads, shape)
        day = pl.Series([as_of]).new_from_index(0, told.height) if shape.current else told["date"]
        turn = told["cell"] * 7919 + told["row"]
        for slot, (role, kind, column) in enumerate(roles_of(shape)):
            asked[kind].append(_Asked(name, role, place, slot, shape, rows[name][column], day, turn))
    registered = {kind: _registrations(parts, per_row=per_row) for kind, parts in asked.items()}
    for kind, parts in asked.items():
        _attach(rows, parts, registered[kind].of_row)
    book = address_book(world, city)
    people = _persons(registered["person"].distinct, world, book, catalogue)
    spoilt = spoil(people, catalogue=catalogue, seed=seed, scale=scale)
    known = _companies(registered["firm"].distinct, world, city, book, catalogue)
    companies = spoil(known, catalogue=catalogue, seed=seed + 1, scale=scale)
    named = companies.registrations.rename({"phone": "firm_phone", "address": "firm_address"})
    return Delivery(rows, spoilt.registrations, named, spoilt.errors, companies.errors, book)


def roles_of(shape: Shape) -> list[tuple[str, str, str]]:
    """Return (role, person or firm, the row's column) of the principal and of every other subject of the shape."""
    principal = ("", "person", "person_id") if shape.subject == "person" else ("", "firm", "firm_id")
    others = [(role, "person", PERSON_ROLES[role]) for role in shape.roles(PERSON_ROLES)]
    return [principal, *others, *((role, "firm", FIRM_ROLES[role]) for role in shape.roles(FIRM_ROLES))]


def _heads(world: World) -> pl.DataFrame:
    """Return firm_id and representative_id of the firms that have a legal representative."""
    heads = world.relations.filter((pl.col("type") == "LEGAL_REP_OF") & pl.col("valid_to").is_null())
    return heads.select(firm_id="to_id", representative_id="from_id").unique(
        "firm_id", keep="last", maintain_order=True
    )


def _with_roles(rows: pl.DataFrame, world: World, heads: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Return the rows with the columns of the shape's roles that no fact has; the world holds each person of a cell."""
    wanted = [column for _, _, column in roles_of(shape) if column not in rows.columns]
    place = rows["person_id"] - world.persons["person_id"].first()
    rows = rows.with_columns(
        world.persons[column].gather(place) for column in ("mother_id", "father_id", "household_id")
    )
    stated = (pl.col("code") == "BIR.CERT") & pl.col("other_id").is_not_null()
    rows = rows.with_columns(
        mother_id=pl.when(stated).then("other_id").otherwise("mother_id"),
        father_id=pl.when(stated & (pl.col("other_id") == pl.col("father_id")))
        .then("mother_id")
        .otherwise("father_id"),
    )
    return rows.join(heads, on="firm_id", how="left", maintain_order="left") if "representative_id" in wanted else rows


class _Asked(NamedTuple):
    """The subject of a role in each of a source's rows, the day of which the source knows, and a number of the row."""

    name: str
    role: str
    place: int
    slot: int
    shape: Shape
    subjects: pl.Series
    days: pl.Series
    turns: pl.Series


class _Registered(NamedTuple):
    """Distinct registrations, `registration` their place; `of_row` the registration of each row, -1 for nobody's."""

    distinct: pl.DataFrame
    of_row: Ints


def _registrations(asked: list[_Asked], *, per_row: bool) -> _Registered:
    """Return the registrations by key and epoch, as of the first day of each.

    Years to the next asking run from the subject's first row; of institutions, whose rows are in all cells, from 1985.
    """
    sizes = [part.subjects.len() for part in asked]
    source, slot, refresh = (
        np.repeat(np.array(values, dtype=np.int64), sizes)
        for values in zip(*((part.place, part.slot, part.shape.refresh) for part in asked), strict=True)
    )
    subjects = pl.concat(part.subjects for part in asked)
    there = np.flatnonzero(subjects.is_not_null().to_numpy())
    subject, source, slot, refresh = (
        values[there] for values in (subjects.fill_null(0).to_numpy(), source, slot, refresh)
    )
    days = pl.concat(part.days for part in asked)
    day, year = (values.to_numpy()[there].astype(np.int64) for values in (days.to_physical(), days.dt.year()))
    key = (subject + np.where(subject < 0, ABROAD, 0)) * 1024 + source * SLOTS + slot
    order = np.argsort(dated(key, day), kind="stable")
    epoch = _epochs(key[order], year[order], refresh[order], subject[order] < 0)
    if per_row:
        epoch = epoch[np.argsort(order, kind="stable")]
        again = np.argsort(key, kind="stable")
        turn = np.empty_like(key)
        turn[again] = within(begins(key[again]))
        turn = np.where(subject < 0, pl.concat(part.turns for part in asked).to_numpy()[there], turn)
        key = key * 4096 + turn % 4096
        order = np.lexsort((day, epoch, key))
        epoch = epoch[order]
    first = begins(key[order], epoch)
    of_row = np.full(sum(sizes), -1, dtype=np.int64)
    of_row[there[order]] = np.cumsum(first) - 1
    chosen = order[first]
    distinct = pl.DataFrame(
        {"key": key[chosen], "epoch": epoch[first], "source": source[chosen], "slot": slot[chosen],
            "subject_id": subject[chosen], "day": pl.Series(day[chosen].astype(np.int32)).cast(pl.Date)}
    )  # fmt: skip
    return _Registered(distinct.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("registration"), pl.all()), of_row)


def _epochs(key: Ints, year: Ints, refresh: Ints, shared: Flags) -> Ints:
    """Return how often the department has asked anew, of rows sorted by key and year."""
    first = np.where(shared, FIRST_YEAR, year[np.arange(len(key)) - within(begins(key))])
    return np.where(refresh > 0, (year - first) // np.maximum(refresh, 1), 0)


def _attach(rows: dict[str, pl.DataFrame], asked: list[_Asked], registrations: Ints) -> None:
    """Put the registration of each role into the sources' rows."""
    end = 0
    for part in asked:
        begin, end = end, end + part.subjects.len()
        found = registrations[begin:end]
        column = pl.Series(f"registration_{part.role}", found)
        rows[part.name] = rows[part.name].with_columns(
            column if found.min(initial=0) >= 0 else column.replace(-1, None)
        )


def _persons(registrations: pl.DataFrame, world: World, book: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return the true fields of each registration that the role's columns hold, and what errors read."""
    kinds = pl.Series("place", [catalogue.shapes[source.shape].place for source in catalogue.sources.values()])
    asked = registrations.rename({"subject_id": "person_id"}).with_columns(kinds.gather(registrations["source"]))
    found = persons_on(asked, world)
    texts = address_texts(found["address_id"], book)
    cell = (found["person_id"] // PERSONS).to_numpy()
    sexes = found["sex"].fill_null("").cast(pl.Categorical).to_physical().to_numpy().astype(np.int64)
    found = found.with_columns(
        address=texts["text"], old_address=texts["old"], rural=texts["rural"], division=texts["division"],
        previous_number=_before(found["id_no"], cell * 1024 + found["source"].to_numpy(), 1),
        other_number=_before(found["id_no"], cell * 1024 + sexes, 7),
        former_name=pl.when(pl.col("former_until") <= pl.col("day")).then("former_name"),
        earlier_name=pl.when(pl.col("former_until") <= pl.col("day")).then("former_name"),
        former_number=pl.when(pl.col("fixed_on") <= pl.col("day")).then("former_number"),
        true_name="name", true_birth="birth", true_phone="phone", true_number="id_no",
    ).join(_relatives(world), on="person_id", how="left", maintain_order="left")  # fmt: skip
    return _only_asked(found, catalogue, "person", PERSON_FIELDS)


def _before(values: pl.Series, group: Ints, distance: int) -> pl.Series:
    """Return the value that stands `distance` before each in its group, null where there is none."""
    order = np.argsort(group, kind="stable")
    within_group = within(begins(group[order]))
    place = np.full(len(group), -1, dtype=np.int64)
    reached = np.flatnonzero(within_group >= distance)
    place[order[reached]] = order[reached - distance]
    return gathered(values, place)


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


def _companies(
    registrations: pl.DataFrame, world: World, city: City, book: pl.DataFrame, catalogue: Catalogue
) -> pl.DataFrame:
    asked = registrations.rename({"subject_id": "firm_id"})
    found = firms_on(asked, world, city)
    texts = address_texts(found["address_id"], book)
    found = found.with_columns(
        firm_address=texts["text"], firm_phone="phone", true_name="firm_name", true_code="uscc",
        former_name=pl.when(pl.col("former_name") != pl.col("firm_name")).then("former_name"),
        old_code=pl.coalesce("reg_no", "org_code", "tax_no"), division=texts["division"], old_address=texts["old"],
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
