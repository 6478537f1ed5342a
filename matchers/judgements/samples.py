"""Samples of compared pairs: drawn by hash, as many of every band of weight, and what their labels estimate."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from engine.hashing import hash64, joined
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.evaluation.bootstrap import NONE_SEEN, TAILS, replicated

BAND = 4 * WEIGHT_SCALE
"""The width of a band of match weights."""

ENDS = 6
"""Bands on either side of even odds; the outermost hold all that lies beyond."""

SHARE = 1_000_000
"""Units of the pairs that a labelled pair stands for: millionths, so that sums are those of integers."""

_SUMS = ("right", "linked", "true")


def draw(pairs: pl.DataFrame, *, number: int, seed: int) -> pl.DataFrame:
    """Return about `number` of PAIRS, as many of each band, in the order of a hash, which tells nothing of the weight.

    Columns: PAIR_KEY, `stratum` (the band, by a number that its hash gives), `stratum_pairs` and `stratum_drawn`. A
    band with fewer pairs than its part is drawn whole. The same pairs, number and seed give the same sample.
    """
    band = (pl.col("match_weight") // BAND).clip(-ENDS, ENDS - 1)
    mixed = hash64(joined([*PAIR_KEY, pl.lit(seed)])).reinterpret(signed=False)
    placed = pairs.select(*PAIR_KEY, band=band, mixed=mixed).sort("mixed", *PAIR_KEY)
    quota = -(-number // max(1, placed["band"].n_unique()))
    order = hash64(joined(["band", pl.lit(seed)])).rank("dense").cast(pl.Int64)
    told = placed.with_columns(
        stratum=order,
        stratum_pairs=pl.len().over("band").cast(pl.Int64),
        _place=pl.int_range(pl.len()).over("band"),
    )
    drawn = told.filter(pl.col("_place") < quota)
    counted = drawn.with_columns(stratum_drawn=pl.len().over("band").cast(pl.Int64))
    return counted.select(*PAIR_KEY, "stratum", "stratum_pairs", "stratum_drawn")


def estimated(labelled: pl.DataFrame) -> dict[str, Any]:
    """Return precision, recall and f1 of the links among the compared pairs, each with its interval of 95 %.

    `labelled` holds one row for each pair with a clear label: `stratum`, `stratum_pairs`, `same` (what people say) and
    `linked` (what the run says). A pair stands for the pairs of its band over the labelled ones of it (Horvitz and
    Thompson 1952). None where nothing is linked, or nothing the same.
    """
    share = pl.col("stratum_pairs") * SHARE // pl.len().over("stratum").cast(pl.Int64)
    told = labelled.with_columns(_share=share).select(
        right=pl.col("_share") * (pl.col("same") & pl.col("linked")).cast(pl.Int64),
        linked=pl.col("_share") * pl.col("linked").cast(pl.Int64),
        true=pl.col("_share") * pl.col("same").cast(pl.Int64),
    )
    tallied = told.group_by(_SUMS).agg(pl.len().cast(pl.Int64).alias("drawn")).sort(_SUMS)
    whole = {name: np.array([float((tallied[name] * tallied["drawn"]).sum())]) for name in _SUMS}
    again = replicated(tallied) if tallied.height else {name: np.zeros(1) for name in _SUMS}
    of = {"precision": "linked", "recall": "true", "f1": "linked"}
    units = {name: told.filter(pl.col(base) > 0).height for name, base in of.items()}
    figures = {name: _known(values) for name, values in _ratios(whole).items()}
    spans = {name: _span(values, units[name]) for name, values in _ratios(again).items()}
    return {**figures, "intervals": spans}


def _ratios(sums: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    right, linked, true = (sums[name] for name in _SUMS)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"precision": right / linked, "recall": right / true, "f1": 2 * right / (linked + true)}


def _known(values: np.ndarray) -> float | None:
    return None if np.isnan(values[0]) else round(float(values[0]), 6)


def _span(values: np.ndarray, units: int) -> tuple[float, float] | None:
    """Return the interval; where no pair errs in any replicate, their number bounds it (rule of three)."""
    known = values[~np.isnan(values)]
    if not known.size or not units:
        return None
    low, high = (round(float(one), 6) for one in np.quantile(known, TAILS))
    return (round(max(0.0, 1.0 - NONE_SEEN / units), 6), 1.0) if low >= 1.0 else (low, high)
