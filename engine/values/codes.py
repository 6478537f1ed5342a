"""Code lists of the national standards: code to name and name to code (configs/codes/*.csv).

A value is looked up by the code, the name, and every other spelling of the list (short and former names, letters,
codes that lost a leading zero); width of letters, case and blanks do not matter. What is in no list stays as it is,
and `is_listed` tells it apart: a list that is older than the data is no reason to drop a value.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

import polars as pl

_SPELLINGS = "spellings"
_NO_SPELLING = ("standard", "source")


class CodeList(StrEnum):
    """The lists, by the name of their file."""

    SEX = "sex"
    MARITAL_STATUS = "marital_status"
    ETHNIC_GROUPS = "ethnic_groups"
    FAMILY_RELATIONS = "family_relations"
    EDUCATION = "education"
    POLITICAL_STATUS = "political_status"
    EMPLOYMENT_STATUS = "employment_status"
    OCCUPATIONS = "occupations"
    INDUSTRIES = "industries"
    COUNTRIES = "countries"
    CERTIFICATE_TYPES = "certificate_types"


class _Lookup(NamedTuple):
    spellings: pl.Series
    codes: pl.Series
    names: pl.Series


@cache
def read_codes(codes: CodeList) -> pl.DataFrame:
    """Return a list: code, name, spellings (with `|` between), columns of its own, standard and source.

    >>> read_codes(CodeList.ETHNIC_GROUPS).select("code", "name", "roman", "letters").row(5)
    ('06', '苗族', 'Miao', 'MH')
    """
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    return pl.read_csv(shipped("codes", f"{codes}.csv"), infer_schema=False)


def to_code(expr: pl.Expr, codes: CodeList) -> pl.Expr:
    """Return the code of a code, name or spelling; what the list does not know stays as it is.

    >>> frame = pl.DataFrame({"x": ["汉", "维吾尔族", " mg ", "5", "01", "穿青人"]})
    >>> frame.select(to_code(pl.col("x"), CodeList.ETHNIC_GROUPS))["x"].to_list()
    ['01', '05', '02', '05', '01', '穿青人']
    """
    return _replaced(expr, codes, "codes")


def to_name(expr: pl.Expr, codes: CodeList) -> pl.Expr:
    """Return the standard's name for a code, name or spelling; what the list does not know stays as it is.

    >>> frame = pl.DataFrame({"x": ["21", "本科", "CHN", None]})
    >>> frame.select(to_name(pl.col("x"), CodeList.EDUCATION))["x"].to_list()
    ['大学本科毕业', '大学本科教育', 'CHN', None]
    """
    return _replaced(expr, codes, "names")


def is_listed(expr: pl.Expr, codes: CodeList) -> pl.Expr:
    """Return whether the list knows the value, in any spelling; null for null.

    >>> frame = pl.DataFrame({"x": ["CHN", "156", "中华人民共和国", "YUG"]})
    >>> frame.select(is_listed(pl.col("x"), CodeList.COUNTRIES))["x"].to_list()
    [True, True, True, False]
    """
    return _fold(expr).is_in(_lookup(codes).spellings.implode())


def _replaced(expr: pl.Expr, codes: CodeList, column: str) -> pl.Expr:
    lookup = _lookup(codes)
    answers: pl.Series = getattr(lookup, column)
    found = _fold(expr).replace_strict(lookup.spellings, answers, default=None, return_dtype=pl.String)
    return pl.coalesce(found, expr).name.keep()


def _fold(expr: pl.Expr) -> pl.Expr:
    return expr.str.normalize("NFKC").str.replace_all(r"\s+", "").str.to_uppercase()


@cache
def _lookup(codes: CodeList) -> _Lookup:
    table = read_codes(codes)
    others = [column for column in table.columns if column not in {*_NO_SPELLING, _SPELLINGS}]
    known = pl.concat_list(*others, pl.col(_SPELLINGS).fill_null("").str.split("|"))
    rows = table.select("code", "name", spelling=known).explode("spelling")
    rows = rows.with_columns(_fold(pl.col("spelling"))).filter(pl.col("spelling").str.len_chars() > 0)
    rows = rows.unique(["code", "spelling"], maintain_order=True)
    return _Lookup(rows["spelling"], rows["code"], rows["name"])
