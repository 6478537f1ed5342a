"""Division codes as delivered: their form, whether and when they were in force, and what followed (rule N6)."""

from __future__ import annotations

from functools import cache

import polars as pl

from engine.values.address_forms import plain_address
from engine.values.address_parts import heads
from engine.values.distinct import once
from engine.values.division_names import county_code, division_names
from engine.values.divisions import LAST_YEAR, OPEN, division_successors, is_known_division, read_divisions
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

_CODE = r"^(\d{6}|\d{9}|\d{12})(?:\.0)?$"
_HIGHER = r"^(\d{2}|\d{4})(?:\.0)?$"


def clean_division(expr: pl.Expr) -> pl.Expr:
    """Return the code in 6, 9 or 12 digits as delivered, 2 and 4 digits filled with 00; a name becomes its code.

    A name that means several divisions, or none that is known, stays as it is and is not valid.

    >>> frame = pl.DataFrame({"x": ["330110", "3301", "390103007", "浙江省杭州市余杭区", "襄樊市", "朝阳区"]})
    >>> frame.select(clean_division(pl.col("x")))["x"].to_list()
    ['330110', '330100', '390103007', '330110', '420600', '朝阳区']
    """
    return once(clean_text(expr), _coded, dtype=pl.String)


def is_division(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed value is a code that was ever in force, or of a township or village in one that was."""
    return is_known_division(expr)


def match_division(expr: pl.Expr) -> pl.Expr:
    """Return the code itself."""
    return expr


def division_successor(expr: pl.Expr) -> pl.Expr:
    """Return the code that followed an abolished one, if it is one alone; null for a code in force, and after a split.

    >>> frame = pl.DataFrame({"x": ["110103", "330184", "330110", "390124"]})
    >>> frame.select(division_successor(pl.col("x")))["x"].to_list()
    ['110101', None, None, '390106']
    """
    return once(expr, _successor, dtype=pl.String)


def division_from(expr: pl.Expr) -> pl.Expr:
    """Return the first year in which the code of a county, city or province, or the one in front, was in force.

    >>> pl.DataFrame({"x": ["330113", "110103", "330199"]}).select(division_from(pl.col("x")))["x"].to_list()
    ['2021', '1981', None]
    """
    return _years(expr, "first")


def division_until(expr: pl.Expr) -> pl.Expr:
    """Return the year in which the code was abolished; null while it is in force, and for an unknown code.

    >>> pl.DataFrame({"x": ["110103", "330110", "390124001"]}).select(division_until(pl.col("x")))["x"].to_list()
    ['2010', None, '2001']
    """
    return _years(expr, "last")


def _coded(expr: pl.Expr) -> pl.Expr:
    higher = expr.str.extract(_HIGHER).str.pad_end(6, "0")
    named = pl.when(expr.str.contains(r"\p{Han}")).then(expr)
    code = named.map_batches(_code_of_names, return_dtype=pl.String, is_elementwise=True)
    return pl.coalesce(expr.str.extract(_CODE), higher, code, expr)


def _code_of_names(values: pl.Series) -> pl.Series:
    """Return the code that a text of division names alone means."""
    names = division_names()
    provinces = _province_codes()
    plain = values.to_frame("x").select(plain_address(pl.col("x"))).to_series()
    found: list[str | None] = []
    for text, province, city, county, rest in heads(plain).rows():
        cities = names.cities.get(city or "", frozenset())
        whole = provinces.get(names.provinces.get(text or "", ""))
        if rest and not whole:
            found.append(None)
        elif county:
            found.append(county_code(province, city, county))
        elif city:
            found.append(next(iter(cities)) if len(cities) == 1 else None)
        else:
            found.append(whole or provinces.get(province or ""))
    return pl.Series(values.name, found, dtype=pl.String)


@cache
def _province_codes() -> dict[str, str]:
    spans = read_divisions().spans.filter(pl.col("code").str.ends_with("0000"))
    return dict(spans.select("name", "code").rows())


def _successor(expr: pl.Expr) -> pl.Expr:
    came_to = division_successors(expr, LAST_YEAR)
    gone = _until(expr).is_not_null() & expr.str.contains(r"^\d{6}$")
    return pl.when(gone & (came_to.list.len() == 1)).then(came_to.list.first())


def _years(expr: pl.Expr, which: str) -> pl.Expr:
    return once(expr, _from if which == "first" else _until, dtype=pl.String)


def _from(expr: pl.Expr) -> pl.Expr:
    codes, first, _ = _spans()
    return expr.str.head(6).replace_strict(codes, first, default=None, return_dtype=pl.String)


def _until(expr: pl.Expr) -> pl.Expr:
    codes, _, last = _spans()
    return expr.str.head(6).replace_strict(codes, last, default=None, return_dtype=pl.String)


@cache
def _spans() -> tuple[pl.Series, pl.Series, pl.Series]:
    table = read_divisions().spans.group_by("code").agg(pl.col("valid_from").min(), pl.col("valid_to").max())
    until = pl.when(pl.col("valid_to") < OPEN).then(pl.col("valid_to").cast(pl.String))
    return table["code"], table["valid_from"].cast(pl.String), table.select(until).to_series()


DIVISION = register(Kind("division", "division code (GB/T 2260)", clean_division, match_division, is_division))
