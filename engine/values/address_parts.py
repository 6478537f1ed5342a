"""Parts of Chinese addresses from the province to the road, read by the words that end them (rule N7).

Names of provinces, cities and counties that the division table knows are found without help; others (new, invented or
misspelt) by 省, 市, 区 and 县.
"""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from engine.values.division_names import division_names

_NO = r"\d号弄幢室路街巷道镇乡村"
_CITY = rf"[^{_NO}市区县]{{2,8}}?(?:自治州|地区|市|盟)"
_COUNTY = rf"[^{_NO}市区县旗]{{1,9}}?(?:自治县|自治旗|区|县|旗|市)"
_NO_COUNTY = "(?:[小社校库景厂园街片]|住宅|生活|家属|宿舍|别墅|[东西南北中一二三四五六七八九十])区$"
_NEXT = "(?:[^路街巷弄道大]|大[^道街]|$)"
_STREET_OFFICE = r"^([^\d号弄幢]{1,8}?街道)(?:办事处)?"
_TOWN = rf"^([^\d号弄市区县][^{_NO}]{{0,7}}?(?:镇|乡|苏木)){_NEXT}"
_VILLAGES = "社区|村民委员会|居民委员会|村委会|居委会|行政村|自然村|村|嘎查"
_VILLAGE = rf"^([^{_NO}]{{1,9}}?(?:{_VILLAGES})){_NEXT}"
_ESTATE = "(?:新村|[一二三四五六七八九十]村)$"
_GROUP = r"^第?(\d{1,3}|[^\d组路街巷弄]{1,3})(?:村民小组|组|队)"
_STREET = (
    r"^((?:[GSXY]?\d{1,3}(?:国道|省道|县道|乡道)|[^\d号幢室]{1,12}?(?:路|街|巷|弄|道|胡同))"
    r"(?:(?:[东西南北中一二三四五六七八九十]{1,2}|\d{1,2})(?:段|巷|支路|支弄|街|路))?)"
)


_HEAD = r"^([^\d号弄幢]{0,30}[省市区县旗盟州])"
"""The longest beginning that may be names of provinces, cities and counties: few addresses differ in it."""


def heads(texts: pl.Series) -> pl.DataFrame:
    """Return province, city and county of plain addresses, as they are written, and the rest.

    A province is told in full (浙江 is 浙江省); a city governed by a province has no city above it, and a county-level
    city that stands where a city would is the county.
    """
    cut = pl.DataFrame({"text": texts}).with_columns(head=pl.col("text").str.extract(_HEAD))
    known = _heads(cut["head"].drop_nulls().unique())
    frame = cut.join(known, on="head", how="left", maintain_order="left")
    behind = pl.concat_str(pl.col("rest"), pl.col("text").str.strip_prefix(pl.col("head")))
    return frame.select("text", "province", "city", "county", rest=pl.coalesce(behind, "text"))


def _heads(texts: pl.Series) -> pl.DataFrame:
    """Return `head`, province, city, county and rest of each text."""
    frame = pl.DataFrame({"text": texts}).with_columns(found=pl.col("text").str.extract_groups(_province_form()))
    told, after = (pl.col("found").struct.field(name) for name in ("1", "2"))
    short = pl.col("text").str.extract(_short_province_form())
    after = pl.when(told.is_null()).then("text").otherwise(after)
    frame = frame.with_columns(province=pl.coalesce(told, short), rest=after)
    rest = pl.when(told.is_null() & short.is_not_null()).then(pl.col("rest").str.strip_prefix(short)).otherwise("rest")
    governed = r"^(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|省直辖)"
    frame = frame.with_columns(rest=rest.str.replace(governed, "").str.strip_prefix(pl.col("province").fill_null("")))
    return _below(frame.with_columns(pl.col("province").replace(division_names().provinces)))


def _below(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with city and county taken from the rest."""
    names = division_names()
    rest, city, county = pl.col("rest"), pl.col("city"), pl.col("county")
    frame = frame.with_columns(city=rest.str.extract(_form(_CITY, "city")), short=rest.str.extract(_short_city_form()))
    listed = city.is_in([*names.cities, *names.counties])
    frame = frame.with_columns(short=pl.when(~listed.fill_null(value=False)).then("short"))
    frame = frame.with_columns(rest=_without(pl.coalesce("short", city)).str.replace("^市辖区", ""))
    frame = frame.with_columns(city=pl.coalesce(pl.col("short") + "市", city))
    frame = frame.with_columns(county=rest.str.extract(_form(_COUNTY, "county")))
    known = county.is_in([*names.counties])
    above = pl.col("province").is_not_null() | city.is_not_null()
    sound = known | (~county.str.contains(_NO_COUNTY) & (above | county.str.contains("[县旗]$")))
    frame = frame.with_columns(county=pl.when(sound).then(county))
    frame = frame.with_columns(rest=_without(county))
    lower = county.is_null() & city.is_in([name for name in names.counties if name not in names.cities])
    counties = pl.when(lower).then(city).otherwise(county)
    return frame.select("province", pl.when(~lower).then(city), county=counties, head="text", rest="rest")


def streets(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with township, community (village, with its group), road, and what is left of the rest."""
    rest = pl.col("rest")
    frame = frame.with_columns(township=pl.coalesce(rest.str.extract(_STREET_OFFICE), rest.str.extract(_TOWN)))
    frame = frame.with_columns(rest=_without(pl.col("township")).str.strip_prefix("办事处"))
    village = rest.str.extract(_VILLAGE)
    frame = frame.with_columns(community=pl.when(~village.str.contains(_ESTATE)).then(village))
    frame = frame.with_columns(rest=_without(pl.col("community")))
    group = rest.str.extract(_GROUP)
    grouped = pl.when(pl.col("community").is_not_null() & group.is_not_null()).then(group + "组").fill_null("")
    frame = frame.with_columns(
        community=pl.col("community") + grouped,
        rest=pl.when(grouped != "").then(rest.str.replace(_GROUP, "")).otherwise(rest),
    )
    frame = frame.with_columns(road=rest.str.extract(_STREET))
    return frame.with_columns(rest=_without(pl.col("road")))


def _without(part: pl.Expr) -> pl.Expr:
    return pl.col("rest").str.strip_prefix(part.fill_null(""))


@cache
def _province_form() -> str:
    names = "|".join(sorted(set(division_names().provinces.values()), key=len, reverse=True))
    return rf"^(?:中国|中华人民共和国)?({names}|[^{_NO}省市区县]{{2,5}}省)(.*)$"


@cache
def _short_province_form() -> str:
    short = "|".join(name for name, full in division_names().provinces.items() if name != full)
    return rf"^({short})[^\d路街巷道]{{1,8}}?[市区县州盟旗]"


@cache
def _short_city_form() -> str:
    short = "|".join(name[:-1] for name in division_names().cities if name.endswith("市") and len(name) > 2)
    return rf"^({short})[^{_NO}市区县]{{1,7}}[市区县]"


@cache
def _form(general: str, level: str) -> str:
    """Return the form of names of a level; those that it would cut, as 沙市区, stand before it."""
    names = division_names()
    listed = names.cities if level == "city" else names.counties
    cut = [name for name in listed if len(name) > 1 and getattr(re.match(general, name), "group", str)() != name]
    ended = [name for name in cut if name[-1] in ("市盟区州" if level == "city" else "市区县旗")]
    return rf"^({'|'.join([*sorted(ended, key=len, reverse=True), general])})"
