"""Why not: the one stage that kept two records apart, and the smallest change that would join them."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.settings import Subject
from matchers.blocking import key
from matchers.explain.waterfall import waterfall
from matchers.models import Calibration


def separation(
    sides: pl.DataFrame,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
    generic: pl.DataFrame,
    conflicts: pl.DataFrame,
    links: pl.DataFrame,
) -> dict[str, Any]:
    """Return `stage`, `because`, `change` and the waterfall of two signatures that are in different entities.

    `stage` is one of junk (they share only values too common to compare on), not blocked (they share nothing that a
    rule asks for), weight (compared, and below the threshold), constraint (a judgement, a contradiction or two
    different identifiers), split (linked, but their component was refined). `conflicts` and `links` are
    those of these two.
    """
    found = waterfall(sides, subject=subject, calibration=calibration, signatures=signatures)
    if links.height or conflicts.height:
        stage, because, change = _refused(sides, conflicts, subject)
    else:
        shared = _shared(sides, subject)
        common = shared.join(generic, on=["blocking_rule", "value"], how="semi")
        if shared.is_empty():
            stage, because, change = (
                "not blocked",
                "no blocking rule finds a value that both have",
                _nearest_rule(sides, subject),
            )
        elif common.height == shared.height and subject.pairs != "between_sources":
            listed = ", ".join(f"{row['value']} ({row['blocking_rule']})" for row in common.to_dicts())
            stage, because, change = (
                "junk",
                f"all that they share is too common to compare on: {listed}",
                "raise max_block of a rule",
            )
        elif found["match_weight"] < found["threshold"]:
            stage = "weight"
            because = f"match weight {found['match_weight']:.2f} is below the threshold {found['threshold']:.2f}"
            change = _smallest_gain(found, calibration)
        else:
            stage, because, change = _refused(sides, conflicts, subject)
    return {"stage": stage, "because": because, "change": change, **found}


def _refused(sides: pl.DataFrame, conflicts: pl.DataFrame, subject: Subject) -> tuple[str, str, str]:
    for row in conflicts.to_dicts():
        if row["reason"] == "judgement":
            return "constraint", "a judgement says that they are different", "withdraw the judgement"
        told = f"both bear {row['attribute']} {row['value']}, but contradict each other otherwise"
        return "constraint", told, "correct the identifier in one of them, or judge them the same"
    for item in subject.identifiers:
        values = sides[item.attribute].drop_nulls().unique()
        if item.exclusive and values.len() > 1:
            told = f"they have different values of {item.attribute}: {', '.join(values.sort())}"
            return "constraint", told, f"correct {item.attribute} in one of them, or judge them the same"
    return (
        "split",
        "they are linked, but their component broke a constraint or the size limit and was refined",
        "judge them the same",
    )


def _shared(sides: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    """Return the rule and value of every block key that both signatures have."""
    keys = key(sides, subject=subject).block_keys
    both = keys.filter(pl.col("signature_id").n_unique().over("block_key") > 1).unique("block_key")
    names = {place: rule.name for place, rule in enumerate(subject.blocking)}
    return both.select(pl.col("blocking_rule").replace_strict(names, return_dtype=pl.String), "value")


def _nearest_rule(sides: pl.DataFrame, subject: Subject) -> str:
    """Return the rule of which fewest expressions disagree, and those expressions."""
    costs = []
    for place, rule in enumerate(subject.blocking):
        parts = [
            subject.model_copy(update={"blocking": (rule.model_copy(update={"on": (text,)}),)}) for text in rule.on
        ]
        apart = [text for text, part in zip(rule.on, parts, strict=True) if _shared(sides, part).is_empty()]
        costs.append((len(apart), place, rule.name, apart))
    _, _, name, apart = min(costs)
    return f"agreement on {' and '.join(apart)} would make rule '{name}' compare them"


def _smallest_gain(found: dict[str, Any], calibration: Calibration) -> str:
    """Return the comparison whose better level would reach the threshold with least, or that none alone does."""
    missing = found["threshold"] - found["match_weight"]
    enough = []
    for step, weights in zip(found["steps"], calibration.comparisons, strict=True):
        for level in weights.levels:
            gain = level.weight - step["weight"] - step["term_frequency"]
            if level.level > step["level"] and gain >= missing:
                enough.append((gain, step["comparison"], level.label))
    if not enough:
        return f"no one attribute is enough: {missing:.2f} bits are missing"
    _, comparison, label = min(enough)
    return f"{comparison} at level '{label}' would reach the threshold"
