"""Buildings of the city: what is true of them, how sources mention them, and what a building's address keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.city.generate import generate
from engine.city.places import address_book
from engine.city.settings import load_catalogue
from engine.city.world import CitySettings, city, world
from engine.settings import Project, load_project
from engine.values import KINDS
from engine.values.address_levels import address_number, address_township


def as_building(texts: list[str | None]) -> list[str | None]:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    return frame.select(KINDS["building_address"].clean(pl.col("x")))["x"].to_list()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("buildings")
    return folder, generate(folder, persons=1_000, seed=1)


@pytest.fixture(scope="module")
def project(made: tuple[Path, dict[str, Any]]) -> Project:
    return load_project(made[0])


@pytest.mark.parametrize(
    "text",
    [
        "杭州市西湖区文三路12号3幢2单元501室",
        "杭州西湖区文三路 十二號3栋二单元501",
        "杭州市西湖区文三路12-3-2-501",
        "杭州市西湖区文三路12号3号楼",
    ],
)
def test_an_address_is_kept_up_to_the_building(text: str) -> None:
    assert as_building([text]) == ["杭州市西湖区文三路12号3幢"]


@pytest.mark.parametrize("text", ["16幢1单元203室", "同上", "杭州市西湖区", "12 High St", None])
def test_a_text_that_tells_no_building_stays_as_it_is(text: str | None) -> None:
    assert as_building([text]) == [text]


def test_a_house_in_a_village_and_a_lane_are_buildings() -> None:
    assert as_building(["德田镇后庄村七组180号", "长宁路1027弄12号501室"]) == [
        "德田镇后庄村7组180号",
        "长宁路1027弄12幢",
    ]


@pytest.mark.parametrize("seed", [1, 7])
def test_one_building_has_one_number_and_one_address(seed: int) -> None:
    book = address_book(world(range(2), seed=seed, settings=CitySettings()), city(seed=seed))
    told = book.select("building_id", text=KINDS["building_address"].clean(pl.col("text")))
    numbered = told.select(pl.exclude("text"), township=address_township(pl.col("text")), text="text")

    assert told.height > 1_000
    assert told.group_by("text").agg(pl.col("building_id").n_unique())["building_id"].max() == 1
    # the quarter of a house on a road, told by some of its addresses, is not part of the building's identity
    parts = numbered.select("building_id", "township", number=address_number(pl.col("text"))).unique()
    assert parts["building_id"].n_unique() == parts.height


def test_sources_with_addresses_of_homes_mention_buildings(project: Project) -> None:
    mentioning = {one.name for one in project.sources if any(m.subject == "building" for m in one.mentions)}

    assert mentioning <= {
        "estate", "mortgage", "rental", "public_housing", "grid", "hukou", "residence_permit", "residence_report",
    }  # fmt: skip
    assert {"estate", "grid", "hukou"} <= mentioning


def test_ties_lead_to_buildings_where_a_row_states_them(project: Project) -> None:
    ties = {
        (source.name, tie.type)
        for source in project.sources
        for tie in source.relations
        if tie.to_role == "building" and tie.from_role == ""
    }

    assert {("estate", "OWNS"), ("rental", "RENTS"), ("public_housing", "RENTS"), ("grid", "LIVES_AT")} <= ties
    assert not [tie for tie in ties if tie[0] in {"mortgage", "hukou"}]
    assert {one.name: one.relations[0].valid_to is not None for one in project.sources if one.relations}["rental"]


def test_every_address_that_was_delivered_is_labelled(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet").filter(subject="building")
    rows = pl.read_csv(made[0] / "data" / "hukou.csv", infer_schema=False)
    genuine = rows.filter(~pl.col("人员编号").str.ends_with("T"))
    told = genuine.filter(pl.col("住址").is_not_null())["人员编号"]

    assert told.len() < genuine.height
    assert set(truth.filter(source="hukou")["record_id"]) == set(told)
    assert set(truth["role"]) == {"building"}
    assert made[1]["entities"]["building"] == truth["entity_id"].n_unique()


def test_an_address_without_its_township_is_not_decidable(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet").filter(subject="building")
    grid = pl.read_ndjson(made[0] / "data" / "grid.jsonl", infer_schema_length=None)
    told = truth.filter(source="grid").join(grid, left_on="record_id", right_on="采集编号")
    named = told.select(address_township(pl.col("居住地址")).is_not_null()).to_series()

    assert (told["decidable"] == named).all()
    assert truth.filter(source="estate")["decidable"].all()
    assert truth["decidable"].mean() > 0.99


def test_the_column_of_a_building_is_one_of_the_shape() -> None:
    named = {name: shape.building for name, shape in load_catalogue().shapes.items() if shape.building}

    assert set(named) == {"hukou", "residence", "estate", "grid"}
    for name, column in named.items():
        assert load_catalogue().shapes[name].parts()[column][1] in {"unit", "address"}
