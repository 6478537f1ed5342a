"""A widened sample: some signatures against all that share any one value with them."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import polars as pl

from engine.hashing import hash64, joined
from engine.settings import Subject
from engine.tables import PAIR_KEY
from matchers.blocking.parts import Part, part_values, parts

MAX_BLOCK = 300
"""Signatures of a block in which a sampled one is compared; what more share is refined by a second value."""

_PAIRS = pl.Schema({"signature_l": pl.Int64, "signature_r": pl.Int64})


class _Wide(NamedTuple):
    part: Part
    rows: pl.DataFrame


def widened_pairs(signatures: pl.DataFrame, anchors: pl.Series, *, subject: Subject) -> pl.DataFrame:
    """Return every pair (PAIR_KEY) of an anchor and a signature that shares a value of any part with it.

    `anchors` are signature ids. Blocks of more than `MAX_BLOCK` signatures are cut by each second part of another
    attribute of which the block is as large; what is still larger is left out. Cost: linear in signatures for each
    part and pair of parts, and at most `MAX_BLOCK` pairs for each anchor and key.
    """
    found, large = [pl.DataFrame(schema=_PAIRS)], []
    for part in parts(subject):
        values = part_values(signatures, part, subject=subject)
        sized = values.with_columns(size=pl.len().over("key"))
        found.append(_with_anchors(sized.filter(pl.col("size") <= MAX_BLOCK), anchors))
        rest = sized.filter(pl.col("size") > MAX_BLOCK).drop("size")
        if rest.height:
            large.append(_Wide(part, rest))
    for one, other in combinations(large, 2):
        if one.part.attribute != other.part.attribute:
            both = one.rows.join(other.rows, on="signature_id", suffix="_other")
            keys = both.select("signature_id", key=hash64(joined(["key", "key_other"])))
            sized = keys.with_columns(size=pl.len().over("key")).filter(pl.col("size") <= MAX_BLOCK)
            found.append(_with_anchors(sized, anchors))
        if sum(frame.height for frame in found) > 4_000_000:
            found = [pl.concat(found).unique()]
    return pl.concat(found).unique().sort(PAIR_KEY)


def _with_anchors(keys: pl.DataFrame, anchors: pl.Series) -> pl.DataFrame:
    drawn = keys.filter(pl.col("signature_id").is_in(anchors.implode()), pl.col("size") > 1)
    met = drawn.join(keys, on="key", suffix="_met").filter(pl.col("signature_id") != pl.col("signature_id_met"))
    sides = ("signature_id", "signature_id_met")
    return met.select(
        signature_l=pl.min_horizontal(sides).cast(pl.Int64), signature_r=pl.max_horizontal(sides).cast(pl.Int64)
    ).unique()
