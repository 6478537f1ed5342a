"""What is set aside on the disk by part comes back whole, in order, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import scratch
from engine.scratch import parts_of, scratch_in, set_aside


def test_rows_come_back_part_by_part_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "CHUNK", 7)
    frame = pl.DataFrame({"number": list(range(50)), "text": [f"t{n}" for n in range(50)]})

    set_aside(frame.lazy(), tmp_path / "rows", part_of=lambda rows: rows["number"] % 3)
    parts = [one["rows"] for one in parts_of({"rows": tmp_path / "rows"}, 4)]

    assert [one["number"].to_list() for one in parts] == [list(range(first, 50, 3)) for first in range(3)] + [[]]
    assert_frame_equal(pl.concat(parts).sort("number"), frame)


def test_rows_of_no_part_are_left_out(tmp_path: Path) -> None:
    frame = pl.DataFrame({"part": [0, None, 1, None]})

    set_aside(frame.lazy(), tmp_path / "rows", part_of=lambda rows: rows["part"])

    assert [one["rows"]["part"].to_list() for one in parts_of({"rows": tmp_path / "rows"}, 2)] == [[0], [1]]


def test_a_frame_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    frame = pl.DataFrame(schema={"number": pl.Int64, "text": pl.String})

    set_aside(frame.lazy(), tmp_path / "rows", part_of=lambda rows: rows["number"])

    (part,) = parts_of({"rows": tmp_path / "rows"}, 1)
    assert_frame_equal(part["rows"], frame)


def test_what_is_set_aside_lies_where_it_was_said_and_is_gone_afterwards(tmp_path: Path) -> None:
    with scratch_in(tmp_path / "task"):
        with scratch.scratch() as folder:
            set_aside(pl.LazyFrame({"part": [0]}), folder / "rows", part_of=lambda rows: rows["part"])
            assert folder.parent == tmp_path / "task"
        assert list((tmp_path / "task").iterdir()) == []
    with scratch.scratch() as folder:
        assert tmp_path not in folder.parents
