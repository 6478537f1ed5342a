"""Identifiers' values whose bearers do not all agree: there the stages decide who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from engine.settings import Identifier, Subject
from engine.tables import PAIR_KEY
from matchers.comparisons import compare_candidates
from matchers.identifiers import MAX_SIGNATURES
from matchers.realtime.weights import Weigher, levels_of

FEW = 12
"""Distinct values beside one identifier up to which all their pairs are looked at."""

Member = Mapping[str, Any]
"""A signature: its attributes, and where it stands."""


def discords(bearing: pl.DataFrame, identifier: Identifier, *, subject: Subject) -> pl.Series:
    """Return the values of an identifier of which two bearers contradict each other, or too many differ to tell.

    `bearing` are the `bearers` of the identifier. Whatever `alias` explains counts as a contradiction too.
    """
    by_label = {one.label: one for one in subject.comparisons}
    comparisons = tuple(by_label[label] for label in identifier.contradicted_by)
    value = pl.col(identifier.attribute).alias(" value")
    if not comparisons:
        counted = bearing.group_by(value).len()
        return counted.filter(pl.col("len") > MAX_SIGNATURES)[" value"].sort()
    read = dict.fromkeys(name for one in comparisons for name in one.attribute)
    tuples = bearing.select(value, *(pl.col(name).alias(f" {name}") for name in read)).unique()
    tuples = tuples.filter(pl.len().over(" value") > 1).sort(pl.all())
    number = pl.len().over(" value")
    large = tuples.filter(number > FEW)[" value"].unique()
    few = tuples.filter(number <= FEW).with_columns(signature_id=pl.int_range(pl.len(), dtype=pl.Int64))
    ids = few.select(" value", "signature_id")
    pairs = ids.join(ids, on=" value", suffix="_r").filter(pl.col("signature_id") < pl.col("signature_id_r"))
    pairs = pairs.rename({"signature_id": "signature_l", "signature_id_r": "signature_r"})
    if pairs.is_empty():
        return large.sort()
    sides = few.select("signature_id", *(pl.col(f" {name}").alias(name) for name in read))
    levels = compare_candidates(pairs.select(PAIR_KEY), sides, comparisons=comparisons)
    zeros = [pl.col(f"level_{one.label}") == 0 for one in comparisons]
    against = zeros[0] | (pl.sum_horizontal(one.cast(pl.Int32) for one in zeros) >= 2)
    found = pairs.select(" value").with_columns(levels.select(against=against)).filter("against")[" value"]
    return pl.concat([large, found]).unique().sort()


def in_accord(new: Member, bearing: Sequence[Member], identifier: Identifier, *, weigher: Weigher) -> bool:
    """Return whether a new signature contradicts none of the bearers of an identifier's value, and few differ."""
    if not identifier.contradicted_by:
        return len(bearing) < MAX_SIGNATURES
    by_label = {one.label: one for one in weigher.comparisons}
    read = dict.fromkeys(name for label in identifier.contradicted_by for name in by_label[label].attributes)
    distinct = list({tuple(one[name] for name in read): one for one in (new, *bearing)}.values())
    if len(distinct) > FEW:
        return False
    pairs = [(new, one) for one in distinct[1:]]
    found = [levels_of(weigher, label, pairs) for label in identifier.contradicted_by]
    return not any(own[0] == 0 or own.count(0) >= 2 for own in zip(*found, strict=True))
