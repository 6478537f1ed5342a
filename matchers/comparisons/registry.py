"""What a comparison is, and the registry of its kinds.

A level is defined once, as a Polars expression over `<attribute>_l`, `<attribute>_r`, the forms of the values (`_l`,
`_r` too) and the columns of the measures; batches evaluate it and Splink trains on its results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import polars as pl


class Form(NamedTuple):
    """What a comparison reads of a value, such as a date's year: worked out once per distinct value, not per pair.

    `column` begins with a dot, which no attribute's name does. What levels share of a pair has the same shape: its
    `value` reads both sides.
    """

    column: str
    value: pl.Expr


class Measure(NamedTuple):
    """A number that tells how alike two values are: put into `column` before the conditions that use it.

    `operand` is the attribute or form whose `_l` and `_r` are measured.
    """

    column: str
    metric: str
    operand: str


class Level(NamedTuple):
    """One grade of evidence: what people call it and when it holds.

    `against` marks evidence against a match that random pairs hardly show: it never weighs more than the else level.
    """

    label: str
    condition: pl.Expr
    against: bool = False


class Evidence(NamedTuple):
    """What a kind makes of its attributes: levels from the exact one down, without null and else, and what they read.

    `null` says when nothing can be compared; unset, when any attribute is missing on either side. `term` is what of the
    attributes is frequent or rare, where that is not the value itself: the name without the former one. A term of more
    than `crowd` signatures says nothing of who they are, as the address of a dormitory: agreement on it weighs nothing.
    `shared` is what several levels read of a pair: worked out once, from the forms of both sides.
    """

    levels: tuple[Level, ...]
    measures: tuple[Measure, ...] = ()
    forms: tuple[Form, ...] = ()
    null: pl.Expr | None = None
    term: pl.Expr | None = None
    crowd: int | None = None
    shared: tuple[Form, ...] = ()


class Comparison(NamedTuple):
    """A kind applied to a subject's attributes.

    `levels` are ordered null, exact, near …, else, and numbered as Splink does: -1, then from the highest down to 0.
    """

    label: str
    attributes: tuple[str, ...]
    levels: tuple[Level, ...]
    measures: tuple[Measure, ...]
    forms: tuple[Form, ...]
    tf_attribute: str | None = None
    term: pl.Expr | None = None
    crowd: int | None = None
    shared: tuple[Form, ...] = ()

    def numbers(self) -> tuple[int, ...]:
        """Return the number of each level, in the order of `levels`."""
        return (-1, *range(len(self.levels) - 2, -1, -1))


Attributes = tuple[str, ...]
Thresholds = tuple[float, ...]
Grade = Callable[[Attributes, Thresholds], Evidence]


class ComparisonKind(NamedTuple):
    """A registered kind of comparison; `title` is the first line of its function's docstring."""

    name: str
    title: str
    grade: Grade
    thresholds: Thresholds
    attributes: int
    rising: bool
    fixed: bool
    ceiling: float


COMPARISONS: dict[str, ComparisonKind] = {}


def comparison(
    name: str,
    *,
    thresholds: Thresholds = (),
    attributes: int = 1,
    rising: bool = False,
    fixed: bool = False,
    ceiling: float = 1.0,
) -> Callable[[Grade], Grade]:
    """Return the decorator that adds a kind to the registry.

    Args:
        name: what a project calls it.
        thresholds: of the near levels, nearest first, for projects that give none; without, the kind takes none.
        attributes: how many attributes it takes.
        rising: whether thresholds are distances (a nearer level has a smaller one) or likenesses.
        fixed: whether a project must give as many thresholds as the kind has itself.
        ceiling: the largest threshold that has a meaning.
    """

    def add(grade: Grade) -> Grade:
        title = (grade.__doc__ or "").strip().splitlines()[0]
        COMPARISONS[name] = ComparisonKind(name, title, grade, thresholds, attributes, rising, fixed, ceiling)
        return grade

    return add


def both(attribute: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the two columns of a pair that hold an attribute or a form."""
    return pl.col(f"{attribute}_l"), pl.col(f"{attribute}_r")


def same(attribute: str) -> pl.Expr:
    """Return whether both sides hold the same value."""
    left, right = both(attribute)
    return left == right


def missing(attribute: str) -> pl.Expr:
    """Return whether either side has no value."""
    left, right = both(attribute)
    return left.is_null() | right.is_null()
