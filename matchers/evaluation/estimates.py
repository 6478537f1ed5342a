"""Figures and their intervals from the sums of true entities: all of them, a sample, or those of a group."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl

from matchers.evaluation.bootstrap import Interval, bearing, distinct, interval, parts_of, replicated, weighted
from matchers.evaluation.tallies import MEASURES, SUMS, Measure, measure, tallies

Drawn = Literal["entities", "records"]
"""How a sample of entities was drawn: each with the same chance, or the entities of records with the same chance."""

FIGURES = {
    "pairwise": ("pairwise", "decided"),
    "pairwise_signatures": ("pairwise", "signatures"),
    "bcubed": ("bcubed", "records"),
    "cluster": ("cluster", "records"),
    "exact_entities": ("cluster", "decided"),
}
"""The measure of each figure, and the items that it is of."""


class Estimates(NamedTuple):
    """Figures and intervals, both by name; `unknown` is the share of predicted pairs with a record without a label."""

    figures: dict[str, Any]
    intervals: dict[str, Any]
    unknown: dict[str, float]


def tallied(records: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return the tallies of each true entity (and `by`), as `basis.sum`, over records, decidable ones and signatures.

    `records` holds signature_id, entity_id, truth (null: not labelled), decidable and `by`. A signature counts once
    for each true entity, with the first of its records' values of `by`.
    """
    first = [pl.col(name).min() for name in by]
    signatures = records.group_by("signature_id", "entity_id", "truth").agg(first)
    bases = {"signatures": signatures, "records": records, "decided": decided(records)}
    keys = ["truth", *by]
    wide = records.select(keys).drop_nulls("truth").unique()
    for name, items in bases.items():
        sums = tallies(items, *keys).select(*keys, pl.col(SUMS).name.prefix(f"{name}."))
        wide = wide.join(sums, on=keys, how="left", nulls_equal=True)
    return wide.with_columns(pl.exclude(keys).fill_null(0))


def decided(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records without those that the truth calls undecidable."""
    return records.filter(pl.col("decidable").fill_null(value=True))


def estimate(tallies_of: pl.DataFrame, *, units: pl.DataFrame | None, drawn: Drawn | None = None) -> Estimates:
    """Return what the tallies of true entities say of all; `units` (truth, unit) are drawn together for the intervals.

    A sample that was drawn by records holds large entities too often: each weighs the reciprocal of its records.
    """
    sums = distinct(tallies_of, units)
    size = "records.items" if drawn == "records" else None
    whole = weighted(sums, sums["drawn"].to_numpy().astype(np.float64), size=size)
    again = replicated(sums, size=size)
    figures: dict[str, Any] = {}
    intervals: dict[str, Any] = {}
    for name, (kind, basis) in FIGURES.items():
        parts = parts_of(kind, basis)
        seen = bearing(sums, [parts[MEASURES[kind][1]], parts[MEASURES[kind][3]]])
        figures[name] = measure({key: whole[column] for key, column in parts.items()}, kind)
        intervals[name] = interval({key: again[column] for key, column in parts.items()}, kind, units=seen)
        intervals[name] = {part: _known(figures[name], part, one) for part, one in intervals[name].items()}
    for told in (figures, intervals):
        told["exact_entities"] = told["exact_entities"]["recall"]
    unknown = {name: _unknown(whole, FIGURES[name][1]) for name in ("pairwise", "pairwise_signatures")}
    return Estimates(figures, intervals, unknown)


def _known(figure: Measure, part: str, one: Interval | None) -> Interval | None:
    return None if figure[part] is None else one


def _unknown(sums: dict[str, float], basis: str) -> float:
    predicted = sums[f"{basis}.predicted"]
    return sums[f"{basis}.unknown"] / predicted if predicted else 0.0
