"""Builds of the shipped example: the same entities however the work is cut, resumed, or carried elsewhere."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.partitioned import read
from engine.runners.local import LocalRunner
from engine.runners.tasks import Stage, Task
from engine.settings import Project, load_project
from engine.settings.shipped import shipped
from engine.store import open_live
from lifetree.build import CHECKS, build
from matchers import clustering

TABLES = ("entities", "record_entity", "profiles", "attribute_values", "pairs", "links")
CLUSTERING = (*TABLES, "clusters", "review", "conflicts", "partition_draws")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    folder = tmp_path / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    return folder


def load(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def hashes(folder: Path, *, tables: tuple[str, ...] = TABLES) -> dict[tuple[str, str], str]:
    project = load(folder)
    run = open_live(project)
    return {
        (subject, table): run.table_hash(table, subject=subject) for subject in project.subjects for table in tables
    }


def shuffle_and_split(folder: Path) -> None:
    """Deliver each source's rows in another order, in three files."""
    for file in sorted((folder / "data").glob("*.csv")):
        head, *rows = file.read_text(encoding="utf-8").splitlines()
        mixed = sorted(rows, key=lambda row: hash_of(row))
        for place in range(3):
            part = file.with_name(f"{file.stem}-{place}.csv")
            part.write_text("\n".join([head, *mixed[place::3]]) + "\n", encoding="utf-8")
        file.unlink()
    for toml in [folder / "lifetree.toml", *(folder / "sources").glob("*.toml")]:
        toml.write_text(toml.read_text(encoding="utf-8").replace('.csv"', '-*.csv"'), encoding="utf-8")


def hash_of(text: str) -> bytes:
    import hashlib

    return hashlib.sha256(text.encode()).digest()


def test_entities_and_profiles_do_not_depend_on_order_files_or_buckets(example: Path) -> None:
    build(load(example), buckets=1)
    expected = hashes(example)

    shuffle_and_split(example)
    build(load(example), buckets=16)

    assert hashes(example) == expected
    assert len(list((example / "data").glob("*.csv"))) == 15


def test_tables_do_not_depend_on_how_many_regions_are_worked_on_at_once(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(load(example), buckets=2)
    expected = hashes(example, tables=CLUSTERING)

    shutil.rmtree(example / "store")
    monkeypatch.setattr(clustering, "in_regions", partial(clustering.in_regions, rows=20))
    build(load(example), buckets=2)

    assert hashes(example, tables=CLUSTERING) == expected


def test_an_unchanged_build_runs_nothing_and_writes_nothing(example: Path) -> None:
    project = load(example)
    first = build(project, buckets=2)
    before = {file: file.stat().st_mtime_ns for file in (example / "store").rglob("*.parquet")}

    again = build(project, buckets=2)

    assert again["run_id"] == first["run_id"]
    assert sum(stage["ran"] for stage in again["stages"]) == 0
    assert {file: file.stat().st_mtime_ns for file in (example / "store").rglob("*.parquet")} == before


@pytest.mark.parametrize("stopped", ["cleanse", "score", "profile"])
def test_a_stopped_build_goes_on_where_it_stopped(example: Path, monkeypatch: pytest.MonkeyPatch, stopped: str) -> None:
    run_task = LocalRunner._run_task

    def stop(self: LocalRunner, stage: Stage, task: Task, folder: Path) -> None:
        if stage.name == stopped and task.bucket == 1:
            raise KeyboardInterrupt
        run_task(self, stage, task, folder)

    with monkeypatch.context() as patched:
        patched.setattr(LocalRunner, "_run_task", stop)
        with pytest.raises(KeyboardInterrupt):
            build(load(example), buckets=2)
    resumed = build(load(example), buckets=2)
    found = hashes(example)
    shutil.rmtree(example / "store")
    build(load(example), buckets=2)

    assert resumed["stages"][0]["ran"] == 0
    assert hashes(example) == found


def test_every_stage_gives_the_same_when_carried_to_another_process(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_task = LocalRunner._run_task
    calls: dict[str, tuple[Callable[..., Any], dict[str, bytes], dict[str, Any]]] = {}

    def record(self: LocalRunner, stage: Stage, task: Task, folder: Path) -> None:
        frames = {name: as_bytes(read(files)) for name, files in task.inputs.items()}
        calls.setdefault(stage.name, (stage.function, frames, dict(task.arguments)))
        run_task(self, stage, task, folder)

    monkeypatch.setattr(LocalRunner, "_run_task", record)
    build(load(example), buckets=2)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        for name, call in calls.items():
            here = run_call(pickle.dumps(call))
            there = elsewhere.submit(run_call, pickle.dumps(call)).result()
            assert here.keys() == there.keys(), name
            for table in here:
                assert_frame_equal(as_frame(here[table]), as_frame(there[table]))
    assert len(calls) == 34


def run_call(payload: bytes) -> dict[str, bytes]:
    """Run a pickled stage function on frames that came as Arrow bytes; return its tables as Arrow bytes."""
    function, frames, arguments = pickle.loads(payload)
    result = function(**{name: as_frame(data) for name, data in frames.items()}, **arguments)
    chunks = [result] if hasattr(result, "_asdict") or isinstance(result, dict) else list(result)
    tables = [chunk._asdict() if hasattr(chunk, "_asdict") else chunk for chunk in chunks]
    return {name: as_bytes(pl.concat([chunk[name] for chunk in tables])) for name in tables[0]}


def as_bytes(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ipc(stream)
    return stream.getvalue()


def as_frame(data: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(data))
