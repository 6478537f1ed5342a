"""Match weights of one signature with others: every comparison is evaluated once per distinct pair of values.

Levels and adjustments come from the functions that batches use; here they are remembered, and summed up as integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.settings import Subject
from matchers.comparisons import Comparison, build_comparison, grade_places
from matchers.comparisons.registry import missing
from matchers.models import Calibration, pattern_weights, prior_weight
from matchers.models.terms import adjustment, log_frequency, tf_value

Values = tuple[str | None, ...]
Graded = tuple[int, int]
"""The level of a pair of values, and what the frequency of the values adds to its weight."""

REMEMBERED = 200_000
"""Pairs of values that are remembered for each comparison; some 200 bytes each."""


class Weight(NamedTuple):
    """The levels of a pair in the order of the subject's comparisons, and its match_weight."""

    levels: tuple[int, ...]
    match_weight: int


class Weigher(NamedTuple):
    """What weighs pairs of a subject: comparisons, the weights of their levels, the prior; what was seen before.

    `adjusting`: the levels of each comparison to whose weight frequency adds, and what it adds, over `level_<label>`,
    `tf_l` and `tf_r`. `strict`: whether a comparison finds nothing wherever one of its attributes is missing.
    """

    comparisons: tuple[Comparison, ...]
    weights: tuple[dict[int, int], ...]
    adjusting: tuple[tuple[frozenset[int], pl.Expr], ...]
    strict: tuple[bool, ...]
    prior: int
    calibration: Calibration
    seen: tuple[dict[tuple[Values, Values], Graded], ...]
    logs: dict[str, dict[str, int]]


def weigher(subject: Subject, calibration: Calibration, signatures: int) -> Weigher:
    """Return what weighs pairs as `matchers.models.score_candidates` does for a subject without strata."""
    comparisons = tuple(map(build_comparison, subject.comparisons))
    weights = tuple(_level_weights(calibration, one) for one in comparisons)
    adjusting = tuple(_adjusting(calibration, one) for one in comparisons)
    strict = tuple(
        one.levels[0].condition.meta.eq(pl.any_horizontal(missing(name) for name in one.attributes))
        for one in comparisons
    )
    seen: tuple[dict[tuple[Values, Values], Graded], ...] = tuple({} for _ in comparisons)
    prior = prior_weight(calibration.c, signatures)
    return Weigher(comparisons, weights, adjusting, strict, prior, calibration, seen, {})


def _adjusting(calibration: Calibration, comparison: Comparison) -> tuple[frozenset[int], pl.Expr]:
    levels = next(one for one in calibration.comparisons if one.label == comparison.label).levels
    concerned = (one.level for one in levels if one.tf_u is not None and one.tf_weight != 0)
    return frozenset(concerned if comparison.tf_attribute else ()), adjustment(levels, comparison).alias("added")


def _level_weights(calibration: Calibration, comparison: Comparison) -> dict[int, int]:
    """Return the weight of each level alone, by the function that weighs whole patterns."""
    column, known = f"level_{comparison.label}", comparison.numbers()
    own = tuple(one for one in calibration.comparisons if one.label == comparison.label)
    patterns = pl.DataFrame({column: known}, schema={column: pl.Int8})
    return dict(zip(known, pattern_weights(patterns, own).to_list(), strict=True))


def weigh(one: Weigher, row: Mapping[str, str | None], others: Sequence[Mapping[str, str | None]]) -> list[Weight]:
    """Return the weight of a signature's values with those of each of the others, in their order."""
    return weigh_pairs(one, [(row, other) for other in others])


def weigh_pairs(one: Weigher, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[Weight]:
    """Return the weight of each pair of signatures' values, in their order."""
    graded = [
        _graded(one, place, [(_values(left, comparison), _values(right, comparison)) for left, right in pairs])
        for place, comparison in enumerate(one.comparisons)
    ]
    return [_summed(one, found) for found in zip(*graded, strict=True)] if pairs else []


def levels_of(
    one: Weigher, label: str, pairs: Iterable[tuple[Mapping[str, str | None], Mapping[str, str | None]]]
) -> list[int]:
    """Return the level that one comparison finds in each pair of rows."""
    place = next(place for place, comparison in enumerate(one.comparisons) if comparison.label == label)
    comparison = one.comparisons[place]
    asked = [(_values(left, comparison), _values(right, comparison)) for left, right in pairs]
    return [level for level, _ in _graded(one, place, asked)]


def _summed(one: Weigher, found: Sequence[Graded]) -> Weight:
    total = one.prior + sum(weights[level] + added for weights, (level, added) in zip(one.weights, found, strict=True))
    return Weight(tuple(level for level, _ in found), total)


def _values(row: Mapping[str, str | None], comparison: Comparison) -> Values:
    return tuple(row[name] for name in comparison.attributes)


def _order(values: Values) -> tuple[tuple[bool, str], ...]:
    """Return what sorts values as frames do: nothing comes first."""
    return tuple((value is not None, value or "") for value in values)


def _graded(one: Weigher, place: int, pairs: list[tuple[Values, Values]]) -> list[Graded]:
    """Return the grades of pairs of values; those not seen before are evaluated together."""
    seen = one.seen[place]
    asked = [(left, right) if _order(left) <= _order(right) else (right, left) for left, right in pairs]
    if len(seen) > REMEMBERED:
        seen.clear()
    fresh = [pair for pair in dict.fromkeys(asked) if pair not in seen]
    if one.strict[place]:
        seen.update((pair, (-1, 0)) for pair in fresh if None in pair[0] or None in pair[1])
        fresh = [pair for pair in fresh if pair not in seen]
    if fresh:
        seen.update(zip(fresh, _evaluated(one, place, fresh), strict=True))
    return [seen[pair] for pair in asked]


def _evaluated(one: Weigher, place: int, pairs: list[tuple[Values, Values]]) -> list[Graded]:
    comparison = one.comparisons[place]
    distinct = sorted({values for pair in pairs for values in pair}, key=_order)
    at = {values: number for number, values in enumerate(distinct)}
    columns = dict(zip(comparison.attributes, zip(*distinct, strict=True), strict=True))
    table = pl.DataFrame([pl.Series(name, own, dtype=pl.String) for name, own in columns.items()])
    ends = {side: [at[pair[end]] for pair in pairs] for end, side in enumerate("lr")}
    places = pl.DataFrame([pl.Series(side, own, dtype=pl.UInt32) for side, own in ends.items()])
    levels = grade_places(places, table, comparison)
    found: list[int] = levels.to_list()
    concerned, added = one.adjusting[place]
    if concerned.isdisjoint(found):
        return [(level, 0) for level in found]
    logs = _logs(one, table, comparison)
    sides = [pl.Series(f"tf_{side}", [logs[row] for row in own], dtype=pl.Int64) for side, own in ends.items()]
    frame = pl.DataFrame([levels.alias(f"level_{comparison.label}"), *sides])
    return list(zip(found, frame.select(added).to_series().to_list(), strict=True))


def _logs(one: Weigher, table: pl.DataFrame, comparison: Comparison) -> list[int | None]:
    """Return log2 of the frequency of each row's value, in units of match weight."""
    terms = next(known for known in one.calibration.term_frequencies if known.attribute == comparison.tf_attribute)
    known = one.logs.setdefault(comparison.label, {})
    if len(known) > REMEMBERED:
        known.clear()
    values = table.select(tf_value(comparison)).to_series()
    fresh = pl.Series([value for value in values.unique() if value is not None and value not in known], dtype=pl.String)
    if fresh.len():
        known.update(zip(fresh.to_list(), log_frequency(fresh, terms).to_list(), strict=True))
    return [None if value is None else known[value] for value in values.to_list()]
