"""Who stands alone: clusters that can found no entity, and entities of which one thing alone is known."""

from __future__ import annotations

import polars as pl

from engine.expressions import compile_expression
from engine.settings import Subject
from matchers.clustering import AMBIGUOUS, UNRESOLVED


def states(heard: pl.DataFrame, clusters: pl.DataFrame, *, subject: Subject) -> pl.DataFrame:
    """Return cluster_id, `torn` (ambiguous), `unresolved` (can found no entity) and `lone` of every cluster.

    `heard` holds signature_id and the identity attributes that are heard of all signatures. Lone is what is unresolved
    or stands on one of several `legs`, and is not torn: of that people are told already.
    """
    sets = legs(subject)
    names = [f"leg {place}" for place in range(len(sets))]
    stands = [_stands(one, subject).alias(name) for name, one in zip(names, sets, strict=True)]
    of = clusters.join(heard.select("signature_id", *stands), on="signature_id", how="left")
    found = of.group_by("cluster_id").agg(
        torn=(pl.col("state") == AMBIGUOUS).any(),
        unresolved=(pl.col("state") == UNRESOLVED).any(),
        legs=pl.sum_horizontal(pl.lit(0), *(pl.col(name).any() for name in names)),
    )
    weak = pl.col("unresolved") | ((pl.col("legs") < 2) & pl.lit(bool(sets)))
    return found.select("cluster_id", "torn", "unresolved", lone=~pl.col("torn") & weak)


def legs(subject: Subject) -> tuple[tuple[str, ...], ...]:
    """Return the sets of attributes that an entity can stand on.

    They are those that found it, without what only adds to another; unless there are several, each exclusive
    identifier, and anything at all. There are none where that left one only: every entity stands on it.
    """
    least = tuple(one for one in subject.founding if not any(set(other) < set(one) for other in subject.founding))
    if len(least) > 1:
        return least
    sure = tuple((item.attribute,) for item in subject.identifiers if item.exclusive)
    return (*sure, ()) if sure else ()


def _stands(leg: tuple[str, ...], subject: Subject) -> pl.Expr:
    """Return whether a signature says all of a leg; not where another leg, which it says too, implies it."""
    implied, identity = subject.implied(), subject.identity_attributes()
    if not leg or not all(name in implied for name in leg):
        return _says(leg)
    reads = {one for name in leg for one in compile_expression(implied[name], columns=identity).columns}
    others = [_says(one) for one in legs(subject) if one and reads <= set(one)]
    return _says(leg) & ~pl.any_horizontal(pl.lit(value=False), *others)


def _says(leg: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(value=True), *(pl.col(name).is_not_null() for name in leg))
