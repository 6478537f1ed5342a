"""Comparisons of any text: equality, likeness, edits, words."""

from __future__ import annotations

from typing import Any

import polars as pl

from matchers.comparisons.kernel import bigrams, words
from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, Thresholds, both, comparison, same


@comparison("exact")
def exact(attributes: Attributes, *_: Any) -> Evidence:
    """The same value, or not."""
    return Evidence((Level("exact", same(attributes[0])),))


@comparison("text", thresholds=(0.92, 0.8))
def text(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same text, or alike by Jaro-Winkler."""
    levels = (Level(f"jaro-winkler >= {t:g}", pl.col("jaro_winkler") >= t) for t in thresholds)
    return Evidence(
        (Level("exact", same(attributes[0])), *levels),
        (Measure("jaro_winkler", "jaro_winkler", attributes[0]),),
    )


@comparison("levenshtein", thresholds=(1, 2), rising=True, ceiling=1_000)
def levenshtein(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same text, or few characters inserted, deleted, replaced or exchanged with their neighbour."""
    levels = (Level(f"at most {t:g} edit{'s' * (t != 1)}", pl.col("edits") <= t) for t in thresholds)
    return Evidence(
        (Level("exact", same(attributes[0])), *levels),
        (Measure("edits", "damerau_levenshtein", attributes[0]),),
    )


@comparison("identifier", thresholds=(1,), rising=True, ceiling=1_000)
def identifier(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same number, or one typing error: a character wrong, too many, missing, or two neighbours exchanged."""
    return levenshtein(attributes, thresholds)


@comparison("bigrams", thresholds=(0.8, 0.6, 0.4))
def common_bigrams(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same text, or a share of neighbouring characters in common (Dice)."""
    levels = (Level(f"common bigrams >= {t:g}", pl.col("dice") >= t) for t in thresholds)
    return Evidence(
        (Level("exact", same(attributes[0])), *levels),
        (Measure("dice", "dice", ".bigrams"),),
        (Form(".bigrams", bigrams(pl.col(attributes[0]))),),
    )


@comparison("tokens", thresholds=(0.8, 0.6, 0.4))
def tokens(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same text, the same words in any order, a share of words in common, or all words of the shorter one."""
    nearest, *further = [Level(f"common words >= {t:g}", pl.col("jaccard") >= t) for t in thresholds]
    several = pl.min_horizontal(".count_l", ".count_r") >= 2
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same words", (pl.col("jaccard") == 1) | (pl.col("sorted") >= 0.95)),
            nearest,
            Level("all words of the shorter", (pl.col("overlap") == 1) & several),
            *further,
            Level("nearly the same letters", pl.col("sorted") >= 0.8),
        ),
        (
            Measure("jaccard", "jaccard", ".words"),
            Measure("overlap", "overlap", ".words"),
            Measure("sorted", "ratio", ".sorted"),
        ),
        _word_forms(attributes[0]),
    )


@comparison("address", thresholds=(0.7, 0.5))
def address(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same address, the same words, a share of words in common, or the same first number and a common word.

    The first number is the house's in most spellings; one address may go on to say between which streets it lies.
    """
    numbers, first, count = both(".numbers"), both(".first"), both(".count")
    nearest, *further = [Level(f"common words >= {t:g}", pl.col("jaccard") >= t) for t in thresholds]
    common = pl.col("overlap") * pl.min_horizontal(*count)
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same words", pl.col("jaccard") == 1),
            Level("the same numbers, nearly the same letters", (numbers[0] == numbers[1]) & (pl.col("sorted") >= 0.85)),
            nearest,
            Level("the same first number, a further common word", (first[0] == first[1]) & (common > 1.5)),
            *further,
            Level("nearly the same letters", pl.col("sorted") >= 0.8),
        ),
        (
            Measure("jaccard", "jaccard", ".words"),
            Measure("overlap", "overlap", ".words"),
            Measure("sorted", "ratio", ".sorted"),
        ),
        (
            *_word_forms(attributes[0]),
            Form(".numbers", pl.col(attributes[0]).str.extract_all(r"\d+").list.unique().list.sort().list.join(" ")),
            Form(".first", pl.col(attributes[0]).str.extract(r"(\d+)")),
        ),
    )


def _word_forms(attribute: str) -> tuple[Form, ...]:
    parts = words(pl.col(attribute))
    return Form(".words", parts), Form(".sorted", parts.list.sort().list.join(" ")), Form(".count", parts.list.len())
