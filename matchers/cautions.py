"""Cautions: pairs that are for a person to decide, whatever they weigh: possible twins, members of one household."""

from __future__ import annotations

import functools
import operator

import polars as pl

from engine.expressions import compile_expression
from engine.schema import PAIR_KEY
from engine.settings import Caution, Subject

CAUTIONED = {"signature_l": pl.Int64, "signature_r": pl.Int64, "reason": pl.String, "links": pl.Boolean}
"""The columns of cautioned pairs; `links` is whether the model may link such a pair."""


def cautioned(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return the pairs that a caution of the subject fits, each once, with the name of the first that fits as `reason`.

    `left` holds the signatures of `signature_l`, `right` those of `signature_r`.
    """
    found = [pl.DataFrame(schema=CAUTIONED)]
    if subject.cautions:
        ends = pl.concat([pairs.select(signature_id=side) for side in PAIR_KEY]).unique()
        met = [side.join(ends, on="signature_id", how="semi") for side in (left, right)]
        known = pl.concat(met).unique("signature_id", keep="any")
        found += [_fitting(pairs.select(PAIR_KEY), known, caution, subject) for caution in subject.cautions]
    return pl.concat(found).unique(PAIR_KEY, keep="first", maintain_order=True).sort(PAIR_KEY)


def _fitting(pairs: pl.DataFrame, known: pl.DataFrame, caution: Caution, subject: Subject) -> pl.DataFrame:
    values = known
    columns = subject.identity_attributes()
    for text in caution.expressions():
        values = compile_expression(text, columns=columns).append_to(values, name=_name(text))
    values = values.select("signature_id", *map(_name, caution.expressions()))
    both = pairs.join(values, left_on="signature_l", right_on="signature_id").join(
        values, left_on="signature_r", right_on="signature_id", suffix=" r"
    )
    tests = [_same(text) for text in caution.agree] + [_other(text) for text in caution.differ]
    if caution.agree_any:
        tests.append(functools.reduce(operator.or_, map(_same, caution.agree_any)))
    return both.filter(tests).select(*PAIR_KEY, reason=pl.lit(caution.name), links=pl.lit(caution.links))


def _name(text: str) -> str:
    return f" {text}"


def _same(text: str) -> pl.Expr:
    return (pl.col(_name(text)) == pl.col(f"{_name(text)} r")).fill_null(value=False)


def _other(text: str) -> pl.Expr:
    return (pl.col(_name(text)) != pl.col(f"{_name(text)} r")).fill_null(value=False)
