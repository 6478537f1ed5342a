"""What is true in the synthetic city: lives are consistent, numbers are valid, and every code and breach occurs."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from engine.city.tables import WORLD_TABLES, World
from engine.city.world import CitySettings, city, world
from engine.values.credit_codes import is_uscc
from engine.values.residents import is_resident_id

AFTER_DEATH = ("HUK.CANC", "DTH.CREM", "DTH.CERT", "DTH.DECL")
MADE_BY_SOURCES = {"C02", "C26", "L14"}


@cache
def town() -> World:
    return world(range(6), seed=2, settings=CitySettings())


def undeclared(frame: pl.DataFrame, subject: str, key: str) -> pl.DataFrame:
    """Return the events that no declared breach is about."""
    declared = town().anomalies.filter(pl.col("subject") == subject).rename({"subject_id": key})
    return frame.join(declared, on=[key, "code", "date"], how="anti")


@pytest.mark.parametrize("name", WORLD_TABLES)
def test_a_table_has_its_columns_and_a_unique_key(name: str) -> None:
    table, frame = WORLD_TABLES[name], getattr(town(), name)
    assert frame.schema == table.schema()
    assert frame.height == frame.unique(list(table.key)).height


@pytest.mark.parametrize("name", [name for name, table in WORLD_TABLES.items() if "valid_to" in table.columns])
def test_no_interval_is_empty(name: str) -> None:
    assert getattr(town(), name).filter(pl.col("valid_to") <= pl.col("valid_from")).is_empty()


def test_events_lie_within_life_unless_a_breach_is_declared() -> None:
    events = undeclared(town().events, "person", "person_id")
    events = events.join(town().persons.select("person_id", "birth", "death"), on="person_id")
    assert events.filter(pl.col("date") < pl.col("birth")).is_empty()
    late = events.filter((pl.col("date") > pl.col("death")) & ~pl.col("code").is_in(AFTER_DEATH))
    assert late.is_empty()


def test_events_of_a_firm_lie_within_its_life_unless_a_breach_is_declared() -> None:
    events = undeclared(town().firm_events, "legal_entity", "firm_id")
    events = events.join(town().firms.select("firm_id", "established", "ended"), on="firm_id")
    early = events.filter((pl.col("date") < pl.col("established")) & (pl.col("code") != "NAME"))
    assert early.is_empty()
    assert events.filter(pl.col("date") > pl.col("ended")).is_empty()


def test_mothers_are_women_of_18_to_45() -> None:
    mothers = town().persons.select(mother_id="person_id", mother_birth="birth", mother_sex="sex")
    born = town().persons.join(mothers, on="mother_id")
    age = (born["birth"] - born["mother_birth"]).dt.total_days() / 365.25
    assert born.height > 3000
    assert age.is_between(18, 45).all()
    assert (born["mother_sex"] == 2).all()


def test_marriages_are_mutual() -> None:
    wed = town().relations.filter(pl.col("type") == "SPOUSE_OF")
    back = wed.select(from_id="to_id", to_id="from_id", valid_from="valid_from", valid_to="valid_to")
    assert wed.height > 2000
    assert wed.join(back, on=["from_id", "to_id", "valid_from", "valid_to"], how="anti", nulls_equal=True).is_empty()


def test_siblings_are_born_a_season_apart_unless_twins() -> None:
    born = town().persons.filter(pl.col("mother_id").is_not_null()).sort("mother_id", "birth", "person_id")
    gap = (pl.col("birth") - pl.col("birth").shift(1).over("mother_id")).dt.total_days()
    close = born.with_columns(gap=gap).filter(pl.col("gap") < 300)
    assert close["twin_of"].is_not_null().all()


def test_spells_of_one_kind_follow_one_another() -> None:
    stays = town().stays.filter(pl.col("reason") != "duplicate")
    stays = stays.with_columns(kind=pl.col("kind").replace("abroad", "home")).sort("person_id", "kind", "valid_from")
    following = stays.with_columns(next=pl.col("valid_from").shift(-1).over("person_id", "kind"))
    assert following.filter(pl.col("valid_to") > pl.col("next")).is_empty()


def test_numbers_in_force_are_valid_and_tell_birth_and_sex() -> None:
    held = town().identifiers.filter(
        (pl.col("scheme") == "citizen18") & pl.col("valid_to").is_null() & (pl.col("reason") != "duplicate")
    )
    held = held.join(town().persons.select("person_id", "birth", "sex"), on="person_id")
    number = pl.col("identifier")
    assert held.select(is_resident_id(number).all()).item()
    assert held.select((number.str.slice(6, 8) == pl.col("birth").dt.strftime("%Y%m%d")).all()).item()
    assert held.select((number.str.slice(16, 1).cast(pl.Int64) % 2 == pl.col("sex") % 2).all()).item()
    assert held["identifier"].is_unique().all()


def test_credit_codes_are_valid() -> None:
    codes = pl.concat([
        town().firm_identifiers.filter(pl.col("scheme") == "uscc").select("identifier"),
        city(seed=2).institutions.select(identifier="uscc"),
    ])  # fmt: skip
    assert codes.select(is_uscc(pl.col("identifier")).all()).item()


def test_addresses_and_employers_exist() -> None:
    here, shared = town(), city(seed=2)
    addresses = pl.concat([here.addresses, shared.addresses])
    places = here.stays.filter(pl.col("address_id").is_not_null())
    assert places.join(addresses, on="address_id", how="anti").is_empty()
    firms = pl.concat([here.firms.select("firm_id"), shared.institutions.select("firm_id")])
    assert here.events.filter(pl.col("firm_id").is_not_null()).join(firms, on="firm_id", how="anti").is_empty()


def test_twins_have_neighbouring_numbers() -> None:
    here = town()
    number = here.identifiers.filter((pl.col("scheme") == "citizen18") & (pl.col("reason") == "issue"))
    number = number.select("person_id", sequence=pl.col("identifier").str.slice(14, 3).cast(pl.Int64))
    twins = here.persons.filter(pl.col("twin_of").is_not_null()).select("person_id", "sex", twin="twin_of")
    twins = twins.join(number, on="person_id").join(number, left_on="twin", right_on="person_id", suffix="_elder")
    twins = twins.join(here.persons.select(twin="person_id", elder_sex="sex"), on="twin")
    alike = twins.filter(pl.col("sex") == pl.col("elder_sex"))
    assert alike.height > 5
    assert (alike["sequence"] - alike["sequence_elder"]).is_in([2]).mean() > 0.9


@pytest.mark.slow
def test_every_code_relation_and_breach_occurs_often_enough() -> None:
    cells = 40
    least = 100 * cells // 200 // 2
    here = world(range(cells), seed=1, settings=CitySettings())
    for frame, column, kinds in (
        (here.events, "code", 72), (here.firm_events, "code", 48), (here.relations, "type", 18),
        (here.anomalies, "constraint", 45 - len(MADE_BY_SOURCES)),
    ):  # fmt: skip
        counted = frame[column].value_counts()
        assert counted.height == kinds
        assert counted.filter(pl.col("count") < least).is_empty()
    assert not MADE_BY_SOURCES & set(here.anomalies["constraint"])
