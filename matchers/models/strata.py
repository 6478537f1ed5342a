"""Strata: signatures whose pairs are weighed by a model of their own."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from engine.expressions import compile_expression
from engine.settings.subject import Stratum as StratumSettings
from engine.settings.subject import Subject
from engine.tables import PAIR_KEY
from matchers.models.calibration import Calibration

STRATUM = " stratum"
"""The place of a pair's stratum; null: none."""


def within(signatures: pl.DataFrame, stratum: StratumSettings, subject: Subject) -> pl.Series:
    """Return whether each signature belongs to the stratum; what cannot be said counts as no."""
    expression = compile_expression(stratum.when, columns=subject.identity_attributes())
    return expression.append_to(signatures, name=STRATUM)[STRATUM].cast(pl.Boolean).fill_null(value=False)


def by_stratum(
    candidates: pl.DataFrame, values: pl.DataFrame, *, calibration: Calibration, subject: Subject, signatures: int
) -> Iterator[tuple[pl.DataFrame, Calibration, int]]:
    """Yield the candidates of each stratum and the rest, with the calibration and the number of signatures to use.

    A pair belongs to the first stratum that both of its signatures belong to. Parts without pairs are left out.
    """
    places = pl.lit(None, pl.Int64)
    member = values.select("signature_id")
    for place, stratum in reversed(list(enumerate(subject.strata))):
        member = member.with_columns(within(values, stratum, subject).alias(str(place)))
        both = pl.all_horizontal(f"{place}{side}" for side in ("_l", "_r"))
        places = pl.when(both).then(pl.lit(place, pl.Int64)).otherwise(places)
    sides = candidates
    for key, side in zip(PAIR_KEY, ("_l", "_r"), strict=True):
        named = member.rename({name: f"{name}{side}" for name in member.columns if name != "signature_id"})
        sides = sides.join(named, left_on=key, right_on="signature_id", how="left", maintain_order="left")
    placed = sides.select(*candidates.columns, places.alias(STRATUM))
    for (place,), part in placed.group_by(STRATUM, maintain_order=True):
        model, number = (
            (calibration, signatures) if place is None else of_stratum(calibration, int(str(place)), signatures)
        )
        yield part.drop(STRATUM), model, number


def for_pair(
    pair: pl.DataFrame, values: pl.DataFrame, *, calibration: Calibration, subject: Subject, signatures: int
) -> tuple[Calibration, int]:
    """Return the calibration and the number of signatures by which one pair is weighed."""
    parts = by_stratum(pair, values, calibration=calibration, subject=subject, signatures=signatures)
    _, model, number = next(parts)
    return model, number


def of_stratum(calibration: Calibration, place: int, signatures: int) -> tuple[Calibration, int]:
    """Return the calibration of one stratum alone, and how many of all signatures belong to it."""
    one = calibration.strata[place]
    own = calibration.model_copy(update={"comparisons": one.comparisons, "c": one.c, "strata": ()})
    return own, max(2, round(one.share * signatures))
