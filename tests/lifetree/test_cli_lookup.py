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

SHARED: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"source": "civil", "rows_in": 4, "kept": 2, "quarantined": 2, "exact_duplicates": 0, "superseded": 0},
    ],
    "findings": [
        {"subject": "person", "source": "civil", "record_id": "a:b", "role": "", "rule": "I1", "field": "phone",
         "before": "n/a", "after": None, "action": "null"},
        {"subject": "person", "source": "civil", "record_id": "1", "role": "", "rule": "I1", "field": "phone",
         "before": "unknown", "after": None, "action": "null"},
        {"subject": "person", "source": "civil", "record_id": "1", "role": "", "rule": "N2", "field": "name",
         "before": "Wang.Fang", "after": "Wang·Fang", "action": "repair"},
    ],
    "rejects": [
        {"source": "civil", "file": "civil.csv", "line": 7, "record_id": None, "rule": "read", "reason": "has 2 cells",
         "raw": "8,Zhao"},
        {"source": "civil", "file": "civil.csv", "line": 6, "record_id": "7", "rule": "I2",
         "reason": "no mention of the row has an identity attribute", "raw": '{"id":"7"}'},
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
    for name, rows in SHARED.items():
        pl.DataFrame(rows, schema=TABLES[name].schema()).write_parquet(folder / name)
    listed = {f"person/{name}": [{"file": name}] for name in tables}
    listed |= {f"project/{name}": [{"file": name}] for name in SHARED}
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
        ("civil:1", ["E1", "E2"]),
        ("civil:1:mother", ["E2"]),
        ("civil:phone 1", []),
        ("zhao", []),
    ],
    ids=[
        "part of a value, other case", "full-width letters", "a value that lost", "another entity",
        "a phone, and the id of a record", "a record id with a colon", "a record of a source", "a record in a role",
        "no record of the source, though a phone would do", "nobody",
    ],
)  # fmt: skip
def test_find_lists_the_entities_that_bear_a_text(project: Path, text: str, found: list[str]) -> None:
    result = run("find", project, text, "--format", "json")
    assert [row["entity_id"] for row in json.loads(result.stdout)] == found


def test_find_in_one_attribute_leaves_others_and_record_ids_aside(project: Path) -> None:
    rows = json.loads(run("find", project, "1", "--attribute", "phone", "--format", "json").stdout)
    assert rows == [{"subject": "person", "entity_id": "E1", "records": 2, "name": "Wang Fang", "phone": None}]


def test_find_puts_the_record_first_then_whole_values_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT)
    (tmp_path / "civil.csv").write_text("id,name,phone,mother\n")
    values = {"E1": "42 Wang", "E2": "Wang 42 1", "E3": "42", "E4": "Li"}
    key = {"source": "civil", "role": "", "signature_id": 1, "founding_source": "civil", "state": "whole"}
    rows = [
        {"entity_id": entity, "attribute": "name", "value": value, "record_id": record, **key}
        for entity, value, record in zip(values, values.values(), ["1", "2", "3", "42"], strict=True)
    ]
    write_run(tmp_path / "store", dict.fromkeys(RUN, rows))

    everything = run("find", tmp_path, "42", "--format", "json")
    assert [row["entity_id"] for row in json.loads(everything.stdout)] == ["E4", "E3", "E1", "E2"]
    assert everything.stderr == ""

    two = run("find", tmp_path, "42", "--limit", "2")
    assert [line.split()[0] for line in two.stdout.splitlines()[-2:]] == ["E4", "E3"]
    assert two.stderr == "person: 2 of 4 shown; --limit N shows more\n"


def test_find_prints_tables_and_csv(project: Path) -> None:
    assert "Wang Fang" in run("find", project, "wang").stdout
    assert run("find", project, "wang", "--format", "csv").stdout.splitlines() == [
        "subject,entity_id,records,name,phone",
        "person,E1,2,Wang Fang,",
    ]
    assert run("find", project, "zhao").stdout == "no entity bears 'zhao'\n"


@pytest.mark.parametrize("reference", ["E1", "civil:a:b"], ids=["by its id", "by a record id with a colon"])
def test_show_tells_profile_losers_and_records(project: Path, reference: str) -> None:
    (told,) = json.loads(run("show", project, reference, "--format", "json").stdout)
    assert told["entity_id"] == "E1"
    assert [(row["value"], row["rule"], row["record_id"]) for row in told["profile"]] == [
        ("Wang Fang", "frequent", "1")
    ]
    assert [row["value"] for row in told["others"]] == ["Wang Fan"]
    assert [row["record_id"] for row in told["records"]] == ["1", "a:b"]


def test_a_record_that_names_two_subjects_is_shown_for_both_or_for_the_role_asked_for(project: Path) -> None:
    both = json.loads(run("show", project, "civil:1", "--format", "json").stdout)
    assert [(one["record"], one["entity_id"]) for one in both] == [("civil:1", "E1"), ("civil:1:mother", "E2")]
    (mother,) = json.loads(run("show", project, "civil:1:mother", "--format", "json").stdout)
    assert mother["entity_id"] == "E2"


def test_show_as_a_table_names_the_origin_of_a_value(project: Path) -> None:
    shown = run("show", project, "E2").stdout
    assert "civil:1:mother" in shown
    assert "\nother values\n" not in shown


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("E3", "no entity or record 'E3'"),
        ("civil:9", "no entity or record 'civil:9'"),
        ("civil:", "no entity or record 'civil:'"),
        ("civl:1", "no source 'civl' in the project; did you mean 'civil'?"),
        (":", "no source ''"),
        ("civil:7", "civil:7 was quarantined (civil.csv, line 6): no mention of the row has an identity attribute"),
        ("civil:7:mother", "civil:7 was quarantined (civil.csv, line 6)"),
    ],
)
def test_what_is_not_there_is_said(project: Path, reference: str, said: str) -> None:
    for words in (["show", project, reference], ["explain", "why", project, reference, "civil:1"]):
        result = run(*words)
        assert result.exit_code == 1
        assert said in result.stderr
        assert "such as civil:1" in result.stderr or "lifetree quality" in result.stderr


def test_why_not_tells_that_a_row_was_quarantined(project: Path) -> None:
    told = json.loads(run("explain", "why-not", project, "civil:7", "civil:1", "--format", "json").stdout)
    assert told["stage"] == "standardise"
    assert "civil.csv, line 6" in told["because"]
