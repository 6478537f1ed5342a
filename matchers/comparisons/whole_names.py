"""Comparisons of whole names by the likeness of their words: what a name list in many scripts needs."""

from __future__ import annotations

import polars as pl

from matchers.comparisons.likeness import COMPANY, PERSON
from matchers.comparisons.registry import Attributes, Evidence, Level, Measure, Thresholds, comparison, same


@comparison("person_likeness", thresholds=(0.9, 0.75))
def person(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, or alike word by word: order, titles, nicknames, initials and missing given names cost little.

    Cyrillic, Greek and Chinese are spelt in Latin letters first. Slower than the other kinds: words are paired one pair
    of names at a time.
    """
    return _by_likeness(attributes, thresholds, PERSON)


@comparison("company_likeness", thresholds=(0.9, 0.75))
def company(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, or a share of the letters in like words; legal forms count for nothing, numbers must agree."""
    return _by_likeness(attributes, thresholds, COMPANY)


def _by_likeness(attributes: Attributes, thresholds: Thresholds, metric: str) -> Evidence:
    levels = (Level(f"likeness >= {t:g}", pl.col("likeness") >= t) for t in thresholds)
    return Evidence((Level("exact", same(attributes[0])), *levels), (Measure("likeness", metric, attributes[0]),))
