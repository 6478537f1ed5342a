"""Weak bridges: two groups that are strong by themselves, held together by links that the other pairs contradict.

Closure is blind to what does not match: one false link joins all of two persons. So the pairs of a component are looked
at together, those below the threshold and those that blocking never proposed included.
"""

from __future__ import annotations

import polars as pl

from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.clustering.linkage import strong_groups
from matchers.clustering.probes import units_of


def weak_bridges(kept: pl.DataFrame, probed: pl.DataFrame, *, split: float) -> pl.DataFrame:
    """Return the rows of `kept` (LINKS) that are cut.

    `probed` holds the weights of the pairs that `probes` asked for. Units are joined in the order of the mean weight
    between them, as their links allow (average linkage: Sokal and Michener 1958). Two groups are not joined when the
    mean across is below `split` bits and the mean within each is at least as much above even odds.
    """
    if probed.is_empty():
        return kept.clear()
    units = units_of(kept)
    model = kept.filter(pl.col("reason") == "model")
    weighed = pl.concat([probed.select(*PAIR_KEY, "match_weight"), model.select(*PAIR_KEY, "match_weight")]).unique(
        PAIR_KEY, keep="first", maintain_order=True
    )
    placed = _placed(weighed.join(model.select(PAIR_KEY).with_columns(link=1), on=PAIR_KEY, how="left"), units)
    low = pl.col("match_weight").min().over("component") < round(split * WEIGHT_SCALE)
    probed_ones = placed.join(_placed(probed, units).select("component").unique(), on="component", how="semi")
    edges = (
        probed_ones.filter(low)
        .group_by("component", "one", "other")
        .agg(pl.col("match_weight").sum(), pl.len().cast(pl.Int64).alias("pairs"), pl.col("link").sum())
        .sort("component", "one", "other")
    )
    groups = strong_groups(edges, split=round(split * WEIGHT_SCALE))
    grouped = units.join(groups, on="unit").select("signature_id", "group")
    across = (
        model.join(grouped, left_on="signature_l", right_on="signature_id")
        .join(grouped, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter(pl.col("group") != pl.col("group_r"))
    )
    return across.select(kept.columns).sort(PAIR_KEY)


def _placed(pairs: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that lie between two units of one component, with these two in order."""
    return (
        pairs.join(units, left_on="signature_l", right_on="signature_id")
        .join(units, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter((pl.col("component") == pl.col("component_r")) & (pl.col("unit") != pl.col("unit_r")))
        .with_columns(one=pl.min_horizontal("unit", "unit_r"), other=pl.max_horizontal("unit", "unit_r"))
        .drop("component_r", "unit", "unit_r")
    )
