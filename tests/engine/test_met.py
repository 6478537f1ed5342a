"""Inputs of which a task reads no more than its function looks at."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.runners.local import LocalRunner
from engine.runners.tasks import Met, Stage, Task


def told(pairs: pl.DataFrame, members: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {"members": members, "pairs": pairs}


@pytest.mark.parametrize(
    ("pairs", "read"),
    [([(1, 4)], [1, 4]), ([], [])],
    ids=["ends", "no pair"],
)
def test_a_task_reads_the_rows_that_other_inputs_name(
    tmp_path: Path, pairs: list[tuple[int, int]], read: list[int]
) -> None:
    members = pl.DataFrame({"id": [1, 2, 3, 4], "former": [None, "x", None, None]})
    files = (tmp_path / "1.parquet", tmp_path / "2.parquet")
    members[:2].write_parquet(files[0])
    members[2:].write_parquet(files[1])
    named = pl.DataFrame(pairs, schema={"l": pl.Int64, "r": pl.Int64}, orient="row")
    named.write_parquet(tmp_path / "pairs.parquet")
    task = Task(
        0,
        {"members": files, "pairs": (tmp_path / "pairs.parquet",)},
        {},
        met={"members": Met("id", {"pairs": ("l", "r"), "absent": ("l",)})},
    )

    outcome = LocalRunner(tmp_path / "checkpoints", "code").run(Stage("told", told), [task])

    found = pl.concat(pl.read_parquet(file) for file in outcome.tables["members"].all())
    assert_frame_equal(found.sort("id"), members.filter(pl.col("id").is_in(read)))


def test_a_lazy_input_is_left_for_the_function_to_read(tmp_path: Path) -> None:
    files = (tmp_path / "1.parquet", tmp_path / "2.parquet")
    for number, file in enumerate(files):
        pl.DataFrame({"id": [number]}).write_parquet(file)

    def largest(members: pl.LazyFrame) -> dict[str, pl.DataFrame]:
        return {"largest": members.select(pl.col("id").max()).collect()}

    runner = LocalRunner(tmp_path / "checkpoints", "code")
    outcome = runner.run(Stage("largest", largest), [Task(0, {"members": files}, {}, lazy=("members",))])

    assert pl.read_parquet(outcome.tables["largest"].all()[0]).rows() == [(1,)]
