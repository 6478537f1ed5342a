"""Term frequencies: agreement on a rare value weighs more than on a common one."""

from __future__ import annotations

import math

import polars as pl

from engine.tables import WEIGHT_SCALE
from matchers.comparisons import Comparison
from matchers.models.calibration import LevelWeight, TermFrequency

LISTED = 200_000
"""Values that a calibration lists; rarer ones count as unseen."""


def tf_value(comparison: Comparison) -> pl.Expr:
    """Return the value whose frequency counts: the kind's own, the attribute's, or several joined by a space."""
    if comparison.term is not None:
        return comparison.term
    return pl.concat_str(comparison.attributes, separator=" ")


def term_frequency(
    signatures: pl.DataFrame, *, comparison: Comparison, own: float = 0.0, least: float = 1.0
) -> TermFrequency:
    """Return how many signatures bear each value; beyond `LISTED` values, the rest count as their mean.

    Values that count as much as one that no signature bears are not listed.

    `own` is taken off each count: the signature itself and those of the same entity say nothing of how often a value is
    shared by chance. No value counts as borne by fewer than `least`, nor does one that no signature bears. A value of
    more signatures than the comparison's crowd counts as borne by all.
    """
    counted = signatures.select(value=tf_value(comparison)).drop_nulls().group_by("value").len("count")
    counted = counted.with_columns(pl.col("count").cast(pl.Int64)).sort("count", "value", descending=[True, False])
    listed, rest = counted.head(LISTED), counted.slice(LISTED)
    mean = int(rest["count"].sum()) / rest.height - own if rest.height else least
    unseen = _rounded(max(mean, least))
    total, crowd = int(counted["count"].sum()), comparison.crowd
    shared = {value: total if crowd and count > crowd else count - own for value, count in listed.iter_rows()}
    counts = {value: _rounded(max(count, least)) for value, count in shared.items()}
    return TermFrequency(
        attribute=comparison.tf_attribute or "",
        total=total,
        unseen=unseen,
        counts={value: count for value, count in counts.items() if count != unseen},
    )


def log_frequency(values: pl.Series, terms: TermFrequency) -> pl.Series:
    """Return log2 of each value's frequency in units of match weight; null for null."""
    asked = [one for one in values.unique().to_list() if one in terms.counts]
    table = pl.DataFrame(
        {"value": asked, "log": [log_of(one, terms) for one in asked]},
        schema={"value": pl.String, "log": pl.Int64},
    )
    found = values.alias("value").to_frame().join(table, on="value", how="left", maintain_order="left")
    return found.select(
        pl.when(pl.col("value").is_not_null()).then(pl.coalesce("log", pl.lit(_unseen(terms), pl.Int64))).alias("log")
    ).to_series()


def log_of(value: str, terms: TermFrequency) -> int:
    """Return log2 of one value's frequency in units of match weight, as `log_frequency` does of many.

    >>> terms = TermFrequency(attribute="name", total=1024, unseen=1, counts={"王芳": 4})
    >>> [log_of(name, terms) for name in ("王芳", "于谦")]
    [-8000000000, -10000000000]
    """
    count = terms.counts.get(value)
    return _unseen(terms) if count is None else _units(count / max(terms.total, 1))


def _unseen(terms: TermFrequency) -> int:
    return _units(min(1.0, terms.unseen / max(terms.total, 1)))


def adjustment(levels: tuple[LevelWeight, ...], comparison: Comparison) -> pl.Expr:
    """Return what term frequency adds to a weight: log2(u) less log2 of the more frequent of the two values.

    Reads `level_<label>`, and `tf_l` and `tf_r` as `log_frequency` gives them. Levels without a `tf_u` and pairs
    without values get 0. The formula is Splink's (`tf_adjustment_weight`, `tf_minimum_u_value`).
    """
    level = pl.col(f"level_{comparison.label}")
    frequency = pl.max_horizontal("tf_l", "tf_r")
    result = pl.lit(0, pl.Int64)
    for one in levels:
        if one.tf_u is None or one.tf_weight == 0:
            continue
        base = pl.lit(_units(one.tf_u), pl.Int64)
        floor = frequency if one.tf_minimum_u == 0 else pl.max_horizontal(frequency, pl.lit(_units(one.tf_minimum_u)))
        added = base - floor
        if one.tf_weight != 1:
            added = (added * one.tf_weight).round().cast(pl.Int64)
        result = pl.when(level == one.level).then(added.fill_null(0)).otherwise(result)
    return result


def _rounded(count: float) -> float:
    return float(f"{count:.9g}")


def _units(share: float) -> int:
    return round(math.log2(share) * WEIGHT_SCALE)
