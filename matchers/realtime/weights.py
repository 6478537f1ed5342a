"""Match weights of one signature with others: every comparison is evaluated once per distinct pair of values.

Levels and adjustments come from the functions that batches use; here they are remembered, and summed up as integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from matchers.comparisons import Comparison, build_comparison, grade_places
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
    """What weighs pairs of a subject: comparisons, the weights of their levels, the prior; what was seen before."""

    comparisons: tuple[Comparison, ...]
    weights: tuple[dict[int, int], ...]
    prior: int
    calibration: Calibration
    seen: tuple[dict[tuple[Values, Values], Graded], ...]
    logs: dict[str, dict[str, int]]


def weigher(subject: Subject, calibration: Calibration, signatures: int) -> Weigher:
    """Return what weighs pairs as `matchers.models.score_candidates` does for a subject without strata."""
    comparisons = tuple(map(build_comparison, subject.comparisons))
    weights = tuple(_level_weights(calibration, one) for one in comparisons)
    prior = prior_weight(calibration.c, signatures)
    seen: tuple[dict[tuple[Values, Values], Graded], ...] = tuple({} for _ in comparisons)
    return Weigher(comparisons, weights, prior, calibration, seen, {})


def _level_weights(calibration: Calibration, comparison: Comparison) -> dict[int, int]:
    """Return the weight of each level alone, by the function that weighs whole patterns."""
    column, known = f"level_{comparison.label}", comparison.numbers()
    own = tuple(one for one in calibration.comparisons if one.label == comparison.label)
    patterns = pl.DataFrame({column: known}, schema={column: pl.Int8})
    return dict(zip(known, pattern_weights(patterns, own).to_list(), strict=True))


def weigh(one: Weigher, row: Mapping[str, str | None], others: Sequence[Mapping[str, str | None]]) -> list[Weight]:
    """Return the weight of a signature's values with those of each of the others, in their order."""
    graded = [
        _graded(one, place, [(_values(row, comparison), _values(other, comparison)) for other in others])
        for place, comparison in enumerate(one.comparisons)
    ]
    return [_summed(one, found) for found in zip(*graded, strict=True)] if others else []


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
    fresh = [pair for pair in dict.fromkeys(asked) if pair not in seen]
    if fresh:
        if len(seen) > REMEMBERED:
            seen.clear()
            fresh = list(dict.fromkeys(asked))
        seen.update(zip(fresh, _evaluated(one, one.comparisons[place], fresh), strict=True))
    return [seen[pair] for pair in asked]


def _evaluated(one: Weigher, comparison: Comparison, pairs: list[tuple[Values, Values]]) -> list[Graded]:
    distinct = sorted({values for pair in pairs for values in pair}, key=_order)
    place = {values: number for number, values in enumerate(distinct)}
    schema = dict.fromkeys(comparison.attributes, pl.String)
    table = pl.DataFrame(distinct, schema=schema, orient="row")
    ends = {side: [place[pair[end]] for pair in pairs] for end, side in enumerate("lr")}
    levels = grade_places(pl.DataFrame(ends, schema=dict.fromkeys("lr", pl.UInt32)), table, comparison)
    if not comparison.tf_attribute:
        return [(level, 0) for level in levels.to_list()]
    logs = _logs(one, table, comparison)
    frame = pl.DataFrame(
        {f"level_{comparison.label}": levels, "tf_l": [logs[at] for at in ends["l"]], "tf_r": [logs[at] for at in ends["r"]]},
        schema_overrides={"tf_l": pl.Int64, "tf_r": pl.Int64},
    )
    own = next(known for known in one.calibration.comparisons if known.label == comparison.label)
    added = frame.select(adjustment(own.levels, comparison).alias("added")).to_series()
    return list(zip(levels.to_list(), added.to_list(), strict=True))


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
