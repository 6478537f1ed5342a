"""Levels of pairs: each comparison is evaluated once per distinct pair of values."""

from __future__ import annotations

import polars as pl
from polars import selectors

from engine.settings.subject import Comparison as ComparisonSettings
from engine.tables import PAIR_KEY
from matchers.comparisons.build import build_comparison
from matchers.comparisons.kernel import measure
from matchers.comparisons.registry import Comparison

SLICE = 1 << 19
"""Pairs that are graded at a time."""

PROBE, REPEATED = 10_000, 0.7
"""Pairs looked at to tell whether pairs repeat, and the share of distinct ones among them below which they do."""


def compare(pairs: pl.DataFrame, *, comparisons: tuple[ComparisonSettings, ...]) -> pl.DataFrame:
    """Return the pairs' keys and `level_<label>` of each comparison, Int8: -1 null, 0 else, rising to the exact level.

    `pairs` has `signature_l`, `signature_r` and the attributes as `<attribute>_l` and `<attribute>_r`; the order of its
    rows is kept. Cost: linear in the pairs; string metrics run over the distinct pairs of values alone.

    >>> pairs = pl.DataFrame({"signature_l": [1], "signature_r": [2], "name_l": ["ann"], "name_r": ["anna"]})
    >>> compare(pairs, comparisons=(ComparisonSettings(attribute=("name",), kind="text"),))["level_name"].to_list()
    [2]
    """
    return pairs.select(*PAIR_KEY).with_columns(grade(pairs, one) for one in map(build_comparison, comparisons))


def compare_candidates(
    candidates: pl.DataFrame, signatures: pl.DataFrame, *, comparisons: tuple[ComparisonSettings, ...]
) -> pl.DataFrame:
    """Return what `compare` returns for the candidates' pairs, without joining the values to the pairs first.

    `signatures` has `signature_id` and the attributes; every signature of `candidates` must be among them. Each
    distinct value is coded once per signature, and pairs of codes are compared: less memory and time than `compare`.
    """
    place = signatures.select("signature_id").with_row_index("place")
    left, right = (
        candidates.select(signature_id=side).join(place, on="signature_id", how="left", maintain_order="left")["place"]
        for side in PAIR_KEY
    )
    levels = []
    for comparison in map(build_comparison, comparisons):
        codes, values = _coded(signatures.select(comparison.attributes))
        levels.append(_levels(codes.gather(left), codes.gather(right), values, comparison))
    return candidates.select(*PAIR_KEY).with_columns(levels)


def grade(pairs: pl.DataFrame, comparison: Comparison) -> pl.Series:
    """Return the level of each row of `pairs`, which holds the comparison's attributes as `_l` and `_r`."""
    sides = [
        pairs.select(pl.col(f"{name}{side}").alias(name) for name in comparison.attributes) for side in ("_l", "_r")
    ]
    codes, values = _coded(pl.concat(sides))
    return _levels(codes.head(pairs.height), codes.tail(pairs.height), values, comparison)


def grade_places(pairs: pl.DataFrame, values: pl.DataFrame, comparison: Comparison, *, level: pl.Expr) -> pl.Series:
    """Return the level of each pair of rows of `values`: the places `l` and `r`, of which the smaller stands left.

    `values` holds the comparison's attributes, distinct and sorted by them, so that a pair of values has one order;
    `level` is the comparison's `level_of`. For few pairs: of what conditions share, `shared` alone is worked out once.
    """
    return _measured(pairs, _formed(values, comparison), comparison).select(level).to_series()


def level_of(comparison: Comparison) -> pl.Expr:
    """Return `level_<label>` of pairs whose forms and measures are at hand: the number of the first level that holds.

    >>> comparison = build_comparison(ComparisonSettings(attribute=("sex",), kind="exact"))
    >>> pairs = pl.DataFrame({"sex_l": ["F", "F", None], "sex_r": ["F", "M", "F"]})
    >>> pairs.select(level_of(comparison))["level_sex"].to_list()
    [1, 0, -1]
    """
    level = pl.coalesce(
        pl.when(level.condition).then(pl.lit(number, pl.Int8))
        for level, number in zip(comparison.levels, comparison.numbers(), strict=True)
    )
    return level.alias(f"level_{comparison.label}")


def _formed(values: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    formed = values.with_columns(form.value.alias(form.column) for form in comparison.forms)
    return formed.unnest(selectors.struct()) if any(isinstance(one, pl.Struct) for one in formed.dtypes) else formed


def _coded(values: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """Return the code of each row, and the distinct rows in the order of their codes."""
    names = values.columns
    distinct = values.unique().sort(names)
    numbered = distinct.with_row_index(" code")
    return values.join(numbered, on=names, how="left", nulls_equal=True, maintain_order="left")[" code"], distinct


def _levels(left: pl.Series, right: pl.Series, values: pl.DataFrame, comparison: Comparison) -> pl.Series:
    """Return the level of each pair of codes; the smaller code stands left, whatever the order of the pair."""
    formed = _formed(values, comparison)
    pairs = pl.DataFrame({"l": left, "r": right})
    pairs = pairs.select(l=pl.min_horizontal("l", "r"), r=pl.max_horizontal("l", "r"))
    if not _repeated(pairs):
        return _at(pairs, formed, comparison)
    keys = pairs.select(key=pl.col("l").cast(pl.Int64) * values.height + pl.col("r"), l="l", r="r")
    distinct = keys.unique("key")
    graded = distinct.select("key", _at(distinct, formed, comparison))
    return keys.select("key").join(graded, on="key", how="left", maintain_order="left").to_series(1)


def _repeated(pairs: pl.DataFrame) -> bool:
    """Return whether pairs repeat so often that finding the distinct ones costs less than grading all."""
    if pairs.height < PROBE:
        return True
    probe = pairs.gather_every(max(pairs.height // PROBE, 1))
    return probe.n_unique() < REPEATED * probe.height


def _at(pairs: pl.DataFrame, formed: pl.DataFrame, comparison: Comparison) -> pl.Series:
    """Return the level of each pair of places, a slice of the pairs at a time, so that what is read stays near.

    A lazy frame works out once what several conditions share.
    """
    level = level_of(comparison)
    parts = pairs.iter_slices(SLICE) if pairs.height else [pairs]
    graded = [_measured(part, formed, comparison).lazy().select(level).collect().to_series() for part in parts]
    return pl.concat(graded, rechunk=True)


def _measured(pairs: pl.DataFrame, formed: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """Return the forms of both sides of each pair of places, its measures, and what levels share."""
    table = _side(formed, pairs["l"], "_l").hstack(_side(formed, pairs["r"], "_r").get_columns())
    measures = (
        measure(table[f"{one.operand}_l"], table[f"{one.operand}_r"], metric=one.metric).alias(one.column)
        for one in comparison.measures
    )
    return table.with_columns(*measures, *(one.value.alias(one.column) for one in comparison.shared))


def _side(formed: pl.DataFrame, places: pl.Series, side: str) -> pl.DataFrame:
    taken = formed[places]
    taken.columns = [f"{name}{side}" for name in taken.columns]
    return taken
