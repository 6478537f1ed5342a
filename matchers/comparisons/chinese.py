"""Comparisons of Chinese names and of the codes of Chinese legal entities.

Jaro-Winkler says nothing about names of two or three characters: what counts is which character differs, and how it
could have been mistaken. Readings, shapes and variants come from configs/codes/characters.csv.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.values.characters import reading, replaced_characters, standard_characters
from engine.values.organisations import plain_company
from matchers.comparisons.kernel import bigrams
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

UNSTORED = r"[?*□\x{E000}-\x{F8FF}]"
"""What stands for a character that a system could not store: a wildcard, or a private-use character."""

BRANCH = "分(?:公司|店|行|所|部|院|社)$"
"""How the name of a part of a legal entity ends."""


@comparison("chinese_name")
def chinese_name(attributes: Attributes, *_: Any) -> Evidence:
    """The same name, of variant characters, sounding alike, of like shape, one character unstored, cut, one other.

    A reading in Latin letters inside a Chinese name stands for an unstored character. Two characters exchanged and one
    character missing or too many count as one other; a name that begins the other counts as cut when it has four
    characters or more. One other character counts in names of three or more.
    """
    (short_l, short_r), (name_l, name_r) = both(".length"), both(".standard")
    shortest = pl.min_horizontal(short_l, short_r)
    cut = (shortest >= 4) & (name_l.str.starts_with(name_r) | name_r.str.starts_with(name_l))
    unstored = (both(".unstored")[0] | both(".unstored")[1]) & (pl.col("edits") <= 1)
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("variant characters", same(".standard")),
            Level("sounds alike", same(".reading")),
            Level("like shape", (short_l == short_r) & same(".shape")),
            Level("one character unstored", unstored),
            Level("cut", cut),
            Level("one other character", (pl.max_horizontal(short_l, short_r) >= 3) & (pl.col("edits") <= 1)),
        ),
        (Measure("edits", "damerau_levenshtein", ".standard"),),
        _name_forms(attributes[0]),
    )


def _name_forms(attribute: str) -> tuple[Form, ...]:
    chinese = pl.col(attribute).str.contains(r"\p{Han}")
    spelt = pl.when(chinese).then(pl.col(attribute).str.replace_all("[a-z]+", "?")).otherwise(pl.col(attribute))
    standard = standard_characters(spelt)
    return (
        Form(".standard", standard),
        Form(".reading", reading(standard)),
        Form(".shape", replaced_characters(standard, "shape")),
        Form(".length", standard.str.len_chars()),
        Form(".unstored", standard.str.contains(UNSTORED)),
    )


@comparison("chinese_organisation", thresholds=(0.9, 0.75, 0.5))
def chinese_organisation(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, the same but for the form of company, or a share of neighbouring characters in common (Dice).

    A branch bears its parent's name and is another subject: a name of a branch and one of none are never alike.
    """
    branch_l, branch_r = both(".branch")
    levels = (Level(f"common bigrams >= {t:g}", (branch_l == branch_r) & (pl.col("dice") >= t)) for t in thresholds)
    plain = plain_company(pl.col(attributes[0]))
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("another form of company", same(".plain")),
            *levels,
        ),
        (Measure("dice", "dice", ".bigrams"),),
        (
            Form(".plain", plain),
            Form(".bigrams", bigrams(plain)),
            Form(".branch", pl.col(attributes[0]).str.contains(BRANCH)),
        ),
    )


@comparison("credit_code", attributes=2)
def credit_code(attributes: Attributes, *_: Any) -> Evidence:
    """Credit code and organisation code: the same code, the same organisation code within, one character wrong."""
    credit, organisation = attributes
    inside = pl.coalesce(pl.col(organisation), pl.col(credit).str.slice(8, 9))
    return Evidence(
        (
            Level("exact", same(credit)),
            Level("the same organisation code", same(".organisation")),
            Level("one character wrong", pl.col("edits") <= 1),
        ),
        (Measure("edits", "damerau_levenshtein", ".organisation"),),
        (Form(".organisation", inside),),
        missing(".organisation"),
    )


@comparison("chinese_address")
def chinese_address(attributes: Attributes, *_: Any) -> Evidence:
    """The same address, the same numbers after a common road, the same house, or the same road.

    Numbers are read in order from the end of the road's name: house, building, unit, room. What stands before the road
    (province, city, district, town) is written in many ways and not compared.
    """
    full = (both(".count")[0] >= 2) & same(".numbers")
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same road and numbers", same(".road") & full),
            Level("the same road and house", same(".road") & same(".house")),
            Level("the same road", same(".road")),
        ),
        (),
        _address_forms(attributes[0]),
    )


def _address_forms(attribute: str) -> tuple[Form, ...]:
    text = pl.col(attribute)
    tail = text.str.extract(r"(?:路|街|巷|道|弄|村)([^路街巷道弄村]*)$")
    numbers = tail.str.extract_all(r"\d+")
    return (
        Form(".road", text.str.extract(r"([\p{Han}]{1,3}(?:路|街|巷|道|弄|村))[^路街巷道弄村]*$")),
        Form(".numbers", numbers.list.join(" ")),
        Form(".house", numbers.list.first()),
        Form(".count", numbers.list.len()),
    )
