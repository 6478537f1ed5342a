"""A number that two people were given: a look-up finds both and warns."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main

PROJECT = """
[[source]]
name = "police"
files = "police.csv"
key = "no"
recorded_at = "at"
mention = [{ subject = "person", fields = { name = "name", born = "born", id_no = "id", former = "former" } }]

[subject.person]
attributes = { name = "name", born = "date", id_no = "resident_id", former = "resident_id" }
sufficient = [["id_no"]]
identifier = [{ attribute = "id_no", former = "former", contradicted_by = ["name", "born"] }]
blocking = [["name", "born"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }]
model = { threshold = 8 }
"""
TWICE, LATER = "330199196209276907", "330199196209270038"


def test_a_number_issued_twice_finds_both_with_a_warning(tmp_path: Path) -> None:
    rows = [
        f"1,Zhao De,1962-09-27,{TWICE},,1986-05-01",
        f"2,Qian Shou,1962-09-27,{TWICE},,1987-03-01",
        f"3,Qian Shou,1962-09-27,{LATER},{TWICE},2001-06-01",
        *(f"f{i},Family {chr(97 + i)},19{60 + i}-01-02,,,2001-01-01" for i in range(20)),
    ]
    (tmp_path / "police.csv").write_text("\n".join(["no,name,born,id,former,at", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    project = load_project(tmp_path, checks=CHECKS)
    build(project)
    keyed = open_live(project).read("record_entity", subject="person").select("record_id", "entity_id")
    owner = dict(keyed.iter_rows())
    assert owner["2"] == owner["3"] != owner["1"]

    result = CliRunner().invoke(main, ["find", str(tmp_path), TWICE, "--format", "json"])

    assert {row["entity_id"] for row in json.loads(result.stdout)} == {owner["1"], owner["2"]}
    assert f"warning: 2 entities bear id_no {TWICE} (person)" in result.stderr
    assert f"{owner['1']} (1986-05-01)" in result.stderr
    assert f"{owner['2']} (1987-03-01 to 2001-06-01)" in result.stderr
    alone = CliRunner().invoke(main, ["find", str(tmp_path), LATER])
    assert "warning" not in alone.stderr
