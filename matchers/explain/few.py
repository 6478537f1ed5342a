"""A few signatures resolved anew by the functions of the build, with what the run knows of all others."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY
from matchers.blocking import join, key
from matchers.cautions import cautioned
from matchers.clustering import cluster, founds, sure_values, united
from matchers.clustering.exclusive import generic_rule
from matchers.decide import decide
from matchers.identifiers import Stars, bearers, stars
from matchers.masses import silence
from matchers.models import Calibration, score_candidates


class Known(NamedTuple):
    """What a run knows beside the signatures: settings, calibration, their number, GENERIC_VALUES and MASS_VALUES."""

    subject: Subject
    calibration: Calibration
    signatures: int
    generic: pl.DataFrame
    masses: pl.DataFrame


class Resolved(NamedTuple):
    """What became of a few signatures: LINKS, CONFLICTS, CLUSTERS."""

    links: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame


def resolve_few(signatures: pl.DataFrame, judged: pl.DataFrame, *, known: Known) -> Resolved:
    """Return how these SIGNATURES would be linked and clustered if there were no others than the run knows of.

    Values that are too common in the run stay so. `judged` holds signature_l, signature_r and judgement. Cost: as a
    build of so many signatures, some tens of milliseconds for a few entities.
    """
    subject = known.subject
    heard = silence(signatures, known.masses)
    found = _stars(heard, judged, known)
    members = heard.with_columns(*sure_values(heard, subject), founds=founds(subject))
    bound = None
    if subject.identifiers:
        bound = united(members, found.links, found.conflicts, judged, subject=subject, generic=known.generic)
    pairs = _pairs(heard, bound, known)
    model = subject.model
    wary = cautioned(pairs, heard, heard, subject=subject)
    decided = decide(pairs, stars=found, judged=judged, threshold=model.threshold, review=None, cautioned=wary)
    clusters = cluster(members, decided.links, decided.conflicts, subject=subject, generic=known.generic)
    return Resolved(decided.links, decided.conflicts, clusters)


def block_keys(signatures: pl.DataFrame, bound: pl.DataFrame | None = None, *, known: Known) -> pl.DataFrame:
    """Return the block keys of signatures that matching reads, with `rule` by name and whether it is `generic`.

    A block that is too large has, beside its own key, the finest of those that its rule cuts it by: two who share that
    count as compared, for a run does not keep how large the parts of a block are.
    """
    names = {place: rule.name for place, rule in enumerate(known.subject.blocking)}
    keys = key(signatures, bound, subject=known.subject).block_keys
    named = keys.with_columns(rule=pl.col("blocking_rule").replace_strict(names, return_dtype=pl.String))
    common = known.generic.select(rule="blocking_rule", value="value", generic=pl.lit(value=True)).unique()
    told = named.join(common, on=["rule", "value"], how="left").with_columns(pl.col("generic").fill_null(value=False))
    finest = told.with_columns(block_key=pl.col("finer").list.drop_nulls().list.last(), generic=pl.lit(value=False))
    return pl.concat([told, finest.filter(told["generic"]).drop_nulls("block_key")])


def _stars(signatures: pl.DataFrame, judged: pl.DataFrame, known: Known) -> Stars:
    """Return the stars of all identifiers; generic values give none."""
    links, conflicts, generic = [LINKS.empty()], [CONFLICTS.empty()], known.generic
    for item in known.subject.identifiers:
        common = generic.filter(pl.col("blocking_rule") == generic_rule(item)).select(pl.col("value"))
        own = bearers(signatures, item).join(common, left_on=item.attribute, right_on="value", how="anti")
        if own[item.attribute].n_unique() == own.height:
            continue
        alone = known.subject.model_copy(update={"identifiers": (item,)})
        found = stars(own, judged, subject=alone)
        links.append(found.links)
        conflicts.append(found.conflicts)
    starred = LINKS.conform(pl.concat(links).unique(PAIR_KEY, keep="first", maintain_order=True))
    return Stars(starred, CONFLICTS.conform(pl.concat(conflicts)), generic)


def _pairs(signatures: pl.DataFrame, bound: pl.DataFrame | None, known: Known) -> pl.DataFrame:
    """Return the pairs that blocking proposes, with their weights."""
    kept = block_keys(signatures, bound, known=known).filter(~pl.col("generic")).drop("value", "rule", "generic")
    candidates = pl.concat(part.candidates for part in join(kept, subject=known.subject))
    return score_candidates(
        candidates, signatures, calibration=known.calibration, subject=known.subject, signatures=known.signatures
    )
