"""Links under constraints: which of them can be kept, so that no cluster breaks one."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import LINKS, PAIR_KEY
from matchers.clustering.components import components
from matchers.clustering.refine import refused_links


class Constrained(NamedTuple):
    """The LINKS that are kept and those that are refused, and the components of all links, kept or not."""

    kept: pl.DataFrame
    refused: pl.DataFrame
    found: pl.DataFrame


def constrained(links: pl.DataFrame, conflicts: pl.DataFrame, values: pl.DataFrame, *, max_cluster: int) -> Constrained:
    """Return the links that break no constraint together; only components that break one are looked at by link.

    `values` holds signature_id, attribute and value of exclusive identifiers.
    """
    found = components(links)
    breaking = broken(found, values, conflicts, max_cluster=max_cluster)
    members = found.join(breaking, on="component", how="semi").select("signature_id")
    pairs = refused_links(
        links.join(members, left_on="signature_l", right_on="signature_id", how="semi"),
        conflicts,
        values.join(members, on="signature_id", how="semi"),
        max_cluster=max_cluster,
    )
    on = list(PAIR_KEY)
    kept, refused = (links.join(pairs, on=on, how=how) for how in ("anti", "semi"))
    return Constrained(LINKS.conform(kept), LINKS.conform(refused), found)


def broken(found: pl.DataFrame, values: pl.DataFrame, conflicts: pl.DataFrame, *, max_cluster: int) -> pl.DataFrame:
    """Return the components that hold a conflict, two values of one exclusive identifier, or too many signatures."""
    large = found.group_by("component").len().filter(pl.col("len") > max_cluster)
    several = (
        values.join(found, on="signature_id")
        .group_by("component", "attribute")
        .agg(pl.col("value").n_unique())
        .filter(pl.col("value") > 1)
    )
    inside = (
        conflicts.select(PAIR_KEY)
        .join(found, left_on="signature_l", right_on="signature_id")
        .join(found, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter(pl.col("component") == pl.col("component_r"))
    )
    return pl.concat(frame.select("component") for frame in (large, several, inside)).unique()
