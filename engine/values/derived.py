"""What one value tells of another: the birth date and sex inside an identity number, the number of a day."""

from __future__ import annotations

import polars as pl

from engine.values.residents import is_resident_id
from engine.values.sexes import match_sex

_DAY = r"^(\d{4}-\d{2}-\d{2})"


def id_birth(expr: pl.Expr) -> pl.Expr:
    """Return the birth date inside a citizen identification number (GB 11643), null where the number is not valid.

    >>> frame = pl.DataFrame({"x": ["11010519491231002X", "110105194912310020"]})
    >>> frame.select(id_birth(pl.col("x")))["x"].to_list()
    ['1949-12-31', None]
    """
    digits = expr.str.slice(6, 8)
    parts = [digits.str.slice(0, 4), digits.str.slice(4, 2), digits.str.slice(6, 2)]
    return pl.when(is_resident_id(expr)).then(pl.concat_str(parts, separator="-"))


def id_sex(expr: pl.Expr) -> pl.Expr:
    """Return the sex inside a citizen identification number, 1 male and 2 female; null where it is not valid.

    >>> pl.DataFrame({"x": ["11010519491231002X"]}).select(id_sex(pl.col("x")))["x"].to_list()
    ['2']
    """
    odd = expr.str.slice(16, 1).cast(pl.Int32, strict=False) % 2 == 1
    return pl.when(is_resident_id(expr)).then(pl.when(odd).then(pl.lit("1")).otherwise(pl.lit("2")))


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
