"""Records collapse to signatures: distinct combinations of normalised identity attributes.

Collapse never decides identity: records share a signature only when it holds one of the subject's `sufficient` sets.
Otherwise the source and the department's own key of the subject (without one, the record) are part of the signature,
and a record that a judgement names always has a signature of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.errors import LifetreeError
from engine.expressions import compile_expression, null_where
from engine.hashing import MISSING, SEPARATOR, hash64, joined
from engine.settings import Subject
from engine.tables import RECORD_KEY, RECORD_SIGNATURE, SIGNATURES
from engine.values import KINDS
from engine.values.distinct import fold_distinct


class Signed(NamedTuple):
    """The signature of each record, and the signatures that these records bear."""

    record_signature: pl.DataFrame
    signatures: pl.DataFrame


class Collapsed(NamedTuple):
    """The signatures of one bucket."""

    signatures: pl.DataFrame


def sign(records: pl.DataFrame, judged: pl.DataFrame, *, subject: Subject) -> Signed:
    """Return the signatures of `records` (RECORDS), counted within these records alone.

    `judged` holds the keys of records that a judgement names. A void value counts as missing; a missing value
    is the one that the others imply.
    """
    normal = _normal(records, subject)
    named = judged.select(RECORD_KEY).unique().with_columns(_judged=True)
    known = [*RECORD_KEY, "business_key", "recorded_at", "delivered_at"]
    signed = (
        records.select(*known, *(pl.col(name).alias(f" {name}") for name in subject.identity_attributes()))
        .join(normal.combinations, on=normal.columns, how="left", nulls_equal=True)
        .join(named, on=RECORD_KEY, how="left")
        .with_columns(_own=_own())
        .with_columns(signature_id=hash64(pl.concat_str("_text", "_own", separator=SEPARATOR)))
    )
    seen = pl.coalesce("recorded_at", "delivered_at")
    counted = signed.group_by("signature_id", "_values").agg(
        pl.len().cast(pl.Int64).alias("records"),
        pl.col("source").unique().sort().alias("sources"),
        seen.min().alias("first_seen"),
        seen.max().alias("last_seen"),
    )
    signatures = counted.join(normal.values, on="_values")
    return Signed(RECORD_SIGNATURE.conform(signed), SIGNATURES.conform(signatures, subject.identity_attributes()))


def collapse(signatures: pl.DataFrame, *, subject: Subject) -> Collapsed:
    """Return one row per signature from the partial counts that `sign` made of different parts of the records.

    Raises:
        LifetreeError: two different combinations have one 64-bit hash (at 500 million signatures: 1 chance in 150).
    """
    identity = subject.identity_attributes()
    counted = _counted(signatures, identity)
    if counted["signature_id"].n_unique() != counted.height:
        raise LifetreeError(
            "two different signatures have the same 64-bit hash",
            hint="change the order of the subject's attributes in the project; the hashes change with it",
        )
    return Collapsed(counted)


def value_hashes(records: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return RECORD_KEY and values, a hash of what is matched of each record: equal under any key and in any source."""
    normal = _normal(records, subject)
    named = records.select(*RECORD_KEY, *(pl.col(name).alias(f" {name}") for name in subject.identity_attributes()))
    told = named.join(normal.combinations, on=normal.columns, how="left", nulls_equal=True)
    return told.select(*RECORD_KEY, values=hash64(pl.col("_text")).cast(pl.String))


class _Normal(NamedTuple):
    """The distinct combinations of values, and what is matched of each.

    `combinations`: the values as they came in `columns`, `_values`, `_text` (the matched values as one text) and
    `_complete`, whether a sufficient set is whole. `values`: the matched values by `_values`, every combination once.
    """

    columns: list[str]
    combinations: pl.DataFrame
    values: pl.DataFrame


def _normal(records: pl.DataFrame, subject: Subject) -> _Normal:
    """Return the values that are matched, worked out once per distinct combination: registers repeat themselves."""
    identity = subject.identity_attributes()
    combinations = records.select(identity).unique()
    folded = combinations.with_columns(
        fold_distinct(combinations[name], KINDS[subject.attributes[name].kind].match) for name in identity
    )
    known = folded.with_columns(null_where(folded, subject.void()))
    matched = known.with_columns(_implied(known, subject)).with_columns(
        _text=joined(identity), _values=pl.int_range(pl.len()), _complete=_complete(subject)
    )
    matched = matched.with_columns(pl.col("_values").min().over("_text"))
    came = combinations.rename({name: f" {name}" for name in identity})
    values = matched.select("_values", *identity).unique("_values", keep="any")
    return _Normal(came.columns, came.hstack(matched.select("_text", "_values", "_complete")), values)


def _implied(folded: pl.DataFrame, subject: Subject) -> list[pl.Series]:
    """Return the attributes that others imply, filled from the values in the form that is matched; "" is none."""
    values = folded.select(subject.identity_attributes())
    found = []
    for name, text in subject.implied().items():
        value = compile_expression(text, columns=values.columns).append_to(values, name=" implied")[" implied"]
        found.append(values[name].fill_null(value.cast(pl.String).replace("", None)))
    return found


def _complete(subject: Subject) -> pl.Expr:
    """Return whether a sufficient set is whole: what then says whose the record is needs no key of the source."""
    complete = [pl.all_horizontal(pl.col(name).is_not_null() for name in names) for names in subject.sufficient]
    return pl.any_horizontal(complete) if complete else pl.lit(value=False)


def _own() -> pl.Expr:
    """Return what keeps a record's signature to itself: `MISSING` where a sufficient set is complete."""
    record = joined(RECORD_KEY)
    person = pl.when(pl.col("business_key").is_not_null()).then(joined(["source", pl.lit("key"), "business_key"]))
    return (
        pl.when(pl.col("_judged").fill_null(value=False))
        .then(record)
        .when("_complete")
        .then(pl.lit(MISSING))
        .otherwise(pl.coalesce(person, record))
    )


def _counted(parts: pl.DataFrame, identity: tuple[str, ...]) -> pl.DataFrame:
    grouped = parts.group_by(["signature_id", *identity]).agg(
        pl.col("records").sum(),
        pl.col("sources").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    return SIGNATURES.conform(grouped, identity)
