"""Match weights: looked up once per distinct pattern of levels, in integers, and adjusted for term frequency."""

from __future__ import annotations

import polars as pl

from engine.errors import ModelError
from engine.settings.subject import Subject
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.comparisons import Comparison, build_comparison, compare_candidates
from matchers.models.calibration import Calibration, ComparisonWeights
from matchers.models.prior import prior_weight
from matchers.models.strata import by_stratum
from matchers.models.terms import adjustment, log_frequency, tf_value


def score(levels: pl.DataFrame, *, calibration: Calibration, subject: Subject, signatures: int) -> pl.DataFrame:
    """Return `signature_l`, `signature_r`, `levels` and `match_weight` of each pair, in the order of `levels`.

    `levels` has the pairs' keys, `level_<label>` of every comparison, and `<attribute>_l` and `_r` of the attributes
    whose frequency counts. The weight is log2(prior odds) + the levels' weights + term-frequency adjustments.
    """
    adjusted = []
    for comparison in map(build_comparison, subject.comparisons):
        if comparison.tf_attribute:
            logs = {
                f"tf{side}": _logs(
                    levels.select(pl.col(f"{name}{side}").alias(name) for name in comparison.attributes),
                    calibration,
                    comparison,
                )
                for side in ("_l", "_r")
            }
            adjusted.append(_adjustment(levels, logs, calibration, comparison))
    return _weights(levels, adjusted, calibration, subject, signatures)


def score_candidates(
    candidates: pl.DataFrame, values: pl.DataFrame, *, calibration: Calibration, subject: Subject, signatures: int
) -> pl.DataFrame:
    """Return what `score` returns for candidate pairs, compared and scored.

    `values` holds `signature_id` and the attributes of every signature in `candidates`; `signatures` is the number of
    signatures of the subject, on which the prior depends. Pairs of a stratum are weighed by its own model.
    """
    levels = compare_candidates(candidates, values, comparisons=subject.comparisons)
    if not subject.strata:
        return _weighed(levels, values, calibration, subject, signatures)
    placed = levels.with_row_index(" place")
    parts = by_stratum(placed, values, calibration=calibration, subject=subject, signatures=signatures)
    scored = [
        _weighed(part, values, model, subject, number).with_columns(part[" place"]) for part, model, number in parts
    ]
    if not scored:
        return _weighed(levels, values, calibration, subject, signatures)
    return pl.concat(scored).sort(" place").drop(" place")


def _weighed(
    levels: pl.DataFrame, values: pl.DataFrame, calibration: Calibration, subject: Subject, signatures: int
) -> pl.DataFrame:
    """Return the weights of pairs that are compared; `values` holds the attributes of their signatures."""
    adjusted = []
    for comparison in map(build_comparison, subject.comparisons):
        if comparison.tf_attribute:
            log = _logs(values.select(comparison.attributes), calibration, comparison)
            table = values.select("signature_id").with_columns(log)
            logs = {
                f"tf{side}": levels.select(signature_id=key).join(
                    table, on="signature_id", how="left", maintain_order="left"
                )["log"]
                for key, side in zip(PAIR_KEY, ("_l", "_r"), strict=True)
            }
            adjusted.append(_adjustment(levels, logs, calibration, comparison))
    return _weights(levels, adjusted, calibration, subject, signatures)


def pattern_weights(patterns: pl.DataFrame, comparisons: tuple[ComparisonWeights, ...]) -> pl.Series:
    """Return the sum of the levels' weights of each row, without the prior, in units of match weight.

    Raises:
        ModelError: a level that the calibration does not know.
    """
    if not comparisons:
        return pl.Series("weight", [0] * patterns.height, dtype=pl.Int64)
    known = [
        pl.col(f"level_{one.label}").replace_strict(
            {-1: 0} | {level.level: round(level.weight * WEIGHT_SCALE) for level in one.levels},
            default=None,
            return_dtype=pl.Int64,
        )
        for one in comparisons
    ]
    weights = patterns.select(known)
    if any(weights.null_count().row(0)):
        raise _uncalibrated(patterns, comparisons)
    return weights.select(weight=pl.sum_horizontal(pl.all())).to_series()


def _uncalibrated(patterns: pl.DataFrame, comparisons: tuple[ComparisonWeights, ...]) -> ModelError:
    """Return the error that names the first comparison with levels that are not calibrated, and these."""
    for one in comparisons:
        found = set(patterns[f"level_{one.label}"].unique().to_list())
        if unknown := found - {-1, *(level.level for level in one.levels)}:
            break
    return ModelError(
        f"comparison '{one.label}' has levels {sorted(unknown, key=str)} that are not calibrated",
        hint="train again after changing comparisons",
    )


def _weights(
    levels: pl.DataFrame, adjusted: list[pl.Series], calibration: Calibration, subject: Subject, signatures: int
) -> pl.DataFrame:
    columns = [f"level_{one.label}" for one in subject.comparisons]
    distinct = levels.select(columns).unique().sort(columns)
    weighed = distinct.with_columns(
        pattern_weights(distinct, calibration.comparisons), levels=pl.concat_list(columns).cast(pl.List(pl.Int8))
    )
    found = levels.select(*PAIR_KEY, *columns).join(weighed, on=columns, how="left", maintain_order="left")
    total = found["weight"] + prior_weight(calibration.c, signatures)
    for one in adjusted:
        total += one
    return found.select(*PAIR_KEY, "levels").with_columns(total.alias("match_weight"))


def _logs(values: pl.DataFrame, calibration: Calibration, comparison: Comparison) -> pl.Series:
    terms = next(one for one in calibration.term_frequencies if one.attribute == comparison.tf_attribute)
    return log_frequency(values.select(tf_value(comparison)).to_series(), terms)


def _adjustment(
    levels: pl.DataFrame, logs: dict[str, pl.Series], calibration: Calibration, comparison: Comparison
) -> pl.Series:
    weights = next(one for one in calibration.comparisons if one.label == comparison.label)
    frame = levels.select(f"level_{comparison.label}").with_columns(series.alias(name) for name, series in logs.items())
    return frame.select(adjustment(weights.levels, comparison).alias("adjustment")).to_series()
