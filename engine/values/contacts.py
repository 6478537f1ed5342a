"""Telephone numbers (ITU-T E.164) and e-mail addresses (rule N8)."""

from __future__ import annotations

import polars as pl

from engine.values.folds import present, staged, unless_plain
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

COUNTRY_CODES = (
    r"1|7|2[07]|2[1-689]\d|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[7-9]\d|8[1246]|8[03578]\d|"
    r"9[0-58]|9[679]\d"
)
"""The country codes of ITU-T E.164, none the beginning of another, as a regular expression."""


_MOBILE = r"(?:\+?86[- ]?|0086[- ]?)?1[3-9]\d{9}"
_SECOND = rf"^\D*({_MOBILE})\s*[/、,;或 ]\s*(?:{_MOBILE}|(?:0\d{{2,3}}-?)?\d{{7,8}})\D*$"
"""A Chinese mobile number and another number behind it."""

_DASHED = r"^\(?(0\d{2,3})\)?[- ]?(\d{7,8})-(\d{1,5})$"
_FIXED = r"(?:0?(?:10|2\d|[3-9]\d{2}))?[2-8]\d{6,7}"
_SHORT = r"[48]00\d{7}|9[56]\d{3,4}|1[12]\d|12\d{3}"
_DIALLED = rf"^(?:(?:\+86)?(?:1[3-9]\d{{9}}|{_FIXED})|{_SHORT})(?:x\d+)?$"
"""Numbers that can be dialled in China: mobile, fixed with or without area, 400 and 800, short ones of services."""


def clean_phone(expr: pl.Expr) -> pl.Expr:
    """Return digits, with `+` before a country code and `x` before an extension; text without digits stays as it is.

    `00` before a country code is `+`. A Chinese mobile number stands without +86, 0086 or 86, which some departments
    write, and without a prefix for cheap calls (17951, 12593). The 0 of an area behind +86 is dropped, and so is a
    second number. Up to five
    digits behind the second dash of a Chinese line (0571-88880000-8012) are an extension.

    >>> frame = pl.DataFrame({"x": ["+86 138-0013-8000", "0571 8888-0000转12", "+44 (0)20 7946 0000", "13800138000.0"]})
    >>> frame.select(clean_phone(pl.col("x")))["x"].to_list()
    ['13800138000', '057188880000x12', '+442079460000', '13800138000']
    >>> frame = pl.DataFrame({"x": ["17951-13800138000", "0571-88880000-8012", "+86 0571 88880000"]})
    >>> frame.select(clean_phone(pl.col("x")))["x"].to_list()
    ['13800138000', '057188880000x8012', '+8657188880000']
    """
    return unless_plain(expr, _read, plain=r"^1[3-9]\d{9}$")


def _read(expr: pl.Expr) -> pl.Expr:
    return staged(clean_text(expr), _dialled, dtype=pl.String)


def _dialled(values: pl.Series) -> pl.Series:
    text = pl.col("text")
    lower = text.str.to_lowercase().str.replace(r"^(\d+)\.0$", "${1}").str.replace(r"^(\s*(?:\+|00).*)\(0\)", "${1}")
    number = (
        lower.str.replace(_SECOND, "${1}")
        .str.replace(_DASHED, "${1}${2};${3}")
        .str.replace(r"^([^a-z]*\d)\D*(?:ext|x|转|分机|#)\D*(\d+)\D*$", "${1};${2}")
        .str.replace_all(r"[^\d+;]|(?:\b|\B)\++$", "")
        .str.replace(r"^(?:\+|00)\+*0*([1-9])", "+${1}")
        .str.replace(r"^\+?86(1[3-9]\d{9})(;|$)", "${1}${2}")
        .str.replace(r"^\+860([1-9]\d{8,10})(;|$)", "+86${1}${2}")
        .str.replace(r"^(?:179\d\d|125\d\d)(1[3-9]\d{9})$", "${1}")
        .str.replace(";", "x", literal=True)
    )
    frame = values.to_frame("text").with_columns(number=number)
    dialled = pl.col("number").str.contains(r"^\+?\d+(?:x\d+)?$")
    return frame.select(pl.when(dialled).then("number").otherwise(text)).to_series().alias(values.name)


def match_phone(expr: pl.Expr) -> pl.Expr:
    """Return the national number: without country code, leading zeros and extension.

    >>> frame = pl.DataFrame({"x": ["+442079460000", "02079460000x7", "+8613800138000"]})
    >>> frame.select(match_phone(pl.col("x")))["x"].to_list()
    ['2079460000', '2079460000', '13800138000']
    """
    national = expr.str.replace(r"x\d+$", "").str.replace(rf"^\+(?:{COUNTRY_CODES})", "")
    return present(national.str.replace_all(r"[^0-9]", "").str.strip_chars_start("0"))


def is_phone(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed number can be dialled: in China, or behind the code of another country; null for null.

    >>> frame = pl.DataFrame({"x": ["13800138000", "057188880000x12", "4008001234", "+442079460000", "12345678901"]})
    >>> frame.select(is_phone(pl.col("x")))["x"].to_list()
    [True, True, True, True, False]
    """
    abroad = expr.str.contains(rf"^\+(?:{COUNTRY_CODES})\d{{4,13}}(?:x\d+)?$") & ~expr.str.starts_with("+86")
    return expr.str.contains(_DIALLED) | abroad


_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?"
_EMAIL = rf"^[^@\s<>()\[\],;:\\\"]+@(?:{_LABEL}\.)+\p{{L}}[\p{{L}}\p{{N}}-]+$"


def is_email(expr: pl.Expr) -> pl.Expr:
    """Return whether a cleansed e-mail address has a name, one @ and a domain with a dot; null for null.

    >>> pl.DataFrame({"x": ["a.b@example.org", "a@b", "a b@c.de"]}).select(is_email(pl.col("x")))["x"].to_list()
    [True, False, False]
    """
    return expr.str.contains(_EMAIL)


def clean_email(expr: pl.Expr) -> pl.Expr:
    """Return the address in lower case without blanks."""
    return clean_text(clean_text(expr).str.to_lowercase().str.replace_all(r"\s+", ""))


PHONE = register(Kind("phone", "telephone number", clean_phone, match_phone))
EMAIL = register(Kind("email", "e-mail address", clean_email, clean_email))
