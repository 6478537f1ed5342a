"""Cluster signatures: connected components, refined where constraints or the weight of other pairs speak against."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import CLUSTERS, GENERIC_VALUES, LINKS, PAIR_KEY, PARTITION_DRAWS, REVIEW, WEIGHT_SCALE
from matchers.clustering.ambiguous import ambiguous
from matchers.clustering.bridges import weak_bridges
from matchers.clustering.components import components
from matchers.clustering.constrained import Constrained, constrained
from matchers.clustering.draws import partition_draws
from matchers.clustering.exclusive import doubted_values, exclusive_values
from matchers.clustering.probes import probes

UNRESOLVED = "unresolved"
AMBIGUOUS = "ambiguous"

_PAIR = list(PAIR_KEY)


class Grouped(NamedTuple):
    """The LINKS that break no constraint, those that do, and the pairs (`probes`) to weigh before clusters are made."""

    kept: pl.DataFrame
    refused: pl.DataFrame
    probes: pl.DataFrame


class Parted(NamedTuple):
    """CLUSTERS, REVIEW with the links that were cut, and PARTITION_DRAWS."""

    clusters: pl.DataFrame
    review: pl.DataFrame
    partition_draws: pl.DataFrame


def group(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame | None = None,
) -> Grouped:
    """Return the links that can be kept: no cluster of theirs breaks a constraint.

    A cluster holds no pair of `conflicts`, no two values of an exclusive identifier unless a judgement joined them, and
    at most `subject.max_cluster` signatures. Components that keep this are whole; the others are rebuilt link by link.
    `generic` lists the identifier values that exclude nothing; a value that a signature bears by mistake
    (`doubted_values`) excludes nothing either.
    """
    held = _held(signatures, links, conflicts, generic, subject)
    return Grouped(held.kept, held.refused, probes(held.kept))


def part(
    signatures: pl.DataFrame,
    kept: pl.DataFrame,
    refused: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame | None = None,
    probed: pl.DataFrame | None = None,
    near: pl.DataFrame | None = None,
    review: pl.DataFrame | None = None,
    founders: pl.DataFrame | None = None,
) -> Parted:
    """Return the clusters of what `group` kept: every signature once, those without a link in a cluster of their own.

    Weak bridges are cut by the weights of `probed`, and signatures that could equally join two clusters stand alone.
    What is cut for either reason goes to review, and of the links that were `refused` between two clusters the first.
    `near` holds the pairs whose probability is in doubt. A cluster is unresolved when none of its members `founds` an
    entity. `founders` (signature_id, founds) holds every signature; where it is given, `signatures` need hold those
    alone that stand in a pair of any table, or that tell a changed identifier.
    """
    model, links = subject.model, pl.concat([kept, refused])
    close = LINKS.empty() if near is None else near
    among = _ends(links, conflicts, close)
    values = _values(signatures, links, conflicts, generic, subject, among=among)
    weighed = kept.head(0) if probed is None else probed
    bridges = weak_bridges(kept, weighed, split=model.split)
    strong = kept.join(bridges, on=_PAIR, how="anti")
    anchored = pl.concat([values.select("signature_id"), *(conflicts.select(signature_id=side) for side in _PAIR)])
    torn = ambiguous(strong, refused, anchored.unique(), margin=round(max(model.threshold, 0) * WEIGHT_SCALE))
    held = _without(strong, torn.signatures)
    clusters = _clusters(signatures if founders is None else founders, links, held, torn.signatures)
    placed = clusters.join(among, on="signature_id", how="semi")
    cut = pl.concat([torn.candidates, bridges.with_columns(reason=pl.lit("bridge")), _refused(refused, placed)])
    put = pl.concat([cut, REVIEW.empty() if review is None else review]).unique(
        _PAIR, keep="first", maintain_order=True
    )
    doubtful = _open(close, conflicts, links)
    drawn = partition_draws(
        placed,
        held,
        doubtful,
        conflicts,
        values,
        draws=model.draws,
        doubt=model.doubt,
        max_cluster=subject.max_cluster,
    )
    return Parted(clusters, REVIEW.conform(put), PARTITION_DRAWS.conform(drawn))


def cluster(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return CLUSTERS by the links and constraints alone: no bridge is cut, and a tie goes to the first pair."""
    kept = _held(signatures, links, conflicts, generic, subject).kept
    return _clusters(signatures, links, kept, signatures.head(0))


def founds(subject: Subject) -> pl.Expr:
    """Return whether a signature can found an entity: it bears one whole set of `subject.founding`, if there is any."""
    whole = [pl.all_horizontal(pl.col(name).is_not_null() for name in names) for names in subject.founding]
    return pl.any_horizontal(whole) if whole else pl.lit(value=True)


def _held(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame | None,
    subject: Subject,
) -> Constrained:
    """Return which links break no constraint together."""
    values = _values(signatures, links, conflicts, generic, subject, among=_ends(links, conflicts))
    return constrained(links, conflicts, values, max_cluster=subject.max_cluster)


def _values(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame | None,
    subject: Subject,
    *,
    among: pl.DataFrame,
) -> pl.DataFrame:
    """Return the exclusive values of the signatures `among` which constraints hold; no other is in a link."""
    common = GENERIC_VALUES.empty() if generic is None else generic
    values = exclusive_values(signatures, common, subject=subject, among=among)
    doubted = doubted_values(signatures.join(among, on="signature_id", how="semi"), links, conflicts)
    return values.join(doubted, on=["signature_id", "attribute"], how="anti")


def _ends(*pairs: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([one.select(signature_id=side) for one in pairs for side in _PAIR]).unique()


def _without(links: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    """Return the links with both ends or none among `signatures`."""
    torn = [pl.col(side).is_in(signatures["signature_id"].implode()) for side in _PAIR]
    return links.filter(torn[0] == torn[1])


def _clusters(signatures: pl.DataFrame, links: pl.DataFrame, held: pl.DataFrame, torn: pl.DataFrame) -> pl.DataFrame:
    told = pl.col("founds") if "founds" in signatures.columns else pl.lit(value=True)
    named, found = signatures.select("signature_id", founds=told), components(links)
    alone = named.join(found, on="signature_id", how="anti").select(
        "signature_id",
        cluster_id="signature_id",
        component="signature_id",
        state=pl.when("founds").then(pl.lit("whole")).otherwise(pl.lit(UNRESOLVED)),
    )
    placed = (
        named.join(found, on="signature_id")
        .join(components(held).rename({"component": "cluster_id"}), on="signature_id", how="left")
        .with_columns(pl.col("cluster_id").fill_null(pl.col("signature_id")))
    )
    state = (
        pl.when(pl.col("signature_id").is_in(torn["signature_id"].implode()))
        .then(pl.lit(AMBIGUOUS))
        .when(~pl.col("founds").any().over("cluster_id"))
        .then(pl.lit(UNRESOLVED))
        .when(pl.col("cluster_id").n_unique().over("component") > 1)
        .then(pl.lit("refined"))
        .otherwise(pl.lit("whole"))
    )
    linked = placed.with_columns(state=state)
    return CLUSTERS.conform(pl.concat([alone, linked.select(alone.columns)]))


def _refused(refused: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Return the heaviest link between each two clusters that a constraint keeps apart, the first pair at a tie."""
    own = clusters.filter(pl.col("state") != AMBIGUOUS).select("signature_id", "cluster_id")
    ends = refused.join(own, left_on="signature_l", right_on="signature_id").join(
        own, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    sides = ("cluster_id", "cluster_id_r")
    between = ends.filter(pl.col(sides[0]) != pl.col(sides[1])).with_columns(
        _one=pl.min_horizontal(sides), _other=pl.max_horizontal(sides), reason=pl.lit("constraint")
    )
    heaviest = between.sort("match_weight", *PAIR_KEY, descending=[True, False, False])
    return LINKS.conform(heaviest.unique(["_one", "_other"], keep="first", maintain_order=True))


def _open(near: pl.DataFrame, conflicts: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that nothing decided: no link that was cut, no conflict, not within what links held together."""
    found = components(links)
    within = (
        near.join(found, left_on="signature_l", right_on="signature_id")
        .join(found, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter(pl.col("component") == pl.col("component_r"))
    )
    return near.join(pl.concat([within.select(_PAIR), conflicts.select(_PAIR)]), on=_PAIR, how="anti")
