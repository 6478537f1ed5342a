"""The training stage: a calibration from the signatures of all buckets, or of a sample of them where they are many."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.hashing import hash64
from engine.settings import Subject
from matchers.models.train import Trainer, train

GATHERED = 2_000_000
"""Signatures that training gathers at most: for term frequencies; m and u are learnt on `model.sample` of them."""

SEED = 0


class Sampled(NamedTuple):
    """The signatures that training reads."""

    sampled: pl.DataFrame


class Calibrated(NamedTuple):
    """One row: `calibration`, as JSON."""

    calibration: pl.DataFrame


def sampling_rate(signatures: int) -> int:
    """Return how many in a million signatures training gathers."""
    return min(1_000_000, GATHERED * 1_000_000 // max(1, signatures))


def sample(signatures: pl.DataFrame, *, per_million: int) -> Sampled:
    """Return about so many in a million of the signatures, chosen by the hash of their id."""
    drawn = hash64(pl.lit("sample ") + pl.col("signature_id").cast(pl.String)).reinterpret(signed=False) % 1_000_000
    return Sampled(signatures.filter(drawn < per_million))


def calibrate(
    sampled: pl.DataFrame,
    judged: pl.DataFrame | None = None,
    *,
    subject: Subject,
    name: str,
    per_million: int,
    trainer: Trainer = Trainer.LIFETREE,
) -> Calibrated:
    """Return the calibration of all signatures from a sample of `per_million` in a million of them.

    An entity has as many times fewer signatures in the sample as the sample is smaller; c is scaled back. `judged`
    (JUDGED) are labels.
    """
    trained = train(sampled, subject=subject, name=name, seed=SEED, trainer=trainer, judged=judged)
    whole = trained.model_copy(update={"c": trained.c * 1_000_000 / per_million})
    return Calibrated(pl.DataFrame({"calibration": [whole.model_dump_json()]}))
