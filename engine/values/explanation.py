"""The row that explains a number: every explainer of engine/values fills its part of these columns."""

from __future__ import annotations

import polars as pl

EXPLANATION: dict[str, pl.DataType | type[pl.DataType]] = {
    "given": pl.String,
    "kind": pl.String,
    "scheme": pl.String,
    "number": pl.String,
    "valid": pl.Boolean,
    "reason": pl.String,
    "expected": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "area": pl.String,
    "area_name": pl.String,
    "country": pl.String,
    "registrar": pl.String,
    "category": pl.String,
    "organisation_code": pl.String,
    "holder": pl.String,
    "issue": pl.String,
    "flags": pl.List(pl.String),
}
"""Columns of an explanation. `holder` is the part that stays when a permit is renewed, `issue` counts the renewals."""

REASONS = {
    "length": "it has not the length of its kind",
    "form": "it has a character where its kind has none such",
    "birth_date": "the birth date is no day of the calendar",
    "birth_in_future": "the birth date lies in the future",
    "check_character": "the check character does not fit",
    "organisation_code": "the check character of the organisation code inside does not fit",
    "no_scheme": "it has the form of no kind of number",
}
"""Why a number is not valid; the first that applies is told."""

FLAGS = {
    "unknown_area": "the division code is in no list",
    "late_registration": "the division was made after the birth: the number was given late",
    "not_then": "the division was not in force in the year of birth",
    "age_over_120": "the holder would be older than 120 years",
    "unknown_category": "the registrar has no such category",
    "ambiguous_id_type": "it is valid as more than one kind of number",
    "context_disagrees": "it is no number of the kind that the column holds",
}
"""What is odd about a number and never makes it invalid."""


def explained(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the columns of an explanation in their order; one that is missing is null, flags empty."""
    missing = [pl.lit(None).cast(dtype).alias(name) for name, dtype in EXPLANATION.items() if name not in frame.columns]
    whole = frame.with_columns(missing).with_columns(pl.col("flags").fill_null([]))
    return whole.select(pl.col(name).cast(dtype) for name, dtype in EXPLANATION.items())


def first_reason(*faults: tuple[str, pl.Expr]) -> pl.Expr:
    """Return the name of the first fault that holds, null where none does; a fault that is null does not hold."""
    return pl.coalesce([pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for name, holds in faults])


def flagged(*signs: tuple[str, pl.Expr]) -> pl.Expr:
    """Return the list of the signs that hold, in the order given."""
    return pl.concat_list(
        [pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for name, holds in signs]
    ).list.drop_nulls()
