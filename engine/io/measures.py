"""How far the values of a file fit the data types and lengths that a catalogue declares, counted chunk by chunk."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import polars as pl

from engine.settings.base import Settings
from engine.values.dates import is_date, parse_date
from engine.values.times import parse_time

Form = Literal["text", "number", "date", "unknown"]

FORMS: dict[Form, str] = {
    "date": r"日期|时间|^date|^time|^d$|^t$|^dt$",
    "number": r"数值|数字|整数|整型|整形|长整|浮点|小数|金额|货币|"
    r"^(big|small|tiny|medium)?int|^num|^dec|^float|^double|^real|^money|^n$|^i$",
    "text": r"字符|文本|字串|char|^text|^string|^str$|clob|^c$",
}
"""What the names of data types that stewards use say of the values; of any other nothing is asked."""

MEASURES = pl.Schema(
    {
        "source": pl.String,
        "file": pl.String,
        "item": pl.String,
        "values": pl.Int64,
        "of_other_type": pl.Int64,
        "too_long": pl.Int64,
        "unfit": pl.Int64,
        "example": pl.String,
    }
)
"""A row per item that a file has, of each chunk: its values, how many do not fit, and the smallest of these."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$"


class DeclaredItem(Settings):
    """An information item as the catalogue declares it."""

    name: str
    form: Form
    digits: int | None = None
    decimals: int | None = None
    date_format: str | None = None

    def asked(self) -> str:
        """Return what the values should be, in words.

        >>> declared_item("金额", "数值型", "16,2").asked()
        'number of 16,2'
        """
        decimals = "" if self.decimals is None else f",{self.decimals}"
        return self.form if self.digits is None else f"{self.form} of {self.digits}{decimals}"


class Declared(Settings):
    """The items that a source's files should have, and the texts that stand for a missing value."""

    items: tuple[DeclaredItem, ...] = ()
    missing: tuple[str, ...] = ()


def declared_item(name: str, data_type: str, length: str, *, date_format: str | None = None) -> DeclaredItem:
    """Return what an item's data type and length ask of its values; `length` is `50`, `16,2` or empty.

    >>> declared_item("金额", "数值型", "16,2")
    DeclaredItem(name='金额', form='number', digits=16, decimals=2, date_format=None)
    """
    parts = [int(part) for part in re.findall(r"\d+", length)]
    digits, decimals = (parts[0] if parts else None), (parts[1] if len(parts) > 1 else None)
    return DeclaredItem(name=name, form=form_of(data_type), digits=digits, decimals=decimals, date_format=date_format)


def form_of(data_type: str) -> Form:
    """Return what a data type says of values.

    >>> [form_of(text) for text in ("字符型C", "VARCHAR2", "日期时间型", "整型", "二进制")]
    ['text', 'text', 'date', 'number', 'unknown']
    """
    text = plain_name(data_type)
    return next((form for form, pattern in FORMS.items() if re.search(pattern, text)), "unknown")


def plain_name(name: str) -> str:
    """Return a column's or an item's name so that names which differ in width, case and blanks are equal."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def measure(cells: pl.DataFrame, declared: Declared, *, source: str, file: str) -> pl.DataFrame:
    """Return MEASURES of the declared items among the columns of `cells`, which are texts; blank ones are no values."""
    by_name = {plain_name(item.name): item for item in declared.items}
    columns = {name: by_name[plain_name(name)] for name in cells.columns if plain_name(name) in by_name}
    parts = [_measured(cells[name], item, declared.missing) for name, item in columns.items()]
    named = [part.with_columns(source=pl.lit(source), file=pl.lit(file)).select(MEASURES.names()) for part in parts]
    return pl.concat([MEASURES.to_frame(), *named])


def total(measures: pl.DataFrame) -> pl.DataFrame:
    """Return a row per item of each file from those of its chunks."""
    counts = ("values", "of_other_type", "too_long", "unfit")
    return measures.group_by("source", "file", "item").agg(pl.col(counts).sum(), pl.col("example").min())


def _measured(texts: pl.Series, item: DeclaredItem, missing: tuple[str, ...]) -> pl.DataFrame:
    text, count = pl.col("text"), pl.col("count")
    values = (
        texts.cast(pl.String).str.strip_chars().alias("text").to_frame().filter(text.is_not_null(), text != "")
        .group_by("text").agg(count=pl.len().cast(pl.Int64))
        .filter(~text.str.to_lowercase().is_in(missing))
        .with_columns(plain=text.str.replace_all(r"[,，\s]", "").str.to_lowercase())
    )  # fmt: skip
    other, long = _of_other_type(item).fill_null(value=False), _too_long(item).fill_null(value=False)
    judged = values.with_columns(other=other, long=long)
    unfit = pl.col("other") | pl.col("long")
    return judged.select(
        item=pl.lit(item.name),
        values=count.sum(),
        of_other_type=count.filter("other").sum(),
        too_long=count.filter("long").sum(),
        unfit=count.filter(unfit).sum(),
        example=text.filter(unfit).min(),
    )


def _of_other_type(item: DeclaredItem) -> pl.Expr:
    if item.form == "number":
        return ~pl.col("plain").str.contains(_NUMBER)
    if item.form == "date":
        text = pl.col("text")
        return ~is_date(parse_date(text, item.date_format)) & parse_time(text, item.date_format).is_null()
    return pl.lit(value=False)


def _too_long(item: DeclaredItem) -> pl.Expr:
    """Return whether a text has more characters than declared, or a number more digits; 0 in front or behind is none.

    The length of a date is that of its form in the steward's database, and nothing is asked of it.
    """
    if item.digits is None or item.form not in ("text", "number"):
        return pl.lit(value=False)
    if item.form == "text":
        return pl.col("text").str.len_chars() > item.digits
    digits = pl.col("plain").str.extract(r"^[+-]?0*(\d*)").str.len_chars().cast(pl.Int64)
    behind = pl.col("plain").str.extract(r"\.(\d*?)0*$").str.len_chars().cast(pl.Int64).fill_null(0)
    if item.decimals is None:
        return digits + behind > item.digits
    return (behind > item.decimals) | (digits > item.digits - item.decimals)
