"""What a defect writes: expressions over the texts of a row, its random bits `_how` and its cell `_cell`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

_HOW = pl.col("_how")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = tuple("10X98765432")


def choice(texts: Sequence[str], *, turn: int = 0) -> pl.Expr:
    """Return one of the texts, drawn by the bits."""
    numbers = list(range(len(texts)))
    place: pl.Expr = (_HOW // (1 << 8 * turn) % len(texts)).cast(pl.Int64)
    return place.replace_strict(numbers, list(texts), return_dtype=pl.String)


def number(limit: int, *, turn: int, width: int) -> pl.Expr:
    """Return a number below `limit` in `width` digits, drawn by further bits at each `turn`."""
    return (_HOW // (1 << 8 * turn) % limit).cast(pl.String).str.zfill(width)


def checked(first: pl.Expr) -> pl.Expr:
    """Return 17 digits with their check character by GB 11643."""
    total = sum(
        (first.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_WEIGHTS)),
        pl.lit(0, pl.Int32),
    )
    return first + (total % 11).replace_strict(list(range(11)), _CHECKS, return_dtype=pl.String)


def digit_changed(column: str, first: int, last: int) -> pl.Expr:
    """Return the text with one of its characters from `first` to `last`, a digit, another one."""
    text, place = pl.col(column), (_HOW % (last - first) + first).cast(pl.Int64)
    old = text.str.slice(place, 1)
    new = ((old.cast(pl.Int64, strict=False) + 1 + (_HOW // 256 % 8).cast(pl.Int64)) % 10).cast(pl.String)
    return pl.when(old.str.contains(r"^\d$")).then(
        text.str.slice(0, place) + new + text.str.slice(place + 1, 32)
    ).otherwise(text)  # fmt: skip


def days_on(column: str, days: int) -> pl.Expr:
    """Return the day moved by so many days; null for what is no whole day."""
    moved = pl.col(column).str.to_date("%Y-%m-%d", strict=False) + pl.duration(days=days)
    return moved.dt.to_string("%Y-%m-%d")


def age(day: str, birth: str = "birth") -> pl.Expr:
    """Return the days of life on a day."""
    dates = (pl.col(one).str.to_date("%Y-%m-%d", strict=False) for one in (day, birth))
    later, earlier = dates
    return (later - earlier).dt.total_days()


def another(column: str) -> pl.Expr:
    """Return what a row of the same cell has whose principal is another person: the seventh before."""
    return pl.col(column).shift(7).over("_cell")


def stranger(column: str) -> pl.Expr:
    """Return the name with its last character another one."""
    name = pl.col(column)
    return name.str.head(-1) + pl.when(name.str.ends_with("冰")).then(pl.lit("川")).otherwise(pl.lit("冰"))


def nobodys(column: str) -> pl.Expr:
    """Return a valid citizen number that nobody bears: the city gives no order numbers from 900 on."""
    return checked(
        pl.col(column).str.slice(0, 14) + "9" + number(10, turn=1, width=1) + pl.col(column).str.slice(16, 1)
    )


def wide(column: str) -> pl.Expr:
    """Return the text with full-width digits."""
    narrow = "0123456789"
    return pl.col(column).str.replace_many(list(narrow), [chr(ord(one) + 0xFEE0) for one in narrow])


def full(column: str) -> pl.Expr:
    """Return whether a text has the form of a citizen number of 18 characters."""
    return pl.col(column).str.contains(r"^\d{17}[\dX]$")


def is_day(column: str) -> pl.Expr:
    """Return whether a text is a whole day in ISO 8601."""
    return pl.col(column).str.contains(r"^\d{4}-\d\d-\d\d$")


def empty(fields: Iterable[str]) -> dict[str, pl.Expr]:
    """Return the columns left empty."""
    return dict.fromkeys(fields, pl.lit(None, pl.String))
