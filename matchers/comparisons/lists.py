"""Comparison of attributes that hold several values, such as the authors of a work."""

from __future__ import annotations

import polars as pl

from matchers.comparisons.registry import (
    Attributes,
    Evidence,
    Form,
    Level,
    Measure,
    Thresholds,
    comparison,
    missing,
    same,
)

BETWEEN = "\x1f"


@comparison("list", thresholds=(0.8, 0.5))
def values(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """Values separated by ; or | or comma: the same ones, a share of the shorter list's in common, or any.

    A value of several words counts as the same when its last word and the first letter of the first agree, so that
    `J. Smith` is `John Smith` and `Smith, John`. Without a separator the words are the values.
    """
    levels = (Level(f"common values >= {t:g} of the shorter list", pl.col("overlap") >= t) for t in thresholds)
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same values", pl.col("jaccard") == 1),
            *levels,
            Level("any common value", pl.col("overlap") > 0),
        ),
        (Measure("overlap", "overlap", ".items"), Measure("jaccard", "jaccard", ".items")),
        (Form(".items", items(pl.col(attributes[0]))),),
    )


@comparison("common_items", thresholds=(3, 1), ceiling=10_000)
def common_items(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """Values separated by ; or | or **: the same set, or how many values both have; the thresholds are numbers.

    A share of the shorter list says much of short lists and little of long ones, a number the other way round.
    """
    separated = pl.col(attributes[0]).str.replace_all(r"\s*(?:[;|]|\*\*)\s*", BETWEEN).str.strip_chars(BETWEEN + " ")
    members = separated.replace("", None).str.split(BETWEEN).list.unique()
    common = (pl.col("overlap") * pl.min_horizontal(".count_l", ".count_r")).round()
    levels = (Level(f"{t:g} or more in common", common >= t) for t in thresholds)
    return Evidence(
        (Level("the same values", pl.col("jaccard") == 1), *levels),
        (Measure("overlap", "overlap", ".members"), Measure("jaccard", "jaccard", ".members")),
        (Form(".members", members), Form(".count", members.list.len())),
        missing(".members"),
    )


def items(expr: pl.Expr) -> pl.Expr:
    """Return the values of a list: of each its last word, and the first letter of its first word when it has several.

    >>> pl.DataFrame({"a": ["J. Smith; Ann Lee", "Smith, John", "smith"]}).select(items(pl.col("a")))["a"].to_list()
    [['Smith J', 'Lee A'], ['Smith J'], ['smith']]
    """
    marked = expr.str.replace_all(r"[;|]|\s+(?:and|&)\s+", BETWEEN)
    one_inverted = expr.str.contains(r"^[^,;|]+,[^,;|]+$") & ~expr.str.contains(r"^\S+\s+[^,]*\S,\s*\S+\s")
    by_comma = ~expr.str.contains(r"[;|]") & expr.str.contains(",") & ~one_inverted
    split = pl.when(by_comma).then(marked.str.replace_all(",", BETWEEN)).otherwise(marked).str.split(BETWEEN)
    parts = split.list.eval(_item(pl.element())).list.drop_nulls().list.unique(maintain_order=True)
    separated = expr.str.contains(r"[;|,]|\s(?:and|&)\s")
    return pl.when(separated).then(parts).otherwise(expr.str.extract_all(r"\S+").list.unique(maintain_order=True))


def _item(expr: pl.Expr) -> pl.Expr:
    turned = expr.str.replace(r"^\s*([^,]+),\s*(.+)$", "$2 $1")
    words = turned.str.extract_all(r"[^\s.]+")
    last, first = words.list.last(), words.list.first().str.slice(0, 1)
    return pl.when(words.list.len() > 1).then(last + " " + first).otherwise(last)
