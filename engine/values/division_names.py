"""Names of divisions, of today or earlier, and the codes of today that they mean."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import polars as pl

from engine.values.divisions import LAST_YEAR, OPEN, division_successors, read_divisions

_SUFFIX = r"(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$"


class Bearer(NamedTuple):
    """What bore the name of a county: the names above it at any time, whether it still bears it, its codes of today."""

    above: frozenset[str]
    today: bool
    codes: frozenset[str]


class DivisionNames(NamedTuple):
    """Names by level: `provinces` and `short_provinces` to the full name, `cities` to codes, `counties` to bearers."""

    provinces: dict[str, str]
    cities: dict[str, frozenset[str]]
    counties: dict[str, tuple[Bearer, ...]]


@cache
def division_names() -> DivisionNames:
    """Return the names of all divisions in the table, former ones too.

    >>> [sorted(one.codes) for one in division_names().counties["临平区"]]
    [['330113']]
    """
    spans = read_divisions().spans
    provinces = spans.filter(pl.col("code").str.ends_with("0000"))["name"].unique().sort().to_list()
    short = pl.Series(provinces, dtype=pl.String).str.replace(_SUFFIX, "").to_list()
    inside = spans.filter(~pl.col("code").str.ends_with("0000"))
    ends = pl.col("valid_to")
    last = inside.filter(pl.col("code").str.ends_with("00"), ends == ends.max().over("name"))
    cities: dict[str, frozenset[str]] = {}
    for name, code in last.select("name", "code").rows():
        cities[name] = cities.get(name, frozenset()) | {code}
    full = dict(zip([*provinces, *short], [*provinces, *provinces], strict=True))
    return DivisionNames(full, cities, _counties(spans))


def _counties(spans: pl.DataFrame) -> dict[str, tuple[Bearer, ...]]:
    every: dict[str, set[str]] = {}
    for code, name in spans.select("code", "name").rows():
        every.setdefault(code, set()).add(name)
    counties = spans.filter(~pl.col("code").str.ends_with("00"))
    now = dict(counties.filter(pl.col("valid_to") == OPEN).select("code", "name").rows())
    came_to = division_successors(pl.col("code"), LAST_YEAR, since=pl.col("valid_from"))
    found: dict[str, list[Bearer]] = {}
    rows = counties.select("code", "name", "parent", pl.col("valid_to") == OPEN, came_to.alias("to")).rows()
    for code, name, parent, today, codes in rows:
        above = every.get(parent, set()) | every.get(code[:2] + "0000", set())
        namesakes = [one for one in codes if _stem(now.get(one, "")) == _stem(name)]
        meant = [code] if today else namesakes or codes
        found.setdefault(name, []).append(Bearer(frozenset(above), today, frozenset(meant)))
    return {name: tuple(bearers) for name, bearers in found.items()}


def _stem(name: str) -> str:
    return re.sub("(?:新区|林区|特区|自治县|[市区县旗])$", "", name)


def county_code(province: str | None, city: str | None, county: str | None) -> str | None:
    """Return the code of today for names as an address tells them; null when they mean several counties, or none.

    A name that is in force means what bears it today; a former name means what followed it: the county that is called
    alike (萧山市 is 萧山区), or else the one that there is.

    >>> county_code(None, "杭州市", "余杭区"), county_code(None, "杭州市", "萧山市"), county_code(None, None, "朝阳区")
    ('330110', '330109', None)
    """
    names = division_names()
    above = {name for name in (names.provinces.get(province or "", province), city) if name}
    bearers = [one for one in names.counties.get(county or "", ()) if above <= one.above | {"市辖区"}]
    if not bearers and county:
        bearers = _with_city_before(county, above)
    for chosen in ([one for one in bearers if one.today], bearers):
        codes = frozenset[str]().union(*(one.codes for one in chosen))
        if codes:
            return next(iter(codes)) if len(codes) == 1 else None
    return None


def _with_city_before(county: str, above: set[str]) -> list[Bearer]:
    """Return what bears the end of a name whose beginning is a city without 市, as 杭州西湖区."""
    names = division_names()
    for cut in range(2, len(county) - 1):
        city = next((name for name in (county[:cut] + "市", county[:cut] + "地区") if name in names.cities), None)
        found = [one for one in names.counties.get(county[cut:], ()) if city in one.above and above <= one.above]
        if found:
            return found
    return []
