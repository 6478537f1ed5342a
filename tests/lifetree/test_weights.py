"""Weights and thresholds at the command line: limits of false links, labels, strata, the other trainer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main

PROJECT = """
name = "civil"
judgements = "judgements.csv"
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = {{ name = "name", born = "born", town = "town", street = "street" }}

[subject.person]
attributes = {{ name = "name", born = "text", town = "text", street = "text" }}
blocking = ["name", "born", "street"]
comparison = [
    {{ attribute = "name", kind = "text" }}, {{ attribute = "born", kind = "levenshtein" }},
    {{ attribute = "town" }}, {{ attribute = "street", kind = "text" }},
]
{more}
"""
NAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey", "Gill", "Hart", "Iles", "Judd")
GIVEN = ("Ada", "Ben", "Cleo", "Dirk", "Edda", "Fritz", "Gus", "Hilda", "Ivo", "Jutta", "Kai")


def row(person: int, side: int) -> str:
    name = f"{GIVEN[person % 11]} {NAMES[person // 11 % 10]}"
    town = f"Town {person % 4}" if (person + side) % 5 else ""
    street = (
        f"{NAMES[person % 10]} Lane {person % 37}" if side == 0 or person % 3 else f"{NAMES[person % 7]} Road {side}"
    )
    return f"{person}-{side},{name},19{person % 90:02}-0{person % 9 + 1}-1{person % 10},{town},{street}"


def lay(folder: Path, more: str = "") -> None:
    rows = [row(person, side) for person in range(150) for side in range(2)]
    (folder / "lifetree.toml").write_text(PROJECT.format(more=more), encoding="utf-8")
    (folder / "civil.csv").write_text("\n".join(["no,name,born,town,street", *rows]) + "\n", encoding="utf-8")
    truth = ["record_id,entity_id", *(f"{person}-{side},{person}" for person in range(150) for side in range(2))]
    (folder / "truth.csv").write_text("\n".join(truth) + "\n", encoding="utf-8")
    (folder / "judgements.csv").write_text(
        "source_l,record_l,source_r,record_r,judgement,decided_by\n"
        + "".join(f"civil,{one}-0,civil,{one}-1,same,ann\n" for one in (3, 6, 9))
        + "civil,0-0,civil,110-0,different,ann\n",
        encoding="utf-8",
    )


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, [*arguments, "--quiet", "--format", "json"])
    assert result.exit_code == 0, result.stderr
    return result


def evaluated(folder: Path) -> dict[str, float]:
    run("build", str(folder))
    arguments = ["evaluate", str(folder), "--truth", str(folder / "truth.csv"), "--subject", "person"]
    found: dict[str, float] = json.loads(CliRunner().invoke(main, [*arguments, "--format", "json"]).stdout)
    return found


def test_a_stricter_limit_of_false_links_raises_the_threshold(tmp_path: Path) -> None:
    thresholds = []
    for limit in (10_000, 1):
        lay(tmp_path, f"model = {{ false_links = {limit} }}")
        thresholds.append(evaluated(tmp_path)["threshold"])

    assert thresholds[0] < thresholds[1]


def test_explain_holds_a_pair_against_the_threshold_that_the_limit_set(tmp_path: Path) -> None:
    lay(tmp_path, "model = { false_links = 1 }")
    threshold = evaluated(tmp_path)["threshold"]

    told = CliRunner().invoke(main, ["explain", "why", str(tmp_path), "civil:4-0", "civil:4-1", "--format", "json"])

    assert json.loads(told.stdout)["threshold"] == threshold


def test_judgements_teach_when_asked(tmp_path: Path) -> None:
    lay(tmp_path)

    alone, taught = (json.loads(run("train", str(tmp_path), *more).stdout)["person"] for more in ([], ["--labels"]))

    assert sum(alone["provenance"]["labels"]) == 0 < sum(taught["provenance"]["labels"])


def test_splinks_trainer_finds_the_same_weights(tmp_path: Path) -> None:
    lay(tmp_path)

    ours, theirs = (
        json.loads(run("train", str(tmp_path), "--trainer", name).stdout)["person"] for name in ("lifetree", "splink")
    )

    assert theirs["provenance"]["trainer"] == "splink"
    assert ours["c"] == pytest.approx(theirs["c"], rel=0.01)


def test_labels_are_not_for_splink(tmp_path: Path) -> None:
    lay(tmp_path)

    result = CliRunner().invoke(main, ["train", str(tmp_path), "--labels", "--trainer", "splink"])

    assert result.exit_code == 2
    assert "--labels" in result.stderr


def test_why_adds_up_in_a_stratum(tmp_path: Path) -> None:
    lay(tmp_path, 'stratum = [{ name = "without a town", when = "town is null" }]')
    run("build", str(tmp_path))

    told = json.loads(
        CliRunner()
        .invoke(main, ["explain", "why", str(tmp_path), "civil:0-0", "civil:45-0", "--format", "json"])
        .stdout
    )

    total = told["prior"] + sum(step["weight"] + step["term_frequency"] for step in told["steps"])
    assert total == pytest.approx(told["match_weight"], abs=1e-6)
