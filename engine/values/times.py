"""Moments as ISO 8601 text (GB/T 7408) that sorts as time does: `YYYY-MM-DD`, or with `THH:MM:SS` in UTC (rule N3)."""

from __future__ import annotations

import re
from functools import partial

import polars as pl

from engine.values.dates import FIRST_YEAR, LAST_YEAR, is_date, parse_date
from engine.values.folds import staged
from engine.values.text import clean_text

_ZONE = r"(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?"
_CLOCK = rf"^(.*?)[t\s日,]+(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:[.,](\d+))?)?\s*([ap]m)?\s*{_ZONE}$"
_COMPACT = rf"^(\d{{8}})[t\s]?(\d{{2}})(\d{{2}})(?:(\d{{2}})(?:[.,](\d+))?)?()\s*{_ZONE}$"
_FORMS = {"clock": _CLOCK, "compact": _COMPACT}
_EPOCH = r"^(1\d{9})(?:\d{3}|\.\d+)?$"
_PARTS = ("date", "hour", "minute", "second", "fraction", "half", "zone")
_CLOCKS = set("HIklMSTRXrcsf+")
"""The directives of a strftime pattern that stand for a time of day."""
_ISO = "%Y-%m-%dT%H:%M:%S"


def parse_time(expr: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Return delivered text as ISO text, null where it is no moment between the years 1000 and 2199.

    The dates of `parse_date` are read, whole or partial, alone or with a time of day: 09:00, 9:00:00.5, 9:00 PM, or six
    or four digits after eight. Ten digits from 1000000000 are seconds since 1970, thirteen milliseconds. An offset is
    applied; a time without one stands as it is, as if it were UTC. A date stays a date and sorts before the times of
    its day. `date_format` is a strftime pattern; texts that do not fit it are read as if it were not given.

    >>> frame = pl.DataFrame({"x": ["2024/1/2 9:00", "20240102090000", "2024-01-02T09:00:00+08:00", "2024-01-02", "?"]})
    >>> frame.select(parse_time(pl.col("x")))["x"].to_list()
    ['2024-01-02T09:00:00', '2024-01-02T09:00:00', '2024-01-02T01:00:00', '2024-01-02', None]
    """
    return staged(clean_text(expr), partial(_parsed, date_format=date_format), dtype=pl.String)


def _parsed(values: pl.Series, date_format: str | None) -> pl.Series:
    text = pl.col("text")
    declared = pl.lit(None, pl.String) if date_format is None else _declared(text, date_format)
    common = _moment(text.str.replace(" ", "T", literal=True).str.to_datetime(_ISO, strict=False, time_unit="us"))
    quick = values.to_frame("text").with_columns(found=pl.coalesce(declared, common))
    rest = quick.filter(pl.col("found").is_null())["text"].drop_nulls().unique()
    if rest.len():
        quick = quick.join(_usual(rest), on="text", how="left", maintain_order="left")
        quick = quick.with_columns(found=pl.coalesce("found", "usual"))
    return quick["found"].alias(values.name)


def _usual(texts: pl.Series) -> pl.DataFrame:
    lower = texts.to_frame("text").with_columns(lower=pl.col("text").str.to_lowercase())
    groups = {name: pl.col("lower").str.extract_groups(form) for name, form in _FORMS.items()}
    parts = lower.with_columns(**groups).with_columns(
        pl.coalesce(pl.col(name).struct.field(str(place)) for name in _FORMS).alias(part)
        for place, part in enumerate(_PARTS, start=1)
    )
    timed = parts.with_columns(timed=_of_day(), date=parse_date(pl.when(pl.col("hour").is_null()).then("text")))
    date = pl.when(is_date(pl.col("date"))).then("date")
    return timed.select("text", usual=pl.coalesce(_epoch(pl.col("lower")), "timed", date))


def _of_day() -> pl.Expr:
    """Return the moment that a date, a time of day and an offset make; null where one of them cannot be."""
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    twelve = pl.col("half").is_in(["am", "pm"])
    fits = pl.when(twelve).then(hour.is_between(1, 12)).otherwise(hour <= 23) & (minute <= 59)
    fits &= second.fill_null(0) <= 59
    noon = pl.when(twelve).then(hour % 12 + pl.when(pl.col("half") == "pm").then(12).otherwise(0)).otherwise(hour)
    zone = pl.col("zone").str.replace_all(":", "", literal=True).str.extract(r"([+-]\d+)$").str.pad_end(5, "0")
    away = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3, 2).cast(pl.Int64)
    away = (pl.when(zone.str.starts_with("-")).then(-away).otherwise(away)).fill_null(0)
    read = parse_date(pl.col("date"))
    day = pl.when(is_date(read)).then(read).str.to_datetime("%Y-%m-%d", strict=False)
    moment = day + pl.duration(hours=noon, minutes=minute - away, seconds=second.fill_null(0))
    fraction = pl.col("fraction").str.strip_chars_end("0").replace("", None)
    exact = pl.concat_str(moment.dt.to_string(_ISO), (pl.lit(".") + fraction).fill_null(""))
    return pl.when(fits).then(exact)


def _epoch(text: pl.Expr) -> pl.Expr:
    rest = text.str.extract(r"^1\d{9}\.?(\d+)$").str.strip_chars_end("0").replace("", None)
    seconds = pl.from_epoch(text.str.extract(_EPOCH).cast(pl.Int64), time_unit="s").dt.to_string(_ISO)
    return pl.concat_str(seconds, (pl.lit(".") + rest).fill_null(""))


def _declared(text: pl.Expr, date_format: str) -> pl.Expr:
    """Return the moments that fit the pattern; a pattern without a time of day is a date's."""
    if set(re.findall(r"%[-_0:.#\d]*([A-Za-z+])", date_format)) & _CLOCKS:
        return _moment(text.str.to_datetime(date_format, strict=False, time_unit="us"))
    date = parse_date(text, date_format)
    return pl.when(is_date(date)).then(date)


def _moment(read: pl.Expr) -> pl.Expr:
    fraction = read.dt.to_string("%.6f").str.strip_chars_end("0").str.strip_chars_end(".")
    fits = read.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return pl.when(fits).then(pl.concat_str(read.dt.to_string(_ISO), fraction))
