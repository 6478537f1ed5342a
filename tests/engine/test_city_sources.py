"""The city as its departments deliver it: files, project, truth, prefixes, daily batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.city.generate import generate
from engine.city.settings import load_catalogue
from engine.settings import load_project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("city")
    return folder, generate(folder, persons=2_000, seed=5, days=8)


def test_there_are_63_sources_of_persons_and_56_of_legal_entities() -> None:
    catalogue = load_catalogue()
    principals = [catalogue.shapes[source.shape].subject for source in catalogue.sources.values()]

    assert principals.count("person") == 63
    assert principals.count("legal_entity") == 56


def test_every_source_has_a_shape_an_error_profile_and_a_serial_number() -> None:
    catalogue = load_catalogue()
    for name, source in catalogue.sources.items():
        assert source.errors in catalogue.profiles, name
        assert ("", "serial") in catalogue.shapes[source.shape].parts().values(), name


def test_the_project_is_sound(made: tuple[Path, dict[str, Any]]) -> None:
    project = load_project(made[0])

    assert set(project.subjects) == {"person", "legal_entity"}
    assert len(project.sources) > 110


def test_every_mention_is_labelled_once(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet")

    assert truth.height == made[1]["mentions"]
    assert not truth.select("source", "record_id", "role").is_duplicated().any()
    assert truth["decidable"].null_count() == 0


def test_few_mentions_are_undecidable(made: tuple[Path, dict[str, Any]]) -> None:
    assert made[1]["undecidable"]["person"] < 0.02
    assert made[1]["undecidable"]["legal_entity"] < 0.04


def test_every_delivered_record_has_a_label(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet").filter(source="hukou")
    rows = pl.read_csv(made[0] / "data" / "hukou.csv", infer_schema=False)
    genuine = rows.filter(~pl.col("人员编号").str.ends_with("T"))

    assert set(genuine["人员编号"]) <= set(truth["record_id"])


def test_every_logged_error_names_a_labelled_record(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet")
    errors = pl.read_parquet(made[0] / "truth" / "errors.parquet")

    assert errors.height > 1_000
    assert errors.join(truth, on=["source", "record_id", "role"], how="anti").is_empty()


def test_files_are_in_the_encoding_that_the_project_says(made: tuple[Path, dict[str, Any]]) -> None:
    content = (made[0] / "data" / "funeral.csv").read_bytes()

    assert content.decode("gb18030").startswith("登记号,逝者姓名")


def test_days_hold_additions_withdrawals_and_replacements(made: tuple[Path, dict[str, Any]]) -> None:
    days = sorted((made[0] / "days").iterdir())
    batches = [
        pl.read_csv(file, infer_schema=False).select("op", "delivered_at") for day in days for file in day.iterdir()
    ]

    assert [day.name for day in days] == [f"2025-01-0{place}" for place in range(1, 9)]
    assert set(pl.concat(batches)["op"]) == {"U", "D", "R"}


def test_a_smaller_city_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    for name, persons in (("small", 1_000), ("large", 2_000)):
        generate(tmp_path / name, persons=persons, seed=5)

    for source in ("hukou.csv", "marriage.csv", "market_register.csv", "grid.jsonl"):
        small, large = ((tmp_path / name / "data" / source).read_bytes() for name in ("small", "large"))
        assert large.startswith(small), source


def test_errors_by_row_differ_within_a_registration(tmp_path: Path) -> None:
    for errors in ("per-registration", "per-row"):
        generate(tmp_path / errors, persons=1_000, seed=5, error_scale=3.0, errors=errors)
    several = {
        errors: pl.read_parquet(tmp_path / errors / "data" / "medical_settlement.parquet")
        .group_by("医保编号").agg(pl.col("参保人姓名").n_unique())["参保人姓名"].gt(1).sum()
        for errors in ("per-registration", "per-row")
    }  # fmt: skip

    assert several["per-row"] > several["per-registration"]
