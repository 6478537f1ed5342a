"""The whole truth of a batch of cells, and of what the city's cells share."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import ADDRESSES, CITY_TABLES, RELATIONS, WORLD_TABLES, City, World
from engine.city.world.addresses import addresses
from engine.city.world.breaches import anomaly_table, found, made
from engine.city.world.core import Core, core
from engine.city.world.facts import event_table
from engine.city.world.firms import firms
from engine.city.world.homes import plant_towns
from engine.city.world.names import name_rows
from engine.city.world.numbers import identifiers
from engine.city.world.phones import phones
from engine.city.world.places import DORMITORY, places
from engine.city.world.registers import registers
from engine.city.world.settings import CitySettings
from engine.city.world.story import story
from engine.city.world.tables_of import birth_divisions, doubled, kinship, person_table, stay_table


def city(*, seed: int) -> City:
    """Return the townships, institutions and their addresses: the same whatever cells are made."""
    known = places(seed)
    ids = known.institutions["firm_id"].to_numpy()
    towns = plant_towns(known)[-ids]
    shared = known.institutions["kind"].is_in(["plant", "university"]).to_numpy()
    premises = np.concatenate([ids, ids[shared] + DORMITORY])
    rows = addresses(seed, premises, np.concatenate([towns, towns[shared]]), known)
    frames = (known.townships, known.institutions, rows)
    return City(*(table.conform(frame) for table, frame in zip(CITY_TABLES.values(), frames, strict=True)))


def world(cells: range, *, seed: int, settings: CitySettings) -> World:
    """Return the truth of whole cells; a cell's rows are the same in any batch. Memory: linear in the batch."""
    batch = core(cells, seed=seed, settings=settings)
    divisions = birth_divisions(batch)
    numbers, fixes = identifiers(
        batch.people, divisions, batch.registered, batch.move.arrived, seed=seed, as_of=batch.as_of
    )
    legal = firms(batch, cells)
    life = story(batch, fixes, legal)
    entities = registers(batch, legal)
    breaches = made(batch, life.work)
    events = [*life.events, entities.roles, *_once(breaches)]
    people = batch.people
    frames = {
        "persons": person_table(batch, divisions),
        "names": name_rows(people, batch.names, batch.family.mother, batch.registered, seed=seed),
        "identifiers": numbers,
        "stays": stay_table(batch),
        "phones": phones(people, batch.family.mother, batch.child, batch.spouse, seed=seed, as_of=batch.as_of),
        "addresses": pl.concat([_addresses(batch), ADDRESSES.conform(entities.addresses)]),
        "events": event_table(batch, events),
        "relations": pl.concat([*kinship(batch), doubled(batch), *life.relations, *entities.relations]),
        "anomalies": pl.concat([anomaly_table(batch, [*breaches, *found(batch, life.events)]), entities.anomalies]),
        **entities.frames,
    }
    lasting = pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("valid_from"))
    frames["relations"] = (
        frames["relations"].filter(lasting).unique(list(RELATIONS.key), keep="first", maintain_order=True)
    )
    return World(
        **{name: frame if name == "events" else WORLD_TABLES[name].conform(frame) for name, frame in frames.items()}
    )


def _once(breaches: list[tuple[str, pl.DataFrame]]) -> list[pl.DataFrame]:
    """The events of the breaches, one that breaks two constraints once."""
    return list({id(frame): frame for _, frame in breaches}.values())


def _addresses(batch: Core) -> pl.DataFrame:
    rows = pl.concat([batch.home, batch.hukou]).filter(pl.col("address") >= 0).unique("address", maintain_order=True)
    frame = addresses(batch.seed, rows["address"].to_numpy(), rows["town"].to_numpy(), batch.known)
    return ADDRESSES.conform(frame)
