"""Comparisons of names of Chinese legal entities by their parts: division, 字号, trade, form, branch."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from engine.values.company_names import company_core, split_companies
from engine.values.organisations import plain_company
from engine.values.pinyin import pinyin
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

_SUFFIX = "(?:特别行政区|自治区|自治州|地区|[省市区县盟])$"
_PLACE = "[省市区县镇]"
_PARTS = {f".{name}": pl.String for name in ("division", "core", "trade", "branch", "spelt", "initials", "latin")}


@comparison("chinese_company", thresholds=(0.9, 0.75, 0.5))
def chinese_company(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """The same name, another form, the same parts, a short name, in Latin letters, another trade, common bigrams.

    The 字号 is what a company is called; a division that one name leaves out is no difference, two different ones are.
    A branch is another subject: its name is like that of the same branch alone. Frequent or rare is the 字号. In Latin
    letters counts the pinyin of the 字号 as the name's beginning, and its initials, three or more, as the whole name.
    """
    return Evidence(
        (Level("exact", same(attributes[0])), *_levels(thresholds)),
        (Measure("dice", "dice", ".bigrams"),),
        _forms(attributes[0]),
        term=pl.coalesce(company_core(pl.col(attributes[0])), attributes[0]),
    )


@comparison("chinese_company_or_former", thresholds=(0.9, 0.75, 0.5), attributes=2)
def chinese_company_or_former(attributes: Attributes, thresholds: Thresholds) -> Evidence:
    """Name and former name: as `chinese_company`, or the name of one is the former name of the other."""
    name, former = attributes
    told = chinese_company((name,), thresholds)
    (name_l, name_r), (former_l, former_r) = both(".plain"), both(".former")
    crossed = ((name_l == former_r) | (former_l == name_r)).fill_null(value=False)
    levels = (*told.levels[:2], Level("the former name of the other", crossed), *told.levels[2:])
    forms = (*told.forms, Form(".former", plain_company(pl.col(former))))
    return told._replace(levels=levels, forms=forms, null=missing(name))


def _levels(thresholds: Thresholds) -> tuple[Level, ...]:
    core, trade, branch = same(".core"), same(".trade"), same(".branch")
    (division_l, division_r), (trade_l, trade_r) = both(".division"), both(".trade")
    place = (division_l == division_r) | (division_l == "") | (division_r == "")
    like = [Level(f"common bigrams >= {t:g}", branch & (pl.col("dice") >= t)) for t in thresholds]
    return (
        Level("another form of company", same(".plain")),
        Level("the same division, 字号 and trade", core & trade & branch & place),
        Level("a short name", core & branch & place & ((trade_l == "") | (trade_r == ""))),
        Level("in Latin letters", _crossed(".latin", ".spelt") & branch),
        Level("initials in Latin letters", _crossed(".latin", ".initials") & branch),
        *like[:1],
        Level("the same 字号, another trade", core & branch & place),
        *like[1:],
    )


def _crossed(whole: str, part: str) -> pl.Expr:
    """Return whether what one name is in Latin letters is what the other is in pinyin."""
    (whole_l, whole_r), (part_l, part_r) = both(whole), both(part)
    found = [whole_l == part_r, whole_r == part_l]
    if part == ".spelt":
        found = [whole_l.str.starts_with(part_r), whole_r.str.starts_with(part_l)]
    return reduce(or_, [one.fill_null(value=False) for one in found])


def _forms(attribute: str) -> tuple[Form, ...]:
    name = pl.col(attribute)
    plain = plain_company(name)
    parts = name.map_batches(_parts, return_dtype=pl.Struct(_PARTS))
    return Form(".plain", plain), Form(".bigrams", bigrams(plain)), Form(".parts", parts)


def _parts(names: pl.Series) -> pl.Series:
    """Return the parts of each name; `core` is null where there is none, other parts are empty."""
    name, core = pl.col("name"), pl.col("core")
    chinese = name.str.contains(r"\p{Han}")
    syllables = pinyin(core)
    parts = [
        pl.col("division").fill_null("").str.replace(_SUFFIX, ""),
        core,
        pl.col("trade").fill_null(""),
        pl.col("branch").fill_null("").str.replace(_PLACE, ""),
        pl.when(core.str.len_chars() >= 2).then(syllables.str.replace_all(" ", "", literal=True)),
        _initials(syllables),
        pl.when(~chinese).then(name.str.to_lowercase().str.replace_all(r"[^\p{Latin}\p{N}]", "")),
    ]
    named = (part.alias(column) for part, column in zip(parts, _PARTS, strict=True))
    return split_companies(names).select(named).to_struct(names.name)


def _initials(syllables: pl.Expr) -> pl.Expr:
    letters = syllables.str.replace_all(r"(\S)\S*\s?", "${1}")
    return pl.when(letters.str.len_chars() >= 3).then(letters)
