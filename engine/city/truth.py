"""What is true beside what was delivered: whose each mention is, whether that can be told, who is a resident."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.characters import mistakes
from engine.city.delivery import Delivery, roles_of
from engine.city.registrations import SLOTS
from engine.city.rendering import serial_number
from engine.city.settings import BUILDING, Catalogue, Shape
from engine.city.tables import City, World
from engine.city.truth_buildings import building_mentions
from engine.hashing import hash64, joined

HALF_YEAR = 183
PAIRS = (("name", "birth"), ("name", "phone"), ("name", "address"), ("birth", "phone"), ("birth", "address"))
"""Two true fields that tell a person when only one person of the city has ever had both."""
FIRM_KEYS = (("name",), ("name", "phone"), ("name", "address"), ("phone", "address"))
MENTIONS = {
    "told": pl.Int64, "subject_number": pl.Int64, "number": pl.Int64, "entity": pl.Int64, "registration": pl.Int64,
}  # fmt: skip
"""`told`: the source's place x SLOTS + the role's; `subject_number`: the place in SUBJECTS; `number`: of the row."""

SUBJECTS = ("person", "legal_entity", BUILDING)


class Evidence(NamedTuple):
    """`settled`: registration, decidable (null: the city's keys will say); `keys`: registration, key of those."""

    settled: pl.DataFrame
    keys: pl.DataFrame


def plain_name(expr: pl.Expr) -> pl.Expr:
    """Return the name without separators, blanks and remarks, every variant in its standard form."""
    standard = {variant: one for one, variants in mistakes().variant.items() for variant in variants}
    bare = expr.str.replace_all(r"\(本人\)|\(代\)|[·•‧・.\s　]", "")
    return bare.str.replace_many(list(standard), list(standard.values()))


def person_evidence(delivery: Delivery, world: World) -> Evidence:
    """Return what of each registration tells whose it is.

    The rule. A mention is decidable when it bears its person's own number (citizen number, permit, birth certificate)
    and nobody else ever bore it; or else, when two of its delivered fields (`PAIRS`) are true of its person and of no
    one else in the city. A mention with a number of its person that was issued for a second hukou is not decidable, and
    neither is one whose number is valid and nobody's.
    """
    frame = delivery.persons
    numbers = world.identifiers.select("person_id", "identifier", "reason")
    shared = (
        numbers.group_by("identifier").agg(pl.col("person_id").n_unique()).filter(pl.col("person_id") > 1)["identifier"]
    )
    number = pl.col("id_no")
    own = number.is_not_null() & ((number == pl.col("true_number")) | (number == pl.col("old_number")))
    own = (
        own & ~number.is_in(shared.implode())
        | pl.col("permit").is_not_null()
        | pl.col("birth_certificate").is_not_null()
    )
    frame = frame.select(
        "registration", "person_id", "name", "birth", "phone", "address", "address_id", "earlier_name", "true_name",
        "true_birth", own=own.fill_null(value=False), number="id_no",
    )  # fmt: skip
    rest = frame.filter(~pl.col("own"))
    phones = world.phones.select("person_id", "phone", _held=pl.lit(value=True)).unique()
    rest = rest.join(phones, on=["person_id", "phone"], how="left", maintain_order="left")
    name, truth = plain_name(pl.col("name")), plain_name(pl.col("true_name"))
    true_fields = rest.select(
        "registration",
        name=pl.when((name == truth) | (pl.col("name") == pl.col("earlier_name"))).then(name),
        birth=pl.when(pl.col("birth") == pl.col("true_birth")).then("birth"),
        phone=pl.when("_held").then("phone"),
        address=pl.when(pl.col("address").is_not_null()).then(pl.col("address_id").cast(pl.String)),
    )
    settled = frame.select("registration", decidable=pl.when("own").then(pl.lit(value=True)))
    return Evidence(settled, _keys(true_fields, PAIRS))


def _keys(fields: pl.DataFrame, pairs: tuple[tuple[str, ...], ...]) -> pl.DataFrame:
    parts = [
        fields.filter(pl.all_horizontal(pl.col(one).is_not_null() for one in pair)).select(
            "registration", key=hash64(joined([pl.lit("&".join(pair)), *pair]))
        )
        for pair in pairs
    ]
    return pl.concat(parts)


def person_keys(world: World) -> pl.DataFrame:
    """Return person_id and the key of every pair of true fields that the person ever had."""
    names = world.names.filter(pl.col("kind").is_in(["registered", "placeholder"])).select(
        registration="person_id", name=plain_name(pl.col("name"))
    )
    births = world.persons.select(registration="person_id", birth=pl.col("birth").dt.to_string("%Y-%m-%d"))
    phones = world.phones.select(registration="person_id", phone="phone").unique()
    homes = world.stays.filter(pl.col("address_id").is_not_null()).select(
        registration="person_id", address=pl.col("address_id").cast(pl.String)
    ).unique()  # fmt: skip
    tables = {"name": names, "birth": births, "phone": phones, "address": homes}
    found = [_keys(tables[a].join(tables[b], on="registration"), ((a, b),)) for a, b in PAIRS]
    return pl.concat(found).rename({"registration": "person_id"}).unique()


def firm_evidence(delivery: Delivery) -> Evidence:
    """Return what of each firm's registration tells whose it is.

    The rule: its own credit code, organisation code or registration number, in whatever column; or else its true name,
    or two true fields (`FIRM_KEYS`), that no other legal entity of the city ever had.
    """
    frame = delivery.firms
    numbered = (
        (pl.col("uscc") == pl.col("true_code"))
        | (pl.col("uscc") == pl.col("old_code"))
        | pl.col("org_code").is_not_null()
        | pl.col("reg_no").is_not_null()
    )
    frame = frame.with_columns(own=numbered.fill_null(value=False))
    plain = _plain_firm("firm_name")
    rest = frame.filter(~pl.col("own")).select(
        "registration",
        name=pl.when((plain == _plain_firm("true_name")) | (pl.col("firm_name") == pl.col("former_name"))).then(plain),
        phone="firm_phone",
        address=pl.when(pl.col("firm_address").is_not_null()).then(pl.col("address_id").cast(pl.String)),
    )
    return Evidence(
        frame.select("registration", decidable=pl.when("own").then(pl.lit(value=True))), _keys(rest, FIRM_KEYS)
    )


def _plain_firm(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all("（", "(", literal=True).str.replace_all("）", ")", literal=True)


def firm_keys(world: World, city: City) -> pl.DataFrame:
    """Return firm_id and the key of every set of true fields that the legal entity ever had."""
    offices = city.institutions if 0 in world.persons["cell"].unique() else city.institutions.head(0)
    names = pl.concat([world.firm_names.select("firm_id", "name"), offices.select("firm_id", "name")])
    phones = pl.concat([world.firm_phones.select("firm_id", "phone"), offices.select("firm_id", "phone")])
    places = pl.concat([world.firm_addresses.select("firm_id", "address_id"), offices.select("firm_id", "address_id")])
    tables = {
        "name": names.select(registration="firm_id", name=_plain_firm("name")),
        "phone": phones.rename({"firm_id": "registration"}),
        "address": places.select(registration="firm_id", address=pl.col("address_id").cast(pl.String)),
    }
    found = [_keys(tables["name"], (("name",),))]
    found += [_keys(tables[pair[0]].join(tables[pair[1]], on="registration"), (pair,)) for pair in FIRM_KEYS[1:]]
    return pl.concat(found).rename({"registration": "firm_id"}).unique()


def mentions(delivery: Delivery, catalogue: Catalogue) -> pl.DataFrame:
    """Return MENTIONS of all sources' rows: those roles that a source's columns tell apart, in numbers.

    The last of a source's slots is the building's.
    """
    parts = []
    for place, (name, source) in enumerate(catalogue.sources.items()):
        rows, shape = delivery.rows[name], catalogue.shapes[source.shape]
        numbers = rows.select(serial_number(place, pl.col("cell"), pl.col("row"))).to_series()
        for slot, (role, kind, column) in enumerate(roles_of(shape)):
            if is_mention(shape, role):
                registration = rows[f"registration_{role}"]
                named = registration.is_not_null()
                found = [values.filter(named) for values in (numbers, rows[column], registration)]
                parts.append((place * SLOTS + slot, int(kind == "firm"), found))
        if shape.building:
            told = building_mentions(delivery, name=name, shape=shape)
            found = [numbers.gather(told["place"]), told["entity"], told["registration"]]
            parts.append((place * SLOTS + SLOTS - 1, SUBJECTS.index(BUILDING), found))
    sizes = [len(found[0]) for *_, found in parts]
    roles, subject = (np.repeat(np.array([part[place] for part in parts]), sizes) for place in range(2))
    numbers, entities, registrations = (pl.concat(part[2][place] for part in parts) for place in range(3))
    columns = (roles, subject, numbers, entities, registrations)
    return pl.DataFrame(dict(zip(MENTIONS, columns, strict=True)), schema=MENTIONS)


def spelt(mentions: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Return the mentions with source, record_id, role, subject and entity_id as texts."""
    sources = pl.Series(list(catalogue.sources))
    known = [[role for role, *_ in roles_of(catalogue.shapes[one.shape])] for one in catalogue.sources.values()]
    roles = pl.Series([role for one in known for role in (*one, *[""] * (SLOTS - 1 - len(one)), BUILDING)])
    return mentions.with_columns(
        source=sources.gather(mentions["told"] // SLOTS),
        record_id=pl.col("number").cast(pl.String),
        role=roles.gather(mentions["told"]),
        subject=pl.Series(SUBJECTS).gather(mentions["subject_number"]),
        entity_id=pl.Series(["p", "f", "b"]).gather(mentions["subject_number"]) + mentions["entity"].cast(pl.String),
    )


def is_mention(shape: Shape, role: str) -> bool:
    """Return whether the columns of a role make it a mention: more than a mere name as text."""
    return any(one == role and field not in ("text_name", "registration") for one, field in shape.parts().values())


def _left(world: World, hukou: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """Return since when each person is away from the township of the hukou."""
    homes = world.stays.filter((pl.col("kind") == "home") & (pl.col("valid_from") <= day))
    return (
        homes.join(hukou, on="person_id")
        .group_by("person_id")
        .agg(
            left=pl.col("valid_to").filter(pl.col("township") == pl.col("hukou")).max(),
            came=pl.col("valid_from").min(),
        )
        .select("person_id", since=pl.coalesce("left", "came"))
    )


def residents(world: World, city: City, *, as_of: date) -> pl.DataFrame:
    """Return definition and entity_id of the residents at `as_of`, by HUKOU and by CZ_CENSUS.

    CZ_CENSUS: who lives in the city, in the township of the hukou, or with none, or away from it for half a year;
    and who has the hukou in the city and is away for less, or abroad. A person counts once.
    """
    inside = city.townships.filter(~pl.col("outside"))["township"]
    day = pl.lit(as_of)
    held = (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    alive = world.persons.filter((pl.col("death").is_null() | (pl.col("death") > day)) & (pl.col("birth") <= day))
    now = world.stays.filter(held).join(alive.select("person_id"), on="person_id", how="semi")
    latest = now.sort("valid_from").unique(["person_id", "kind"], keep="last", maintain_order=True)
    of = {
        kind: latest.filter(pl.col("kind") == kind).select("person_id", pl.col("township").alias(kind))
        for kind in ("hukou", "home", "abroad")
    }
    hukou_first = (
        now.filter((pl.col("kind") == "hukou") & pl.col("township").is_in(inside.implode()))
        .select("person_id")
        .unique()
    )
    people = alive.select("person_id")
    for kind in ("hukou", "home"):
        people = people.join(of[kind], on="person_id", how="left")
    abroad = now.filter(pl.col("kind") == "abroad").select("person_id", abroad=pl.lit(value=True)).unique()
    people = people.join(abroad, on="person_id", how="left").join(
        _left(world, of["hukou"], day), on="person_id", how="left"
    )
    here, there = (
        pl.col("home").is_in(inside.implode()).fill_null(value=False),
        pl.col("hukou").is_in(inside.implode()).fill_null(value=False),
    )
    long = (day - pl.col("since")).dt.total_days() >= HALF_YEAR
    counted = here & (
        pl.col("hukou").is_null() | (pl.col("home") == pl.col("hukou")) | long.fill_null(value=True) | there
    ) | there & (~here & ~long.fill_null(value=True) | pl.col("abroad").fill_null(value=False))
    census = people.filter(counted).select("person_id")
    return pl.concat(
        [
            hukou_first.select(definition=pl.lit("HUKOU"), entity_id=pl.lit("p") + pl.col("person_id").cast(pl.String)),
            census.select(definition=pl.lit("CZ_CENSUS"), entity_id=pl.lit("p") + pl.col("person_id").cast(pl.String)),
        ]
    ).sort("definition", "entity_id")
