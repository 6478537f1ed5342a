"""The city as its departments deliver it: files, project, truth, prefixes, daily batches."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

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

    assert set(project.subjects) == {"person", "legal_entity", "building"}
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
    errors = pl.read_parquet(made[0] / "truth" / "errors.parquet").filter(pl.col("kind") != "test_record")

    assert errors.height > 1_000
    assert errors.join(truth, on=["source", "record_id", "role"], how="anti").is_empty()


def test_errors_of_whole_rows_are_logged(made: tuple[Path, dict[str, Any]]) -> None:
    errors = pl.read_parquet(made[0] / "truth" / "errors.parquet").filter(source="vaccination", field="row")
    rows = pl.read_csv(made[0] / "data" / "vaccination.csv", infer_schema=False)
    deaths = pl.read_parquet(made[0] / "truth" / "errors.parquet").filter(kind="dead_kept")["true_value"]
    logged = {kind: errors.filter(kind=kind)["record_id"].sort() for kind in ("duplicate_row", "test_record")}

    assert logged["duplicate_row"].equals(rows.filter(rows.is_duplicated())["接种流水号"].unique().sort())
    assert logged["test_record"].equals(rows["接种流水号"].filter(rows["接种流水号"].str.ends_with("T")).sort())
    assert deaths.len() > 0
    assert deaths.null_count() == 0


def test_files_are_in_the_encoding_that_the_project_says(made: tuple[Path, dict[str, Any]]) -> None:
    content = (made[0] / "data" / "funeral.csv").read_bytes()

    assert content.decode("gb18030").startswith("登记号,逝者姓名")


def batches(folder: Path) -> pl.DataFrame:
    """Return source, record_id, op and delivered_at of every row of the daily batches."""
    catalogue = load_catalogue()
    parts = []
    for file in sorted((folder / "days").glob("*/*.csv")):
        columns = catalogue.shapes[catalogue.sources[file.stem].shape].parts().items()
        key = next(column for column, part in columns if part == ("", "serial"))
        rows = pl.read_csv(file, infer_schema=False)
        parts.append(rows.select("op", "delivered_at", source=pl.lit(file.stem), record_id=key))
    return pl.concat(parts)


def test_days_hold_additions_corrections_withdrawals_and_replacements(made: tuple[Path, dict[str, Any]]) -> None:
    changes = pl.read_parquet(made[0] / "truth" / "days.parquet")

    assert sorted(day.name for day in (made[0] / "days").iterdir()) == [f"2025-01-0{day}" for day in range(1, 9)]
    assert set(batches(made[0])["op"]) == {"U", "D", "R"}
    assert set(changes["change"]) == {"addition", "correction", "withdrawal"}


def test_every_record_of_a_daily_batch_has_a_label(made: tuple[Path, dict[str, Any]]) -> None:
    truth = pl.read_parquet(made[0] / "truth" / "mentions.parquet")

    assert batches(made[0]).join(truth, on=["source", "record_id"], how="anti").is_empty()


def test_every_change_of_a_day_is_delivered_on_it(made: tuple[Path, dict[str, Any]]) -> None:
    changes = pl.read_parquet(made[0] / "truth" / "days.parquet").filter(pl.col("op") != "R")
    told = batches(made[0]).filter(pl.col("op") != "R")
    day = pl.col("delivered_at").dt.to_string("%Y-%m-%d")
    key = ["source", "record_id", "op", "delivered_at"]

    assert_frame_equal(changes.with_columns(day).select(key), told.select(key), check_row_order=False)


def test_a_record_is_added_then_corrected_then_withdrawn(made: tuple[Path, dict[str, Any]]) -> None:
    changes = pl.read_parquet(made[0] / "truth" / "days.parquet")
    place = pl.col("change").replace_strict(["addition", "correction", "withdrawal"], [0, 1, 2])
    ordered = changes.sort("source", "record_id", "delivered_at")
    steps = pl.col("delivered_at").diff().over("source", "record_id"), place.diff().over("source", "record_id")

    assert ordered.select(step=steps[0] <= pl.duration(days=0), back=steps[1] <= 0).sum().row(0) == (0, 0)
    assert ordered.select("source", "record_id").is_duplicated().any()


def test_a_replacement_holds_what_was_told_and_not_withdrawn(made: tuple[Path, dict[str, Any]]) -> None:
    first = pl.read_ndjson(made[0] / "data" / "grid.jsonl")["采集编号"]
    changes = pl.read_parquet(made[0] / "truth" / "days.parquet").filter(
        pl.col("delivered_at") <= date(2025, 1, 7), source="grid"
    )
    came, gone = (set(changes.filter(change=change)["record_id"]) for change in ("addition", "withdrawal"))
    whole = batches(made[0]).filter(source="grid", op="R", delivered_at="2025-01-07")

    assert set(whole["record_id"]) == ({one for one in first if not one.endswith("T")} | came) - gone


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


def test_the_truth_tells_which_entities_are_of_groups_that_are_hard(made: tuple[Path, dict[str, Any]]) -> None:
    groups = pl.read_parquet(made[0] / "truth" / "groups.parquet")
    persons = groups.filter(subject="person").with_columns(person_id=pl.col("entity_id").str.slice(1).cast(pl.Int64))
    truth, births = (made[0] / "truth" / f"{name}.parquet" for name in ("mentions", "persons"))
    known = persons.join(pl.read_parquet(births).select("person_id", "birth", "death"), on="person_id")

    assert set(pl.read_parquet(truth).filter(pl.col("subject") != "building")["entity_id"]) <= set(groups["entity_id"])
    assert not groups["entity_id"].is_duplicated().any()
    assert persons["twin"].sum() % 2 == 0
    assert 0 < persons["twin"].sum() < 100
    assert 0 < persons["minority_name"].sum() < 100
    assert known.filter("newborn")["birth"].min() > date(2023, 12, 31)
    assert known.filter("over_80", pl.col("death").is_null())["birth"].max() <= date(1944, 12, 31)
    assert set(groups.filter(subject="legal_entity")["subject_kind"]) == {"企业", "社会组织", "事业单位", "政府机构"}
