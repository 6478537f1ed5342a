"""Calendar dates as ISO 8601 text (GB/T 7408), whole or partial: `YYYY-MM-DD`, `YYYY-MM`, `YYYY` (rules N3, A5)."""

from __future__ import annotations

import re
from functools import partial

import polars as pl

from engine.values.date_forms import read_rare_dates
from engine.values.folds import present, staged
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

FIRST_YEAR, LAST_YEAR = 1000, 2199
"""Years outside are taken for defaults and typing errors, such as 0001-01-01 and 9999-12-31."""

_ISO = r"^\d{4}(?:-\d{2}(?:-\d{2})?)?$"
_TIME = r"(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:z|[ap]m|[+-]\d{2}:?\d{2})?)?"
_MONTHS = {
    "jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06", "jul": "07", "aug": "08", "sep": "09",
    "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_NUMERIC = (
    rf"^(\d{{4}})(?:\.0)?$|^(\d{{4}})(\d{{2}})(\d{{2}})(?:\.0|{_TIME})$|"
    rf"^(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})(?:\s*[-/.月]\s*(\d{{1,2}})?\s*日?)?{_TIME}$|^(\d{{4}})\s*年$"
)
_NAMED = (
    rf"^(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -/.]*)?{_MONTH}[ -/.,]*(\d{{4}}){_TIME}$|"
    rf"^{_MONTH}[ .]*(\d{{1,2}})(?:st|nd|rd|th)?(?:, *| +)(\d{{4}}){_TIME}$|^(\d{{4}})[ -/.]{_MONTH}[ -/.]*(\d{{1,2}})$"
)


def parse_date(expr: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Return delivered text as ISO text; what cannot be read stays as it is and is not valid.

    Without `date_format` the forms that put the year first, in digits or Chinese, those with an English month name and
    those of `read_rare_dates` are read; a time of day is dropped, a month or day 00 is a partial date. 31/01/1980 and
    01/31/1980 cannot be told apart and must be declared: `date_format` is a strftime pattern, without a day (or month)
    for partial dates. Values that do not fit it are read as if it were not given. Two digits of a year (`%y`) are 1969
    to 2068 (POSIX).

    >>> frame = pl.DataFrame({"x": ["19800131", "1980/1/31", "1980年1月", "31 Jan 1980", "1980.0", "1980-02-31"]})
    >>> frame.select(parse_date(pl.col("x")))["x"].to_list()
    ['1980-01-31', '1980-01-31', '1980-01', '1980-01-31', '1980', '1980-02-31']
    >>> pl.DataFrame({"x": ["31/01/1980"]}).select(parse_date(pl.col("x"), "%d/%m/%Y"))["x"].to_list()
    ['1980-01-31']
    """
    return staged(clean_text(expr), partial(_parsed, date_format=date_format), dtype=pl.String)


def is_date(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed value is a day, month or year of the calendar between 1000 and 2199.

    >>> frame = pl.DataFrame({"x": ["1980-02-29", "1981-02-29", "1980", "9999-12-31", "soon"]})
    >>> frame.select(is_date(pl.col("x")))["x"].to_list()
    [True, False, True, False, False]
    """
    padded = expr + pl.lit("-01-01").str.slice(expr.str.len_chars() - 4)
    day = pl.when(expr.str.contains(_ISO)).then(padded).str.to_date("%Y-%m-%d", strict=False)
    fits = day.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return pl.when(expr.is_not_null()).then(fits.fill_null(value=False))


def match_date(expr: pl.Expr) -> pl.Expr:
    """Return the ISO text itself."""
    return expr


def _parsed(values: pl.Series, date_format: str | None) -> pl.Series:
    frame = values.to_frame("text")
    declared = pl.lit(None, pl.String) if date_format is None else _declared(pl.col("text"), date_format)
    frame = frame.with_columns(date=declared)
    rest = frame.select(pl.when(pl.col("date").is_null()).then("text")).to_series()
    return frame["date"].fill_null(_usual(rest)).alias(values.name)


def _usual(values: pl.Series) -> pl.Series:
    text = pl.col("text")
    lower = (
        values.to_frame("text")
        .with_columns(lower=text.str.to_lowercase())
        .with_columns(
            found=pl.col("lower").str.extract_groups(_NUMERIC), named=pl.col("lower").str.extract_groups(_NAMED)
        )
    )
    part = [pl.col("found").struct.field(str(number)) for number in range(1, 9)]
    word = [pl.col("named").struct.field(str(number)) for number in range(1, 10)]
    month = pl.coalesce(word[1], word[3], word[7]).replace_strict(_MONTHS, default=None)
    year = pl.coalesce(part[0], part[1], part[4], part[7], word[2], word[5], word[6])
    day = pl.coalesce(part[3], part[6], word[0], word[4], word[8])
    iso = _iso(year, pl.coalesce(part[2], part[5], month), day)
    read = lower.select("text", iso=pl.when(year.is_not_null()).then(iso))
    rest = read.filter(pl.col("iso").is_null())["text"].drop_nulls().unique()
    if rest.len():
        rare = pl.DataFrame({"text": rest, "rare": read_rare_dates(rest)})
        read = read.join(rare, on="text", how="left", maintain_order="left").with_columns(pl.coalesce("iso", "rare"))
    return read.select(pl.coalesce("iso", "text")).to_series()


def _iso(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the parts joined; a trailing 00 is dropped."""
    parts = [year, month.str.zfill(2), day.str.zfill(2)]
    return pl.concat_str(parts, separator="-", ignore_nulls=True).str.replace(r"(?:-00)+$", "")


def _declared(text: pl.Expr, date_format: str) -> pl.Expr:
    """Return the dates that fit the pattern, as far as it goes: to the day, the month or the year."""
    directives = set(re.findall(r"%[-_0]?([A-Za-z])", date_format))
    whole = directives & set("dejDFxsc")
    monthly = directives & set("mbBh")
    padding = "" if whole else " 01" if monthly else " 01 01"
    pattern = date_format if whole else date_format + " %d" if monthly else date_format + " %m %d"
    day = (text + padding).str.to_date(pattern, strict=False)
    return present(day.dt.to_string("%Y-%m-%d" if whole else "%Y-%m" if monthly else "%Y"))


DATE = register(Kind("date", "date", parse_date, match_date, is_date))
