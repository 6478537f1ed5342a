"""Ambiguous signatures: they could join either of two clusters that must stay apart, and so join neither."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import LINKS, PAIR_KEY
from matchers.clustering.components import components


class Ambiguous(NamedTuple):
    """The signatures (signature_id), and the LINKS that tie them to what they could join, of reason `ambiguous`."""

    signatures: pl.DataFrame
    candidates: pl.DataFrame


def ambiguous(kept: pl.DataFrame, refused: pl.DataFrame, anchored: pl.DataFrame, *, margin: int) -> Ambiguous:
    """Return what could equally join two clusters.

    `anchored` holds the signature_id of those that constraints speak of; what identifiers or judgements tie to one is
    anchored too. The others hang together by links in free groups. A free group is ambiguous when a refused link ties
    it to a cluster, and its best link into the cluster that it is in weighs less than `margin` more: the odds that it
    belongs there and not to the other must be those that a link needs.
    """
    everything = pl.concat([kept, refused])
    units = _units(kept, everything)
    firm = units.filter(pl.col("unit").is_in(_of(units, anchored["signature_id"]).implode()))
    free = units.join(firm, on="signature_id", how="anti")
    both = kept.join(free, left_on="signature_l", right_on="signature_id", how="semi").join(
        free, left_on="signature_r", right_on="signature_id", how="semi"
    )
    groups = free.select("signature_id").join(components(both), on="signature_id", how="left")
    groups = groups.select("signature_id", group=pl.coalesce("component", "signature_id"))
    place = firm.select("signature_id").join(components(kept), on="signature_id", how="left")
    place = place.select("signature_id", place=pl.coalesce("component", "signature_id"))
    ties = _best(everything, groups, place)
    first = pl.col("match_weight").max().over("group")
    tied = ties.filter(
        (pl.len().over("group") > 1)
        & pl.col("group").is_in(_groups(refused, groups).implode())
        & (pl.col("match_weight") > first - margin)
    ).filter(pl.len().over("group") > 1)
    return Ambiguous(
        groups.join(tied, on="group", how="semi").select("signature_id").sort("signature_id"),
        LINKS.conform(tied.with_columns(reason=pl.lit("ambiguous"))),
    )


def _units(kept: pl.DataFrame, everything: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id and unit, what judgements and identifiers tie together, of all that stands in a link."""
    sure = components(kept.filter(pl.col("reason") != "model"))
    ends = pl.concat([everything.select(signature_id=side) for side in PAIR_KEY]).unique()
    return ends.join(sure, on="signature_id", how="left").select(
        "signature_id", unit=pl.coalesce("component", "signature_id")
    )


def _of(units: pl.DataFrame, signatures: pl.Series) -> pl.Series:
    return units.filter(pl.col("signature_id").is_in(signatures.implode()))["unit"].unique()


def _groups(refused: pl.DataFrame, groups: pl.DataFrame) -> pl.Series:
    ends = pl.concat([refused.select(signature_id=side) for side in PAIR_KEY]).unique()
    return groups.join(ends, on="signature_id", how="semi")["group"].unique()


def _best(links: pl.DataFrame, groups: pl.DataFrame, place: pl.DataFrame) -> pl.DataFrame:
    """Return the heaviest link between each free group and each cluster, the first pair at a tie."""
    found = [
        links.join(groups, left_on=one, right_on="signature_id").join(place, left_on=other, right_on="signature_id")
        for one, other in (PAIR_KEY, PAIR_KEY[::-1])
    ]
    ranked = pl.concat(one.select(*PAIR_KEY, "match_weight", "group", "place") for one in found).sort(
        "group", "place", "match_weight", *PAIR_KEY, descending=[False, False, True, False, False]
    )
    return ranked.unique(["group", "place"], keep="first", maintain_order=True)
