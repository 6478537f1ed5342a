"""Precision, recall and F1 of a partition, from its contingency with the true one; no pair is enumerated.

B-cubed and whole clusters are null without a true pair: an answer that links nothing would fulfil them.
"""

from __future__ import annotations

import math
from fractions import Fraction

import polars as pl

Measure = dict[str, float | None]


def contingency(items: pl.DataFrame) -> pl.DataFrame:
    """Return n, the items of each entity_id (predicted) and truth, with the sums of both as n_entity and n_truth.

    An item without an entity_id is a cell of its own: it is predicted to be with no other.
    """
    resolved = pl.col("entity_id").is_not_null()
    cells = items.filter(resolved).group_by("entity_id", "truth").agg(pl.len().cast(pl.Int64).alias("n"))
    cells = cells.with_columns(pl.col("n").sum().over("entity_id").alias("n_entity"))
    one = pl.lit(1, pl.Int64)
    lone = items.filter(~resolved).select("entity_id", "truth", n=one, n_entity=one)
    return pl.concat([cells, lone]).with_columns(pl.col("n").sum().over("truth").alias("n_truth"))


def true_pairs(cells: pl.DataFrame) -> int:
    """Return the number of pairs of items of one true entity."""
    return _pairs(cells.group_by("truth").agg(pl.col("n").sum())["n"])


def pairwise(cells: pl.DataFrame) -> Measure:
    """Return the measure over pairs of items: predicted together against truly together."""
    predicted = _pairs(cells.drop_nulls("entity_id").group_by("entity_id").agg(pl.col("n").sum())["n"])
    return _measure(_pairs(cells["n"]), predicted, true_pairs(cells))


def bcubed(cells: pl.DataFrame) -> Measure:
    """Return the mean over items of the share of its entity that is truly with it, and the reverse.

    Null without a true pair. `fsum` rounds once, so that the sums do not depend on order. Source: Bagga and Baldwin
    (1998).
    """
    if not true_pairs(cells):
        return {"precision": None, "recall": None, "f1": None}
    items = int(cells["n"].sum())
    n = pl.col("n").cast(pl.Float64)
    shares = cells.select(precision=n * n / pl.col("n_entity"), recall=n * n / pl.col("n_truth"))
    precision, recall = (math.fsum(shares[name]) / items for name in ("precision", "recall"))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def exact(cells: pl.DataFrame) -> Measure:
    """Return the measure over whole clusters: one counts when it has the very items of a true entity.

    Null without a true pair, when clusters of one item would be exact. An item without an entity is no cluster.
    """
    if not true_pairs(cells):
        return {"precision": None, "recall": None, "f1": None}
    found = cells.drop_nulls("entity_id")
    same = found.filter((pl.col("n") == pl.col("n_entity")) & (pl.col("n") == pl.col("n_truth"))).height
    return _measure(same, found["entity_id"].n_unique(), cells["truth"].n_unique())


def _measure(hits: int, predicted: int, true: int) -> Measure:
    """Return the three ratios; one whose denominator is zero is null."""
    return {
        "precision": hits / predicted if predicted else None,
        "recall": hits / true if true else None,
        "f1": float(Fraction(2 * hits, predicted + true)) if predicted + true else None,
    }


def _pairs(counts: pl.Series) -> int:
    return int((counts * (counts - 1) // 2).sum())
