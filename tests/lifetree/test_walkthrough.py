"""The README's walk-through and the shipped example do what they say."""

from __future__ import annotations

import json
import re
import runpy
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
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    result = CliRunner().invoke(main, ["demo", str(folder), "--format", "json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (folder / "told.json").write_text(result.stdout)
    return folder


def ask(demo: Path, question: str) -> str:
    words = [str(demo) if word == "demo" else word for word in question.split()]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_demo_tells_how_good_it_is(demo: Path) -> None:
    told = json.loads((demo / "told.json").read_text())
    assert {"records", "persons", "entities", "evaluation", "seconds", "peak_memory_mb"} <= told.keys()
    assert told["persons"] == 110
    for subject in ("person", "legal_entity"):
        figures = told["evaluation"]["subjects"][subject]
        assert figures["pairwise"]["precision"] >= 0.99
        assert figures["pairwise"]["f1"] >= 0.95


def test_every_example_in_the_help_works_on_the_demo(demo: Path) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    examples = re.findall(r"^    lifetree ((?:find|show|explain|evaluate|catalog)\b.*)$", reference, flags=re.MULTILINE)
    assert len(examples) >= 10
    for example in examples:
        truth = example.replace("demo/truth.csv", str(demo / "truth.csv"))
        assert ask(demo, truth).strip()


def test_a_copied_number_does_not_fuse_two_persons(demo: Path) -> None:
    told = json.loads(ask(demo, "explain why-not demo civil:1024 social_insurance:S5011 --format json"))
    assert not told["same_entity"]
    assert told["stage"] == "constraint"
    assert "330199198811235680" in told["because"]


def test_the_weights_of_an_explanation_add_up(demo: Path) -> None:
    told = json.loads(ask(demo, "explain why demo civil:1024 clinic:C724 --format json"))
    parts = told["prior"] + sum(step["weight"] + step["term_frequency"] for step in told["steps"])
    assert parts == pytest.approx(told["match_weight"], abs=1e-6)
    assert told["same_entity"]


def test_an_entity_is_found_by_the_way_another_department_writes_it(demo: Path) -> None:
    rows = json.loads(ask(demo, "find demo 王芳 --subject person --format json"))
    assert len(rows) == 2
    assert {row["birth_date"] for row in rows} == {"1956-03-09", "1988-11-23"}


def test_evaluate_of_one_subject_is_its_figures_alone(demo: Path) -> None:
    both = json.loads(ask(demo, f"evaluate demo --truth {demo / 'truth.csv'} --format json"))
    one = json.loads(ask(demo, f"evaluate demo --truth {demo / 'truth.csv'} --subject person --format json"))
    assert both["subjects"]["person"] == one
    fixed = {
        "pairwise", "pairwise_signatures", "bcubed", "cluster", "blocking_recall", "threshold", "entities",
        "true_entities", "exact_entities",
    }  # fmt: skip
    assert fixed <= one.keys()
