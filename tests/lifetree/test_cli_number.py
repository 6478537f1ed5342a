"""`lifetree explain number`: what a number says, on the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.values.explanation import FLAGS, REASONS
from engine.values.number_schemes import EXPLAINED
from lifetree.cli import main


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["explain", "number", *arguments], input=given, prog_name="lifetree")


def test_numbers_are_told_for_people() -> None:
    result = run("11010519491231002X", "91350100M000100Y43")
    assert result.exit_code == 0
    for words in (
        "1949-12-31",
        "female",
        "北京市朝阳区",
        "unified social credit code",
        "市场监管",
        "企业",
        "M000100Y4",
    ):
        assert words in result.stdout


def test_a_wrong_number_tells_why_and_what_would_fit() -> None:
    assert "no: the check character does not fit; X would" in run("110105194912310021").stdout
    assert "the birth date is no day of the calendar" in run("330199198502300011").stdout
    assert "it has the form of no kind of number" in run("999").stdout


def test_notes_are_told_in_words() -> None:
    told = run("330199840203997").stdout
    assert "1884-02-03" in told
    assert "the division code is in no list" in told
    assert "older than 120 years" in told


def test_programs_get_one_row_a_number_in_order() -> None:
    rows = json.loads(run("110108000000016", "H1234567801", "--format", "json").stdout)
    assert [(row["kind"], row["valid"], row["flags"]) for row in rows] == [
        ("registration_number", True, []),
        ("travel_permit", True, []),
    ]
    lines = run("110108000000016", "H1234567801", "--format", "csv").stdout.splitlines()
    assert lines[0].split(",")[:5] == ["given", "kind", "scheme", "number", "valid"]
    assert [line.split(",")[0] for line in lines[1:]] == ["110108000000016", "H1234567801"]


def test_numbers_come_from_stdin() -> None:
    rows = json.loads(run("-", "--format", "json", given="11010519491231002X\n\n91350100M000100Y43\n").stdout)
    assert [row["given"] for row in rows] == ["11010519491231002X", "91350100M000100Y43"]


def test_a_column_and_a_kind_decide() -> None:
    row = json.loads(run("H12345678", "--as", "passport", "--format", "json").stdout)[0]
    assert (row["scheme"], row["flags"]) == ("passport_hk", [])
    row = json.loads(run("110108000000016", "--column", "身份证号", "--format", "json").stdout)[0]
    assert row["flags"] == ["context_disagrees"]


@pytest.mark.parametrize(("day", "valid"), [("1949-12-31", True), ("1949-12-30", False)])
def test_a_birth_after_the_day_is_wrong(day: str, valid: bool) -> None:
    row = json.loads(run("11010519491231002X", "--as-of", day, "--format", "json").stdout)[0]
    assert (row["valid"], row["reason"]) == (valid, None if valid else "birth_in_future")


def test_without_a_day_the_future_begins_tomorrow() -> None:
    soon = (date.today() + timedelta(days=400)).strftime("%Y%m%d")
    row = json.loads(run(f"330199{soon}0011", "--as", "resident_id", "--format", "json").stdout)[0]
    assert row["reason"] == "birth_in_future"


def test_misuse_is_told() -> None:
    assert run().exit_code == 2
    assert run("1", "--as", "uscd").exit_code == 2
    assert run("1", "--as-of", "yesterday").exit_code == 2


def page() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "guide" / "numbers.md").read_text(encoding="utf-8")


def test_the_guide_shows_what_the_command_prints() -> None:
    assert run("11010519491231002X").stdout.strip() in page()


def test_the_guide_names_every_kind_reason_and_note() -> None:
    assert [word for word in [*EXPLAINED, *REASONS, *FLAGS] if f"`{word}`" not in page()] == []
