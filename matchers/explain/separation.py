"""Why not: the one stage that kept two records apart, and the smallest change that would join them."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.settings import Subject
from matchers.blocking import key
from matchers.clustering.exclusive import generic_rule
from matchers.explain.waterfall import waterfall
from matchers.models import Calibration

Told = tuple[str, str, str]
"""The stage that kept two signatures apart, why, and what would join them."""


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

    `stage` is one of junk (they share an identifier, or nothing but block values, too common to tell anything), not
    blocked (they share nothing that a rule asks for), weight (compared, and below the threshold), constraint (a
    judgement, a contradiction or two different identifiers), same source (the project holds each subject once per
    source), split (linked, but their component was refined). `conflicts` and `links` are those of these two.
    """
    found = waterfall(sides, subject=subject, calibration=calibration, signatures=signatures)
    stage, because, change = (
        _conflict(conflicts)
        or _same_source(sides, subject, linked=links.height > 0)
        or (_refused(sides, subject) if links.height else None)
        or _junk(sides, generic, subject)
        or _not_blocked(sides, subject)
        or _too_light(found, calibration)
        or _refused(sides, subject)
    )
    return {"stage": stage, "because": because, "change": change, **found}


def _conflict(conflicts: pl.DataFrame) -> Told | None:
    for row in conflicts.to_dicts():
        if row["reason"] == "judgement":
            return "constraint", "a judgement says that they are different", "withdraw the judgement"
        told = f"both bear {row['attribute']} {row['value']}, but contradict each other otherwise"
        return "constraint", told, "correct the identifier in one of them, or judge them the same"
    return None


def _same_source(sides: pl.DataFrame, subject: Subject, *, linked: bool) -> Told | None:
    """Return that signatures of one source are not compared, or that a source in common keeps two linked ones apart."""
    if subject.pairs != "between_sources":
        return None
    one, other = (set(sources) for sources in sides["sources"].to_list())
    if linked and one & other:
        told = f"they are linked, but both have records of {min(one & other)}, and each source holds a subject once"
    elif one == other and len(one) == 1:
        told = f"both are of {min(one)}; records of one source are not compared in this project"
    else:
        return None
    return "same source", told, 'set `pairs = "all"` if a source may hold a subject twice'


def _refused(sides: pl.DataFrame, subject: Subject) -> Told:
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


def _junk(sides: pl.DataFrame, generic: pl.DataFrame, subject: Subject) -> Told | None:
    """Return the generic identifier values that both bear, or the block values when all that they share are generic."""
    rules, values = [], []
    for item in subject.identifiers:
        borne = sides[item.attribute].unique()
        if borne.len() == 1 and borne[0] is not None:
            rules.append(generic_rule(item))
            values.append(borne[0])
    schema = {"blocking_rule": pl.String, "value": pl.String}
    identifiers = _common(pl.DataFrame([rules, values], schema=schema), generic)
    shared = _shared(sides, subject)
    blocks = _common(shared, generic)
    if identifiers.height:
        told = f"what would identify them is too common to link by: {_listed(identifiers)}"
        return "junk", told, "correct the identifier in both of them, or judge them the same"
    if 0 < shared.height == blocks.height:
        told = f"all that they share is too common to compare on: {_listed(blocks)}"
        return "junk", told, "raise max_block of a rule"
    return None


def _not_blocked(sides: pl.DataFrame, subject: Subject) -> Told | None:
    if _shared(sides, subject).height:
        return None
    return "not blocked", "no blocking rule finds a value that both have", _nearest_rule(sides, subject)


def _too_light(found: dict[str, Any], calibration: Calibration) -> Told | None:
    if found["match_weight"] >= found["threshold"]:
        return None
    told = f"match weight {found['match_weight']:.2f} is below the threshold {found['threshold']:.2f}"
    return "weight", told, _smallest_gain(found, calibration)


def _common(values: pl.DataFrame, generic: pl.DataFrame) -> pl.DataFrame:
    return values.join(generic, on=["blocking_rule", "value"], how="semi").sort("blocking_rule", "value")


def _listed(values: pl.DataFrame) -> str:
    return ", ".join(f"{row['value']} ({row['blocking_rule']})" for row in values.to_dicts())


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
