"""The README's walk-through and the shipped example do what they say."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from lifetree.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_walk_through_prints_what_the_readme_says() -> None:
    walkthrough = runpy.run_path(str(ROOT / "docs" / "walkthrough.py"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    refreshed = walkthrough["refreshed"](readme)
    assert walkthrough["without_cost"](refreshed) == walkthrough["without_cost"](readme), "run `make docs`"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "example"
    shutil.copytree(ROOT / "configs" / "example", folder, ignore=shutil.ignore_patterns("store"))
    result = CliRunner().invoke(main, ["build", str(folder), "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


def ask(example: Path, question: str) -> str:
    words = [str(example) if word == "example" else word for word in question.split()]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_example_is_linked_well(example: Path) -> None:
    told = json.loads(ask(example, f"evaluate example --truth {example / 'truth.csv'} --format json"))
    assert told["subjects"]["person"]["true_entities"] == 110
    for subject in ("person", "legal_entity"):
        figures = told["subjects"][subject]
        assert figures["pairwise"]["precision"] >= 0.99
        assert figures["pairwise"]["f1"] >= 0.95


def test_a_copied_number_does_not_fuse_two_persons(example: Path) -> None:
    told = json.loads(ask(example, "explain why-not example civil:1108 social_insurance:S5011 --format json"))
    assert not told["same_entity"]
    assert told["stage"] == "constraint"
    assert "330199198811235680" in told["because"]


def test_a_copied_number_does_not_keep_its_bearer_from_the_rest_of_the_records(example: Path) -> None:
    told = json.loads(ask(example, "explain why example civil:1024 social_insurance:S5011 --format json"))
    assert told["same_entity"]
    assert "330199198811235680" in [step["right"] for step in told["steps"]]


def test_the_weights_of_an_explanation_add_up(example: Path) -> None:
    told = json.loads(ask(example, "explain why example civil:1024 clinic:C724 --format json"))
    parts = told["prior"] + sum(step["weight"] + step["term_frequency"] for step in told["steps"])
    assert parts == pytest.approx(told["match_weight"], abs=1e-6)
    assert told["same_entity"]


def test_an_entity_is_found_by_the_way_another_department_writes_it(example: Path) -> None:
    rows = json.loads(ask(example, "find example 王芳 --subject person --format json"))
    assert len(rows) == 2
    assert {row["birth_date"] for row in rows} == {"1956-03-09", "1988-11-23"}


def test_evaluate_of_one_subject_is_its_figures_alone(example: Path) -> None:
    both = json.loads(ask(example, f"evaluate example --truth {example / 'truth.csv'} --format json"))
    one = json.loads(ask(example, f"evaluate example --truth {example / 'truth.csv'} --subject person --format json"))
    assert both["subjects"]["person"] == one
    fixed = {
        "pairwise", "pairwise_signatures", "bcubed", "cluster", "blocking_recall", "threshold", "entities",
        "true_entities", "exact_entities",
    }  # fmt: skip
    assert fixed <= one.keys()
