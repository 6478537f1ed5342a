"""What every figure is a ratio of: sums over items, so that they can be taken of any part and weighted.

An item is a record, or a signature of a true entity. Each counts the items that share its entity (`n_entity`), its true
entity (`n_truth`) and both (`n`); a pair of items counts once on either side, which leaves every ratio of pairs as it
is. Summed over the items of a true entity, or of a sample of them, the sums estimate those of all: what is predicted to
be with an item is known for every item, whether or not the others are in the sample. Source: Binette, York, Hickerson,
Baek, Madhavan, Jones, "Estimating the performance of entity resolution algorithms" (2022); Binette et al., "How to
evaluate entity resolution systems: an entity-centric framework" (2023).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

Measure = dict[str, float | None]

SCALE = 10**9
"""Shares are summed as integers of this part, so that sums do not depend on order."""

DIGITS = 9
"""Of a ratio of such sums; what follows is the rounding of the parts."""

SUMS = (
    "together", "predicted", "true", "unknown", "items", "shares", "pure", "whole", "exact", "clusters", "entities",
)  # fmt: skip
"""`together`, `predicted`, `true`, `unknown`: pairs, twice; `unknown` with an item that has no label. `pure`, `whole`:
the B-cubed shares, of `shares`. `exact`, `clusters`, `entities`: exact entities, predicted clusters and true entities.
All from `shares` on are x `SCALE`."""

MEASURES = {
    "pairwise": ("together", "predicted", "together", "true"),
    "bcubed": ("pure", "shares", "whole", "shares"),
    "cluster": ("exact", "clusters", "exact", "entities"),
}
"""The sums that precision and recall are ratios of."""


def tallies(items: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return SUMS by the columns `by` of items: entity_id (null: with no other) and truth (null: not labelled).

    Items without a label are in `n_entity` and `unknown` alone. Cost: linear.

    >>> items = pl.DataFrame({"entity_id": ["x", "x", "y"], "truth": ["a", "a", "a"]})
    >>> tallies(items, "truth").select("together", "predicted", "true").row(0)
    (2, 2, 6)
    """
    keys = list(dict.fromkeys(["entity_id", "truth", *by]))
    cells = items.group_by(keys).agg(pl.len().cast(pl.Int64).alias("count"))
    resolved, count, one = pl.col("entity_id").is_not_null(), pl.col("count").sum(), pl.lit(1, pl.Int64)
    unlabelled = pl.col("count").filter(pl.col("truth").is_null()).sum().over("entity_id")
    counted = cells.with_columns(
        n=pl.when(resolved).then(count.over("entity_id", "truth")).otherwise(one),
        n_entity=pl.when(resolved).then(count.over("entity_id")).otherwise(one),
        n_truth=count.over("truth"),
        n_unknown=pl.when(resolved).then(unlabelled).otherwise(one - 1),
    ).drop_nulls("truth")
    sums = (expr.mul(pl.col("count")).sum().alias(name) for name, expr in _of_item().items())
    return counted.group_by(by).agg(sums) if by else counted.select(sums)


def _of_item() -> dict[str, pl.Expr]:
    n, n_entity, n_truth = pl.col("n"), pl.col("n_entity"), pl.col("n_truth")
    resolved, zero, one = pl.col("entity_id").is_not_null(), pl.lit(0, pl.Int64), pl.lit(1, pl.Int64)
    whole = (n == n_entity) & (n == n_truth) & resolved
    return {
        "together": n - 1,
        "predicted": n_entity - 1,
        "true": n_truth - 1,
        "unknown": pl.col("n_unknown"),
        "items": one,
        "shares": one * SCALE,
        "pure": _share(n, n_entity),
        "whole": _share(n, n_truth),
        "exact": pl.when(whole).then(_share(one, n_truth)).otherwise(zero),
        "clusters": pl.when(resolved).then(_share(one, n_entity)).otherwise(zero),
        "entities": _share(one, n_truth),
    }


def _share(part: pl.Expr, total: pl.Expr) -> pl.Expr:
    return (2 * SCALE * part + total) // (2 * total)


def measure(sums: Mapping[str, float], name: str) -> Measure:
    """Return precision, recall and F1 of `MEASURES[name]`; what has no denominator is null.

    Without a true pair, B-cubed and clusters are null: an answer that links nothing would fulfil them.
    """
    if name != "pairwise" and not sums["true"]:
        return {"precision": None, "recall": None, "f1": None}
    found = ratios({key: np.array([sums[key]]) for key in MEASURES[name]}, name)
    return {part: None if np.isnan(values[0]) else round(float(values[0]), DIGITS) for part, values in found.items()}


def ratios(sums: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """Return precision, recall and F1 of each of many sums, NaN where there is none; F1 is 0 where only one is none."""
    hits, found, hits_too, wanted = (sums[key].astype(np.float64) for key in MEASURES[name])
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = hits / found, hits_too / wanted
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return {"precision": precision, "recall": recall, "f1": np.where(found + wanted > 0, f1, np.nan)}
