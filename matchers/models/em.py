"""Expectation maximisation on patterns of levels: m of each level and the share of matches, with u held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.comparisons import Comparison

CONVERGENCE = 1e-5
ITERATIONS = 100
LOWEST_M = 1e-9
EXTREME = 1e-12
"""How near to 0 and 1 the share of matches may come."""
LABELS = ("same", "different")
EM_VERSION = "1"
"""Stands in the provenance of a calibration; it rises when the same pairs would teach other weights."""


Floats = npt.NDArray[np.float64]


class Session(NamedTuple):
    """What one run of EM found: m of each level by comparison (None where never observed), prior, iterations."""

    m: dict[str, dict[int, float | None]]
    prior: float
    iterations: int


class _Column(NamedTuple):
    """One comparison over the patterns: which have each level, and which of the levels were observed."""

    label: str
    levels: tuple[int, ...]
    members: npt.NDArray[np.bool_]
    observed: npt.NDArray[np.bool_]


def expectation(
    levels: pl.DataFrame,
    *,
    comparisons: tuple[Comparison, ...],
    u: Mapping[str, Mapping[int, float]],
    prior: float,
    labels: pl.DataFrame | None = None,
) -> Session:
    """Return m and the prior that make the pairs' levels most likely, from m = 0.95 at the highest level on.

    `levels` has `level_<label>` of each comparison, a row per pair; a null level tells nothing. Given the class of a
    pair its comparisons are independent (Fellegi and Sunter 1969; EM as in Winkler 1988). Stops when no probability
    moves by `CONVERGENCE` or more. The updates are Splink's, and so is the result (`splink.expectation`).

    `labels` are pairs of the same population that people judged: `level_<label>` and `judgement`. They tell which
    share of their pattern's pairs match, the model counting as one label more, so that they may be chosen by weight.
    """
    names = [f"level_{one.label}" for one in comparisons]
    patterns = _patterns(levels, labels, names)
    counts = patterns["n"].to_numpy().astype(float)
    columns = [_column(patterns, one) for one in comparisons]
    known = [np.array([u[one.label][number] for number in one.levels]) for one in columns]
    m, iterations, moved = [_start(one) for one in columns], 0, 1.0
    while counts.size and moved >= CONVERGENCE and iterations < ITERATIONS:
        matching = _informed(_posterior(columns, m, known, prior), patterns) * counts
        learnt = [_shares(one, matching) for one in columns]
        share = min(max(float(matching.sum() / counts.sum()), EXTREME), 1 - EXTREME)
        moved = max(abs(share - prior), *(float(np.abs(new - old).max()) for new, old in zip(learnt, m, strict=True)))
        m, prior, iterations = [np.maximum(one, LOWEST_M) for one in learnt], share, iterations + 1
    return Session({one.label: _found(one, values) for one, values in zip(columns, m, strict=True)}, prior, iterations)


def _patterns(levels: pl.DataFrame, labels: pl.DataFrame | None, names: list[str]) -> pl.DataFrame:
    """Return the distinct patterns with their pairs (n) and how many of them people judged same and different."""
    patterns = levels.group_by(names).agg(n=pl.len())
    if labels is None or labels.is_empty():
        return patterns.with_columns(same=pl.lit(0), different=pl.lit(0)).sort(names)
    judged = labels.group_by(names).agg(**{one: (pl.col("judgement") == one).sum() for one in LABELS})
    return patterns.join(judged, on=names, how="left").with_columns(pl.col(LABELS).fill_null(0)).sort(names)


def _column(patterns: pl.DataFrame, comparison: Comparison) -> _Column:
    numbers = tuple(number for number in comparison.numbers() if number >= 0)
    values = patterns[f"level_{comparison.label}"].to_numpy()
    members = values[None, :] == np.array(numbers)[:, None]
    return _Column(comparison.label, numbers, members, members.any(axis=1))


def _start(column: _Column) -> Floats:
    rest = 0.05 / (len(column.levels) - 1)
    return np.array([0.95, *[rest] * (len(column.levels) - 1)])


def _posterior(columns: list[_Column], m: list[Floats], u: list[Floats], prior: float) -> Floats:
    """Return each pattern's probability of a match."""
    odds = np.full(columns[0].members.shape[1], np.log2(prior) - np.log2(1 - prior))
    for one, found, random in zip(columns, m, u, strict=True):
        odds = odds + (np.log2(found) - np.log2(random)) @ one.members
    probability: Floats = 1 / (1 + np.exp2(-np.clip(odds, -1_000, 1_000)))
    return probability


def _informed(matching: Floats, patterns: pl.DataFrame) -> Floats:
    same, different = (patterns[name].to_numpy() for name in LABELS)
    informed: Floats = (matching + same) / (1 + same + different)
    return informed


def _shares(column: _Column, matching: Floats) -> Floats:
    expected = column.members @ matching
    total = expected.sum()
    return expected / total if total > 0 else np.zeros_like(expected)


def _found(column: _Column, m: Floats) -> dict[int, float | None]:
    told = zip(column.levels, m.tolist(), column.observed.tolist(), strict=True)
    return {number: value if seen else None for number, value, seen in told}
