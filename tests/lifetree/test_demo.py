"""The demo on the smallest city: its figures, its report, and what it does with a folder that is not its own."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from lifetree import city
from lifetree.city import Asked, make_city
from lifetree.cli import main

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("generate", "build", "evaluate", "count", "report")


class Told(NamedTuple):
    folder: Path
    result: dict[str, Any]
    progress: str


def ask(*words: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    result = ask("demo", folder, "--persons", "1000", "--format", "json")
    return Told(folder, json.loads(result.stdout), result.stderr)


def test_the_demo_prints_one_object_of_fixed_keys(demo: Told) -> None:
    assert list(demo.result) == [
        "records", "persons", "entities", "evaluation", "count", "seconds", "peak_memory_mb", "report",
    ]  # fmt: skip
    assert list(demo.result["count"]) == ["definition", "as_of", "agreed", "truth", "interval"]
    assert demo.result["count"]["definition"] == "CZ_CENSUS"
    assert demo.result["count"]["agreed"] == pytest.approx(demo.result["count"]["truth"], rel=0.05)
    assert demo.result["persons"] == pytest.approx(1000, rel=0.01)


def test_the_demo_says_each_step_on_stderr(demo: Told) -> None:
    assert [line.split()[1] for line in demo.progress.splitlines() if re.match(r"\d/\d ", line)] == list(STEPS)


def test_the_persons_legal_entities_and_buildings_of_the_city_are_told_apart(demo: Told) -> None:
    for subject in ("person", "legal_entity", "building"):
        figures = demo.result["evaluation"]["subjects"][subject]
        assert figures["pairwise"]["precision"] >= 0.98
        assert figures["pairwise"]["f1"] >= 0.95


def test_the_groups_that_are_hard_have_figures_of_their_own(demo: Told) -> None:
    groups = demo.result["evaluation"]["subjects"]["person"]["groups"]

    assert set(groups) == {"twin", "minority_name", "newborn", "over_80"}
    assert all({"true", "false"} <= set(values) for values in groups.values())


def test_count_diff_lists_the_keys_that_tell_nobody(demo: Told) -> None:
    listed = ask("count", "diff", demo.folder, "hukou", "rail", "--step", "unresolved", "--format", "json")

    rows = json.loads(listed.stdout)
    assert {(row["entity_id"], row["name"]) for row in rows} == {(None, None)}
    assert all(row["source"] == "rail" and row["key"] for row in rows)


def test_the_report_stands_in_the_folder(demo: Told) -> None:
    page = (demo.folder / "report.html").read_text(encoding="utf-8")
    assert demo.result["report"] == str(demo.folder / "report.html")
    for section in ("counts", "quality", "tree-person", "tree-legal_entity", "tree-building", "accuracy", "summary"):
        assert f'id="{section}"' in page
    assert "✗" not in page
    for told in ("双胞胎", "newborn", "Threshold curve", 'class="line recall"', "95%"):
        assert told in page
    assert f"{demo.result['count']['agreed']:,}" in page


def test_a_build_needs_no_truth(demo: Told) -> None:
    built = json.loads((demo.folder / "store" / "live.json").read_text())
    sources = (demo.folder / "sources").glob("*.toml")
    assert {file.split("/")[0] for one in sources for file in [tomllib.loads(one.read_text())["files"]]} == {"data"}
    aside = (demo.folder / "truth").rename(demo.folder / "aside")
    try:
        again = json.loads(ask("build", demo.folder, "--format", "json").stdout)
    finally:
        aside.rename(demo.folder / "truth")
    assert again["run_id"] == built["run_id"]


def test_the_city_is_made_once_for_one_question(demo: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city, "generate", lambda *_, **__: pytest.fail("generated again"))
    again = make_city(demo.folder, Asked(persons=1000))
    assert again["reused"]


def test_every_example_in_the_help_works_on_the_demo(demo: Told) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    verbs = "find|show|explain|evaluate|catalog|count|quality|review"
    examples = re.findall(rf"^    lifetree ((?:{verbs})\b.*)$", reference, flags=re.MULTILINE)
    assert len(examples) >= 10
    of_ones_own = re.compile(r" catalogue|^quality (answer|judge) ")
    without_a_file_of_ones_own = [example for example in examples if not of_ones_own.search(example)]
    for example in without_a_file_of_ones_own:
        words = [re.sub(r"^demo(?=/|$)", str(demo.folder), word) for word in example.split()]
        assert ask(*words).stdout.strip(), example


def test_a_city_that_was_left_half_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []

    def stop_once(folder: Path, **asked: Any) -> dict[str, Any]:
        calls.append(asked)
        if len(calls) == 1:
            raise KeyboardInterrupt
        for part in city.PARTS:
            (folder / part).mkdir(exist_ok=True)
        return {"rows": 1, "folder": str(folder)}

    monkeypatch.setattr(city, "generate", stop_once)
    with pytest.raises(KeyboardInterrupt):
        make_city(tmp_path, Asked(seed=7))
    assert make_city(tmp_path, Asked(seed=7))["rows"] == 1
    assert make_city(tmp_path, Asked(seed=7))["reused"]
    assert make_city(tmp_path, Asked(seed=8)) == {"rows": 1, "folder": str(tmp_path)}
    (tmp_path / "truth").rmdir()
    assert "reused" not in make_city(tmp_path, Asked(seed=8))
    assert [call["seed"] for call in calls] == [7, 7, 8, 8]


def test_another_city_leaves_nothing_of_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deliver(folder: Path, *, seed: int, **_: Any) -> dict[str, Any]:
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / f"{seed}.csv").write_text("no\n")
        return {"rows": 0, "folder": str(folder)}

    monkeypatch.setattr(city, "generate", deliver)
    for seed in (1, 2):
        make_city(tmp_path, Asked(seed=seed))
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["2.csv"]


@pytest.mark.parametrize("command", ["demo", "generate"])
def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, command: str) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    result = CliRunner().invoke(main, [command, str(tmp_path), "--persons", "1000"])
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(("option", "value"), [("--error-scale", "nan"), ("--as-of", "1900-01-01")])
def test_a_city_that_cannot_be_is_misuse(option: str, value: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["generate", str(tmp_path / "city"), option, value])
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.output


def test_a_city_without_persons_is_misuse(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["demo", str(tmp_path), "--persons", "0"]).exit_code == 2
