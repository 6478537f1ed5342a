"""What blocking lost, without labels: the matches that no rule proposes, and a lower bound of blocking's recall.

A match is captured in two ways that look at different things: by the weight of the pair itself, and by the other
members of its cluster. Members that no rule paired show themselves; a widened sample (`matchers.blocking.wide`) shows
what the weight finds where no rule looked. What neither captures is estimated from the two as by Lincoln and Petersen
(Chapman 1951), and from the signatures that hang on a single link as by Chao (1987, Biometrics 43:783). Both are low
where errors come together, so the bound adds the matches expected among the pairs that were looked at and stayed apart
(`matchers.blocking.apart`) and the error of these sums; then the sampling error of the clusters is taken off.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.blocking.apart import Doubt, doubt
from matchers.blocking.looked import MICRO, Evidence, Looked, look
from matchers.models import Calibration

SAMPLE = 20_000
"""Signatures of the sampled clusters, about."""

FOLDS = 20
ONE_SIDED = 1.645
"""Standard errors between an estimate and its 95 % lower bound."""

UNSEEN = 3
"""Misses that a sample without any still allows at 95 % (the rule of three)."""

_SUMS = ("united", "found", "missed", "doubtful")


class Estimate(NamedTuple):
    """Pairs of signatures of one entity, estimated for all from the sample, and the share that was brought together.

    `united` by identifiers, `found` by a rule, `missed` by all; `hidden` nobody saw; `doubtful` are expected
    among the missed pairs that stay apart. `recall` and its 95 % bound `lower` are None without a match.
    """

    signatures: int
    sampled: int
    united: int
    found: int
    missed: int
    hidden: int
    doubtful: int
    recall: float | None
    lower: float | None


class Loss(NamedTuple):
    """The estimate and the sampled misses: PAIR_KEY, match_weight, micro (millionths of a match), apart."""

    estimate: Estimate
    misses: pl.DataFrame


def lost(evidence: Evidence, *, subject: Subject, calibration: Calibration, sample: int = SAMPLE) -> Loss:
    """Return what blocking is estimated to have lost; pairs within one signature do not count.

    Memory and time: the signatures' keys once for each part of `matchers.blocking.parts`, and some hundred pairs for
    each of `sample` signatures.
    """
    looked = look(evidence, subject=subject, calibration=calibration, sample=sample)
    least = round(subject.model.threshold * WEIGHT_SCALE)
    misses = looked.pairs.filter(pl.col("inside"), ~pl.col("found"), pl.col("micro") >= MICRO // 2)
    return Loss(
        _estimate(_sums(looked), looked, hidden=_hidden(looked, least), apart=doubt(looked)),
        misses.select(*PAIR_KEY, "match_weight", "micro", "apart").sort(PAIR_KEY),
    )


def _sums(looked: Looked) -> pl.DataFrame:
    """Return, for each fold of clusters, the ends of pairs of each kind, in millionths of a match."""
    told = looked.pairs.select(
        *PAIR_KEY,
        "micro",
        kind=pl.when("found").then(pl.lit("found")).when("inside").then(pl.lit("missed")).otherwise(pl.lit("doubtful")),
    )
    sizes = looked.units.group_by("unit").agg(members=pl.len().cast(pl.Int64))
    own = looked.units.join(looked.anchors, on="signature_id", how="semi").join(sizes, on="unit")
    ends = [
        told.select("kind", "micro", signature_id=side).join(looked.anchors, on="signature_id") for side in PAIR_KEY
    ]
    united = own.select(
        pl.lit("united").alias("kind"), ((pl.col("members") - 1) * MICRO).alias("micro"), "signature_id", "cluster_id"
    )
    return (
        pl.concat([*ends, united])
        .with_columns(fold=pl.col("cluster_id").rank("dense") % FOLDS)
        .group_by("fold", "kind")
        .agg(pl.col("micro").sum())
        .pivot("kind", index="fold", values="micro")
        .sort("fold")
        .pipe(_complete)
    )


def _complete(sums: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(0, pl.Int64).alias(name) for name in _SUMS if name not in sums.columns]
    return sums.with_columns(absent).select(pl.col(_SUMS).fill_null(0))


def _estimate(sums: pl.DataFrame, looked: Looked, *, hidden: float, apart: Doubt) -> Estimate:
    share = looked.share
    whole = {name: int(sums[name].sum()) / (2 * MICRO * share) for name in _SUMS}
    whole["doubtful"] = apart.expected / share
    together = whole["united"] + whole["found"]
    hidden /= share
    seen = together + whole["missed"]
    bound = seen + whole["doubtful"] + hidden + (ONE_SIDED * math.sqrt(apart.variance) + UNSEEN) / share
    return Estimate(
        signatures=looked.units.height,
        sampled=looked.anchors.height,
        **{name: round(count) for name, count in whole.items()},
        hidden=round(hidden),
        recall=together / (seen + hidden) if together else None,
        lower=max(0.0, together / bound - ONE_SIDED * _error(sums) * math.sqrt(1 - share)) if together else None,
    )


def _error(sums: pl.DataFrame) -> float:
    """Return the standard error of the recall, by the jackknife over the folds."""
    total = {name: int(sums[name].sum()) for name in _SUMS}
    without = []
    for row in sums.iter_rows(named=True):
        rest = {name: total[name] - row[name] for name in _SUMS}
        together = rest["united"] + rest["found"]
        if together:
            without.append(together / (together + rest["missed"] + rest["doubtful"]))
    if len(without) < 2:
        return 0.0
    mean = math.fsum(without) / len(without)
    return math.sqrt((len(without) - 1) / len(without) * math.fsum((one - mean) ** 2 for one in without))


def _hidden(looked: Looked, least: int) -> float:
    """Return the matches of the sample that neither their weight nor their cluster shows.

    Units (what identifiers unite counts as one) are linked or not; a link is also captured by the cluster when both of
    its units have another one.
    """
    units = looked.units.join(looked.anchors, on="signature_id", how="semi").select("signature_id", "unit", "wider")
    pairs = looked.pairs.filter("inside").join(units, left_on="signature_l", right_on="signature_id")
    pairs = pairs.join(units, left_on="signature_r", right_on="signature_id", suffix="_r")
    sides = ("unit", "unit_r")
    edges = pairs.group_by(pl.min_horizontal(sides).alias("one"), pl.max_horizontal(sides).alias("other")).agg(
        linked=(pl.col("match_weight") >= least).any(), micro=pl.col("micro").sum()
    )
    linked = edges.filter("linked")
    ends = pl.concat([linked.select(unit="one"), linked.select(unit="other")])
    degrees = ends.group_by("unit").agg(degree=pl.len().cast(pl.Int64))
    both = edges.join(degrees, left_on="one", right_on="unit").join(
        degrees, left_on="other", right_on="unit", suffix="_r"
    )
    sure = (pl.col("degree") > 1) & (pl.col("degree_r") > 1)
    twice, once, beside = (
        int(both.filter(test)["micro"].sum()) / MICRO
        for test in (pl.col("linked") & sure, pl.col("linked") & ~sure, ~pl.col("linked"))
    )
    return once * beside / (twice + 1) + _chao(units, degrees)


def _chao(units: pl.DataFrame, degrees: pl.DataFrame) -> float:
    """Return the pairs of units without any link, from those with one or two in clusters of three units and more."""
    own = units.group_by("unit", "wider").agg(members=pl.len().cast(pl.Int64)).join(degrees, on="unit")
    larger = own.with_columns(
        others=pl.col("members") * (pl.col("members").sum().over("wider") - pl.col("members"))
    ).filter(pl.len().over("wider") >= 3)
    single = larger.filter(pl.col("degree") == 1)
    if single.is_empty():
        return 0.0
    double = larger.filter(pl.col("degree") == 2).height
    return single.height * (single.height - 1) / (2 * (double + 1)) * (int(single["others"].sum()) / single.height)
