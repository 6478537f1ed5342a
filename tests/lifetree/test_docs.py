"""What the guide says of values, stages and tables is so."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from engine.cleanse import load_rulebook
from engine.cleanse.fields import grade
from engine.settings import load_project
from engine.values import KINDS
from lifetree.stages import stages

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"


def cleansed(text: str, kind: str) -> str | None:
    values: str | None = grade(pl.Series([text]), kind=kind, rulebook=load_rulebook()).values["value"].item()
    return values


def dates() -> list[tuple[str, str | None]]:
    page = (GUIDE / "describe_your_files.md").read_text(encoding="utf-8")
    table = page[page.index("| delivered | becomes |") : page.index("cannot be told apart")]
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", table, flags=re.MULTILINE)
    return [
        (text, None if becomes.startswith("empty") else becomes.strip("`"))
        for delivered, becomes in rows
        for text in re.findall(r"`(.*?)`", delivered)
    ]


@pytest.mark.parametrize(("text", "becomes"), dates())
def test_a_date_becomes_what_the_guide_says(text: str, becomes: str | None) -> None:
    assert cleansed(text, "date") == becomes


@pytest.mark.parametrize(
    ("text", "kind", "missing"),
    [
        *((text, "text", True) for text in ["-", "???", "n/a", "N/A", "null", "Unknown", "not stated", "无", "未填"]),
        ("Null", "name", False), ("NULL", "name", True), ("None", "name", False), ("none", "name", True),
        ("NA", "name", False), ("na", "code", False), ("na", "text", True),
        ("0", "text", False), ("0000000", "phone", True), ("0", "identifier", True), ("0", "date", True),
        ("张丽之女", "name", True),
    ],
)  # fmt: skip
def test_a_placeholder_is_one_where_the_guide_says(text: str, kind: str, missing: bool) -> None:
    assert (cleansed(text, kind) is None) == missing


def test_phones_are_kept_and_compared_as_the_guide_says() -> None:
    assert cleansed("+44 (0)20 7946 0000", "phone") == "+442079460000"
    assert cleansed("0571 8888-0000转12", "phone") == "057188880000x12"
    frame = pl.DataFrame({"x": ["+442079460000", cleansed("020 7946 0000", "phone"), "call me"]})
    assert frame.select(KINDS["phone"].match(pl.col("x")))["x"].to_list() == ["2079460000", "2079460000", None]


def test_the_guide_names_every_stage() -> None:
    page = (GUIDE / "run_a_build.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z, ]+) \| ", page[page.index("## What the stages do") :], flags=re.MULTILINE)
    named = [name for row in rows for name in row.split(", ")]
    assert sorted(set(named) - {"stage"}) == sorted(stages(load_project(ROOT / "configs" / "example"), buckets=2))


def test_every_suffix_that_is_read_is_in_the_guide() -> None:
    from engine.io.files import COMPRESSIONS, SUFFIXES

    page = (GUIDE / "describe_your_files.md").read_text(encoding="utf-8")
    assert [suffix for suffix in (*SUFFIXES, *COMPRESSIONS) if f"`{suffix}`" not in page] == []
