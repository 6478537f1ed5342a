"""How a mapping names columns: one text, a list of them, or a table with a date's form."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

import polars as pl
from pydantic import BeforeValidator, Field, StringConstraints

from engine.settings.base import Settings
from engine.values.times import parse_time


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_delivery(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((pattern, delivery_date(text)) for pattern, text in value.items())
    return delivery_date(value) if isinstance(value, str | date) else value


def delivery_date(value: Any) -> Any:
    """Return a date or time in the form that sorts; what is neither a date nor a text, as it is.

    >>> delivery_date("2024-01-31T09:00:00+08:00")
    '2024-01-31T01:00:00'

    Raises:
        ValueError: it is no ISO 8601 text.
    """
    text = value.isoformat() if isinstance(value, date | datetime) else value
    if not isinstance(text, str):
        return text
    read = _read(text) if _ISO.match(text.strip()) else None
    if read is None:
        raise ValueError(f"'{text}' is no date in ISO 8601; write it as 2024-01-31 or 2024-01-31T09:00:00+08:00")
    return read


@cache
def _read(text: str) -> str | None:
    """Return the moment that `parse_time` reads, null without one; a whole date is that date without being parsed."""
    if _DAY.match(text):
        with suppress(ValueError):
            return date.fromisoformat(text).isoformat()
    found: str | None = pl.select(parse_time(pl.lit(text, pl.String))).item()
    return found


def _as_mapping(value: Any) -> Any:
    return {"columns": _as_list(value)} if isinstance(value, str | list) else value


_DAY = re.compile(r"(1\d|20|21)\d{2}-\d{2}-\d{2}$")
"""A whole date of the years that are read, 1000 to 2199."""

_ISO = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$")

Delimiter = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=1)]
"""One character, which a tab and a blank are too."""

Rows = Annotated[int, Field(ge=0)]

Delivery = Annotated[str | tuple[tuple[str, str], ...], BeforeValidator(_as_delivery)]
"""A date or time in ISO 8601, or those of files by name or glob, in the order given."""

RowCounts = Rows | tuple[tuple[str, Rows], ...]
"""A number of rows, or those of files by name or glob, in the order given."""

Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One name or a list of names."""


class FieldMapping(Settings):
    """Where an attribute's value comes from. A plain text or list stands for `columns`."""

    columns: Names = Field(min_length=1, description="the file's column, or several whose values are joined")
    join: str = Field(" ", description="what stands between the values of several columns")
    date_format: str | None = Field(
        None,
        description="for a date in an unusual form, its strftime pattern, such as `%d/%m/%Y`; usual forms need none",
    )
    stray: bool = Field(
        False,
        description="the columns are another attribute's, into which values of this kind stray: an old number typed "
        "for a new one; what is none of the kind is passed over without a finding",
    )


Mapped = Annotated[FieldMapping, BeforeValidator(_as_mapping)]
"""A field mapping, or the column(s) alone."""
