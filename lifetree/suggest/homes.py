"""Whether an address tells persons apart, or is shared by those who live together."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lifetree.suggest.attributes import Attribute
from lifetree.suggest.proposing import Proposed

HOME = ("address", "street", "house_number")
"""Roles that say where somebody lives."""

OTHERS = 3
"""Compared attributes that must be left for homes to be left out at first."""

SHARED = 0.5
"""The share of likely pairs among those who agree on the home, below which it finds candidates and is not compared."""


def without_homes(attributes: Sequence[Attribute]) -> list[Attribute]:
    """Return the attributes without the homes, where enough others are left."""
    others = [one for one in attributes if one.role not in HOME]
    return others if sum(one.use == "match" for one in others) >= OTHERS else list(attributes)


def settled(attributes: Sequence[Attribute], values: pl.DataFrame, seen: Proposed) -> list[Attribute]:
    """Return the attributes; homes that most of those who share one are other persons find candidates only.

    Names and addresses of a household agree together, which a model of independent attributes takes for more evidence
    than it is.
    """
    homes = [one.name for one in attributes if one.role in HOME and one.use == "match"]
    if not homes or len(without_homes(attributes)) == len(attributes):
        return list(attributes)
    held = values.select("signature_id", *homes).drop_nulls()
    sizes = held.group_by(homes).len().get_column("len").cast(pl.Int64)
    agreeing = int((sizes * (sizes - 1) // 2).sum()) * seen.looked_at
    home = held.select("signature_id", home=pl.struct(homes).rank("dense"))
    pairs = seen.likely.join(home, left_on="signature_l", right_on="signature_id").join(
        home, left_on="signature_r", right_on="signature_id", suffix="_r"
    )
    likely = pairs.filter(pl.col("home") == pl.col("home_r")).height
    if likely >= SHARED * agreeing:
        return list(attributes)
    return [one._replace(use="find") if one.name in homes else one for one in attributes]
