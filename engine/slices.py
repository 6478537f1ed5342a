"""Slices of frames: some whole groups at a time, so that a stage needs memory for these and not for its bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from engine.hashing import bucket_of, hash64

SLICE = 50_000
"""Rows that are worked on in one go, about."""


def slices(frames: Mapping[str, pl.DataFrame], *, by: str, rows: int = SLICE) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield frames cut into the same groups by the column `by`, about `rows` of the first frame at a time.

    All rows of a value are in one slice, nulls in the first; their order stays. `by` is a text, or an integer that is
    a hash. Where the first frame has no more than `rows`, all come whole, also without any row.

    >>> frame = pl.DataFrame({"id": ["a", "b", "a", "c"]})
    >>> cut = [one["all"]["id"].to_list() for one in slices({"all": frame}, by="id", rows=2)]
    >>> sorted(sum(cut, [])), max(part.count("a") for part in cut)
    (['a', 'a', 'b', 'c'], 2)
    """
    parts = -(-next(iter(frames.values())).height // rows)
    if parts <= 1:
        yield dict(frames)
        return
    places = {name: frame.select(_part(frame, by, parts)).to_series() for name, frame in frames.items()}
    for part in range(parts):
        yield {name: frame.filter(places[name] == part) for name, frame in frames.items()}


def _part(frame: pl.DataFrame, by: str, parts: int) -> pl.Expr:
    """Return the slice of each row: by the upper half of the hash, for the lower says which bucket it is in."""
    key = hash64(pl.col(by)) if frame.schema[by] == pl.String else pl.col(by)
    return bucket_of(key.reinterpret(signed=False) // 2**32, buckets=parts).cast(pl.UInt32)
