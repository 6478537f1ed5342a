"""The name bench scores both systems on the same pairs, each at its own cut."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from benchmarks import name_bench
from benchmarks.datasets import VARIABLE

CASES = pl.DataFrame(
    {
        "case_id": ["0a", "1b", "2c", "3d"],
        "schema": ["Person", "Person", "Company", "Company"],
        "name1": ["Bill Smith", "John Smith", "Harbour Ltd", "Harbour Fund 1"],
        "name2": ["William Smith", "John Walker", "Harbour Limited", "Harbour Fund 2"],
        "is_match": ["true", "false", "true", "false"],
        "predicted_match": ["false", "true", "true", "false"],
    }
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with four cases."""
    file = tmp_path / name_bench.FILE
    file.parent.mkdir()
    CASES.write_csv(file)
    return tmp_path


def test_both_systems_are_judged_on_the_same_pairs(data: Path) -> None:
    rows = {(row["part"], row["system"]): row for row in name_bench.rows_of(data)}
    assert rows["all", "lifetree"] == {
        "part": "all", "system": "lifetree", "pairs": 4, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert rows["all", "logic-v2"]["f1"] == 0.5
    assert rows["persons", "logic-v2"]["f1"] == 0.0
    assert rows["first half", "lifetree"]["pairs"] + rows["second half", "lifetree"]["pairs"] == 4


def test_the_report_names_the_command_and_every_row(data: Path) -> None:
    text = name_bench.report(name_bench.rows_of(data), on=date(2026, 1, 2))
    assert "python -m benchmarks name_bench" in text
    assert "| persons | logic-v2 | 2 | 0.0000 | 0.0000 | 0.0000 |" in text


def test_without_data_it_says_so_and_fails(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert name_bench.main([]) == 1
    assert "nomenklatura" in capsys.readouterr().err


def test_an_argument_is_a_misuse(capsys) -> None:
    assert name_bench.main(["fast"]) == 2
    assert "fast" in capsys.readouterr().err
