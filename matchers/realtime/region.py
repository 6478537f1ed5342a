"""Whole components with a new signature among them, resolved by the functions of the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from matchers import clustering
from matchers.clustering import founds, sure_values, united
from matchers.decide import decide
from matchers.realtime.keys import Key
from matchers.realtime.pairing import Pricing, cautioned_pairs, heavy_pairs, pairs_of, weighed_pairs
from matchers.realtime.stars import region_stars


class Region(NamedTuple):
    """Signatures of whole components as matching reads them (SIGNATURES), and what the run knows beside them.

    `judged` holds signature_l, signature_r, judgement; `generic` the identifiers' values that are too common
    (GENERIC_VALUES); `keys` the block keys of each signature, `sizes` how many signatures of the subject bear each.
    """

    signatures: pl.DataFrame
    judged: pl.DataFrame
    generic: pl.DataFrame
    keys: Mapping[int, Sequence[Key]]
    sizes: Mapping[int, int]


class Placed(NamedTuple):
    """What became of a region: LINKS, REVIEW, CONFLICTS and CLUSTERS."""

    links: pl.DataFrame
    review: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame


def place(region: Region, *, subject: Subject, pricing: Pricing) -> Placed:
    """Return how the region is linked and clustered.

    The region is closed: no link or conflict leads out of it, neither before nor with what is new in it.
    """
    heard, judged = region.signatures, region.judged
    rows = {row["signature_id"]: row for row in heard.to_dicts()}
    found = region_stars(heard, rows, judged, region.generic, subject=subject, weigher=pricing.weigher)
    generic = pl.concat([region.generic, found.generic]).unique(maintain_order=True)
    members = heard.with_columns(*sure_values(heard, subject), founds=founds(subject))
    units: dict[int, int] = {}
    if subject.identifiers:
        bound = united(members, found.links, found.conflicts, judged, subject=subject, generic=generic)
        units = dict(bound.select("signature_id", "united").iter_rows())
    asked = pairs_of(rows, region.keys, region.sizes, units, subject=subject)
    accepted = heavy_pairs(weighed_pairs(asked, rows, heard, subject=subject, pricing=pricing), subject=subject)
    decided = decide(
        accepted,
        stars=found,
        judged=judged,
        threshold=subject.model.threshold,
        review=subject.model.review,
        cautioned=cautioned_pairs(accepted, rows, subject=subject),
    )
    grouped = clustering.group(members, decided.links, decided.conflicts, subject=subject, generic=generic)
    probed = weighed_pairs(grouped.probes.rows(), rows, heard, subject=subject, pricing=pricing)
    certain = subject.model_copy(update={"model": subject.model.model_copy(update={"draws": 0})})
    parted = clustering.part(
        members, grouped.kept, grouped.refused, decided.conflicts,
        subject=certain, generic=generic, probed=probed, near=accepted, review=decided.review,
    )  # fmt: skip
    return Placed(decided.links, parted.review, decided.conflicts, parted.clusters)
