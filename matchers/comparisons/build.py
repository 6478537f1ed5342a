"""From a project's settings to comparisons: building them, describing the kinds, finding faults."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from engine.settings import Project
from engine.settings.subject import Comparison as ComparisonSettings
from engine.spelling import nearest
from matchers.comparisons.registry import COMPARISONS, Comparison, Level, missing


@cache
def build_comparison(settings: ComparisonSettings) -> Comparison:
    """Return the comparison that the settings describe; `comparison_faults` finds what would not build."""
    kind = COMPARISONS[settings.kind]
    evidence = kind.grade(settings.attribute, settings.thresholds or kind.thresholds)
    null = evidence.null
    if null is None:
        null = pl.any_horizontal(missing(name) for name in settings.attribute)
    levels = (Level("null", null), *evidence.levels, Level("else", pl.lit(True)))
    frequent = settings.attribute[0] if len(settings.attribute) == 1 else settings.label
    if evidence.term is not None:
        frequent = f"{settings.label}_term"
    tf = frequent if settings.term_frequency else None
    read = (evidence.measures, evidence.forms)
    return Comparison(
        settings.label, settings.attribute, levels, *read, tf, evidence.term, evidence.crowd, evidence.shared
    )


def comparison_faults(project: Project) -> Iterator[str]:
    """Yield every comparison of the project that names no kind or does not fit its kind."""
    for name, subject in project.subjects.items():
        for settings in subject.comparisons:
            for fault in settings_faults(settings):
                yield f"subject {name}: comparison '{settings.label}': {fault}"


def settings_faults(settings: ComparisonSettings) -> Iterator[str]:
    """Yield what is wrong with one comparison's settings."""
    kind = COMPARISONS.get(settings.kind)
    if kind is None:
        yield f"unknown kind '{settings.kind}'{nearest(settings.kind, COMPARISONS)}"
        return
    if len(settings.attribute) != kind.attributes:
        yield f"kind '{kind.name}' takes {kind.attributes} attributes, got {len(settings.attribute)}"
    given = settings.thresholds
    if given and not kind.thresholds:
        yield f"kind '{kind.name}' takes no thresholds, got {list(given)}"
    elif given and kind.fixed and len(given) != len(kind.thresholds):
        yield f"kind '{kind.name}' takes {len(kind.thresholds)} thresholds, got {len(given)}"
    if list(given) != sorted(set(given), reverse=not kind.rising):
        order = "rise (they are distances)" if kind.rising else "fall (they are likenesses)"
        yield f"thresholds must {order}, nearest first, got {list(given)}"
    if any(not 0 <= threshold <= kind.ceiling for threshold in given):
        yield f"thresholds of kind '{kind.name}' lie between 0 and {kind.ceiling:g}, got {list(given)}"


def describe_comparisons() -> list[dict[str, Any]]:
    """Return the catalogue of kinds: name, what it does, how many attributes it takes, thresholds, levels."""
    described = []
    for kind in COMPARISONS.values():
        attributes = tuple(f"attribute_{index + 1}" for index in range(kind.attributes))
        levels = kind.grade(attributes, kind.thresholds).levels
        described.append(
            {
                "name": kind.name,
                "title": kind.title,
                "attributes": kind.attributes,
                "thresholds": list(kind.thresholds),
                "levels": ["null", *(level.label for level in levels), "else"],
            }
        )
    return described
