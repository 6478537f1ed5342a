"""Survivorship: which of several values of an attribute the profile shows."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from engine.settings import Attribute


def _trusted(attribute: Attribute) -> list[pl.Expr]:
    """Earliest in `trust` among the sources that bear it; sources that are not in the list come after, as equals."""
    trust = attribute.trust
    rank = pl.element().replace_strict(list(trust), list(range(len(trust))), default=len(trust), return_dtype=pl.Int64)
    return [-pl.col("sources").list.eval(rank).list.min()] if trust else []


def _frequent(_: Attribute) -> list[pl.Expr]:
    """Borne by most records, then by most sources."""
    return [pl.col("records"), pl.col("sources").list.len().cast(pl.Int64)]


def _recent(_: Attribute) -> list[pl.Expr]:
    """Seen last; a value without a time comes after those with one."""
    return [pl.col("last_seen")]


def _longest(_: Attribute) -> list[pl.Expr]:
    """Of most characters."""
    return [pl.col("value").str.len_chars().cast(pl.Int64)]


SURVIVORSHIP: dict[str, Callable[[Attribute], list[pl.Expr]]] = {
    "trusted": _trusted,
    "frequent": _frequent,
    "recent": _recent,
    "longest": _longest,
}
"""What each rule prefers: expressions over one value's row, the greater the better."""


def surviving(values: pl.DataFrame, *, attribute: Attribute) -> pl.DataFrame:
    """Return the surviving value of each entity, with `rule` and `alternatives`, the number of the other values.

    `values` holds entity_id, value, records, sources and last_seen, one row per value. The attribute's rules apply in
    order, each to the ties of those before; at last the smallest value survives. `rule` is the one that set the
    survivor apart from its last rival: `only` when it had none, `tie` when no rule told them apart.
    """
    rivals = values.with_columns(alternatives=pl.len().over("entity_id").cast(pl.Int64) - 1)
    alone = rivals.filter(pl.col("alternatives") == 0).with_columns(rule=pl.lit("only"))
    scores = {
        f"_{rule}_{place}": score
        for rule in dict.fromkeys(attribute.survivorship)
        for place, score in enumerate(SURVIVORSHIP[rule](attribute))
    }
    ordered = (
        rivals.filter(pl.col("alternatives") > 0)
        .with_columns(**scores)
        .sort("entity_id", *scores, "value", descending=[False, *(True for _ in scores), False], nulls_last=True)
    )
    # The rows are in lexicographic order, so the second shares more of the survivor's scores than any other rival.
    rule = pl.coalesce(
        *(pl.when(pl.col(name).ne_missing(pl.col(name).shift(-1))).then(pl.lit(name.split("_")[1])) for name in scores),
        pl.lit("tie"),
    )
    decided = ordered.with_columns(rule=rule).unique("entity_id", keep="first", maintain_order=True)
    return pl.concat([alone, decided.select(alone.columns)])
