"""Decide which pairs are links: judgements first, then identifiers, then the model."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import CONFLICTS, LINKS, PAIR_KEY, REVIEW, WEIGHT_SCALE
from matchers.cautions import CAUTIONED
from matchers.clustering.components import components
from matchers.identifiers import Stars

JUDGEMENT_WEIGHT = 128 * WEIGHT_SCALE
"""The weight that stands in a link by judgement: certainty, above every identifier."""

REASONS = ("judgement", "identifier", "model")
"""Why a pair is linked, in order of precedence."""

_PAIR = list(PAIR_KEY)


class Decided(NamedTuple):
    """LINKS, REVIEW and CONFLICTS; a pair stands in LINKS and REVIEW at most once altogether."""

    links: pl.DataFrame
    review: pl.DataFrame
    conflicts: pl.DataFrame


def decide(
    pairs: pl.DataFrame,
    *,
    stars: Stars,
    judged: pl.DataFrame,
    threshold: float,
    review: float | None,
    cautioned: pl.DataFrame | None = None,
) -> Decided:
    """Return the accepted pairs, the pairs for a person to decide, and the pairs that must stay apart.

    `threshold` and `review` are bits of match weight; at or above `threshold` a pair is linked. A pair that was judged
    different is no link; a pair whose identifier is contradicted is none either, unless judgements unite it. Neither is
    put to review: the first is decided, the second stands in the conflicts. Pairs that are `cautioned` go to review
    unless they are linked; the model links those alone that `links` admits. `pairs`, `stars` and `judged` may be one
    bucket of all pairs, when all three are bucketed by the same function of the pair.
    """
    same = judged.filter(pl.col("judgement") == "same").select(_PAIR)
    different = judged.filter(pl.col("judgement") == "different").select(_PAIR)
    contradicted = stars.conflicts.join(_reconciled(stars.conflicts, same), on=_PAIR, how="anti")
    apart = pl.concat([different, contradicted.select(_PAIR)])
    cut = round(threshold * WEIGHT_SCALE)
    wary = pl.DataFrame(schema=CAUTIONED) if cautioned is None else cautioned
    barred = wary.filter(~pl.col("links"))
    matched = pairs.filter(pl.col("match_weight") >= cut).join(barred, on=_PAIR, how="anti")
    proposals = [
        same.with_columns(pl.lit(JUDGEMENT_WEIGHT).alias("match_weight"), pl.lit("judgement").alias("reason")),
        stars.links.select(list(LINKS.columns)),
        matched.select(*_PAIR, "match_weight", pl.lit("model").alias("reason")),
    ]
    links = (
        pl.concat(LINKS.conform(proposal) for proposal in proposals)
        .unique(_PAIR, keep="first", maintain_order=True)
        .join(apart, on=_PAIR, how="anti")
    )
    return Decided(
        LINKS.conform(links),
        _review(pairs, wary, cut=cut, review=review, settled=pl.concat([links.select(_PAIR), apart])),
        CONFLICTS.conform(pl.concat([contradicted, _conflicts_of(different)])),
    )


def _review(
    pairs: pl.DataFrame, cautioned: pl.DataFrame, *, cut: int, review: float | None, settled: pl.DataFrame
) -> pl.DataFrame:
    weight = pl.col("match_weight")
    between = (
        pairs.clear() if review is None else pairs.filter((weight >= round(review * WEIGHT_SCALE)) & (weight < cut))
    )
    told = [
        REVIEW.conform(pairs.join(cautioned, on=_PAIR)),
        REVIEW.conform(between.with_columns(pl.lit("model").alias("reason"))),
    ]
    return REVIEW.conform(
        pl.concat(told).unique(_PAIR, keep="first", maintain_order=True).join(settled, on=_PAIR, how="anti")
    )


def _reconciled(conflicts: pl.DataFrame, same: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of conflicts that judgements unite, directly or through others."""
    found = components(same)
    placed = conflicts.join(found, left_on="signature_l", right_on="signature_id").join(
        found, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    return placed.filter(pl.col("component") == pl.col("component_r")).select(_PAIR)


def _conflicts_of(different: pl.DataFrame) -> pl.DataFrame:
    return CONFLICTS.conform(
        different.with_columns(
            pl.lit("judgement").alias("reason"),
            pl.lit(None, pl.String).alias("attribute"),
            pl.lit(None, pl.String).alias("value"),
        )
    )
