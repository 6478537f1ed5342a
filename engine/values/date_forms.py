"""Rarer forms of dates: 民国 years, Chinese digits and words, the Chinese calendar, serial numbers, short years."""

from __future__ import annotations

import polars as pl

from engine.values.chinese_numbers import number_words
from engine.values.lunar_dates import has_lunar_mark, lunar_to_solar

FIRST_SERIAL, LAST_SERIAL = 20000, 60000
"""Spreadsheets count days from 1899-12-30: these are 1954-10-03 to 2064-04-08."""

_EPOCH = 25569
"""The serial number of 1970-01-01."""

_CALENDAR = r"(?:公元|公历|农历|農曆|阴历|陰曆|旧历|夏历)"
_HALF = r"(?:[上下]午|凌晨|早上|中午|晚上|am|pm)?"
_HOUR = rf"{_HALF}\d{{1,2}}[:时時点點]\d{{0,2}}(?:[:分]\d{{0,2}}秒?)?分?{_HALF}"
_WEEKDAY = r"(?:\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
_TAIL = rf"\s?{_WEEKDAY}(?:t?{_HOUR})?(?:出生|生|止|起)?"
_WORD = r"[元正冬腊臘初零〇一二三四五六七八九十百廿卅]"
_DIGIT = {**{digit: str(number) for number, digit in enumerate("〇一二三四五六七八九")}, "零": "0", "○": "0", "o": "0"}
_NUMBER = rf"(\d{{1,2}}|{_WORD}{{1,3}})"
_YEAR, _MONTH, _DAY = r"((?:1[89]|2[01])\d{2})", r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
_MARK = r"[-/.、,_\\ ]"
_FORMS = {
    "era": rf"^(?:中华)?民国(\d{{1,3}}|{_WORD}{{1,6}})年?(?:[-/.]?{_NUMBER}月?(?:[-/.]?{_NUMBER}[日号]?)?)?{_TAIL}$",
    "words": rf"^{_CALENDAR}?([12〇○零一二三四五六七八九o\d]{{4}})年"
    rf"(?:(闰?(?:\d{{1,2}}|{_WORD}{{1,3}}))月?(?:{_NUMBER}[日号]?)?)?{_TAIL}$",
    "marks": rf"^['’]?{_CALENDAR}?(\d{{4}}){_MARK}(\d{{1,2}})(?:{_MARK}(\d{{1,2}})日?)?{_TAIL}$",
    "short": rf"^['’]?([5-9]\d)(?:[-/.]|年)(\d{{1,2}})(?:(?:[-/.]|月)(\d{{1,2}})?日?)?{_TAIL}$",
    "packed": rf"^{_YEAR}{_MONTH}()$",
    "short_packed": rf"^([5-9]\d){_MONTH}{_DAY}$",
    "stamp": rf"^{_YEAR}{_MONTH}{_DAY}(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{{3}})?)?$",
}


def read_rare_dates(texts: pl.Series) -> pl.Series:
    """Return the ISO text of delivered dates of rarer forms, null where a text is of none; they may be impossible days.

    Read are years of the Republic (民国八十五年三月五日, 民國85.3.5), Chinese digits and words, days of the Chinese
    calendar that are marked as such and told to the day (converted), `YYYYMM`, 12 to 17 digits that begin with a day,
    an apostrophe before and a weekday or a time of day behind, spreadsheet serial numbers of 20000 to 60000, and years
    of two digits from 50 to 99 that stand first, which are 1950 to 1999: they can be no day and no month, and no
    deadline of today lies after 2049. Years 00 to 49 are not read: 03-05-12 may be of three years.

    >>> read_rare_dates(pl.Series(["民国八十五年三月五日", "二〇〇一年十二月", "农历一九八五年八月十五"])).to_list()
    ['1996-03-05', '2001-12', '1985-09-29']
    >>> read_rare_dates(pl.Series(["29221", "85.3.5", "03-05-12"])).to_list()
    ['1980-01-01', '1985-03-05', None]
    """
    rows = pl.DataFrame({"text": texts.str.to_lowercase().str.replace_all(r"\s*([年月日号T:时分./-])\s*", "${1}")})
    rows = rows.with_columns(text=pl.col("text").str.replace("國", "国").str.replace("號", "号"))
    bare = rows.with_columns(bare=pl.col("text").str.replace_all(r"(\D)\s+", "${1}"))
    groups = {name: pl.col("bare").str.extract_groups(form) for name, form in _FORMS.items()}
    found = bare.with_columns(**groups)
    answers = [_era(), _worded(), _common("marks"), _short("short"), _common("packed"), _short("short_packed")]
    answer = pl.coalesce(*answers, _common("stamp"), _serial())
    return found.select(answer).to_series().alias(texts.name)


def _part(form: str, number: int) -> pl.Expr:
    return pl.col(form).struct.field(str(number)).replace("", None)


def _joined(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    parts = [year, month.str.zfill(2), day.str.zfill(2)]
    text = pl.concat_str(parts, separator="-", ignore_nulls=True).str.replace(r"(?:-00)+$", "")
    return pl.when(year.is_not_null()).then(text)


def _number(expr: pl.Expr) -> pl.Expr:
    """Return the digits of a number in digits or words."""
    words = {word: str(number) for word, number in number_words().items()}
    return expr.replace(words)


def _era() -> pl.Expr:
    year, month, day = (_number(_part("era", number)) for number in (1, 2, 3))
    return _joined((year.cast(pl.Int32, strict=False) + 1911).cast(pl.String), month, day)


def _worded() -> pl.Expr:
    year = _part("words", 1).str.replace_many(_DIGIT)
    month, day = _part("words", 2), _number(_part("words", 3))
    leap = pl.when(month.str.starts_with("闰")).then(pl.lit("闰")).otherwise(pl.lit(""))
    number = _number(month.str.replace("闰", "", literal=True))
    lunar = lunar_to_solar(pl.concat_str(year, pl.lit("-"), leap, number.str.zfill(2), pl.lit("-"), day.str.zfill(2)))
    return pl.when(has_lunar_mark(pl.col("text"))).then(lunar).otherwise(_joined(year, number, day))


def _common(form: str) -> pl.Expr:
    parts = [_part(form, number) for number in (1, 2, 3)]
    lunar = lunar_to_solar(_joined(*parts))
    return pl.when(has_lunar_mark(pl.col("text"))).then(lunar).otherwise(_joined(*parts))


def _short(form: str) -> pl.Expr:
    return _joined("19" + _part(form, 1), _part(form, 2), _part(form, 3))


def _serial() -> pl.Expr:
    number = pl.col("text").str.extract(r"^([2-6]\d{4})(?:\.0+)?$").cast(pl.Int32)
    fits = number.is_between(FIRST_SERIAL, LAST_SERIAL)
    return pl.when(fits).then((number - _EPOCH).cast(pl.Date).dt.to_string("%Y-%m-%d"))
