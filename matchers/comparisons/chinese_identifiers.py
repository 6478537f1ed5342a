"""Comparison of citizen identification numbers (GB 11643-1999)."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.values.residents import clean_resident_id, is_resident_id
from matchers.comparisons.registry import Attributes, Evidence, Form, Level, Measure, both, comparison, missing, same

BORN = 14
"""Division and birth date stand in so many characters; three of sequence and the check character follow."""


@comparison("resident_id")
def resident_id(attributes: Attributes, *_: Any) -> Evidence:
    """The same number, its 15 digits, mistyped, or another person's of the same division and day: evidence against.

    A number is mistyped where the check character alone differs, or one character is wrong, missing or too many or two
    neighbours are exchanged and one of the two numbers does not fit its check character. Two numbers that both fit and
    differ in sequence are two persons', as twins' are: that level never weighs more than other numbers do.
    """
    valid = both(".valid")[0] & both(".valid")[1]
    return Evidence(
        (
            Level("exact", same(attributes[0])),
            Level("the same in 15 digits", same(".number")),
            Level("the check character differs", same(".ordered")),
            Level("one character wrong or two exchanged", (pl.col("edits") <= 1) & ~valid),
            Level("another of the same division and day", same(".born") & valid, against=True),
        ),
        (Measure("edits", "damerau_levenshtein", ".number"),),
        _forms(attributes[0]),
        missing(".number"),
    )


def _forms(attribute: str) -> tuple[Form, ...]:
    """Return the forms of a number as the fields of one struct: each follows from the cleaned number."""
    fields = {".number": pl.String, ".valid": pl.Boolean, ".ordered": pl.String, ".born": pl.String}
    told = pl.col(attribute).map_batches(_told, return_dtype=pl.Struct(fields), is_elementwise=True)
    return (Form(".resident_id", told),)


def _told(values: pl.Series) -> pl.Series:
    cleaned = values.to_frame("x").select(clean_resident_id(pl.col("x")).alias(".number"))
    number = pl.col(".number")
    whole = pl.when(number.str.len_chars() == 18).then(number)
    parts = {".ordered": whole.str.head(17), ".born": whole.str.head(BORN)}
    return cleaned.select(number, is_resident_id(number).alias(".valid"), **parts).to_struct(values.name)
