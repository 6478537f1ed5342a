"""Models in Splink's JSON: written from a calibration, read into one.

The levels of a written model call `level_<comparison>`, a function of our kernels that `splink.register_levels` adds to
a DuckDB connection: DuckDB's own string distances count bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ModelError
from engine.settings.subject import Subject
from matchers.comparisons import Comparison, build_comparison
from matchers.models.calibration import Calibration, ComparisonWeights, LevelWeight, Provenance
from matchers.models.prior import HIGHEST_PRIOR
from matchers.models.terms import term_frequency, tf_value

FORMAT = "5"


def sql_name(label: str) -> str:
    """Return a comparison's label as a name that SQL takes without quotes; letters of every script stay."""
    return re.sub(r"\W", "_", label)


def comparison_settings(comparison: Comparison, weights: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return one comparison in Splink's form; `weights` holds what is known of each level, by its number."""
    name = sql_name(comparison.label)
    sides = ", ".join(f'"{attribute}{side}"' for side in ("_l", "_r") for attribute in comparison.attributes)
    levels: list[dict[str, Any]] = []
    for level, number in zip(comparison.levels, comparison.numbers(), strict=True):
        condition = "ELSE" if number == 0 else f"level_{name}({sides}) = {number}"
        null = {"is_null_level": True} if number == -1 else {}
        levels.append({"sql_condition": condition, "label_for_charts": level.label, **null, **weights.get(number, {})})
    return {"output_column_name": name, "comparison_levels": levels}


def splink_frame(signatures: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    """Return the table that a model from `to_splink_json` reads: `unique_id`, attributes, joined values."""
    joined = [
        tf_value(one).alias(one.tf_attribute)
        for one in map(build_comparison, subject.comparisons)
        if one.tf_attribute and one.tf_attribute not in one.attributes
    ]
    return signatures.select(pl.col("signature_id").alias("unique_id"), *subject.identity_attributes(), *joined).sort(
        "unique_id"
    )


def to_splink_json(calibration: Calibration, subject: Subject, *, signatures: int) -> dict[str, Any]:
    """Return the model as Splink's settings; `signatures` is the number of them, on which the prior depends.

    Its levels call the functions of `register_levels`; Splink counts term frequencies itself.
    """
    weights = {one.label: one for one in calibration.comparisons}
    comparisons = []
    for comparison in map(build_comparison, subject.comparisons):
        described = {level.level: _level_settings(level, comparison) for level in weights[comparison.label].levels}
        comparisons.append(comparison_settings(comparison, described))
    plain = [rule.on for rule in subject.blocking if set(rule.on) <= set(subject.attributes)]
    rules = [" AND ".join(f'l."{name}" = r."{name}"' for name in names) for names in plain]
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": min(HIGHEST_PRIOR, calibration.c / max(signatures - 1, 1)),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in rules],
        "comparisons": comparisons,
    }


def load_splink_json(
    model: Path | dict[str, Any], *, subject: Subject, name: str, signatures: pl.DataFrame
) -> Calibration:
    """Return a calibration from Splink's settings: its comparisons stand in the subject's order, level for level.

    Levels are known by their place and take the subject's labels. Term frequencies and c come from `signatures`, as
    Splink takes them from its input.

    Raises:
        ModelError: numbers of comparisons or levels differ from the subject's, or a level is not trained.
    """
    content = json.loads(model.read_text(encoding="utf-8")) if isinstance(model, Path) else model
    built = [build_comparison(one) for one in subject.comparisons]
    if len(content["comparisons"]) != len(built):
        raise ModelError(
            f"the Splink model has {len(content['comparisons'])} comparisons, subject {name} has {len(built)}"
        )
    weights = tuple(_weights(found, one) for found, one in zip(content["comparisons"], built, strict=True))
    terms = tuple(term_frequency(signatures, comparison=one) for one in built if one.tf_attribute)
    return Calibration(
        subject=name,
        comparisons=weights,
        term_frequencies=terms,
        c=content["probability_two_random_records_match"] * max(signatures.height - 1, 1),
        provenance=Provenance(
            trainer="splink model",
            version=FORMAT,
            signatures=signatures.height,
            sample=signatures.height,
            seed=0,
        ),
    )


def _level_settings(level: LevelWeight, comparison: Comparison) -> dict[str, Any]:
    """Return a level's m, u and adjustment; Splink takes u for the adjustment's base, so both are scaled to have it."""
    if level.tf_u is None:
        return {"m_probability": level.m, "u_probability": level.u}
    return {
        "m_probability": level.m if level.u == level.tf_u else level.m / level.u * level.tf_u,
        "u_probability": level.tf_u,
        "tf_adjustment_column": comparison.tf_attribute,
        "tf_adjustment_weight": level.tf_weight,
        "tf_minimum_u_value": level.tf_minimum_u,
        "disable_tf_exact_match_detection": True,
    }


def _weights(found: dict[str, Any], comparison: Comparison) -> ComparisonWeights:
    levels = [level for level in found["comparison_levels"] if not level.get("is_null_level")]
    if len(levels) != len(comparison.levels) - 1:
        raise ModelError(
            f"comparison '{comparison.label}' has {len(comparison.levels) - 1} levels besides null; "
            f"'{found.get('output_column_name')}' of the Splink model has {len(levels)}"
        )
    exact = next((level.get("u_probability") for level in levels), None)
    weights = []
    for level, number, ours in zip(levels, comparison.numbers()[1:], comparison.levels[1:], strict=True):
        m, u = level.get("m_probability"), level.get("u_probability")
        if not m or not u:
            raise ModelError(f"comparison '{comparison.label}': level '{level.get('label_for_charts')}' is not trained")
        own = u if level.get("disable_tf_exact_match_detection") else exact
        weights.append(
            LevelWeight(
                label=ours.label,
                level=number,
                m=min(m, 1.0),
                u=u / max(m, 1.0),  # an m scaled as `_level_settings` does may pass 1: only their quotient counts
                tf_u=own if level.get("tf_adjustment_column") and number else None,
                tf_weight=level.get("tf_adjustment_weight", 1.0),
                tf_minimum_u=level.get("tf_minimum_u_value", 0.0),
            )
        )
    return ComparisonWeights(label=comparison.label, levels=tuple(weights))
