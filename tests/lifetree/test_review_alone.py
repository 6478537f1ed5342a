"""A record that tells too little to be compared: a reviewer is asked whose it is, and the answer joins it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.settings import Project, load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main

PROJECT = """
name = "town"
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
business_key = "own"
fields = { name = "name", born = "born", phone = "phone", id_no = "id" }

[subject.person]
attributes = { name = "name", born = "date", phone = "phone", id_no = "text" }
founding = [["id_no"], ["name", "born"]]
identifier = [{ attribute = "id_no" }]
blocking = [["name", "born"], ["born", "phone"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 6 }
"""
TOWN = [
    f"f{i}{twin},Family{chr(97 + i % 26)} {chr(97 + i % 7)},19{60 + i % 40}-0{1 + i % 9}-1{i % 9},130000000{i:02d},N{i},"
    for i in range(40)
    for twin in ("", "b")
]
LONE = [f"lone{n},Familye e,,13000000004,,K" for n in range(3)]
"""Rows of one person of a department that knows no birth date: they are compared with nobody."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone,id,own", *TOWN, *LONE]) + "\n", encoding="utf-8")
    build(project_of(folder))
    return folder


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def entities(folder: Path) -> dict[str, str | None]:
    found = open_live(project_of(folder)).read("record_entity", subject="person")
    return dict(found.select("record_id", "entity_id").iter_rows())


def ask(*arguments: str | Path, typed: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)
    assert result.exit_code == 0, (result.output, result.exc_info)
    return result


def listed(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(ask("review", folder, "list", "-n", "99", "--format", "json").stdout)
    return rows


def missed(folder: Path) -> dict[str, int]:
    """Return where the records of LONE stand by a truth in which they are of the fifth family."""
    truth = folder / "truth.csv"
    of = [f"civil,{row.split(',')[0]},{'f4' if row in LONE else row.split(',')[0].rstrip('b')}" for row in TOWN + LONE]
    truth.write_text("\n".join(["source,record_id,entity_id", *of]) + "\n", encoding="utf-8")
    told = ask("evaluate", folder, "--truth", truth, "--subject", "person", "--format", "json")
    found: dict[str, int] = json.loads(told.stdout)["missed"]["records"]
    return found


def test_its_person_is_among_those_asked_about_and_same_joins_all_its_records(town: Path) -> None:
    before = entities(town)
    assert [before[f"lone{n}"] for n in range(3)] == [None] * 3
    rows = listed(town)
    assert {"A", "B", "bits", "gain"} <= set(rows[0])
    assert {row["reason"] for row in rows} == {"alone"}
    assert {"civil:f4", "civil:lone0"} in [{row["A"], row["B"]} for row in rows]
    assert rows[0]["records"] == 2
    apart = missed(town)
    assert (apart["sought"], apart["unresolved"], apart["apart"]) == (3, 0, 3)
    printed = ask("evaluate", town, "--truth", town / "truth.csv").stdout
    assert "6 among the candidates of what stands alone, 3 unresolved" in printed

    keys = "".join("s" if "civil:f4" in (row["A"], row["B"]) else "d" for row in rows)
    ask("review", town, "ask", "--by", "周", typed=keys)

    assert listed(town) == []
    ask("review", town, "ask", "--by", "Ann", "--second", typed="s" * 99)
    [agreed] = json.loads(ask("review", town, "agreement", "--format", "json").stdout)
    assert agreed["pairs"] == len(rows), "an answer for several records is one answer"
    build(project_of(town))
    after = entities(town)
    assert {after[f"lone{n}"] for n in range(3)} == {after["f4"]} == {before["f4"]}
    assert listed(town) == []
    assert missed(town)["apart"] == 0


def test_a_judgement_is_heard_although_attributes_were_renamed_since_the_build(town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "renamed"
    shutil.copytree(town, folder)
    renamed = PROJECT.replace('phone = "phone"', 'tel = "phone"').replace('"phone"]', '"tel"]')
    (folder / "lifetree.toml").write_text(renamed.replace('attribute = "phone"', 'attribute = "tel"'), encoding="utf-8")

    ask("judge", folder, "civil:f1", "civil:f2", "--same", "--by", "周", "--reason", "one photograph")

    build(project_of(folder))
    assert entities(folder)["f1"] == entities(folder)["f2"]
