"""The pairs by which the loss of blocking is judged: those of sampled clusters, and what a widened search adds."""

from __future__ import annotations

import math
from typing import NamedTuple

import polars as pl

from engine.hashing import hash64, joined
from engine.settings import Subject
from engine.tables import LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.blocking.wide import widened_pairs
from matchers.clustering import cluster
from matchers.models import Calibration, score_candidates
from matchers.models.prior import prior_weight

MICRO = 1_000_000
CHUNK = 1_000_000
ROUNDS = 200
_WEIGHED = {"signature_l": pl.Int64, "signature_r": pl.Int64, "match_weight": pl.Int64}


class Evidence(NamedTuple):
    """What a run knows of one subject.

    `signatures` as matching reads them; `members` the columns of them that clustering reads; `united` what identifiers
    unite; `candidates` and `links` with match weights; `generic` the identifier values that exclude nothing;
    `clusters` the cluster of each signature.
    """

    signatures: pl.DataFrame
    members: pl.DataFrame
    united: pl.DataFrame
    candidates: pl.DataFrame
    links: pl.DataFrame
    conflicts: pl.DataFrame
    generic: pl.DataFrame
    clusters: pl.DataFrame


class Looked(NamedTuple):
    """The pairs looked at, the sampled signatures, and the share of the clusters that they are of.

    `pairs` holds PAIR_KEY, match_weight, `micro` (the probability of a match, in millionths), `found` (a rule proposes
    it), `inside` (one cluster holds both when the widened search may link) and `apart` (no cluster holds both today).
    `units` holds signature_id, `unit` (what identifiers unite), cluster_id and `wider`, its cluster after that search.
    `odds` is the prior that the weights hold, in their units.
    """

    pairs: pl.DataFrame
    units: pl.DataFrame
    anchors: pl.DataFrame
    share: float
    odds: int


def look(evidence: Evidence, *, subject: Subject, calibration: Calibration, sample: int) -> Looked:
    """Return the pairs of about `sample` signatures: whole clusters, drawn by the hash of their id."""
    least = round(subject.model.threshold * WEIGHT_SCALE)
    units = _units(evidence)
    share = min(1.0, sample / max(units.height, 1))
    anchors = units.filter(_place("cluster_id") < round(share * MICRO))
    known = evidence.candidates.select(*_WEIGHED)
    wide = widened_pairs(evidence.signatures, anchors["signature_id"], subject=subject)
    across = _with(wide.join(known, on=PAIR_KEY, how="anti"), units, "cluster_id").filter(
        pl.col("cluster_id") != pl.col("cluster_id_r")
    )
    across = _score(across, evidence.signatures, subject, calibration)
    units = _widen(evidence, units, anchors, across.filter(pl.col("match_weight") >= least), subject)
    inside = _inside(units, anchors)
    told = pl.concat([known, across])
    unknown = _score(inside.join(told, on=PAIR_KEY, how="anti"), evidence.signatures, subject, calibration)
    beside = pl.concat([across, unknown]).with_columns(found=pl.lit(value=False))
    weighed = pl.concat([known.with_columns(found=pl.lit(value=True)), beside])
    pairs = _with(_with(weighed, units, "wider"), units, "cluster_id").with_columns(
        inside=pl.col("wider") == pl.col("wider_r"), apart=pl.col("cluster_id") != pl.col("cluster_id_r")
    )
    odds = prior_weight(calibration.c, units.height)
    judged = _judged(pairs, least, odds).select(*PAIR_KEY, "match_weight", "micro", "found", "inside", "apart")
    return Looked(judged, units, anchors.select("signature_id", "cluster_id"), share, odds)


def _units(evidence: Evidence) -> pl.DataFrame:
    clusters = evidence.clusters.select("signature_id", "cluster_id")
    return clusters.join(evidence.united, on="signature_id", how="left").select(
        "signature_id", "cluster_id", unit=pl.coalesce("united", "signature_id")
    )


def _place(column: str) -> pl.Expr:
    """Return the place of a key among a million, by its hash."""
    hashed = hash64(joined([pl.lit("lost"), pl.col(column)]))
    return (hashed.reinterpret(signed=False) % MICRO).cast(pl.Int64)


def _with(pairs: pl.DataFrame, units: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the pairs with what `units` says in `column` of the left, and as `<column>_r` of the right."""
    told = units.select("signature_id", column)
    left = pairs.join(told, left_on="signature_l", right_on="signature_id")
    return left.join(told, left_on="signature_r", right_on="signature_id", suffix="_r")


def _score(pairs: pl.DataFrame, signatures: pl.DataFrame, subject: Subject, calibration: Calibration) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=_WEIGHED)]
    for start in range(0, pairs.height, CHUNK):
        chunk = pairs.slice(start, CHUNK).select(PAIR_KEY)
        needed = pl.concat([chunk[side] for side in PAIR_KEY]).unique()
        values = signatures.filter(pl.col("signature_id").is_in(needed.implode()))
        found = score_candidates(chunk, values, calibration=calibration, subject=subject, signatures=signatures.height)
        parts.append(found.select(*_WEIGHED))
    return pl.concat(parts)


def _widen(
    evidence: Evidence, units: pl.DataFrame, anchors: pl.DataFrame, links: pl.DataFrame, subject: Subject
) -> pl.DataFrame:
    """Return the units with `wider`: the clusters that the links of the widened search would make."""
    met = pl.concat([_with(links, units, "cluster_id")[side] for side in ("cluster_id", "cluster_id_r")]).unique()
    drawn = pl.concat([met, anchors["cluster_id"].unique()]).unique()
    scope = units.filter(pl.col("cluster_id").is_in(drawn.implode())).select("signature_id")
    made = LINKS.conform(links.with_columns(reason=pl.lit("model")))
    whole = pl.concat([_both(evidence.links, scope), made])
    found = cluster(
        evidence.members.join(scope, on="signature_id", how="semi"),
        whole,
        _both(evidence.conflicts, scope),
        subject=subject,
        generic=evidence.generic,
    )
    wider = units.join(found.select("signature_id", wider="cluster_id"), on="signature_id", how="left")
    return wider.with_columns(pl.col("wider").fill_null(pl.col("cluster_id")))


def _both(pairs: pl.DataFrame, scope: pl.DataFrame) -> pl.DataFrame:
    left = pairs.join(scope, left_on="signature_l", right_on="signature_id", how="semi")
    return left.join(scope, left_on="signature_r", right_on="signature_id", how="semi")


def _inside(units: pl.DataFrame, anchors: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of an anchor and another unit of its wider cluster."""
    own = units.join(anchors.select("signature_id"), on="signature_id", how="semi")
    met = own.join(units, on="wider", suffix="_met").filter(pl.col("unit") != pl.col("unit_met"))
    sides = ("signature_id", "signature_id_met")
    return met.select(signature_l=pl.min_horizontal(sides), signature_r=pl.max_horizontal(sides)).unique()


def _judged(pairs: pl.DataFrame, least: int, odds: int) -> pl.DataFrame:
    """Return the pairs with `micro`.

    A linked pair inside a cluster is a match; an unlinked one has the prior of its like, which EM finds: those that
    hang together by others are matches far more often than any two signatures. `odds` are the prior's in the weights.
    """
    doubtful = pl.col("inside") & (pl.col("match_weight") < least)
    own = _own_odds(pairs.filter(doubtful)["match_weight"] - odds)
    return pairs.with_columns(
        micro=pl.when(pl.col("inside") & ~doubtful)
        .then(MICRO)
        .otherwise(_micro(pl.when(doubtful).then(pl.col("match_weight") - odds + own).otherwise("match_weight")))
    )


def _micro(weight: pl.Expr) -> pl.Expr:
    bits = (weight / WEIGHT_SCALE).clip(-1_000, 1_000)
    return (MICRO / (1 + (-bits * math.log(2)).exp())).round().cast(pl.Int64)


def _own_odds(bare: pl.Series) -> int:
    """Return log2 of the prior odds at which the probabilities of these pairs have the prior as their mean."""
    counts = (bare // (WEIGHT_SCALE // 100)).value_counts(name="pairs").sort(bare.name)
    bits = [weight / 100 for weight in counts[bare.name].to_list()]
    number = counts["pairs"].to_list()
    total, prior = sum(number), 0.5
    for _ in range(ROUNDS if total else 0):
        odds = math.log2(prior / (1 - prior))
        matches = math.fsum(
            pairs / (1 + 2.0 ** min(-(bit + odds), 1_000)) for bit, pairs in zip(bits, number, strict=True)
        )
        prior = min(max(matches / total, 1e-6), 1 - 1e-6)
    return round(math.log2(prior / (1 - prior)) * WEIGHT_SCALE)
