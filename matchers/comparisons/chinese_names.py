"""Comparisons of Chinese names, character by character.

Jaro-Winkler says nothing about names of two or three characters: what counts is which character differs, and how it
could have been mistaken. A difference of one character is a level of its own and no typing error: brothers share all
but one (王建国, 王建军); training weighs it.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from matchers.comparisons.chinese_forms import HIGHEST, LANE, PLACES, READINGS, name_forms, plain_name
from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, both, comparison, missing, same


@comparison("chinese_name")
def chinese_name(attributes: Attributes, *_: Any) -> Evidence:
    """The same name, of variant characters, sounding alike, of like shape, in part unstored, in pinyin, cut, others.

    Every reading of a character counts, of surnames also their own (单 shan). `?`, `□` and their like, private-use
    codes and a syllable in Latin letters inside a Chinese name stand for one character. Names of four characters or
    more count as cut where one begins the other. Exchanged are the characters in any order: 王国建, 建国王.
    """
    return Evidence(
        (Level("exact", same(attributes[0])), *_levels()),
        (Measure("edits", "damerau_levenshtein", ".long"),),
        name_forms(attributes[0]),
        shared=_shared(),
    )


@comparison("chinese_name_or_former", attributes=2)
def chinese_name_or_former(attributes: Attributes, *_: Any) -> Evidence:
    """Name and former name or alias: as `chinese_name`, or the name of one is the former name of the other.

    Variant characters count as the same. Two former names that agree say that both bore them.
    """
    name, former = attributes
    (name_l, name_r), (former_l, former_r) = both(".whole"), both(".former")
    crossed = (name_l == former_r) | (former_l == name_r)
    exact, (variant, *others) = Level("exact", same(name)), _levels()
    either = Level("the former name of the other", crossed.fill_null(value=False))
    return Evidence(
        (exact, variant, either, *others),
        (Measure("edits", "damerau_levenshtein", ".long"),),
        (*name_forms(name), Form(".whole", plain_name(name)), Form(".former", plain_name(former))),
        missing(name),
        pl.col(name),
        shared=_shared(),
    )


def _shared() -> tuple[Form, ...]:
    """Return what several levels read of a pair: bits of places, of which one tells each of four characters."""
    left, right = both(".chars")
    filled = _filled(left) & _filled(right)
    return (
        Form(".filled", filled),
        Form(".other", _other(".chars")),
        Form(".unheard", _unheard()),
        Form(".wild", (both(".wild")[0] | both(".wild")[1]) & filled),
        Form(".chinese", ~(both(".latin")[0] | both(".latin")[1])),
    )


def _levels() -> tuple[Level, ...]:
    filled, other, unheard, wild, chinese = map(pl.col, (".filled", ".other", ".unheard", ".wild", ".chinese"))
    unlike, rest = _other(".shape"), same(".rest")
    told = _filled(both(".chars")[0]) & ~other & ~wild != 0
    three = filled & _at(2) != 0
    long_l, long_r = both(".long")
    cut = (long_l.str.starts_with(long_r) | long_r.str.starts_with(long_l)) & chinese
    one_other = three & rest & ((other == _at(1)) | (other == _at(2)) | (other == _at(3)))
    return (
        Level("variant characters", (other == 0) & rest),
        Level("sounds alike", (chinese & (unheard == 0) & same(".heard")) | _spelt(latin=True)),
        Level("like shape", chinese & (unheard & unlike == 0) & rest),
        Level("a character unstored", chinese & (other & ~wild == 0) & told & rest),
        Level("in Latin letters", _spelt(latin=False)),
        Level("cut", cut.fill_null(value=False)),
        Level("exchanged characters", same(".bag")),
        Level("another surname", chinese & three & rest & (other == _at(0))),
        Level("one character missing", chinese & _one_missing(other) & rest),
        Level("one other character", one_other | (pl.col("edits") <= 1).fill_null(value=False)),
    )


def _number(value: int) -> pl.Expr:
    return pl.lit(value, pl.UInt64)


def _at(place: int) -> pl.Expr:
    """Return the bit that tells of the character at a place."""
    return _number(HIGHEST << LANE * place)


def _filled(lanes: pl.Expr) -> pl.Expr:
    """Return the bits of the places that hold something; nothing reaches from one place into the next."""
    every = sum(1 << LANE * place for place in range(PLACES))
    return (lanes + _number(every * (HIGHEST - 1))) & _number(every * HIGHEST)


def _other(form: str) -> pl.Expr:
    """Return the bits of the places where the two sides differ."""
    left, right = both(form)
    return _filled(left ^ right)


def _unheard() -> pl.Expr:
    """Return the bits of the places where two characters share no reading."""
    left, right = zip(*(both(f".read{one}") for one in range(READINGS)), strict=True)
    return reduce(and_, [_filled(one ^ other) for one in left for other in right])


def _one_missing(other: pl.Expr) -> pl.Expr:
    """Return whether one of two names of two to four characters is the other without one of its characters."""
    left, right = both(".chars")
    before = (other & (~other + _number(1))) - _number(1)  # the bits below the first that tells a difference
    found = [
        _filled(shorter ^ (longer // _number(1 << LANE))) & ~before == 0
        for shorter, longer in ((left, right), (right, left))
    ]
    return reduce(or_, found) & (pl.col(".filled") & _at(1) != 0)


def _spelt(*, latin: bool) -> pl.Expr:
    """Return whether two names have one spelling, both in Latin letters or only one of them."""
    one, other = both(".latin")
    left, right = [*zip(both(".spelt"), both(".turned"), strict=True)]
    spelt = reduce(or_, [a == b for a in left for b in right])
    return ((one & other if latin else one ^ other) & spelt).fill_null(value=False)
