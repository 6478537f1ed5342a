"""Candidate pairs to levels and match weights, and which of them the decision needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from engine.settings import Model, Subject
from engine.tables import PAIR_KEY, PAIRS, WEIGHT_SCALE
from matchers.blocking import distinct
from matchers.cautions import CAUTIONED, cautioned
from matchers.models import Calibration, score_candidates

CHUNK = 100_000
"""Pairs compared at a time, with the signatures that stand in them; bounds the memory that a cell takes."""


class Scored(NamedTuple):
    """PAIRS of one cell, or of a chunk of it."""

    pairs: pl.DataFrame


class Accepted(NamedTuple):
    """The PAIRS that are links by their weight, go to review, or are in doubt; those of them that a caution fits."""

    accepted: pl.DataFrame
    cautioned: pl.DataFrame


def score_pairs(
    candidates: pl.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
) -> Iterator[Scored]:
    """Yield the compared pairs of one cell in chunks; the prior follows from `signatures`, their number in all.

    `left` holds the signatures of `signature_l`, `right` those of `signature_r`; they may be the same.
    """
    pairs = distinct(candidates)
    for start in range(0, max(1, pairs.height), CHUNK):
        chunk = pairs.slice(start, CHUNK)
        sides = either(left, right, of=chunk)
        scored = score_candidates(chunk, sides, calibration=calibration, subject=subject, signatures=signatures)
        yield Scored(PAIRS.conform(scored.join(chunk, on=PAIR_KEY)))


def either(left: pl.DataFrame, right: pl.DataFrame, *, of: pl.DataFrame) -> pl.DataFrame:
    """Return the signatures that stand in the pairs `of`, each once; of what stands in none, nothing is copied."""
    asked = ends(of)
    met = [side.join(asked, on="signature_id", how="semi", maintain_order="left") for side in (left, right)]
    return pl.concat(met).unique("signature_id", keep="any", maintain_order=True)


def ends(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the signatures that stand in pairs, as `signature_id`."""
    return pl.concat([pairs.select(signature_id=side) for side in PAIR_KEY]).unique()


def accept(
    pairs: pl.DataFrame, left: pl.DataFrame | None = None, right: pl.DataFrame | None = None, *, subject: Subject
) -> Accepted:
    """Return the pairs at or above the lowest of the subject's thresholds: of links, review and, for draws, doubt.

    `left` and `right` hold the signatures on either side, for the subject's cautions; without cautions, none is needed.
    """
    accepted = pairs.filter(pl.col("match_weight") >= round(least_weight(subject.model) * WEIGHT_SCALE))
    if left is None or right is None:
        return Accepted(accepted, pl.DataFrame(schema=CAUTIONED))
    return Accepted(accepted, cautioned(accepted, left, right, subject=subject))


def least_weight(model: Model) -> float:
    """Return the bits of match weight from which a pair is a link, goes to review or is in doubt."""
    review = model.threshold if model.review is None else model.review
    doubt = math.log2(model.doubt / (1 - model.doubt)) if model.draws else model.threshold
    return min(model.threshold, review, doubt)
