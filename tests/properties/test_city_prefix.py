"""A cell is the same in every batch: a small city is a prefix of a large one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.city.generate import generate
from engine.city.tables import WORLD_TABLES
from engine.city.world import CitySettings, world
from engine.city.world.people import CELL

SETTINGS = CitySettings()


@pytest.mark.parametrize("cells", [range(2), range(2, 3), range(1, 3)], ids=["first two", "third alone", "last two"])
def test_cells_do_not_depend_on_their_batch(cells: range) -> None:
    alone = world(cells, seed=5, settings=SETTINGS)
    together = world(range(3), seed=5, settings=SETTINGS)
    for name, table in WORLD_TABLES.items():
        part = getattr(together, name)
        if name in {"relations", "anomalies"}:
            kind, key = ("from_kind", "from_id") if name == "relations" else ("subject", "subject_id")
            size = pl.when(pl.col(kind) == "person").then(CELL).otherwise(100)
            part = part.filter((pl.col(key) // size).is_between(cells.start, cells.stop - 1))
        elif name == "addresses":
            part = part.join(getattr(alone, name), on="address_id", how="semi")
        else:
            size = CELL if table.key[0] == "person_id" else 100
            part = part.filter((pl.col(table.key[0]) // size).is_between(cells.start, cells.stop - 1))
        assert_frame_equal(part.sort(table.key), getattr(alone, name).sort(table.key))


def test_another_seed_is_another_city() -> None:
    one, two = (world(range(1), seed=seed, settings=SETTINGS) for seed in (1, 2))
    assert (one.names["name"].head(200) != two.names["name"].head(200)).mean() > 0.9


def test_the_days_of_a_small_city_begin_those_of_a_large_one(tmp_path: Path) -> None:
    told = []
    for persons in (1_000, 2_000):
        generate(tmp_path / str(persons), persons=persons, seed=5, days=5)
        days = pl.read_parquet(tmp_path / str(persons) / "truth" / "days.parquet")
        cell = pl.col("record_id").cast(pl.Int64) // 10**6 % 10**6
        told.append(days.filter(cell == 0).sort(days.columns))

    assert told[0].height > 100
    assert_frame_equal(told[0], told[1])
