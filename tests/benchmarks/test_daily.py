"""Days of a city: what they hold, and that they bring a project to the records of the plain files they come to."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import daily
from benchmarks.city_files import make
from engine.cleanse import project_rulebook
from engine.io import source_faults, source_files
from engine.settings import load_project
from engine.tables import RECORDS
from lifetree import receiving
from lifetree.resolve import reading_tasks

DAYS = 6
READ = ("hukou", "rail", "id_card", "market_register", "statistics_units", "fund_payment", "water")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("city")
    make(str(place), 1_000, 5)
    return place


def records(folder: Path) -> pl.DataFrame:
    """Return the persons of some sources, as the stages cleanse all that was delivered."""
    project = load_project(folder)
    found = []
    for source in (one for one in project.sources if one.name in READ):
        tasks = reading_tasks(project, source, source_files(source, project))
        rows = pl.concat([one[f"rows.{source.name}"] for task in tasks for one in receiving.ingest(**task.arguments)])
        made = receiving.clean(rows, source=source, subjects=project.subjects, rulebook=project_rulebook(project))
        found.append(made["records.person"])
    return RECORDS.conform(pl.concat(found), project.subjects["person"].attributes)


def test_the_days_come_to_the_plain_files(city: Path, tmp_path: Path) -> None:
    batches = [one for one in daily.prepare(city, tmp_path / "base", days=DAYS) if one.source in READ]
    together = records(daily.whole(tmp_path / "base", tmp_path / "whole", batches))
    mixed = tmp_path / "mixed"
    shutil.copytree(tmp_path / "base", mixed)
    daily.deliver(mixed, batches[::-1])

    assert_frame_equal(records(mixed), together)
    assert_frame_equal(records(daily.result(city, tmp_path / "result", days=DAYS)), together)
    assert together.height < records(city).height


def test_all_rows_of_a_subject_share_its_fate(city: Path, tmp_path: Path) -> None:
    batches = daily.prepare(city, tmp_path / "base", days=DAYS, drawn=daily.Drawn.SUBJECTS)
    sources = {one.name: one for one in load_project(tmp_path / "base").sources}
    truth = pl.read_parquet(city / "truth" / "mentions.parquet").filter(role="")
    days = []
    for one in batches:
        source = sources[one.source]
        rows = pl.read_csv(one.file, infer_schema=False, encoding=source.encoding or "utf8")
        days.append(rows.select(source=pl.lit(one.source), record_id=source.key[0], op="op", day=pl.lit(one.day)))
    told = pl.concat(days).join(truth, on=["source", "record_id"])

    fates = told.group_by("entity_id", "op").agg(pl.col("day").n_unique(), pl.col("source").n_unique())
    assert fates["day"].max() == 1
    assert fates["source"].max() > 5
    assert 0.005 < told["entity_id"].n_unique() / DAYS / truth["entity_id"].n_unique() < 0.015


def test_a_day_is_a_share_of_the_rows_and_of_all_three_kinds(city: Path, tmp_path: Path) -> None:
    batches = daily.prepare(city, tmp_path / "base", days=DAYS)
    days = pl.DataFrame(batches, schema=daily.Batch._fields, orient="row", strict=False)
    rows = sum(frame.height for _, _, frame in daily._sources(city))
    ops = pl.concat([pl.read_csv(one.file, infer_schema=False, encoding="utf8-lossy").select("op") for one in batches])

    assert days["day"].unique().sort().to_list() == list(range(1, DAYS + 1))
    assert 0.005 < days["rows"].sum() / DAYS / rows < 0.015
    assert 0.1 < (ops["op"] == "D").mean() < 0.3

    again = daily.prepare(city, tmp_path / "again", days=DAYS)
    assert source_faults(load_project(tmp_path / "again")) == []
    assert [one.file.read_bytes() for one in again] == [one.file.read_bytes() for one in batches]
