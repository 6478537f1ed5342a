"""ISO texts of days, months and years as days."""

from __future__ import annotations

import polars as pl


def day(expr: pl.Expr) -> pl.Expr:
    """Return the first day of an ISO text of a day, month or year; null for what is none.

    >>> pl.DataFrame({"x": ["2020-05-17", "2020-05", "2020", None]}).select(day(pl.col("x")))["x"].to_list()
    [datetime.date(2020, 5, 17), datetime.date(2020, 5, 1), datetime.date(2020, 1, 1), None]
    """
    whole = expr.str.head(10)
    padded = whole + pl.lit("-01-01").str.slice(whole.str.len_chars().cast(pl.Int64) - 4)
    return padded.str.to_date("%Y-%m-%d", strict=False)
