"""The suite of suggested projects: its report, and that it knows the files of every set."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from benchmarks.datasets import DATA_SETS
from benchmarks.suggested import BAR, HEAD, line, report


def row(name: str, by_hand: float, suggested: float) -> dict[str, Any]:
    difference = round(suggested - by_hand, 4)
    return {
        "project": name, "figure": "pairwise", "hand_made": by_hand, "suggested": suggested, "difference": difference,
        "within_bar": difference >= -BAR, "pairwise": {"precision": 1.0, "recall": 0.9, "f1": suggested},
        "bcubed": {"f1": 0.95}, "blocking_recall": 0.99, "pairs": 3_000, "records": 1_000, "suggest_seconds": 1.5,
        "build_seconds": 2.5,
    }  # fmt: skip


def test_the_report_says_how_many_sets_are_within_the_bar() -> None:
    text = report([row("near", 0.95, 0.921), row("far", 0.95, 0.90)], on=date(2026, 1, 2))
    assert "1 of 2 sets are within the bar." in text
    assert "| near | pairwise F1 | 0.9500 | 0.9210 | -0.0290 | yes |" in text
    assert "| far | pairwise F1 | 0.9500 | 0.9000 | -0.0500 | no |" in text


def test_a_row_has_a_cell_for_every_heading() -> None:
    assert line(row("one", 0.9, 0.9)).count("|") == len(HEAD) + 1


@pytest.mark.parametrize("name", [one.name for one in DATA_SETS])
def test_no_name_of_a_set_is_known_to_suggest(name: str) -> None:
    from engine.settings.shipped import shipped

    assert name.split("_", maxsplit=1)[0] not in shipped("suggest.toml").read_text(encoding="utf-8")
