"""`find` and `show` on a run written out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.tables import TABLES
from lifetree.cli import main

S = ["civil"]
PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "id"
[[source.mention]]
subject = "person"
fields = { name = "name", phone = "phone" }
[[source.mention]]
subject = "person"
role = "mother"
fields = { name = "mother" }

[subject.person]
attributes = { name = "name", phone = "phone" }
blocking = ["name"]
comparison = [{ attribute = "name" }]
"""

RUN: dict[str, list[dict[str, Any]]] = {
    "entities": [
        {"entity_id": "E1", "records": 2, "signatures": 2, "sources": ["civil"], "state": "whole",
         "founding_source": "civil", "founding_record": "1", "founding_role": ""},
        {"entity_id": "E2", "records": 1, "signatures": 1, "sources": ["civil"], "state": "whole",
         "founding_source": "civil", "founding_record": "1", "founding_role": "mother"},
    ],
    "record_entity": [
        {"source": "civil", "record_id": "1", "role": "", "signature_id": 1, "entity_id": "E1"},
        {"source": "civil", "record_id": "1", "role": "mother", "signature_id": 2, "entity_id": "E2"},
        {"source": "civil", "record_id": "a:b", "role": "", "signature_id": 3, "entity_id": "E1"},
    ],
    "records": [
        {"source": "civil", "record_id": "1", "role": "", "name": "Wang Fang", "phone": "1"},
        {"source": "civil", "record_id": "1", "role": "mother", "name": "Li Min", "phone": None},
        {"source": "civil", "record_id": "a:b", "role": "", "name": "Wang Fan", "phone": "1"},
    ],
    "profiles": [
        {"entity_id": "E1", "attribute": "name", "value": "Wang Fang", "rule": "frequent", "source": "civil",
         "record_id": "1", "role": "", "records": 1, "sources": 1, "alternatives": 1},
        {"entity_id": "E2", "attribute": "name", "value": "Li Min", "rule": "only", "source": "civil",
         "record_id": "1", "role": "mother", "records": 1, "sources": 1, "alternatives": 0},
    ],
    "attribute_values": [
        {"entity_id": "E1", "attribute": "name", "value": "Wang Fan", "records": 1, "sources": S, "survives": False},
        {"entity_id": "E1", "attribute": "name", "value": "Wang Fang", "records": 1, "sources": S, "survives": True},
        {"entity_id": "E1", "attribute": "phone", "value": "1", "records": 2, "sources": S, "survives": True},
        {"entity_id": "E2", "attribute": "name", "value": "Li Min", "records": 1, "sources": S, "survives": True},
    ],
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "lifetree.toml").write_text(PROJECT)
    (tmp_path / "civil.csv").write_text("id,name,phone,mother\n")
    write_run(tmp_path / "store", RUN)
    return tmp_path


def write_run(store: Path, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    folder = store / "runs" / "r1"
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        schema = TABLES[name].schema(["name", "phone"])
        pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema).write_parquet(
            folder / name
        )
    pl.DataFrame(schema=TABLES["rejects"].schema()).write_parquet(folder / "rejects")
    listed = {f"person/{name}": [{"file": name}] for name in tables} | {"project/rejects": [{"file": "rejects"}]}
    (folder / "manifest.json").write_text(json.dumps({"run_id": "r1", "tables": listed}))
    (store / "live.json").write_text('{"run_id": "r1"}')


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wang", ["E1"]),
        ("ＷＡＮＧ", ["E1"]),
        ("Fan", ["E1"]),
        ("li min", ["E2"]),
        ("1", ["E1", "E2"]),
        ("a:b", ["E1"]),
        ("zhao", []),
    ],
    ids=[
        "part of a value, other case", "full-width letters", "a value that lost", "another entity",
        "a phone, and the id of a record", "a record id with a colon", "nobody",
    ],
)  # fmt: skip
def test_find_lists_the_entities_that_bear_a_text(project: Path, text: str, found: list[str]) -> None:
    result = run("find", project, text, "--format", "json")
    assert [row["entity_id"] for row in json.loads(result.stdout)] == found


def test_find_in_one_attribute_leaves_others_and_record_ids_aside(project: Path) -> None:
    rows = json.loads(run("find", project, "1", "--attribute", "phone", "--format", "json").stdout)
    assert rows == [{"subject": "person", "entity_id": "E1", "records": 2, "name": "Wang Fang", "phone": None}]


def test_find_prints_tables_and_csv(project: Path) -> None:
    assert "Wang Fang" in run("find", project, "wang").stdout
    assert run("find", project, "wang", "--format", "csv").stdout.splitlines() == [
        "subject,entity_id,records,name,phone",
        "person,E1,2,Wang Fang,",
    ]
    assert run("find", project, "zhao").stdout == "no entity bears 'zhao'\n"


@pytest.mark.parametrize("reference", ["E1", "civil:a:b"], ids=["by its id", "by a record id with a colon"])
def test_show_tells_profile_losers_and_records(project: Path, reference: str) -> None:
    told = json.loads(run("show", project, reference, "--format", "json").stdout)
    assert told["entity_id"] == "E1"
    assert [(row["value"], row["rule"], row["record_id"]) for row in told["profile"]] == [
        ("Wang Fang", "frequent", "1")
    ]
    assert [row["value"] for row in told["others"]] == ["Wang Fan"]
    assert [row["record_id"] for row in told["records"]] == ["1", "a:b"]


def test_a_record_that_names_two_subjects_is_shown_for_both_or_for_the_role_asked_for(project: Path) -> None:
    both = json.loads(run("show", project, "civil:1", "--format", "json").stdout)
    assert [one["entity_id"] for one in both] == ["E1", "E2"]
    mother = json.loads(run("show", project, "civil:1:mother", "--format", "json").stdout)
    assert mother["entity_id"] == "E2"


def test_show_as_a_table_names_the_origin_of_a_value(project: Path) -> None:
    shown = run("show", project, "E2").stdout
    assert "civil:1:mother" in shown
    assert "\nother values\n" not in shown


@pytest.mark.parametrize("reference", ["E3", "civil:9", "police:1", ":", "civil:"])
def test_what_is_not_there_is_said(project: Path, reference: str) -> None:
    result = run("show", project, reference)
    assert result.exit_code == 1
    assert f"no entity or record '{reference}'" in result.stderr
