"""Intervals of figures by drawing true entities again: what another sample of the same population would show.

Every unit gets a Poisson weight in each of `REPLICATES`, the same for all figures. The unit of a sample of entities is
the entity. Of a full truth it is the smallest set of true and predicted entities that share no record with another: a
wrong pair belongs to two true entities, and with those drawn one by one it would pass for two errors. Source: Efron and
Tibshirani, "An introduction to the bootstrap" (1993); Poisson weights: Hanley and MacGibbon (2006).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from engine.hashing import hash64, joined
from matchers.clustering import components
from matchers.evaluation.tallies import DIGITS, MEASURES, ratios

REPLICATES = 200
DRAWN_AT_ONCE = 4_000_000
"""Weights that are in memory at once; results do not depend on it."""

TAILS = (0.025, 0.975)
NONE_SEEN = 3.0
"""Where none of m units shows an error, at most 3 / m of all bear one, with a probability of 0.95 (rule of three)."""

Interval = tuple[float, float]
Sums = Mapping[str, np.ndarray]


def units_of(items: pl.DataFrame) -> pl.DataFrame:
    """Return truth and unit: true entities that share a predicted entity, directly or through others, are one unit.

    >>> items = pl.DataFrame({"truth": ["a", "b", "b", "c"], "entity_id": ["x", "x", "y", "z"]})
    >>> units_of(items).sort("truth").rows()
    [('a', 0), ('b', 0), ('c', 2)]
    """
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    truths = items.select("truth").drop_nulls().unique().sort("truth").with_columns(signature_l=number)
    shared = items.select("truth", "entity_id").drop_nulls().unique()
    entities = shared.select("entity_id").unique().sort("entity_id").with_columns(signature_r=number + truths.height)
    links = shared.join(truths, on="truth").join(entities, on="entity_id").select("signature_l", "signature_r")
    return truths.join(components(links), left_on="signature_l", right_on="signature_id", how="left").select(
        "truth", unit=pl.coalesce("component", "signature_l")
    )


def distinct(tallied: pl.DataFrame, units: pl.DataFrame | None) -> pl.DataFrame:
    """Return the tallies of units, equal ones once, with their number as `drawn`; without units each truth is one."""
    columns = [name for name in tallied.columns if name != "truth"]
    sums = tallied if units is None else tallied.join(units, on="truth").group_by("unit").agg(pl.col(columns).sum())
    return sums.group_by(columns).agg(pl.len().cast(pl.Int64).alias("drawn")).sort(columns)


def weighted(tallied: pl.DataFrame, weights: np.ndarray, *, size: str | None) -> dict[str, float]:
    """Return the sums of distinct tallies; `size` names the tally that each unit is divided by."""
    share = weights / tallied[size].to_numpy() if size else weights
    return {name: float(tallied[name].to_numpy().astype(np.float64) @ share) for name in tallied.columns}


def replicated(tallied: pl.DataFrame, *, size: str | None = None) -> dict[str, np.ndarray]:
    """Return the sums of distinct tallies in each replicate: k equal units weigh Poisson(k) together.

    The number is drawn by a hash of the tally and the replicate. Cost: linear in distinct tallies, of which a good
    answer has few.
    """
    keys = tallied.select(key=hash64(joined(name for name in tallied.columns if name != "drawn")))
    share = 1 / tallied[size].to_numpy() if size else np.ones(tallied.height)
    values = tallied.to_numpy().astype(np.float64) * share[:, None]
    at_once = max(1, min(REPLICATES, DRAWN_AT_ONCE // max(1, tallied.height)))
    sums = []
    for first in range(0, REPLICATES, at_once):
        numbers = pl.DataFrame({"number": range(first, min(first + at_once, REPLICATES))})
        hashed = numbers.join(keys, how="cross", maintain_order="left_right").select(hash64(joined(["key", "number"])))
        uniform = ((hashed.to_series().to_numpy().view(np.uint64) >> np.uint64(11)).astype(np.float64) + 0.5) / (
            1 << 53
        )
        sums.append(poisson(uniform.reshape(numbers.height, -1), tallied["drawn"].to_numpy()) @ values)
    stacked = np.concatenate(sums)
    return {name: stacked[:, place] for place, name in enumerate(tallied.columns)}


def poisson(uniform: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the Poisson numbers, as floats, whose distribution function reaches `uniform`: a mean for each column.

    >>> poisson(np.array([[0.3, 0.5], [0.7, 0.99]]), np.array([1, 4])).tolist()
    [[0.0, 4.0], [1.0, 9.0]]
    """
    from scipy.special import pdtr

    found = np.empty_like(uniform)
    for mean in np.unique(means):
        reach = 12 * np.sqrt(mean) + 24
        counts = np.arange(max(0, int(mean - reach)), int(mean + reach))
        columns = means == mean
        found[:, columns] = counts[np.searchsorted(pdtr(counts, mean), uniform[:, columns]).clip(max=len(counts) - 1)]
    return found


def interval(sums: Sums, name: str, *, units: int) -> dict[str, Interval | None]:
    """Return the interval of each part of a measure; null where nothing was drawn that it is a share of.

    `units` is how many bear what it is a share of: where none of them errs in any replicate, their number bounds it.
    """
    return {part: _interval(values, units) for part, values in ratios(sums, name).items()}


def bearing(tallied: pl.DataFrame, names: Iterable[str]) -> int:
    """Return how many units bear any of these tallies."""
    return int(tallied.filter(pl.any_horizontal(pl.col(name) > 0 for name in names))["drawn"].sum())


def parts_of(name: str, basis: str) -> dict[str, str]:
    """Return which column of a basis each sum of a measure is."""
    return {key: f"{basis}.{key}" for key in (*MEASURES[name], "true")}


def _interval(values: np.ndarray, units: int) -> Interval | None:
    known = values[~np.isnan(values)]
    if not known.size or not units:
        return None
    low, high = (round(float(one), DIGITS) for one in np.quantile(known, TAILS))
    room = min(1.0, round(NONE_SEEN / units, DIGITS))
    if low >= 1.0:
        return round(1.0 - room, DIGITS), 1.0
    return (0.0, room) if high <= 0.0 else (low, high)
