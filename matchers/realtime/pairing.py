"""The pairs of few signatures: which share a block, what they weigh, and which of them a caution fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.cautions import CAUTIONED
from matchers.models import score_candidates
from matchers.realtime.accord import Member
from matchers.realtime.keys import Key
from matchers.realtime.wary import cautions_of
from matchers.realtime.weights import Weigher, weigh_pairs
from matchers.scoring import least_weight

Pair = tuple[int, int]

_WEIGHED = {**dict.fromkeys(PAIR_KEY, pl.Int64), "match_weight": pl.Int64}


class Pricing(NamedTuple):
    """What weighs the pairs of a subject; `signatures`, their number in all, is for a subject with strata."""

    weigher: Weigher
    signatures: int


def pairs_of(
    rows: Mapping[int, Member],
    keys: Mapping[int, Sequence[Key]],
    sizes: Mapping[int, int],
    units: Mapping[int, int],
    *,
    subject: Subject,
) -> list[Pair]:
    """Return the pairs that blocking gives (`matchers.blocking.join`), sorted.

    `sizes` are the signatures of each block of the run: one that is too large is cut by finer keys, or gives no pair.
    Neither do signatures of one of the `units` that identifiers unite, nor of one source where those are not paired.
    """
    blocks: dict[int, list[int]] = {}
    for own, borne in keys.items():
        for one in borne:
            most = subject.blocking[one.rule].max_block
            number = next((number for number in (one.key, *one.finer) if sizes.get(number, 0) <= most), None)
            if number is not None:
                blocks.setdefault(number, []).append(own)
    found = {pair for block in blocks.values() for pair in combinations(sorted(block), 2)}
    return sorted((left, right) for left, right in found if _paired(rows[left], rows[right], units, subject))


def _paired(left: Member, right: Member, units: Mapping[int, int], subject: Subject) -> bool:
    unit = units.get(left["signature_id"])
    if unit is not None and unit == units.get(right["signature_id"]):
        return False
    return subject.pairs != "between_sources" or len(left["sources"]) != 1 or left["sources"] != right["sources"]


def weighed_pairs(
    pairs: Sequence[Pair], rows: Mapping[int, Member], signatures: pl.DataFrame, *, subject: Subject, pricing: Pricing
) -> pl.DataFrame:
    """Return the pairs with their match_weight; `signatures` has the `rows` as SIGNATURES."""
    if subject.strata:
        asked = pl.DataFrame(pairs, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row")
        weighed = score_candidates(
            asked,
            signatures,
            calibration=pricing.weigher.calibration,
            subject=subject,
            signatures=pricing.signatures,
        )
        return weighed.select(*_WEIGHED)
    weights = weigh_pairs(pricing.weigher, [(rows[left], rows[right]) for left, right in pairs])
    told = [(*pair, one.match_weight) for pair, one in zip(pairs, weights, strict=True)]
    return pl.DataFrame(told, schema=_WEIGHED, orient="row")


def heavy_pairs(weighed: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return the pairs that are links by their weight, go to review, or are in doubt."""
    return weighed.filter(pl.col("match_weight") >= round(least_weight(subject.model) * WEIGHT_SCALE))


def cautioned_pairs(pairs: pl.DataFrame, rows: Mapping[int, Member], *, subject: Subject) -> pl.DataFrame:
    """Return the pairs that a caution fits, as `matchers.cautions.cautioned` does."""
    identity = subject.identity_attributes() if subject.cautions else ()
    ends = list(pairs.select(PAIR_KEY).iter_rows())
    values = {one: {name: rows[one][name] for name in identity} for pair in ends for one in pair}
    cautions = cautions_of([(values[left], values[right]) for left, right in ends], subject=subject)
    found = [(*pair, one.name, one.links) for pair, one in zip(ends, cautions, strict=True) if one]
    return pl.DataFrame(found, schema=CAUTIONED, orient="row")
