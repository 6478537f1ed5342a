"""`lifetree explain name`: what a name says, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from engine.values.functions import FUNCTIONS
from engine.values.name_shapes import SHAPES
from lifetree.cli import main


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["explain", "name", *arguments], input=given, prog_name="lifetree")


def test_names_are_told_for_people() -> None:
    result = run("欧阳娜娜", "张 伟(本人)", "陈方安生", "王□")
    assert result.exit_code == 0
    for words in (
        "ou yang na na",
        "compound surname",
        "cleansing changes it",
        "two surnames: 陈, 方",
        "unknown characters: 王?",
    ):
        assert words in result.stdout


def test_companies_are_told_for_people() -> None:
    told = run("--company", "华为（杭州）技术有限公司").stdout
    for words in ("杭州", "华为", "技术", "有限责任公司", "华为, 杭州华为"):
        assert words in told


def test_programs_get_one_row_a_name_in_order() -> None:
    rows = json.loads(run("-", "覃小明", "--format", "json", given="Ann Lee\n\n张丽之女\n").stdout)
    assert [(row["given"], row["shape"], row["readings"]) for row in rows] == [
        ("Ann Lee", "latin", ["annlee"]),
        ("张丽之女", "placeholder", ["zhanglizhinyu"]),
        ("覃小明", "chinese3", ["qinxiaoming", "tanxiaoming"]),
    ]
    lines = run("张伟", "李娜", "--format", "csv").stdout.splitlines()
    assert lines[0].split(",")[:4] == ["given", "name", "changed", "shape"]
    assert len(lines) == 3


def test_an_empty_name_says_nothing() -> None:
    assert "nothing" in run(" ").stdout
    assert run().exit_code == 2


def page() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "guide" / "names.md").read_text(encoding="utf-8")


def test_the_guide_shows_what_the_command_prints() -> None:
    assert run("欧阳娜娜").stdout.strip() in page()


def test_the_guide_names_every_shape_and_function() -> None:
    functions = [name for name in FUNCTIONS if name.startswith("company_")]
    functions += ["surname", "given_name", "surnames", "pinyin", "pinyin_readings", "name_shape", "wildcards"]
    assert [word for word in [*SHAPES, *functions] if f"`{word}" not in page()] == []
