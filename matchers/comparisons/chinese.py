"""Comparisons of Chinese legal entities."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.values.organisations import plain_company
from matchers.comparisons.kernel import bigrams
from matchers.comparisons.registry import (
    Attributes,
    Evidence,
    Form,
    Level,
    Measure,
    Thresholds,
    both,
    comparison,
    missing,
    same,
)

BRANCH = "分(?:公司|店|行|所|部|院|社)$"
"""How the name of a part of a legal entity ends."""


@comparison("chinese_organisation", thresholds=(0.9, 0.75, 0.5))
def chinese_organisation(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, the same but for the form of company, or a share of neighbouring characters in common (Dice).

    A branch bears its parent's name and is another subject: a name of a branch and one of none are never alike.
    """
    branch_l, branch_r = both(".branch")
    levels = (Level(f"common bigrams >= {t:g}", (branch_l == branch_r) & (pl.col("dice") >= t)) for t in thresholds)
    plain = plain_company(pl.col(attributes[0]))
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("another form of company", same(".plain")),
            *levels,
        ),
        (Measure("dice", "dice", ".bigrams"),),
        (
            Form(".plain", plain),
            Form(".bigrams", bigrams(plain)),
            Form(".branch", pl.col(attributes[0]).str.contains(BRANCH)),
        ),
    )


@comparison("credit_code", attributes=2)
def credit_code(attributes: Attributes, *_: Any) -> Evidence:
    """Credit code and organisation code: the same code, the same organisation code within, one character wrong."""
    credit, organisation = attributes
    inside = pl.coalesce(pl.col(organisation), pl.col(credit).str.slice(8, 9))
    return Evidence(
        (
            Level("exact", same(credit)),
            Level("the same organisation code", same(".organisation")),
            Level("one character wrong", pl.col("edits") <= 1),
        ),
        (Measure("edits", "damerau_levenshtein", ".organisation"),),
        (Form(".organisation", inside),),
        missing(".organisation"),
    )
