"""Slices: whole groups, cut alike in every frame, whatever bucket the frames are of."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.hashing import bucket_of, hash64
from engine.slices import slices


def rows_of_bucket(*, buckets: int, groups: int) -> pl.DataFrame:
    """Return three rows of each group that is in the first bucket."""
    ids = pl.DataFrame({"id": [f"e{number}" for number in range(groups * buckets)]})
    own = ids.filter(bucket_of(hash64(pl.col("id")), buckets=buckets) == 0)
    return pl.concat([own.with_columns(row=pl.lit(number)) for number in range(3)])


@pytest.mark.parametrize("buckets", [1, 4, 64])
def test_slices_hold_whole_groups_and_together_all_rows_whatever_the_bucket(buckets: int) -> None:
    frame = rows_of_bucket(buckets=buckets, groups=400)

    cut = [part["all"] for part in slices({"all": frame}, by="id", rows=frame.height // 4 + 1)]

    assert len(cut) == 4
    assert all(frame.height // 8 < part.height < frame.height // 2 for part in cut)
    assert sum(part["id"].n_unique() for part in cut) == frame["id"].n_unique()
    assert_frame_equal(pl.concat(cut).sort("id", "row"), frame.sort("id", "row"))


@pytest.mark.parametrize("kind", [pl.String, pl.Int64])
def test_frames_are_cut_into_the_same_groups(kind: type[pl.DataType]) -> None:
    names = pl.Series("id", [str(number << 28) for number in range(1_000)]).cast(kind)
    frames = {"one": names.to_frame(), "other": names.reverse().to_frame().with_columns(more=True)}

    for part in slices(frames, by="id", rows=300):
        assert part["one"]["id"].to_list() == part["other"]["id"].reverse().to_list()


def test_nulls_come_together_and_few_rows_come_whole() -> None:
    frame = pl.DataFrame({"id": [None, "a", None, "b", "c", None]})

    assert [part["all"]["id"].null_count() for part in slices({"all": frame}, by="id", rows=2)] == [3, 0, 0]
    assert [part["all"].height for part in slices({"all": frame}, by="id", rows=6)] == [6]
    assert [part["all"].height for part in slices({"all": frame.clear()}, by="id", rows=6)] == [0]
