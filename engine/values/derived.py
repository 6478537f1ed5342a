"""What one value tells of another: the birth date and sex inside an identity number, the number of a day."""

from __future__ import annotations

import polars as pl

from engine.values.sexes import match_sex

_SEX_OF_DIGIT = {digit: "12"[int(digit) % 2 == 0] for digit in "0123456789"}
_DAY = r"^(\d{4}-\d{2}-\d{2})"


def id_birth(expr: pl.Expr) -> pl.Expr:
    """Return the birth date inside a citizen identification number (GB 11643), null where there are not 18 characters.

    The number is taken to be valid, as cleansed values of its kind are.

    >>> frame = pl.DataFrame({"x": ["11010519491231002X", "330199620927690"]})
    >>> frame.select(id_birth(pl.col("x")))["x"].to_list()
    ['1949-12-31', None]
    """
    parts = [expr.str.slice(6, 4), expr.str.slice(10, 2), expr.str.slice(12, 2)]
    return pl.when(expr.str.len_bytes() == 18).then(pl.concat_str(parts, separator="-"))


def id_sex(expr: pl.Expr) -> pl.Expr:
    """Return the sex inside a citizen identification number, 1 male and 2 female; taken to be valid as by `id_birth`.

    >>> pl.DataFrame({"x": ["11010519491231002X"]}).select(id_sex(pl.col("x")))["x"].to_list()
    ['2']
    """
    digit = expr.str.slice(16, 1).replace_strict(_SEX_OF_DIGIT, default=None, return_dtype=pl.String)
    return pl.when(expr.str.len_bytes() == 18).then(digit)


def sex_code(expr: pl.Expr) -> pl.Expr:
    """Return the code of a sex, 1 male and 2 female (GB/T 2261.1); null for unknown, other text as it is.

    >>> pl.DataFrame({"x": ["男", "2", "9"]}).select(sex_code(pl.col("x")))["x"].to_list()
    ['1', '2', None]
    """
    return match_sex(expr)


def day_number(expr: pl.Expr) -> pl.Expr:
    """Return the days from 1970-01-01 to an ISO date or time; null for a year or month alone, or no date.

    >>> frame = pl.DataFrame({"x": ["1970-01-31", "1980-05", "2024-01-31T09:00:00Z"]})
    >>> frame.select(day_number(pl.col("x")))["x"].to_list()
    [30, None, 19753]
    """
    return expr.str.extract(_DAY).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32)
