"""Comparison of names of firms and other organisations in Latin letters."""

from __future__ import annotations

import polars as pl

from engine.values.latin_companies import latin_company_core
from matchers.comparisons.kernel import words
from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, Thresholds, both, comparison, same


@comparison("latin_company", thresholds=(0.9, 0.8), fixed=True)
def latin_company(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, the same but for legal form and order, nearly the same letters, an acronym, a part, common words.

    Legal forms and filling words count at the exact level alone. Letters are those of the words in order of the
    alphabet, so that a misspelt word still counts. A name of one word is the other's acronym when it is spelt by the
    first letters of three words or more.
    """
    near, fair = thresholds
    (acronym_l, acronym_r), (joined_l, joined_r), (count_l, count_r) = both(".acronym"), both(".joined"), both(".count")
    several = pl.min_horizontal(count_l, count_r) >= 2
    letters, part, common = pl.col("letters"), pl.col("overlap") == 1, pl.col("jaccard")
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same but for form and order", same(".sorted") | same(".joined")),
            Level(f"common letters >= {near:g}", letters >= near),
            Level("an acronym", (acronym_l == joined_r) | (joined_l == acronym_r)),
            Level("all words of the shorter", part & several),
            Level(f"common letters >= {fair:g}", letters >= fair),
            Level("the one word of the shorter", part),
            Level("half of the words", common >= 0.5),
            Level("a third of the words", common >= 1 / 3),
        ),
        (
            Measure("letters", "ratio", ".sorted"),
            Measure("overlap", "overlap", ".words"),
            Measure("jaccard", "jaccard", ".words"),
        ),
        _forms(pl.col(attributes[0])),
    )


def _forms(name: pl.Expr) -> tuple[Form, ...]:
    core = latin_company_core(name)
    parts = words(core)
    initials = core.str.extract_all(r"\S+").list.eval(pl.element().str.slice(0, 1)).list
    return (
        Form(".words", parts),
        Form(".count", parts.list.len()),
        Form(".sorted", parts.list.sort().list.join(" ")),
        Form(".joined", core.str.replace_all(" ", "", literal=True)),
        Form(".acronym", pl.when(initials.len() >= 3).then(initials.join(""))),
    )
