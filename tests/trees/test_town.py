"""From files to trees and counts: the hand-written town of `conftest.py` through a whole build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner

from engine.settings import load_project
from engine.store import SHARED, open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.counting import count, count_diff

if TYPE_CHECKING:
    from tests.trees.conftest import Town

GROWN = [
    ("person", "events"), ("person", "witnesses"), ("person", "spells"), ("legal_entity", "events"), (SHARED, "relations"),
]  # fmt: skip


def lifetree(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def place(town: Town) -> str:
    return str(town.project.folder)


def test_rows_tell_events_where_the_expression_is_true(town: Town) -> None:
    own = pl.col("entity_id") == town.entity("hukou", "a")
    events = town.run.read("events", subject="person").filter(own)

    visits = events.filter(pl.col("event_type") == "MED.VIS")
    assert visits.select("valid_from", "amount", "payload", "sources").rows() == [
        ("2024-02-03", "80", '{"ward":"heart"}', ["clinic"])
    ]
    married = events.filter(pl.col("event_type") == "MAR.REG").sort("valid_from")
    assert married["valid_from"].to_list() == ["2010-05-01", "2018-07-01"]
    assert set(married["other_entity"]) == {town.entity("hukou", "b")}


def test_a_marriage_told_from_both_sides_and_its_divorce_are_one_tie(town: Town) -> None:
    relations = town.run.read("relations").filter(pl.col("relation_type") == "SPOUSE_OF").sort("valid_from")

    assert relations.select("valid_from", "valid_to", "witnesses").rows() == [
        ("2010-05-01", "2015-06-01", 2), ("2018-07-01", None, 1),
    ]  # fmt: skip


def test_ties_join_subjects(town: Town) -> None:
    firm = town.entity("market", "91330199000000001X", subject="legal_entity")
    (tie,) = town.run.read("relations").filter(pl.col("entity_to") == firm).to_dicts()

    assert (tie["relation_type"], tie["subject_from"], tie["entity_from"]) == (
        "LEGAL_REP_OF",
        "person",
        town.entity("hukou", "b"),
    )
    assert tie["payload"] == '{"capital":"100"}'


def test_every_witness_names_its_record_and_its_event(town: Town) -> None:
    witnesses, events = (town.run.read(table, subject="person") for table in ("witnesses", "events"))

    assert set(witnesses["event_id"]) == set(events["event_id"])
    assert witnesses.height == events["witnesses"].sum()
    records = town.run.read("record_entity", subject="person")
    assert witnesses.join(records, on=["source", "record_id", "role", "entity_id"]).height == witnesses.height


@pytest.mark.parametrize("buckets", [1, 7])
def test_trees_do_not_depend_on_buckets(town: Town, tmp_path: Path, buckets: int) -> None:
    import shutil

    shutil.copytree(town.project.folder, tmp_path / "town", ignore=shutil.ignore_patterns("store"))
    project = load_project(tmp_path / "town", checks=CHECKS)
    build(project, buckets=buckets)
    run = open_live(project)

    for subject, table in GROWN:
        assert run.table_hash(table, subject=subject) == town.run.table_hash(table, subject=subject), table


def test_the_count_and_its_bridges(town: Town) -> None:
    (wanted,) = town.project.counts
    counted = count(town.run, town.project, wanted)

    assert list(counted) == [
        "definition",
        "as_of",
        "area",
        "agreed",
        "expected",
        "estimate",
        "interval",
        "by",
        "bridges",
    ]
    assert (counted["agreed"], counted["expected"]) == (32, 32.0)
    assert counted["by"] == [{"area": "330199", "persons": 32}]
    bridges = {one["source"]: one for one in counted["bridges"]}
    assert "market" not in bridges
    assert bridges["hukou"]["claimed"] == 50
    assert {row["step"]: row["persons"] for row in bridges["hukou"]["steps"] if row["persons"]} == {
        "unexplained": -16, "dead": -1, "moved_out": -1,
    }  # fmt: skip
    for one in bridges.values():
        assert one["claimed"] + sum(step["persons"] for step in one["steps"]) == one["agreed"] == 32


def test_a_difference_lists_persons(town: Town) -> None:
    (wanted,) = town.project.counts
    rows = count_diff(town.run, town.project, wanted, left="hukou", right="funerals", step="moved_out")

    assert [(row["source"], row["step"], row["key"], row["name"]) for row in rows] == [
        ("hukou", "moved_out", "b", "Bob Ray")
    ]
    assert count_diff(town.run, town.project, wanted, left="hukou", right="funerals", step="dead") == []


def test_the_command_counts(town: Town) -> None:
    told: dict[str, Any] = json.loads(
        lifetree(
            "count", place(town), "-d", "HUKOU", "--as-of", "2024-12-31", "--area", "330199009", "--format", "json"
        )
    )

    assert (told["definition"], told["area"], told["agreed"]) == ("HUKOU", ["330199009"], 1)
    assert "CZ_CENSUS on 2024-12-31 in 330199: 32" in lifetree("count", place(town))
    assert "hukou,moved_out,-1" in lifetree("count", place(town), "--format", "csv").replace(
        "CZ_CENSUS,2024-12-31,", ""
    )
    assert "Bob Ray" in lifetree("count", "diff", place(town), "hukou", "funerals", "--step", "moved_out")
    assert "do not differ" in lifetree("count", "diff", place(town), "hukou", "funerals", "--step", "dead")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["-d", "CZ"], 2, "'CZ' cannot be counted; known: CZ_CENSUS, HUKOU"),
        (["-d", "HUKOU"], 2, "say the day with --as-of"),
        (["hukou"], 2, "write `lifetree count PROJECT`"),
    ],
    ids=["unknown definition", "no day", "too many words"],
)
def test_misuse_of_the_command_is_told(town: Town, arguments: list[str], code: int, told: str) -> None:
    assert told in lifetree("count", place(town), *arguments, code=code)


def test_an_unknown_source_or_step_of_a_difference_is_told(town: Town) -> None:
    assert "did you mean 'hukou'?" in lifetree("count", "diff", place(town), "huku", "clinic", code=1)
    assert "did you mean 'moved_out'?" in lifetree(
        "count", "diff", place(town), "hukou", "clinic", "--step", "moved", code=1
    )


def test_show_draws_the_tree(town: Town) -> None:
    shown = lifetree("show", place(town), "hukou:b")

    assert "├─ 生活" in shown
    assert "2010-05-01  结婚登记 marriage, with Ann Lee" in shown
    assert "法定代表人 legal representative of: Ray Works" in shown
    assert "└─ hukou 330199001, from 1990-01-01" in shown
    firm = lifetree("show", place(town), "market:91330199000000001X", "--subject", "legal_entity")
    assert "法定代表人 represented by: Bob Ray" in firm


def test_the_tree_as_of_a_day_leaves_out_what_came_later_or_no_longer_holds(town: Town) -> None:
    shown = lifetree("show", place(town), "hukou:b", "--as-of", "2016-01-01")

    assert "2015-06-01  离婚登记 divorce" in shown
    assert "2018-07-01" not in shown
    assert "配偶" not in shown


def test_many_events_of_one_type_are_one_line(town: Town) -> None:
    assert "2023-01 … 2023-12  养老金发放 pension paid, 12 times" in lifetree("show", place(town), "hukou:d")
