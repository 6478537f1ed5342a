"""Comparison of given names in Latin script: nicknames, initials, several given names."""

from __future__ import annotations

import polars as pl

from engine.values.nicknames import formal_names
from matchers.comparisons.kernel import words
from matchers.comparisons.registry import (
    Attributes,
    Evidence,
    Form,
    Level,
    Measure,
    Thresholds,
    both,
    comparison,
    same,
)


@comparison("given_name", thresholds=(0.92, 0.8), fixed=True)
def given_name(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same given names, a nickname, some of several given names, alike by Jaro-Winkler, or an initial.

    Nicknames are those of English (configs/codes/nicknames.csv), of the first word. Several given names agree in part
    when one side has all of the other's, in any order.
    """
    near, fair = thresholds
    likeness = pl.col("jaro_winkler")
    single_l, single_r = both(".single")
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("all given names of the other", pl.col("overlap") == 1),
            Level("a nickname", pl.col("formal") > 0),
            Level(f"jaro-winkler >= {near:g}", likeness >= near),
            Level("the initial only", (single_l | single_r) & same(".initial")),
            Level(f"jaro-winkler >= {fair:g}", likeness >= fair),
        ),
        (
            Measure("overlap", "overlap", ".words"),
            Measure("formal", "overlap", ".formal"),
            Measure("jaro_winkler", "jaro_winkler", attributes[0]),
        ),
        _forms(pl.col(attributes[0])),
    )


def _forms(names: pl.Expr) -> tuple[Form, ...]:
    letters = names.str.strip_chars_end(".")
    return (
        Form(".words", words(names)),
        Form(".formal", formal_names(names.str.extract(r"^(\S+)"))),
        Form(".initial", letters.str.slice(0, 1)),
        Form(".single", letters.str.len_chars() == 1),
    )
