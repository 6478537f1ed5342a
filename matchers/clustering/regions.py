"""Regions: whole components of all pairs, worked on some at a time, so that memory does not grow with the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.scratch import CHUNK, Frame, parts_of, scratch, set_aside
from engine.tables import PAIR_KEY
from matchers.clustering.components import components_of, places

AT_ONCE = 1_000_000
"""Rows of one frame that are worked on in one go, about."""


class _Cut(NamedTuple):
    """The signatures that stand in pairs, ascending, the part of each, and how many parts there are."""

    signatures: npt.NDArray[np.int64]
    part: npt.NDArray[np.uint16]
    parts: int


def in_regions(
    frames: Mapping[str, Frame], *, linked: Mapping[str, Frame] | None = None, rows: int = AT_ONCE
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield frames of pairs, or of signatures, cut into the same whole components of all their pairs together.

    About `rows` at a time of the frame that has most; the order of rows stays. A signature without a pair is in one of
    them. The frames in `linked` are of signatures too, and only those that stand in a pair are looked at. All
    frames are gone through two or three times; what they hold is set aside on the disk (`engine.scratch`) where there
    are more rows. Memory: some 25 bytes for a signature that stands in a pair, and what is worked on in one go.
    """
    near = linked or {}
    pairs = [frame for frame in frames.values() if _first(frame) == PAIR_KEY[0]]
    parts = -(-max(frame.lazy().select(pl.len()).collect().item() for frame in frames.values()) // rows)
    if parts <= 1:
        yield _whole(frames, near)
        return
    with scratch() as folder:
        _set_aside(frames, near, _cut(pairs, parts), folder)
        yield from parts_of({name: folder / name for name in (*frames, *near)}, parts)


def _whole(frames: Mapping[str, Frame], near: Mapping[str, Frame]) -> dict[str, pl.DataFrame]:
    told = {name: frame.lazy().collect() for name, frame in frames.items()}
    ends = [one[side].alias("signature_id") for one in told.values() for side in PAIR_KEY if side in one.columns]
    stands = pl.col("signature_id").is_in(pl.concat(ends).unique().implode())
    return told | {name: frame.lazy().filter(stands).collect() for name, frame in near.items()}


def _set_aside(frames: Mapping[str, Frame], near: Mapping[str, Frame], cut: _Cut, folder: Path) -> None:
    for name, frame in {**frames, **near}.items():
        set_aside(frame, folder / name, part_of=partial(_part_of, cut=cut, only=name in near))


def _cut(pairs: list[Frame], parts: int) -> _Cut:
    signatures, smallest = components_of(pairs)
    part = np.empty(len(signatures), np.uint16)
    for first in range(0, len(signatures), CHUNK):
        rows = slice(first, first + CHUNK)
        part[rows] = _by_hash(signatures[smallest[rows]], parts)
    return _Cut(signatures, part, parts)


def _part_of(rows: pl.DataFrame, *, cut: _Cut, only: bool) -> pl.Series:
    """Return the part of each row, that of its first signature; with `only`, null where that stands in no pair."""
    asked = rows[_first(rows)].to_numpy()
    found, stands = _by_hash(asked, cut.parts), np.zeros(len(asked), bool)
    if len(cut.signatures):
        where = places(cut.signatures, asked)
        stands = cut.signatures[where] == asked
        found = np.where(stands, cut.part[where], found)
    return pl.select(pl.when(pl.Series(stands | (not only))).then(pl.Series(found))).to_series()


def _by_hash(regions: npt.NDArray[np.int64], parts: int) -> npt.NDArray[Any]:
    """Return the part of each region by the upper half of its hash, for the lower says which bucket it is in."""
    return ((regions.view(np.uint64) >> np.uint64(32)) % np.uint64(parts)).astype(np.uint16)


def _first(frame: Frame) -> str:
    return PAIR_KEY[0] if PAIR_KEY[0] in frame.collect_schema() else "signature_id"
