"""Defects of single rows: each is in the file as its log says, and nothing else of the file is other than without."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.city_files import delivered
from engine.city.defect_kinds import DEFECTS
from engine.city.defects import SECOND_MARK
from engine.city.error_file import with_error_file
from engine.city.generate import generate
from engine.city.settings import load_catalogue
from engine.city.slips import TRIAL_MARK
from engine.errors import ConfigurationError
from engine.settings.shipped import shipped

SHIPPED = shipped("city", "errors_defects.toml")
FIELDS = ("name", "id_no", "phone", "sex", "address", "amount")


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cities")
    often = folder / "often.toml"
    head, *defects = SHIPPED.read_text(encoding="utf-8").split("[[defect]]")
    rated = [part.replace("rate = 0.000", "rate = 0.00", 1) for part in defects]
    often.write_text("[[defect]]".join([head, *rated]), encoding="utf-8")
    generate(folder / "clean", persons=2_000, seed=1, months=1, error_scale=0.0)
    generate(folder / "spoilt", persons=2_000, seed=1, months=1, error_file=often)
    generate(folder / "prefix", persons=1_000, seed=1, months=1, error_file=often)
    return {name: folder / name for name in ("clean", "spoilt", "prefix")}


def by_source(folder: Path) -> dict[str, tuple[pl.DataFrame, dict[str, str]]]:
    """Return the rows of each source as delivered, with the column of each field."""
    catalogue = load_catalogue()
    found = {}
    for name, source in catalogue.sources.items():
        rows = delivered(folder, name, source)
        column = {what: one for one, what in catalogue.shapes[source.shape].columns.items()}
        if rows.height:
            texts = rows.select(pl.all().cast(pl.String)).with_columns(pl.all().replace("", None))
            found[name] = (texts.rename({column["serial"]: "record_id"}), column)
    return found


def test_every_kind_is_made_and_every_case_is_another_value(cities: dict[str, Path]) -> None:
    errors = pl.read_parquet(cities["spoilt"] / "truth" / "errors.parquet")
    seldom = {"no_parent_firm", "bad_permit"}
    assert DEFECTS.keys() - seldom <= set(errors["kind"].unique())
    changed = errors.filter(pl.col("kind").is_in(list(DEFECTS)), ~pl.col("record_id").str.ends_with(SECOND_MARK))
    assert changed.filter(pl.col("true_value").eq_missing(pl.col("delivered_value"))).height == 0


def test_the_files_hold_what_the_log_says_and_else_what_is_true(cities: dict[str, Path]) -> None:
    errors = pl.read_parquet(cities["spoilt"] / "truth" / "errors.parquet")
    clean, spoilt = by_source(cities["clean"]), by_source(cities["spoilt"])
    compared = 0
    for name, (rows, column) in spoilt.items():
        logged = errors.filter(source=name)
        bad = logged["record_id"].unique()
        own = rows.filter(~pl.col("record_id").str.ends_with(TRIAL_MARK))
        untouched = own.filter(~pl.col("record_id").is_in(bad.implode()))
        true = clean[name][0].filter(pl.col("record_id").is_in(untouched["record_id"].implode()))
        assert_frame_equal(untouched.select(true.columns), true, check_row_order=False)
        for field in FIELDS:
            cases = logged.filter(pl.col("kind").is_in(list(DEFECTS)), pl.col("role") == "", pl.col("field") == field)
            once = cases.filter(pl.col("kind") != "second_version")
            if field in column and once.height:
                held = once.join(own.select("record_id", held=column[field]), on="record_id", how="left")
                assert_frame_equal(held.select(pl.col("held").alias("delivered_value")), held.select("delivered_value"))
                compared += once.height
    assert compared > 500


def test_a_smaller_city_is_the_beginning_of_a_larger_one(cities: dict[str, Path]) -> None:
    small, large = by_source(cities["prefix"]), by_source(cities["spoilt"])
    for name, (rows, _) in small.items():
        assert_frame_equal(large[name][0].head(rows.height), rows)


def test_faults_of_defects_are_told_at_once(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    file = tmp_path / "rates.toml"
    file.write_text(
        text.replace('kind = "cut_id"', 'kind = "cut_idd"').replace('"death_certificate"', '"death_certificates"'),
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as caught:
        with_error_file(load_catalogue(), file)
    assert caught.value.faults == (
        "rates.toml: unknown defect 'cut_idd'; did you mean 'cut_id'?",
        "rates.toml: defect 'no_death_day': unknown source 'death_certificates'; did you mean 'death_certificate'?",
    )
