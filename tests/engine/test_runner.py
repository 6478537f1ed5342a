"""The local runner: checkpoints, exchange, resumption."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from engine.hashing import bucket_of
from engine.partitioned import read
from engine.runners.local import LocalRunner
from engine.runners.tasks import Stage, Task

NUMBERS = pl.DataFrame({"n": range(10)}, schema={"n": pl.Int64})


def double(numbers: pl.DataFrame, *, times: int) -> dict[str, pl.DataFrame]:
    return {"doubled": numbers.select(pl.col("n") * times)}


def chunked(numbers: pl.DataFrame) -> Iterator[dict[str, pl.DataFrame]]:
    for start in (0, 4, 8):
        yield {"piece": numbers.slice(start, 4)}


def fail(numbers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    raise KeyboardInterrupt


def source(folder: Path) -> tuple[Path, ...]:
    file = folder / "numbers.parquet"
    NUMBERS.write_parquet(file)
    return (file,)


def test_rows_go_to_the_bucket_that_the_exchange_names_and_none_is_lost(tmp_path: Path) -> None:
    stage = Stage("double", double, {"doubled": bucket_of(pl.col("n"), buckets=3)})

    outcome = LocalRunner(tmp_path / "work", "v1").run(stage, [Task(0, {"numbers": source(tmp_path)}, {"times": 2})])

    parts = outcome.tables["doubled"]
    assert {bucket: read(parts.of(bucket))["n"].to_list() for bucket in range(3)} == {
        0: [0, 6, 12, 18], 1: [4, 10, 16], 2: [2, 8, 14],
    }  # fmt: skip
    assert parts.rows() == 10
    assert read(parts.of(7)).schema == {"n": pl.Int64}


def test_a_finished_task_is_not_run_again_unless_its_settings_input_or_code_change(tmp_path: Path) -> None:
    inputs = {"numbers": source(tmp_path)}
    stage = Stage("double", double)
    ran = lambda code, times: LocalRunner(tmp_path / "work", code).run(stage, [Task(0, inputs, {"times": times})]).ran  # noqa: E731

    assert [ran("v1", 2), ran("v1", 2), ran("v1", 3), ran("v2", 2), ran("v1", 3)] == [1, 0, 1, 1, 0]
    NUMBERS.head(3).write_parquet(inputs["numbers"][0])
    assert ran("v1", 2) == 1


@pytest.mark.parametrize(("gathered", "files"), [(1_000, 1), (33, 2), (1, 3)])
def test_a_table_may_come_in_chunks_of_which_small_ones_are_written_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: int, files: int
) -> None:
    monkeypatch.setattr("engine.partitioned.GATHERED", gathered)
    outcome = LocalRunner(tmp_path / "work", "v1").run(
        Stage("chunk", chunked), [Task(5, {"numbers": source(tmp_path)}, {})]
    )

    assert len(outcome.tables["piece"].of(5)) == files
    assert read(outcome.tables["piece"].all())["n"].to_list() == list(range(10))
    assert outcome.tables["piece"].rows() == outcome.rows["piece"] == 10


def test_a_stopped_task_leaves_nothing_behind_and_finished_ones_stay(tmp_path: Path) -> None:
    runner = LocalRunner(tmp_path / "work", "v1")
    inputs = {"numbers": source(tmp_path)}
    runner.run(Stage("double", double), [Task(0, inputs, {"times": 2})])

    with pytest.raises(KeyboardInterrupt):
        runner.run(Stage("fail", fail), [Task(0, inputs, {})])

    assert [place.name for place in (tmp_path / "work" / "double").iterdir() if place.name.startswith(".")] == []
    assert not (tmp_path / "work" / "fail").exists() or not list((tmp_path / "work" / "fail").iterdir())
    assert runner.run(Stage("double", double), [Task(0, inputs, {"times": 2})]).ran == 0


def test_settings_that_cannot_key_a_checkpoint_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot key a checkpoint"):
        LocalRunner(tmp_path / "work", "v1").run(Stage("double", double), [Task(0, {}, {"times": NUMBERS})])


def test_a_checkpoint_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    inputs = {"numbers": source(tmp_path)}
    stage = Stage("double", double)
    runner = LocalRunner(tmp_path / "work", "v1")
    (file,) = runner.run(stage, [Task(0, inputs, {"times": 2})]).tables["doubled"].all()
    file.write_bytes(b"")

    again = runner.run(stage, [Task(0, inputs, {"times": 2})])

    assert again.ran == 1
    assert read(again.tables["doubled"].all()).height == 10


def test_a_folder_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a[1]*?"
    folder.mkdir()

    outcome = LocalRunner(folder / "work", "v1").run(
        Stage("double", double), [Task(0, {"numbers": source(folder)}, {"times": 2})]
    )

    assert read(outcome.tables["doubled"].all()).height == 10
