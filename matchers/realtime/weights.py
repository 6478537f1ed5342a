"""Match weights of one signature with others: every comparison is evaluated once per distinct pair of values.

Levels and adjustments come from the functions that batches use; here they are remembered, and summed up as integers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from engine.settings import Subject
from matchers.comparisons import Comparison, build_comparison, grade_places, level_of
from matchers.comparisons.registry import missing, same
from matchers.models import Calibration, pattern_weights, prior_weight
from matchers.models.terms import adjustment, log_of, tf_value

Places = np.ndarray[Any, np.dtype[np.int64]]

Row = Mapping[str, Any]
"""The values of a signature, by attribute."""

Values = tuple[str | None, ...]
Graded = tuple[int, int]
"""The level of a pair of values, and what the frequency of the values adds to its weight."""

Frequent = tuple[int, int | None, int | None]
"""A level, and log2 of the frequency of both values."""

REMEMBERED = 200_000
"""Pairs of values that are remembered for each comparison; some 200 bytes each."""


FEW = 40
"""Distinct values of which every pair is evaluated with the first that is."""


class Weight(NamedTuple):
    """The levels of a pair in the order of the subject's comparisons, and its match_weight."""

    levels: tuple[int, ...]
    match_weight: int


class Weigher(NamedTuple):
    """What weighs pairs of a subject: comparisons, the weights of their levels, the prior; what was seen before.

    `grades`: `level_of` each comparison. `adjusting`: the levels of each to whose weight frequency adds, and what it
    adds, over `level_<label>`, `tf_l` and `tf_r`; `added`: what it added before. `strict`: whether a comparison finds
    nothing wherever one of its attributes is missing. `alike`: the level of each comparison that holds wherever both
    sides have its first attribute and the same, if there is one.
    """

    comparisons: tuple[Comparison, ...]
    weights: tuple[dict[int, int], ...]
    grades: tuple[pl.Expr, ...]
    adjusting: tuple[tuple[frozenset[int], pl.Expr], ...]
    added: tuple[dict[Frequent, int], ...]
    strict: tuple[bool, ...]
    alike: tuple[int | None, ...]
    prior: int
    calibration: Calibration
    seen: tuple[dict[tuple[Values, Values], Graded], ...]
    logs: dict[str, dict[Values, int | None]]


def weigher(subject: Subject, calibration: Calibration, signatures: int) -> Weigher:
    """Return what weighs pairs as `matchers.models.score_candidates` does for a subject without strata."""
    comparisons = tuple(map(build_comparison, subject.comparisons))
    weights = tuple(_level_weights(calibration, one) for one in comparisons)
    adjusting = tuple(_adjusting(calibration, one) for one in comparisons)
    strict = tuple(
        one.levels[0].condition.meta.eq(pl.any_horizontal(missing(name) for name in one.attributes))
        for one in comparisons
    )
    alike = tuple(map(_alike, comparisons, strict))
    seen: tuple[dict[tuple[Values, Values], Graded], ...] = tuple({} for _ in comparisons)
    added: tuple[dict[Frequent, int], ...] = tuple({} for _ in comparisons)
    prior = prior_weight(calibration.c, signatures)
    grades = tuple(map(level_of, comparisons))
    return Weigher(comparisons, weights, grades, adjusting, added, strict, alike, prior, calibration, seen, {})


def forgetful(one: Weigher) -> Weigher:
    """Return what weighs the same pairs, and remembers none of those that were seen before."""
    return one._replace(seen=tuple({} for _ in one.seen), added=tuple({} for _ in one.added), logs={})


def _alike(comparison: Comparison, strict: bool) -> int | None:
    """Return the number of the first level after null, if its condition is that the first attribute is the same."""
    first, (null, exact, *_) = comparison.attributes[0], comparison.levels
    told = strict or null.condition.meta.eq(missing(first))
    return comparison.numbers()[1] if told and exact.condition.meta.eq(same(first)) else None


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


def weigh(one: Weigher, row: Row, others: Sequence[Row], *, beside: Sequence[Row] = ()) -> list[Weight]:
    """Return the weight of a signature's values with those of each of the others, in their order; see `weigh_pairs`."""
    return weigh_pairs(one, [(row, other) for other in others], beside=beside)


def weigh_pairs(one: Weigher, pairs: Sequence[tuple[Row, Row]], *, beside: Sequence[Row] = ()) -> list[Weight]:
    """Return the weight of each pair of signatures' values, in their order.

    With them all pairs of `beside` are graded, as far as these are `FEW`: those of which the weight will be asked next.
    Cost: Python for each pair and comparison.
    """
    if not pairs:
        return []
    rows, ends = _ends(pairs)
    graded = [
        _graded(one, place, rows, ends, beside={_values(row, comparison) for row in beside})
        for place, comparison in enumerate(one.comparisons)
    ]
    return [_summed(one, found) for found in zip(*graded, strict=True)]


def grades_of(one: Weigher, left: Row, right: Row) -> list[Graded]:
    """Return the level of each comparison of two signatures' values, and what frequency adds to its weight."""
    return [_graded(one, place, (left, right), [(0, 1)])[0] for place in range(len(one.comparisons))]


def weigh_places(
    one: Weigher, signatures: pl.DataFrame, left: Places, right: Places
) -> tuple[np.ndarray[Any, np.dtype[np.int8]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the levels, a column for each comparison, and the match_weight of pairs of rows of `signatures`.

    Cost: few steps over the pairs as arrays for each comparison, and Python for its distinct pairs of values alone.
    """
    levels = np.empty((len(left), len(one.comparisons)), np.int8)
    total = np.full(len(left), one.prior, np.int64)
    for place, (comparison, weights) in enumerate(zip(one.comparisons, one.weights, strict=True)):
        borne = list(zip(*(signatures[name].to_list() for name in comparison.attributes), strict=True))
        values, coded = _coded(borne)
        codes = np.array(coded, np.int64)
        ends = codes[left], codes[right]
        pairs, places = np.unique(np.minimum(*ends) * len(values) + np.maximum(*ends), return_inverse=True)
        asked = [(values[pair // len(values)], values[pair % len(values)]) for pair in pairs.tolist()]
        graded = _seen(one, place, asked, beside=values)
        levels[:, place] = np.array([level for level, _ in graded], np.int8)[places]
        total += np.array([weights[level] + added for level, added in graded], np.int64)[places]
    return levels, total


def levels_of(one: Weigher, label: str, pairs: Sequence[tuple[Row, Row]]) -> list[int]:
    """Return the level that one comparison finds in each pair of rows."""
    place = next(place for place, comparison in enumerate(one.comparisons) if comparison.label == label)
    return [level for level, _ in _graded(one, place, *_ends(pairs))]


def _ends(pairs: Sequence[tuple[Row, Row]]) -> tuple[list[Row], list[tuple[int, int]]]:
    """Return the rows of pairs, each once, and the places of both sides of each pair among them."""
    rows = {id(row): row for pair in pairs for row in pair}
    number = {key: place for place, key in enumerate(rows)}
    return [*rows.values()], [(number[id(left)], number[id(right)]) for left, right in pairs]


def _summed(one: Weigher, found: Sequence[Graded]) -> Weight:
    total = one.prior + sum(weights[level] + added for weights, (level, added) in zip(one.weights, found, strict=True))
    return Weight(tuple(level for level, _ in found), total)


def _values(row: Mapping[str, str | None], comparison: Comparison) -> Values:
    return tuple(row[name] for name in comparison.attributes)


def _order(values: Values) -> tuple[tuple[bool, str], ...]:
    """Return what sorts values as frames do: nothing comes first."""
    return tuple((value is not None, value or "") for value in values)


def _coded(borne: Sequence[Values]) -> tuple[list[Values], list[int]]:
    """Return the distinct values in their order, and the place among them of each that is borne."""
    values = sorted(set(borne), key=_order)
    number = {own: code for code, own in enumerate(values)}
    return values, [number[own] for own in borne]


def _graded(
    one: Weigher,
    place: int,
    rows: Sequence[Row],
    ends: Sequence[tuple[int, int]],
    *,
    beside: Collection[Values] = (),
) -> list[Graded]:
    """Return the grades of pairs of places of rows, in whichever order the two stand."""
    borne = [_values(row, one.comparisons[place]) for row in rows]
    values, codes = _coded(borne)
    sides = ((codes[left], codes[right]) for left, right in ends)
    pairs = [(left, right) if left <= right else (right, left) for left, right in sides]
    distinct = [*dict.fromkeys(pairs)]
    asked = [(values[left], values[right]) for left, right in distinct]
    graded = _seen(one, place, asked, beside=sorted(beside, key=_order))
    known = dict(zip(distinct, graded, strict=True))
    return [known[pair] for pair in pairs]


def _seen(
    one: Weigher, place: int, asked: list[tuple[Values, Values]], *, beside: Sequence[Values] = ()
) -> list[Graded]:
    """Return the grades of distinct pairs of values, the smaller left; those not seen before are evaluated together.

    With them are all pairs of the sorted values `beside`, if these are `FEW`: they will be asked for next.
    """
    seen = one.seen[place]
    if len(seen) > REMEMBERED:
        seen.clear()
    fresh = [pair for pair in asked if pair not in seen]
    if one.strict[place]:
        seen.update((pair, (-1, 0)) for pair in fresh if None in pair[0] or None in pair[1])
        fresh = [pair for pair in fresh if pair not in seen]
    if fresh:
        few = [values for values in beside if None not in values] if len(beside) <= FEW else []
        near = combinations_with_replacement(few, 2)
        fresh = [*dict.fromkeys([*fresh, *(pair for pair in near if pair not in seen)])]
        seen.update(zip(fresh, _evaluated(one, place, fresh), strict=True))
    return [seen[pair] for pair in asked]


def _evaluated(one: Weigher, place: int, pairs: list[tuple[Values, Values]]) -> list[Graded]:
    """Return the grades of pairs of values; of strict comparisons, none of the values is missing."""
    alike = one.alike[place]
    known = [None if left[0] is None or left[0] != right[0] else alike for left, right in pairs]
    asked = [pair for pair, level in zip(pairs, known, strict=True) if level is None]
    found = iter(_levels(one.comparisons[place], one.grades[place], asked) if asked else [])
    return _adjusted(one, place, pairs, [next(found) if level is None else level for level in known])


def _levels(comparison: Comparison, level: pl.Expr, pairs: list[tuple[Values, Values]]) -> list[int]:
    """Return the level of each pair of values."""
    distinct = sorted({values for pair in pairs for values in pair}, key=_order)
    at = {values: number for number, values in enumerate(distinct)}
    ends = {side: [at[pair[end]] for pair in pairs] for end, side in enumerate("lr")}
    places = pl.DataFrame([pl.Series(side, own, dtype=pl.UInt32) for side, own in ends.items()])
    found: list[int] = grade_places(places, _table(comparison, distinct), comparison, level=level).to_list()
    return found


def _table(comparison: Comparison, values: Sequence[Values]) -> pl.DataFrame:
    columns = zip(comparison.attributes, zip(*values, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, own, dtype=pl.String) for name, own in columns])


def _adjusted(one: Weigher, place: int, pairs: list[tuple[Values, Values]], levels: list[int]) -> list[Graded]:
    """Return the levels with what the frequency of the values adds to their weights."""
    concerned, added = one.adjusting[place]
    if concerned.isdisjoint(levels):
        return [(level, 0) for level in levels]
    comparison, known = one.comparisons[place], one.added[place]
    graded = list(zip(pairs, levels, strict=True))
    logs = _logs(one, comparison, {values for pair, level in graded if level in concerned for values in pair})
    if len(known) > REMEMBERED:
        known.clear()
    asked = [(level, logs[left], logs[right]) if level in concerned else None for (left, right), level in graded]
    if fresh := [row for row in dict.fromkeys(asked) if row is not None and row not in known]:
        schema = {f"level_{comparison.label}": pl.Int8, "tf_l": pl.Int64, "tf_r": pl.Int64}
        frame = pl.DataFrame(fresh, schema=schema, orient="row")
        known.update(zip(fresh, frame.select(added).to_series().to_list(), strict=True))
    return [(level, 0 if row is None else known[row]) for level, row in zip(levels, asked, strict=True)]


def _logs(one: Weigher, comparison: Comparison, asked: Iterable[Values]) -> Mapping[Values, int | None]:
    """Return log2 of the frequency of values, those that are asked for among them, in units of match weight."""
    known = one.logs.setdefault(comparison.label, {})
    if len(known) > REMEMBERED:
        known.clear()
    if fresh := sorted({values for values in asked if values not in known}, key=_order):
        terms = next(item for item in one.calibration.term_frequencies if item.attribute == comparison.tf_attribute)
        texts = [None if text is None else log_of(text, terms) for text in _texts(comparison, fresh)]
        known.update(zip(fresh, texts, strict=True))
    return known


def _texts(comparison: Comparison, values: Sequence[Values]) -> list[str | None]:
    """Return the text of each value whose frequency counts."""
    if comparison.term is None and len(comparison.attributes) == 1:
        return [text for (text,) in values]
    return _table(comparison, values).select(tf_value(comparison)).to_series().to_list()
