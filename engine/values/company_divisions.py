"""Names of divisions as companies write them: whole, and short where no other word is meant."""

from __future__ import annotations

from functools import cache
from typing import Literal

import polars as pl

from engine.values.divisions import read_divisions

COUNTRY = ("中国", "中华", "全国", "国家")
"""What stands in the place of the division where a company works everywhere."""

AMBIGUOUS = (
    "东方", "永安", "新民", "新乐", "海城", "华阴", "阿里", "合作", "同仁", "万宁", "安达", "大安", "长安",
    "新区", "市区", "东区", "南区", "西区", "北区", "中区", "城区", "郊区", "矿区", "市辖区",
)  # fmt: skip
"""Words that are no sign of a division: places whose short names companies like to be called by, parts of any city."""

_SHORT = {
    "内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆", "香港特别行政区": "香港", "澳门特别行政区": "澳门",
}  # fmt: skip


def leading_division(texts: pl.Series) -> pl.Series:
    """Return the division with which each text begins, up to three names of it; null where none does.

    All whole names since 1981 count, and short ones of provinces, prefectures and cities; after another division only
    whole names and, behind a province, a prefecture: 北京同仁堂 is not of 同仁. A district has no short name unless it
    was a city: 西湖 is a company's name too.

    >>> texts = pl.Series(["浙江杭州某某", "杭州市余杭区某某", "北京同仁堂", "义乌某某", "某某"])
    >>> leading_division(texts).to_list()
    ['浙江杭州', '杭州市余杭区', '北京', '义乌', None]
    """
    names = _names()
    province, prefecture = (names.filter(level=level)["name"] for level in ("province", "prefecture"))
    whole = names.filter("whole")["name"]
    found = texts.alias("text").to_frame().with_columns(found=longest_end(pl.col("text"), names["name"], at="head"))
    below = longest_end(_rest(), whole, at="head")
    is_province = pl.col("found").is_in(province.implode())
    of_province = pl.when(is_province).then(longest_end(_rest(), prefecture, at="head"))
    found = _lengthened(found, pl.coalesce(below, of_province), where=_more() | is_province)
    return _lengthened(found, below, where=_more())["found"].alias(texts.name)


def longest_end(text: pl.Expr, words: pl.Series, *, at: Literal["head", "tail"]) -> pl.Expr:
    """Return the longest of the words with which the text begins (`head`) or ends (`tail`); null where none does.

    >>> words = pl.Series(["公司", "有限公司"])
    >>> pl.DataFrame({"x": ["某某有限公司"]}).select(longest_end(pl.col("x"), words, at="tail")).item()
    '有限公司'
    """
    tests = []
    for length in sorted(set(words.str.len_chars()), reverse=True):
        end = text.str.head(length) if at == "head" else text.str.tail(length)
        known = words.filter(words.str.len_chars() == length).unique().implode()
        tests.append(pl.when(end.is_in(known)).then(end))
    return pl.coalesce(tests)


def _lengthened(frame: pl.DataFrame, more: pl.Expr, *, where: pl.Expr) -> pl.DataFrame:
    """Return the frame with `more` behind what was `found`, looked for in the rows of `where` alone."""
    rows = frame.select(where.fill_null(value=False)).to_series()
    if not rows.any():
        return frame
    longer = frame.filter(rows).select(pl.concat_str("found", more.fill_null(""))).to_series()
    return frame.with_columns(frame["found"].scatter(rows.arg_true(), longer))


def _rest() -> pl.Expr:
    return pl.col("text").str.slice(pl.col("found").str.len_chars())


def _more() -> pl.Expr:
    """Return whether a whole name of a division can follow what was found."""
    return _rest().str.contains("^.{1,12}[省市区县州盟旗域]") & pl.col("found").is_not_null()


@cache
def _names() -> pl.DataFrame:
    """Return the names of divisions: `name`, `whole` (not the short one), `level` (province, prefecture, county)."""
    code, name = pl.col("code"), pl.col("name")
    below = pl.when(code.str.ends_with("00")).then(pl.lit("prefecture")).otherwise(pl.lit("county"))
    level = pl.when(code.str.ends_with("0000")).then(pl.lit("province")).otherwise(below)
    city = name.str.extract("^(.{2,})市$")
    prefecture = name.str.extract(f"^(.{{2,}}?)(?:地区|盟|(?:{_nations()})*自治州)$")
    province = pl.coalesce(name.replace_strict(_SHORT, default=None), name.str.extract("^(.{2,})省$"))
    short = pl.coalesce(city, pl.when(code.str.ends_with("00")).then(pl.coalesce(province, prefecture)))
    spans = read_divisions().spans.select("name", short=short, level=level)
    found = [
        spans.select("name", "level", whole=pl.lit(value=True)),
        spans.select(name="short", level="level", whole=pl.lit(value=False)).drop_nulls("name"),
        pl.DataFrame({"name": COUNTRY, "level": "country", "whole": False}),
    ]
    usable = (name.str.len_chars() > 1) & ~name.is_in(AMBIGUOUS) & ~name.str.contains("直辖")
    return pl.concat(found).filter(usable).unique(maintain_order=True)


def _nations() -> str:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    names = pl.read_csv(shipped("codes", "ethnic_groups.csv"), infer_schema=False)["name"]
    both = {*names, *(name.removesuffix("族") for name in names if len(name) > 2)}
    return "|".join(sorted(both, key=lambda one: (-len(one), one)))
