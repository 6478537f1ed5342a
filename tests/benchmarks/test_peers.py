"""The suite against Splink gives both the same persons, and its table says what was measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.datasets import ROOT
from benchmarks.peers.city import PERSON, RECORDS, SIGNATURES, persons_project, truth_of, write_tables
from benchmarks.peers.report import report, verdict
from benchmarks.peers.splink5_city import BLOCKING, one_other, settings_creator
from benchmarks.peers.suite import RESOLVING, TRAINING, main
from engine.settings import load_project
from engine.store import open_live
from lifetree.build import build
from lifetree.city import Asked, make_city
from lifetree.stages import stages

ROW = {
    "errors": "per-registration",
    "sources": 63,
    "rows": 1_000,
    "records": 1_100,
    "system": "lifetree",
    "mode": "given",
    "compared": 200,
    "pairs": 300,
    "seconds": 2.0,
    "train_seconds": 0.0,
    "resolve_seconds": 1.0,
    "peak_memory_mb": 100.0,
    "precision": 1.0,
    "recall": 0.99,
    "f1": 0.995,
    "entities": 14,
    "true_entities": 13,
    "exact_entities": 0.9,
    "stages": {"cleanse": 0.8, "score": 0.2, "hear": 0.0},
}
DIRECT = ROW | {"system": "splink5-direct", "seconds": 20.0, "resolve_seconds": 19.0, "peak_memory_mb": 900.0}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peers") / "city"
    make_city(folder, Asked(persons=1_000, seed=5))
    return folder


def test_the_project_has_the_sources_about_persons_and_no_firms(city: Path) -> None:
    project = persons_project(city, store=city / "store")
    assert len(project.sources) == 63
    assert {mention.subject for source in project.sources for mention in source.mentions} == {PERSON}
    truth = truth_of(city, project)
    assert set(truth["source"].unique()) <= {source.name for source in project.sources}
    assert set(truth["subject"].unique()) == {PERSON}


def test_splink_gets_every_record_once_and_the_columns_that_its_settings_name(city: Path, tmp_path: Path) -> None:
    project = persons_project(city, store=tmp_path / "store")
    built = build(project)
    shape = write_tables(open_live(project), project.subjects[PERSON], tmp_path)
    records, signatures = pl.read_parquet(tmp_path / RECORDS), pl.read_parquet(tmp_path / SIGNATURES)
    assert (shape.records, records.height, signatures.height) == (built["records"],) * 2 + (built["signatures"],)
    assert records.columns == signatures.columns
    plain = {expression for rule in BLOCKING for expression in rule if "(" not in expression}
    assert plain <= set(records.columns)
    connection = duckdb.connect()
    connection.register("sides", signatures.head(3).select(pl.all().name.suffix(side) for side in ("_l", "_r")))
    for comparison in settings_creator().get_settings("duckdb").comparisons:
        levels = [level.sql_condition for level in comparison.comparison_levels if level.sql_condition != "ELSE"]
        assert connection.sql(f"select {', '.join(levels)} from sides").fetchall()


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param("王小芳", "王小方", True, id="the last character"),
        pytest.param("王小芳", "王晓芳", True, id="a character within"),
        pytest.param("欧阳小芳", "欧阴小芳", True, id="one of four"),
        pytest.param("王小芳", "王晓方", False, id="two characters"),
        pytest.param("王芳", "王小芳", False, id="another length"),
    ],
)
def test_splink_counts_characters_not_bytes(left: str, right: str, expected: bool) -> None:
    names = f"select '{left}' name_standard_l, '{right}' name_standard_r"
    sized = f"select *, length(name_standard_l) name_length_l, length(name_standard_r) name_length_r from ({names})"
    [found] = duckdb.sql(f"select {one_other()} from ({sized})").fetchall()
    assert found == (expected,)


def test_the_verdict_holds_like_against_like() -> None:
    told = verdict([ROW, DIRECT])
    assert "is 10.0 times as fast" in told
    assert "clusters 19.0 times) and takes 1/9.0 of its memory" in told


def test_a_peer_that_does_not_finish_is_told_and_not_scored() -> None:
    failed = {"errors": "per-registration", "system": "splink5-direct", "mode": "given", "failed": "out of memory"}
    told = report(
        [ROW, failed | {name: ROW[name] for name in ("sources", "rows", "records")}],
        on=date(2026, 1, 1),
        asked="Two cities.",
    )
    assert "did not finish: out of memory" in told
    assert "model given: cleanse 0.8, score 0.2." in told


def test_misuse_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["many"]) == 2
    assert "PERSONS" in capsys.readouterr().err


def test_the_seconds_that_are_compared_are_those_of_all_stages_from_signature_to_cluster() -> None:
    listed = list(stages(load_project(ROOT / "configs" / "example"), buckets=1))
    between = listed[listed.index("sign") : listed.index("part") + 1]

    assert sorted((*RESOLVING, *TRAINING)) == sorted(between)
