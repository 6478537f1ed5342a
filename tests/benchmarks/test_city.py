"""The suite of the synthetic city: what it counts, what it compares, what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from benchmarks.city_coverage import coverage, rare
from benchmarks.city_files import make, principal
from benchmarks.city_prefix import compared
from benchmarks.city_statistics import statistics


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    small, large = (tmp_path_factory.mktemp(name) for name in ("small", "large"))
    make(str(small), 1_000, 5)
    make(str(large), 2_000, 5)
    return small, large


def test_everything_that_the_settings_name_is_counted(cities: tuple[Path, Path]) -> None:
    counts = coverage(cities[1])

    assert dict(counts["kind"].value_counts().iter_rows()) == {
        "event of a person": 72, "event of a legal entity": 48, "relation": 18, "error": 45, "breach": 45,
    }  # fmt: skip
    assert counts.filter(pl.col("code").is_in(["C26", "EST", "PARENT_OF", "missing_id"]), count=0).is_empty()


@pytest.mark.parametrize(("count", "seldom"), [(1, 0), (0, 1)], ids=["often enough", "too seldom"])
def test_the_least_number_shrinks_with_the_city(count: int, seldom: int) -> None:
    counts = pl.DataFrame({"kind": ["breach"], "code": ["C01"], "count": [count]})

    assert rare(counts, 2_000).height == seldom
    assert rare(counts, 200_000).height == 1


def test_every_file_and_table_of_the_small_city_begins_the_large_one(cities: tuple[Path, Path]) -> None:
    tables = list(compared(*cities, cells=1))

    assert len(tables) == 63 + 56 + 13
    assert [one.name for one in tables if one.small != one.large] == []
    assert sum(one.rows > 0 for one in tables) > 100


def test_a_differing_table_is_told(cities: tuple[Path, Path], tmp_path: Path) -> None:
    make(str(tmp_path), 1_000, 6)
    tables = {one.name: one for one in compared(tmp_path, cities[1], cells=1)}

    assert tables["truth/persons"].small != tables["truth/persons"].large
    assert tables["data/hukou"].small != tables["data/hukou"].large


def test_figures_are_those_of_the_truth_and_of_the_files(cities: tuple[Path, Path]) -> None:
    figures = statistics(cities[1], as_of=date(2024, 12, 31))
    hukou = next(one for one in figures["sources"] if one["source"] == "hukou")

    assert figures["persons"] == 2_000
    assert sum(map(sum, figures["pyramid"].values())) > 1_000
    assert 0.95 < hukou["valid"] < 1
    assert hukou["valid"] + hukou["old"] + hukou["invalid"] + hukou["missing"] == pytest.approx(1, abs=1e-4)


def test_fields_are_read_alike_from_every_format(cities: tuple[Path, Path]) -> None:
    for name in ("hukou", "residence_report", "vehicle", "pupil", "medical_settlement", "grid"):
        rows = principal(cities[0], name, "id_no", "sex", "birth").drop_nulls()

        assert rows.height > 100, name
        assert set(rows["sex"]) == {"1", "2"}, name
        assert rows["birth"].str.contains(r"^\d{4,8}$").all(), name
