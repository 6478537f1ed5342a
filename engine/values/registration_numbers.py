"""Registration numbers of firms before the unified code: GS 15-2006 with 15 digits, the 13 digits before, and words."""

from __future__ import annotations

import polars as pl

from engine.values.folds import staged
from engine.values.identifiers import clean_identifier
from engine.values.kinds import Kind, register

_FORM = "^[0-9]{15}$"
_UNCHECKED = r"^(?:[0-9]{13}|\p{Han}+字第?[0-9]+号?)$"


def is_registration_number(expr: pl.Expr) -> pl.Expr:
    """Return whether it is 15 digits of which the last checks the others, or a form that had no check.

    >>> frame = pl.DataFrame({"x": ["110108000000016", "110108000000017", "3301991000001", "企独沪总字第000001号"]})
    >>> frame.select(is_registration_number(pl.col("x")))["x"].to_list()
    [True, False, True, True]
    """
    return staged(expr, _fits, dtype=pl.Boolean)


def _fits(values: pl.Series) -> pl.Series:
    """ISO 7064 MOD 11,10: twice the sum mod 10 of carry and digit, 0 as 10, mod 11; the last digit makes the sum 1."""
    text = pl.col("text")
    number = pl.when(text.str.contains(_FORM)).then(text).cast(pl.Int64)
    frame = values.to_frame("text").with_columns(number=number, carry=pl.lit(10, pl.Int64))
    for power in range(14, 0, -1):
        total = (pl.col("carry") + pl.col("number") // 10**power) % 10
        frame = frame.with_columns(carry=2 * pl.when(total == 0).then(10).otherwise(total) % 11)
    checked = (pl.col("carry") + pl.col("number")) % 10 == 1
    return frame.select(checked.fill_null(text.str.contains(_UNCHECKED))).to_series().alias(values.name)


REGISTRATION_NUMBER = register(
    Kind("registration_number", "registration number of a firm", clean_identifier, clean_identifier,
         is_registration_number)
)  # fmt: skip
