"""Comparisons of names of persons."""

from __future__ import annotations

import polars as pl

from matchers.comparisons.kernel import words
from matchers.comparisons.registry import (
    Attributes,
    Evidence,
    Form,
    Level,
    Measure,
    Thresholds,
    both,
    comparison,
    missing,
    same,
)


@comparison("name", thresholds=(0.92, 0.88, 0.7), fixed=True)
def name(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, its words in another order, alike by Jaro-Winkler, one within the other, or an initial."""
    likeness = pl.col("jaro_winkler")
    near, fair, faint = thresholds
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same words in another order", pl.col("jaccard") == 1),
            Level(f"jaro-winkler >= {near:g}", likeness >= near),
            Level("one has all words of the other", pl.col("overlap") == 1),
            Level(f"jaro-winkler >= {fair:g}", likeness >= fair),
            Level("the initial only", _initial()),
            Level(f"jaro-winkler >= {faint:g}", likeness >= faint),
        ),
        (
            Measure("jaro_winkler", "jaro_winkler", attributes[0]),
            Measure("jaccard", "jaccard", ".words"),
            Measure("overlap", "overlap", ".words"),
        ),
        (Form(".words", words(pl.col(attributes[0]))), *_initial_forms(attributes[0])),
    )


@comparison("full_name", thresholds=(0.92, 0.8), attributes=2, fixed=True)
def full_name(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """Given name and surname together: both the same, exchanged, both alike, or one of them the same."""
    given, surname = attributes
    (given_l, given_r), (surname_l, surname_r) = both(given), both(surname)
    near, fair = thresholds
    g, s = pl.col("given_likeness"), pl.col("surname_likeness")
    one_near = (same(given) & (s >= near)) | (same(surname) & (g >= near))
    return Evidence(
        (
            Level("both exact", same(given) & same(surname)),
            Level("exchanged", (given_l == surname_r) & (surname_l == given_r)),
            Level(f"one exact, the other jaro-winkler >= {near:g}", one_near),
            Level("surname exact, given name an initial", same(surname) & _initial()),
            Level(f"both jaro-winkler >= {near:g}", (g >= near) & (s >= near)),
            Level(f"both jaro-winkler >= {fair:g}", (g >= fair) & (s >= fair)),
            Level("surname exact", same(surname)),
            Level("given name exact", same(given)),
        ),
        (
            Measure("given_likeness", "jaro_winkler", given),
            Measure("surname_likeness", "jaro_winkler", surname),
        ),
        _initial_forms(given),
        missing(given) & missing(surname),
    )


def _initial_forms(attribute: str) -> tuple[Form, Form]:
    letters = pl.col(attribute).str.strip_chars_end(".")
    return Form(".initial", letters.str.slice(0, 1)), Form(".single", letters.str.len_chars() == 1)


def _initial() -> pl.Expr:
    """Return whether one of two names is a single letter and begins the other; a stop after it does not count."""
    left, right = both(".single")
    return (left | right) & same(".initial")
