"""The pairs that rules propose among the records looked at, and how likely each is a match.

A calibration is trained on the records as a build would train one; the pairs that it finds likely stand for the true
ones when rules are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.settings.subject import Subject
from engine.tables import WEIGHT_SCALE
from lifetree.suggest.rules import Part, Rule, keys_of
from matchers.models import score_candidates, train

LIKELY = 2.0
"""The match weight from which a pair counts as likely."""

PAIRS = 1_500_000
"""Pairs that are compared at most; beyond, those of a part of the records are."""

Indices = np.ndarray


class Proposed(NamedTuple):
    """The likely pairs: `found` says for each rule which of them it proposes; `within` and `between` count the surest.

    Those are the pairs within files, and between them, of at least the median weight of a likely pair between files.

    `looked_at` is the part of the sample's pairs that was compared, `share` what that is of all pairs.
    """

    likely: pl.DataFrame
    found: list[Indices]
    within: int
    between: int
    looked_at: float
    share: float


def proposed(
    rules: Sequence[Rule], parts: Sequence[Part], values: pl.DataFrame, *, subject: Subject, name: str, fraction: float
) -> Proposed:
    """Return the likely pairs among those that the rules propose."""
    known = {part.text: part for part in parts}
    total = sum(rule.pairs for rule in rules) * fraction**2
    every = max(1, round(total / (PAIRS * 3)))
    pairs = [_pairs(rule, known, every=every, cap=rule.max_block * fraction, height=values.height) for rule in rules]
    height = values.height
    distinct = pl.concat(pairs).unique().sort()
    if distinct.len() > PAIRS:
        step = -(-distinct.len() // PAIRS)
        distinct = distinct.filter((distinct // height) % (every * step) == 0)
        every *= step
    candidates = pl.DataFrame({"signature_l": distinct // height, "signature_r": distinct % height})
    calibration = train(values, subject=subject, name=name)
    scored = score_candidates(
        candidates, values, calibration=calibration, subject=subject, signatures=round(height / fraction)
    )
    likely = scored.filter(pl.col("match_weight") >= LIKELY * WEIGHT_SCALE).drop("levels")
    codes = (likely["signature_l"] * height + likely["signature_r"]).to_numpy()
    found = [np.flatnonzero(np.isin(codes, one.to_numpy())) for one in pairs]
    source = values["sources"].list.first()
    same = source.gather(likely["signature_l"]) == source.gather(likely["signature_r"])
    surest = likely["match_weight"] >= (likely.filter(~same)["match_weight"].median() or 0)
    within, between = int((surest & same).sum()), int((surest & ~same).sum())
    return Proposed(likely, found, within, between, 1 / every, fraction**2 / every)


def _pairs(rule: Rule, known: Mapping[str, Part], *, every: int, cap: float, height: int) -> pl.Series:
    """Return the pairs of a rule as one number each, those whose first record is one of `every`."""
    keys = keys_of(rule.parts, known)
    kept = keys.group_by("code").len().filter(pl.col("len").is_between(2, max(cap, 2))).select("code")
    keys = keys.join(kept, on="code", how="semi")
    left = keys.filter(pl.col("signature_id") % every == 0)
    joined = left.join(keys, on="code", suffix="_r").filter(pl.col("signature_id") < pl.col("signature_id_r"))
    return joined.select((pl.col("signature_id") * height + pl.col("signature_id_r")).unique()).to_series()
