"""What the values of a column look like: the share of them that is of each form."""

from __future__ import annotations

import re
from typing import NamedTuple

import polars as pl

from engine.values import KINDS
from engine.values.dates import is_date, parse_date
from engine.values.surnames import read_surnames
from lifetree.suggest.vocabulary import vocabulary

LOOKED_AT = 2_000
"""Distinct values that are looked at."""

_FORMS = {
    "email": r"^\S+@\S+$",
    "url": r"^(?:https?://|www\.)",
    "phone": r"^[+(]?[\d][\d\s().+/-]{5,18}\d$",
    "digits": r"^\d+$",
    "number": r"^[+-]?\d+(?:[.,]\d+)?$",
    "chinese": r"\p{Han}",
    "chinese_address": r"\p{Han}(?:省|市|区|县|镇|路|街|巷|村).*(?:\d|号|室|幢|栋)",
    "separated": r"[;|]|\*\*",
    "listed": r"[;|]|\*\*|,.*,",
    "dated": r"^\D{0,12}\d[\d\s/.,:T年月日-]{3,}\D{0,10}$",
}


class Shape(NamedTuple):
    """Shares of the distinct values; `words` and `length` are means; `date_format` is the form that fits most."""

    forms: dict[str, float]
    organisations: float
    dates: float
    date_format: str | None
    words: float
    length: float


def shape_of(values: pl.Series, *, dates: bool) -> Shape:
    """Return the shape of the delivered values of a column; `dates` whether they are called dates.

    >>> shape_of(pl.Series(["31/12/1980", "01/02/1990"]), dates=True).date_format
    '%d/%m/%Y'
    """
    seen = values.drop_nulls().unique(maintain_order=True).head(LOOKED_AT).alias("x")
    frame = seen.str.strip_chars().to_frame()
    x = pl.col("x")
    sizes = frame.select(
        words=x.str.count_matches(r"[\p{L}\p{N}]+").mean().fill_null(0.0), length=x.str.len_chars().mean().fill_null(0)
    ).row(0)
    forms = {name: _share(frame, x.str.contains(form)) for name, form in _FORMS.items()}
    forms["chinese_name"] = _share(frame, x.str.contains(rf"^[{read_surnames().common}]\p{{Han}}{{1,2}}$"))
    for kind in ("resident_id", "uscc", "number"):
        forms[kind] = _valid(frame, kind)
    share, date_format = _dates(frame) if dates or forms["dated"] >= 0.5 else (0.0, None)
    return Shape(forms, _organisations(frame), share, date_format, *map(float, sizes))


def _valid(frame: pl.DataFrame, kind: str) -> float:
    one = KINDS[kind]
    assert one.valid is not None
    cleaned = frame.select(one.clean(pl.col("x")))
    return _share(cleaned, one.valid(pl.col("x")))


def _dates(frame: pl.DataFrame) -> tuple[float, str | None]:
    """Return the share of dates in the form that fits most of the values; None where none need be declared."""
    plain = _whole_dates(frame, None)
    if plain >= 0.9:
        return plain, None
    found = [(_whole_dates(frame, form), -place, form) for place, form in enumerate(vocabulary().date_formats)]
    share, _, form = max(found)
    return (share, form) if share > plain + 0.1 else (plain, None)


def _whole_dates(frame: pl.DataFrame, form: str | None) -> float:
    read = frame.select(parse_date(pl.col("x"), form))
    whole = is_date(pl.col("x")) & (pl.col("x").str.len_chars() >= 7)
    return _share(read, whole)


def _organisations(frame: pl.DataFrame) -> float:
    known = vocabulary()
    words = "|".join(map(re.escape, known.organisation_words))
    plain = pl.col("x").str.to_lowercase().str.replace_all(r"\.", "")
    named = plain.str.contains(rf"\b(?:{words})\b") | plain.str.contains(f"(?:{'|'.join(known.organisation_endings)})")
    return _share(frame, named)


def _share(frame: pl.DataFrame, holds: pl.Expr) -> float:
    return float(frame.select(holds.mean().fill_null(0.0)).item() or 0.0)
