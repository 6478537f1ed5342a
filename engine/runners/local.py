"""The local runner: Polars and Parquet on one machine, every finished task a checkpoint keyed by what went into it.

A checkpoint is a folder `checkpoints/<stage>/<key>` that appears by one rename when its task is done: a killed run
leaves nothing half written, and the same command goes on after the last finished task.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import xxhash

from engine.durability import storing
from engine.partitioned import EMPTY, files_by_bucket, gathered, group_of, read, scan, write_chunk
from engine.runners.seals import content_hash, is_whole, rows_of, seal
from engine.runners.tasks import Met, Parts, Progress, Stage, Task, canonical
from engine.scratch import scratch_in
from engine.sizing import WORKERS


class Outcome(NamedTuple):
    """The tables that a stage made, by name, and how many of its tasks were run and not found done."""

    tables: dict[str, Parts]
    rows: dict[str, int]
    ran: int
    checkpoints: tuple[Path, ...]


class LocalRunner(NamedTuple):
    """Where checkpoints are kept, which code makes them, and who watches."""

    folder: Path
    code: str
    progress: Progress | None = None

    def run(self, stage: Stage, tasks: Sequence[Task]) -> Outcome:
        """Run the tasks of a stage that are not yet done, `WORKERS` at once, and return its tables."""
        if self.progress:
            self.progress.begin(stage.name, len(tasks))
        folders = [self.folder / stage.name / self._key(stage, task) for task in tasks]
        running: dict[Path, Future[None]] = {}
        ran = 0
        with ThreadPoolExecutor(WORKERS) as workers:
            try:
                for task, folder in zip(tasks, folders, strict=True):
                    if folder not in running and not is_whole(folder):
                        running[folder] = workers.submit(self._run_task, stage, task, folder)
                for folder in folders:
                    mine = running.pop(folder, None)
                    if mine:
                        mine.result()
                        ran += 1
                    if self.progress:
                        self.progress.advance(stage.name, rows=_most_rows(folder), reused=mine is None)
            except BaseException:
                workers.shutdown(cancel_futures=True)
                raise
        if self.progress:
            self.progress.end(stage.name)
        tables = {name: _parts(folders, name) for name in _table_names(folders)}
        rows = {name: parts.rows() for name, parts in tables.items()}
        return Outcome(tables, rows, ran, tuple(folders))

    def _key(self, stage: Stage, task: Task) -> str:
        inputs = {name: [self._identity(file) for file in files] for name, files in task.inputs.items()}
        exchange = {name: str(key) for name, key in stage.exchange.items()}
        reads = [self._identity(file) for file in task.reads]
        made_of = [stage.name, stage.function.__module__, stage.function.__qualname__, self.code, task.bucket]
        return xxhash.xxh3_128_hexdigest(canonical([*made_of, exchange, inputs, reads, dict(task.arguments)]).encode())

    def _identity(self, file: Path) -> str:
        """Return a checkpoint's path, which holds the key of what made it, or the hash of any other file's content."""
        if file.is_relative_to(self.folder):
            return file.relative_to(self.folder).as_posix()
        return content_hash(file)

    def _run_task(self, stage: Stage, task: Task, folder: Path) -> None:
        frames = _frames(task)
        working = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(working, ignore_errors=True)
        try:
            with storing(self.folder), scratch_in(working):
                with ThreadPoolExecutor(1) as writer:
                    writing: Future[None] | None = None
                    for chunk, tables in enumerate(gathered(chunks(stage.function(**frames, **task.arguments)))):
                        if writing:
                            writing.result()
                        writing = writer.submit(_write_tables, tables, working, stage, task.bucket, chunk)
                    if writing:
                        writing.result()
                working.mkdir(parents=True, exist_ok=True)
                seal(working)
                shutil.rmtree(folder, ignore_errors=True)
                working.rename(folder)
        finally:
            shutil.rmtree(working, ignore_errors=True)


def _frames(task: Task) -> dict[str, pl.DataFrame | pl.LazyFrame]:
    """Return the inputs of a task; of those in `met`, no more than it looks at."""
    frames = {name: read(files) for name, files in task.inputs.items() if name not in (*task.met, *task.lazy)}
    met = {name: _read_met(task.inputs[name], met, frames) for name, met in task.met.items()}
    return {**frames, **met, **{name: scan(task.inputs[name]) for name in task.lazy}}


def _read_met(files: Sequence[Path], met: Met, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows that are met, file by file: of each, what was read of other rows is let go first."""
    columns = [frames[name][column] for name, several in met.among.items() for column in several if name in frames]
    values = pl.concat([column.alias(met.column) for column in columns]).unique()
    is_met = pl.col(met.column).is_in(values.implode())
    return pl.concat([scan([file]).filter(is_met).collect().rechunk() for file in files])


def _write_tables(tables: dict[str, pl.DataFrame], folder: Path, stage: Stage, bucket: int, chunk: int) -> None:
    for name, frame in tables.items():
        write_chunk(frame, folder / name, stage.exchange.get(name, pl.lit(bucket)), chunk, group=group_of(name))


def chunks(result: Any) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the tables that a stage's function returned, chunk by chunk."""
    if hasattr(result, "_asdict"):
        yield result._asdict()
    elif isinstance(result, dict):
        yield result
    else:
        for item in result:
            yield from chunks(item)


def _table_names(folders: Sequence[Path]) -> list[str]:
    return sorted({table.name for folder in folders for table in folder.iterdir() if table.is_dir()})


def _parts(folders: Sequence[Path], name: str) -> Parts:
    buckets: dict[int, tuple[Path, ...]] = {}
    places = [folder / name for folder in folders if (folder / name).is_dir()]
    for place in places:
        for bucket, files in files_by_bucket(place).items():
            buckets[bucket] = buckets.get(bucket, ()) + files
    return Parts(buckets, places[0] / EMPTY)


def _most_rows(folder: Path) -> int:
    return max((rows_of(table.glob("*-*.parquet")) for table in folder.iterdir() if table.is_dir()), default=0)
