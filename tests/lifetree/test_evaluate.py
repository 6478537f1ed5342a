"""`lifetree evaluate` on the shipped example: figures, groups, samples, thresholds, mistakes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main
from matchers.evaluation.missed import WAYS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "example"
    shutil.copytree(ROOT / "configs" / "example", folder, ignore=shutil.ignore_patterns("store"))
    result = CliRunner().invoke(main, ["build", str(folder), "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


def evaluated(example: Path, *options: str | Path, truth: Path | None = None) -> Result:
    words = ["evaluate", example, "--truth", truth or example / "truth.csv", *options]
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def told(example: Path, *options: str | Path, truth: Path | None = None) -> dict[str, Any]:
    result = evaluated(example, *options, "--subject", "person", "--format", "json", truth=truth)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads(result.stdout)
    return figures


def test_figures_come_with_intervals_and_what_each_source_does_wrong(example: Path) -> None:
    figures = told(example)

    for measure in ("pairwise", "pairwise_signatures", "bcubed", "cluster"):
        for part, (low, high) in figures["intervals"][measure].items():
            assert 0 <= low <= figures[measure][part] <= high <= 1
    assert sum(figures["phantoms_by_source"].values()) == figures["phantoms"]
    entities = figures["entities"] - figures["phantoms"] + figures["merged"] + figures["lost"]
    assert entities == figures["true_entities"]
    assert figures["without_identifier"]
    lost = figures["missed"]
    assert sum(lost["pairs"][way] for way in WAYS) == lost["pairs"]["missed"]
    assert sum(lost["records"][way] for way in WAYS) == lost["records"]["apart"]
    assert not {"groups", "sample", "curve", "mistakes"} & figures.keys()


def test_the_table_shows_the_headline_first(example: Path) -> None:
    lines = evaluated(example, "--subject", "person").stdout.splitlines()

    assert re.split(r"\s{2,}", lines[0])[:4] == ["subject", "measure", "precision", "precision 95 %"]
    assert [line.split()[1] for line in lines[2:6]] == ["pairwise_signatures", "pairwise", "bcubed", "cluster"]


def test_groups_are_told_by_value(example: Path, tmp_path: Path) -> None:
    entities = pl.read_csv(example / "truth.csv", infer_schema=False).filter(subject="person")["entity_id"].unique()
    file = tmp_path / "groups.csv"
    pl.DataFrame({"entity_id": entities, "odd": entities.str.extract(r"(\d)$").cast(int) % 2 == 1}).write_csv(file)

    groups = told(example, "--groups", file)["groups"]["odd"]
    table = evaluated(example, "--groups", file, "--by", "odd").stdout

    assert set(groups) == {"true", "false"}
    assert sum(one["entities"] for one in groups.values()) == entities.len()
    assert "groups (pairs of signatures)" in table


def test_csv_holds_the_measures_and_those_of_groups(example: Path) -> None:
    rows = pl.read_csv(evaluated(example, "--by", "source", "--format", "csv").stdout.encode(), infer_schema=False)

    assert rows.filter(pl.col("group").is_null())["measure"].to_list()[:4] == [
        "pairwise_signatures", "pairwise", "bcubed", "cluster",
    ]  # fmt: skip
    assert set(rows["group"].drop_nulls()) == {"source"}


def test_a_sample_of_whole_entities_estimates_what_the_full_truth_says(example: Path, tmp_path: Path) -> None:
    truth = pl.read_csv(example / "truth.csv", infer_schema=False).filter(subject="person")
    drawn = truth["entity_id"].unique().sort().gather_every(3)
    file = tmp_path / "sample.csv"
    truth.filter(pl.col("entity_id").is_in(drawn.implode())).write_csv(file)

    whole, sample = told(example), told(example, "--sample", "entities", truth=file)

    assert sample["true_entities"] == drawn.len()
    assert sample["sample"]["drawn"] == "entities"
    low, high = sample["intervals"]["bcubed"]["f1"]
    assert low <= whole["bcubed"]["f1"] <= high
    least, most = sample["sample"]["precision_bounds"]["pairwise_signatures"]
    assert least == sample["pairwise_signatures"]["precision"] <= most
    assert "a sample drawn by entities" in evaluated(example, "--sample", "entities", truth=file).stdout


def test_the_curve_at_the_projects_threshold_is_near_the_builds_own_figures(example: Path) -> None:
    figures = told(example, "--thresholds")

    own = next(row for row in figures["curve"] if row["threshold"] == figures["threshold"])
    assert len(figures["curve"]) == 31
    assert own["recall"] == pytest.approx(figures["pairwise_signatures"]["recall"], abs=0.01)
    recalls = [row["edges"]["recall"] for row in figures["curve"]]
    assert recalls == sorted(recalls, reverse=True)


def test_the_curve_is_drawn_as_a_picture_and_as_a_page(example: Path, tmp_path: Path) -> None:
    picture, page = tmp_path / "new" / "curve.svg", tmp_path / "curve.html"

    for file in (picture, page):
        result = evaluated(example, "--curve", file)
        assert result.exit_code == 0, result.output
        assert f"written: {file}" in result.stderr

    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    lines = [one.get("class") for one in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert lines == ["line precision", "line recall", "line f1"] * 2
    text = page.read_text(encoding="utf-8")
    assert "阈值曲线" in text
    assert "Threshold curve" in text
    assert not re.search(r'(?:src|href)="http', text)


def test_a_curve_of_another_kind_is_misuse(example: Path, tmp_path: Path) -> None:
    result = evaluated(example, "--curve", tmp_path / "curve.png")

    assert result.exit_code == 2
    assert "ends in none of .svg, .html" in result.output


@pytest.fixture(scope="module")
def wrong(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A truth that says otherwise than the example: one entity is two, two others are one."""
    truth = pl.read_csv(example / "truth.csv", infer_schema=False).filter(subject="person")
    sizes = truth.group_by("entity_id").len().filter(pl.col("len") > 2).sort("entity_id")["entity_id"]
    torn, kept, other = sizes.head(3)
    half = (pl.col("entity_id") == torn) & (pl.int_range(pl.len()).over("entity_id") == 0)
    file = tmp_path_factory.mktemp("wrong") / "truth.csv"
    truth.with_columns(
        pl.when(half).then(pl.lit("torn")).when(pl.col("entity_id") == other).then(pl.lit(kept)).otherwise("entity_id")
        .alias("entity_id"),
        twin=pl.when(pl.col("entity_id") == torn).then(pl.lit("true")),
    ).write_csv(file)  # fmt: skip
    return file


def test_the_worst_mistakes_show_both_records(example: Path, wrong: Path) -> None:
    mistakes = told(example, "--errors", "5", "--by", "twin", truth=wrong)["mistakes"]

    merge = next(one for one in mistakes["worst"]["merges"] if "torn" in [side["truth"] for side in one["records"]])
    assert len({side["entity_id"] for side in merge["records"]}) == 1
    assert all(side["values"] and side["groups"] == {"twin": "true"} for side in merge["records"])
    assert mistakes["misses"] >= 1
    miss = mistakes["worst"]["misses"][-1]
    assert len({side["truth"] for side in miss["records"]}) == 1
    assert len({side["entity_id"] for side in miss["records"]}) == 2
    assert all(one["stage"] for one in mistakes["worst"]["misses"])


def test_the_gallery_is_one_page_in_both_languages(example: Path, wrong: Path, tmp_path: Path) -> None:
    file = tmp_path / "gallery.html"

    result = evaluated(example, "--gallery", file, "--by", "twin", truth=wrong)

    text = file.read_text(encoding="utf-8")
    mistakes = told(example, "--errors", "10", "--by", "twin", truth=wrong)["mistakes"]
    assert "the worst mistakes" in result.stdout
    for one in (*mistakes["worst"]["merges"], *mistakes["worst"]["misses"]):
        for side in one["records"]:
            assert f"{side['source']}:{side['record_id']}" in text
            assert all(value in text for value in side["values"].values() if value.isalnum())
    for word in ("误并", "False merges", "漏并", "Misses", '<span class="tag">twin</span>'):
        assert word in text
    assert file.read_text(encoding="utf-8") == text
