"""Regions: whole components of all pairs, worked on some at a time, so that memory does not grow with the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from engine.slices import slices
from engine.tables import PAIR_KEY
from matchers.clustering.components import components

AT_ONCE = 1_000_000
"""Rows of the first table that are worked on in one go, about."""


def in_regions(frames: Mapping[str, pl.DataFrame], *, rows: int = AT_ONCE) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield frames of pairs, or of signatures, cut into the same whole components of all their pairs together.

    About `rows` of the first frame at a time; the order of rows stays. A signature without a pair is in one of them.
    """
    if next(iter(frames.values())).height <= rows:
        yield dict(frames)
        return
    found = regions(frame for frame in frames.values() if PAIR_KEY[0] in frame.columns)
    placed = {name: frame.with_columns(_region=_of(frame[_first(frame)], found)) for name, frame in frames.items()}
    for part in slices(placed, by="_region", rows=rows):
        yield {name: frame.drop("_region") for name, frame in part.items()}


def regions(several: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return what `components` does of all pairs together, in any order; the first frame should be the largest.

    Memory: that of the components of the first frame; of the others, only what ties two of these is looked at.
    """
    first, *others = several
    found = components(first)
    ties = [first.select(PAIR_KEY).clear()]
    for pairs in others:
        ends = pl.DataFrame({side: _of(pairs[side], found) for side in PAIR_KEY})
        ties.append(ends.filter(pl.col(PAIR_KEY[0]) != pl.col(PAIR_KEY[1])))
    tied = components(pl.concat(ties)).rename({"signature_id": "component", "component": "smallest"})
    new = tied.select(signature_id="component", component="component").join(found, on="signature_id", how="anti")
    every = pl.concat([found, new]).join(tied, on="component", how="left")
    return every.select("signature_id", component=pl.coalesce("smallest", "component"))


def _of(signatures: pl.Series, found: pl.DataFrame) -> pl.Series:
    """Return the component of each signature, itself where it has none."""
    asked = signatures.to_frame("signature_id").join(found, on="signature_id", how="left", maintain_order="left")
    return asked.select(pl.coalesce("component", "signature_id")).to_series()


def _first(frame: pl.DataFrame) -> str:
    return PAIR_KEY[0] if PAIR_KEY[0] in frame.columns else "signature_id"
