"""Likeness of values: string metrics and shares of common parts.

Callers hand over distinct pairs in one order (`compare` does), so that a metric runs once per pair of values and
exchanging left and right changes nothing. Lengths and distances are in characters, never bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein, Prefix

Metric = Callable[[pl.Series, pl.Series], pl.Series]
METRICS: dict[str, Metric] = {}

FEW = 1_000
"""Pairs below which a second thread costs more than it saves."""


def measure(left: pl.Series, right: pl.Series, *, metric: str) -> pl.Series:
    """Return the metric of each pair as Float64: likenesses from 0 to 1, distances as counts; null when a side is null.

    >>> measure(pl.Series(["王芳", "smith", None]), pl.Series(["王伟", "smyth", "ann"]), metric="levenshtein").to_list()
    [1.0, 1.0, None]
    """
    return METRICS[metric](left, right)


def metric(name: str) -> Callable[[Metric], Metric]:
    """Return the decorator that adds a metric over two columns to the registry."""

    def add(function: Metric) -> Metric:
        METRICS[name] = function
        return function

    return add


def _each(left: pl.Series, right: pl.Series, scorer: Any, scale: float = 1.0) -> pl.Series:
    if left.len() and not left.null_count() and not right.null_count():
        return pl.Series("measure", _scored(left, right, scorer) / scale)
    known = (left.is_not_null() & right.is_not_null()).to_numpy()
    values = np.full(left.len(), np.nan)
    if known.any():
        values[known] = _scored(left.filter(known), right.filter(known), scorer)
    return pl.Series("measure", values / scale).fill_nan(None)


def _scored(left: pl.Series, right: pl.Series, scorer: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    workers = 1 if left.len() < FEW else 2
    found: np.ndarray[Any, np.dtype[np.float64]] = process.cpdist(
        left.to_list(), right.to_list(), scorer=scorer, workers=workers, dtype=np.float64
    )
    return found


@metric("jaro_winkler")
def jaro_winkler(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the Jaro-Winkler likeness, prefix weight 0.1 (Winkler 1990)."""
    return _each(left, right, JaroWinkler.normalized_similarity)


@metric("levenshtein")
def levenshtein(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the number of inserted, deleted and replaced characters."""
    return _each(left, right, Levenshtein.distance)


@metric("damerau_levenshtein")
def damerau_levenshtein(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the number of edits where two neighbours exchanged count as one (optimal string alignment)."""
    return _each(left, right, OSA.distance)


@metric("prefix")
def prefix(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the length of the common beginning as a share of the longer text."""
    return _each(left, right, Prefix.normalized_similarity)


@metric("token_set")
def token_set(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the likeness of the sets of words; 1 when one holds all words of the other."""
    return _each(left, right, fuzz.token_set_ratio, 100)


@metric("token_sort")
def token_sort(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the likeness after the words were sorted."""
    return _each(left, right, fuzz.token_sort_ratio, 100)


@metric("ratio")
def ratio(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return twice the longest common subsequence as a share of both lengths."""
    return _each(left, right, fuzz.ratio, 100)


@metric("jaccard")
def jaccard(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the share of parts that both lists have among those that either has."""
    return _share(left, right, lambda common, a, b: _ratio(common, a + b - common))


@metric("overlap")
def overlap(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the share of the shorter list's parts that the other has too."""
    return _share(left, right, lambda common, a, b: _ratio(common, pl.min_horizontal(a, b)))


@metric("dice")
def dice(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return twice the common parts of two lists as a share of all their parts (Dice 1945)."""
    return _share(left, right, lambda common, a, b: _ratio(2 * common, a + b))


def words(expr: pl.Expr) -> pl.Expr:
    """Return the distinct words of a text."""
    return expr.str.extract_all(r"\S+").list.unique()


def bigrams(expr: pl.Expr) -> pl.Expr:
    """Return the distinct pairs of neighbouring characters of a text."""
    return pl.concat_list(expr.str.extract_all("(?s).."), expr.str.slice(1).str.extract_all("(?s)..")).list.unique()


def _share(left: pl.Series, right: pl.Series, formula: Callable[[pl.Expr, pl.Expr, pl.Expr], pl.Expr]) -> pl.Series:
    common = pl.col("a").list.set_intersection("b").list.len().cast(pl.Float64)
    a, b = pl.col("a").list.len().cast(pl.Float64), pl.col("b").list.len().cast(pl.Float64)
    return pl.DataFrame({"a": left, "b": right}).select(measure=formula(common, a, b)).to_series()


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole).when(whole.is_not_null()).then(0.0)
