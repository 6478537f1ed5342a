"""Whole components with a new signature among them, resolved by the functions of the stages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY
from matchers import clustering
from matchers.blocking import join, key
from matchers.clustering import founds, sure_values, united
from matchers.clustering.exclusive import generic_rule
from matchers.decide import decide
from matchers.identifiers import Stars, bearers, stars
from matchers.models import Calibration, score_candidates
from matchers.scoring import accept


class Region(NamedTuple):
    """Signatures of whole components as matching reads them (SIGNATURES), and what the run knows beside them.

    `judged` holds signature_l, signature_r, judgement; `generic` the identifiers' values that are too common
    (GENERIC_VALUES); `sizes` how many signatures of the subject bear each block key.
    """

    signatures: pl.DataFrame
    judged: pl.DataFrame
    generic: pl.DataFrame
    sizes: Mapping[int, int]


class Placed(NamedTuple):
    """What became of a region: LINKS, REVIEW, CONFLICTS, CLUSTERS and the compared pairs with their weights."""

    links: pl.DataFrame
    review: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame
    pairs: pl.DataFrame


def place(region: Region, *, subject: Subject, calibration: Calibration, signatures: int) -> Placed:
    """Return how the region is linked and clustered; the prior follows from `signatures`.

    The region is closed: no link or conflict leads out of it, neither before nor with what is new in it. Cost: that of
    a build of so many signatures.
    """
    heard, judged = region.signatures, region.judged
    weighed = partial(score_candidates, values=heard, calibration=calibration, subject=subject, signatures=signatures)
    found = _stars(region, subject)
    generic = pl.concat([region.generic, found.generic]).unique(maintain_order=True)
    members = heard.with_columns(*sure_values(heard, subject), founds=founds(subject))
    bound = None
    if subject.identifiers:
        bound = united(members, found.links, found.conflicts, judged, subject=subject, generic=generic)
    kept = _kept(key(heard, bound, subject=subject).block_keys, region.sizes, subject)
    candidates = pl.concat(part.candidates for part in join(kept, subject=subject))
    pairs = weighed(candidates.select(PAIR_KEY))
    accepted = accept(pairs, heard, heard.clear(), subject=subject)
    decided = decide(
        accepted.accepted,
        stars=found,
        judged=judged,
        threshold=subject.model.threshold,
        review=subject.model.review,
        cautioned=accepted.cautioned,
    )
    grouped = clustering.group(members, decided.links, decided.conflicts, subject=subject, generic=generic)
    probed = weighed(grouped.probes).select(*PAIR_KEY, "match_weight")
    certain = subject.model_copy(update={"model": subject.model.model_copy(update={"draws": 0})})
    parted = clustering.part(
        members, grouped.kept, grouped.refused, decided.conflicts,
        subject=certain, generic=generic, probed=probed, near=accepted.accepted, review=decided.review,
    )  # fmt: skip
    return Placed(decided.links, parted.review, decided.conflicts, parted.clusters, pairs)


def _stars(region: Region, subject: Subject) -> Stars:
    """Return the stars of all identifiers; values that are known to be too common give none."""
    links, conflicts, generic = [LINKS.empty()], [CONFLICTS.empty()], [GENERIC_VALUES.empty()]
    for item in subject.identifiers:
        common = region.generic.filter(pl.col("blocking_rule") == generic_rule(item)).select("value")
        own = bearers(region.signatures, item).join(common, left_on=item.attribute, right_on="value", how="anti")
        found = stars(own, region.judged, subject=subject.model_copy(update={"identifiers": (item,)}))
        links.append(found.links)
        conflicts.append(found.conflicts)
        generic.append(found.generic)
    starred = pl.concat(links).unique(PAIR_KEY, keep="first", maintain_order=True)
    return Stars(LINKS.conform(starred), CONFLICTS.conform(pl.concat(conflicts)), pl.concat(generic))


def _kept(keys: pl.DataFrame, sizes: Mapping[int, int], subject: Subject) -> pl.DataFrame:
    """Return the keys by which pairs are made: a block that is too large is cut by finer keys, or makes none."""
    caps = [rule.max_block for rule in subject.blocking]
    chosen = [
        next((one for one in (whole, *(finer or ())) if one is None or sizes.get(one, 0) <= caps[rule]), None)
        for rule, whole, finer in keys.select("blocking_rule", "block_key", "finer").iter_rows()
    ]
    kept = keys.with_columns(block_key=pl.Series(chosen, dtype=pl.Int64)).drop_nulls("block_key")
    return kept.drop("value", "finer")
