"""What blocking lost, told by the command; and placeholders, which change no other cluster."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", phone = "phone", town = "town" }

[subject.person]
blocking = [RULES]
comparison = [
  { attribute = "name", kind = "text" }, { attribute = "born", kind = "date" },
  { attribute = "phone", kind = "phone" }, { attribute = "town" },
]
model = { threshold = 4, training = [["name"], ["born"], ["phone"]] }
attributes = { name = "name", born = "date", phone = "phone", town = "text" }
"""
PERSONS = 150
SURNAMES = ("adler", "brandt", "collins", "dubois", "eriksen", "fischer", "garcia", "hansen", "ivanov", "jansen")
GIVEN = ("anna", "boris", "carla", "david", "emma", "felix", "greta", "hugo", "irene", "jonas", "karin", "leo", "mona")


def rows() -> list[str]:
    """Return three records of every person: one whole, one with another phone, one with a wrong birth date."""
    told = []
    for i in range(PERSONS):
        name = f"{GIVEN[i % 13]} {SURNAMES[i * 7 % 10]}{'aeiou'[i // 26 % 5]}"
        born, town = f"19{40 + i * 37 % 60}-{1 + i % 12:02d}-{1 + i * 11 % 28:02d}", f"town{i * 13 % 40}"
        told += [
            f"a{i},{name},{born},1390000{i:04d},{town}",
            f"b{i},{name},{born},1370000{i:04d},{town}",
            f"c{i},{name},1901-01-{1 + i % 28:02d},1390000{i:04d},{town}",
        ]
    return told


def town_of(folder: Path, *, rules: str, more: tuple[str, ...] = ()) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "lifetree.toml").write_text(PROJECT.replace("RULES", rules), encoding="utf-8")
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone,town", *rows(), *more]) + "\n", encoding="utf-8")
    build(load_project(folder, checks=CHECKS))
    return folder


def told(*arguments: str) -> dict:
    result = CliRunner().invoke(main, ["blocking", *arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of which the only rule finds one of three pairs of each person."""
    return town_of(tmp_path_factory.mktemp("poor") / "town", rules='["name", "born"]')


def test_the_command_tells_cost_loss_and_a_bound_below_the_truth(poor: Path) -> None:
    figures = told(str(poor), "--subject", "person")

    (rule,) = figures["rules"]
    assert (rule["rule"], rule["pairs"], rule["largest"]) == ("name & born", PERSONS, 2)
    assert rule["links"] == rule["only"] > 0
    assert figures["pairs"] == PERSONS
    estimate = figures["estimate"]
    assert estimate["lower"] <= 1 / 3 + 0.001
    assert estimate["recall"] == pytest.approx(1 / 3, abs=0.03)
    assert figures["misses"]["apart"] > 0


def test_the_suggested_rule_is_toml_that_recovers_what_it_says(poor: Path, tmp_path: Path) -> None:
    suggestion = told(str(poor), "--subject", "person", "--budget", "2000")["suggestion"]

    (rule,) = tomllib.loads(suggestion["toml"])["subject"]["person"]["blocking"]
    again = town_of(tmp_path / "town", rules=f'["name", "born"], {json.dumps(rule["on"])}')

    assert suggestion["recovers"] >= 0.5
    figures = told(str(again), "--subject", "person")
    assert figures["pairs"] == PERSONS + suggestion["pairs"]
    assert figures["estimate"]["recall"] > 0.6


def test_a_budget_too_small_for_any_rule_names_none(poor: Path) -> None:
    figures = told(str(poor), "--subject", "person", "--budget", "1")

    assert figures["suggestion"] is None or figures["suggestion"]["pairs"] <= 1


def test_the_table_prints_the_rule_to_add(poor: Path) -> None:
    result = CliRunner().invoke(main, ["blocking", str(poor)])

    assert "[[subject.person.blocking]]" in result.output
    assert "at least" in result.output


def test_a_sample_of_the_clusters_gives_about_the_same_estimate(poor: Path) -> None:
    figures = told(str(poor), "--subject", "person", "--sample", "200")["estimate"]

    assert 100 < figures["sampled"] < 3 * PERSONS
    assert figures["recall"] == pytest.approx(1 / 3, abs=0.1)
    assert figures["lower"] <= figures["recall"]


def test_a_placeholder_on_many_records_changes_no_other_cluster(tmp_path: Path) -> None:
    rules = '["name", "born"], ["phone"], ["name", "phone"]'
    junk = tuple(f"x{i},stranger{chr(97 + i % 26)} no{chr(97 + i // 26)},,13800000000,town{i % 40}" for i in range(120))

    clean = clusters(town_of(tmp_path / "clean", rules=rules))
    dirty = clusters(town_of(tmp_path / "dirty", rules=rules, more=junk))

    assert clean == {cluster & set(clean_ids(clean)) for cluster in dirty} - {frozenset()}
    assert max(len(cluster) for cluster in dirty) <= 3
    listed = open_live(load_project(tmp_path / "dirty", checks=CHECKS))
    demoted = pl.concat(
        [
            listed.read("mass_values", subject="person").select("value", "signatures"),
            listed.read("generic_values", subject="person").select("value", "signatures"),
        ]
    )
    assert demoted.filter(pl.col("value") == "13800000000")["signatures"].max() == 120


def clusters(folder: Path) -> set[frozenset[str]]:
    """Return the records of every entity."""
    run = open_live(load_project(folder, checks=CHECKS))
    entities = run.read("record_entity", subject="person").group_by("entity_id").agg("record_id")
    return {frozenset(records) for records in entities["record_id"].to_list()}


def clean_ids(found: set[frozenset[str]]) -> list[str]:
    return [record for cluster in found for record in cluster]
