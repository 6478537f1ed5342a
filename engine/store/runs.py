"""Runs: immutable folders of Parquet, each with one manifest, and one live pointer that is replaced atomically.

A reader sees a whole run or the one before, never a mixture.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from engine.durability import sync
from engine.errors import StoreError
from engine.hashing import bucket_of, table_hash
from engine.runners.local import content_hash, read
from engine.settings import Project
from engine.tables import TABLES

LIVE = "live.json"
SHARED = "project"
"""Stands in a run's folder for the subject of tables that belong to no one subject, such as accounts."""


class Run(NamedTuple):
    """One complete, immutable state of the store."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def run_id(self) -> str:
        """The hash of everything that went into the run."""
        return str(self.manifest["run_id"])

    def files(self, table: str, *, subject: str | None = None) -> list[Path]:
        """Return the files of a table.

        Raises:
            StoreError: the run has no such table.
        """
        listed = self.manifest["tables"].get(f"{subject or SHARED}/{table}")
        if listed is None:
            have = ", ".join(sorted(self.manifest["tables"]))
            raise StoreError(f"run {self.run_id} has no table '{table}' of subject '{subject}'", hint=f"it has {have}")
        return [self.folder / entry["file"] for entry in listed]

    def scan(self, table: str, *, subject: str | None = None) -> pl.LazyFrame:
        """Return a table, read when it is collected."""
        return _scan(self.files(table, subject=subject))

    def part(self, table: str, *, subject: str, key: pl.Expr | None, first: str | None = None) -> pl.LazyFrame:
        """Return what can hold some rows of a table, read when it is collected; see `files_of`."""
        return _scan(self.files_of(table, subject=subject, key=key, first=first))

    def files_of(self, table: str, *, subject: str, key: pl.Expr | None, first: str | None = None) -> list[Path]:
        """Return the files that can hold some rows of a table, never none.

        `key` is the integer by whose bucket the stages cut the table, a literal, None where they did not; `first` the
        value of the first column of its primary key, a text. A file of another bucket, or of other values, is left out.
        """
        files, listed = self.files(table, subject=subject), self.manifest["tables"][f"{subject}/{table}"]
        buckets = self.manifest.get("buckets", 1)
        bucket = None if key is None or buckets == 1 else pl.select(bucket_of(key, buckets=buckets)).item()
        chosen = [
            file
            for file, entry in zip(files, listed, strict=True)
            if (bucket is None or entry.get("bucket", bucket) == bucket)
            and (first is None or "from" not in entry or entry["from"] <= first <= entry["to"])
        ]
        return chosen or files[:1]

    def read(self, table: str, *, subject: str | None = None) -> pl.DataFrame:
        """Return a whole table, in primary-key order."""
        return read(self.files(table, subject=subject)).sort(TABLES[table].key)

    def table_hash(self, table: str, *, subject: str | None = None) -> str:
        """Return the hash of a table's rows: equal for equal content, however it is split into files."""
        return table_hash((read([file]) for file in self.files(table, subject=subject)), TABLES[table])

    def calibration(self, subject: str) -> dict[str, Any]:
        """Return the calibration that the run scored with."""
        found: dict[str, Any] = self.manifest["calibrations"][subject]
        return found


def _scan(files: Iterable[Path]) -> pl.LazyFrame:
    return pl.concat([pl.scan_parquet(file, hive_partitioning=False, glob=False) for file in files])


def publish(store: Path, run_id: str, *, tables: Mapping[str, tuple[Path, ...]], manifest: dict[str, Any]) -> Run:
    """Put checkpoint files into `runs/<run_id>` with a manifest, then make that run the live one.

    `tables` maps `subject/table` to its files, whose names begin with their bucket. A run that is already there is only
    made live.
    """
    final = store / "runs" / run_id
    if not _is_whole(final):
        shutil.rmtree(final, ignore_errors=True)
        working = final.with_name(f".{run_id}.{os.getpid()}")
        shutil.rmtree(working, ignore_errors=True)
        listed = {
            name: [_link(file, working, name, place) for place, file in enumerate(files)]
            for name, files in tables.items()
        }
        manifest = {"run_id": run_id, **manifest, "tables": listed}
        write_atomically(working / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        working.rename(final)
        sync(final.parent)
    write_atomically(store / LIVE, json.dumps({"run_id": run_id}))
    return open_run(store, run_id)


def open_run(store: Path, run_id: str) -> Run:
    """Return a run by its id."""
    folder = store / "runs" / run_id
    try:
        return Run(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except PermissionError as error:
        raise _forbidden(store, error) from error
    except (OSError, ValueError) as error:
        raise StoreError(
            f"run {run_id} cannot be read from {store}: {error}", hint="`lifetree build` makes it anew"
        ) from error


def open_live(project: Project) -> Run:
    """Return the project's live run.

    Raises:
        StoreError: nothing was built yet, or the store may not be read.
    """
    store = project.path(project.store)
    try:
        run_id = json.loads((store / LIVE).read_text(encoding="utf-8"))["run_id"]
    except PermissionError as error:
        raise _forbidden(store, error) from error
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"no finished build in {store}", hint=f"run `lifetree build {project.folder}` first"
        ) from error
    return open_run(store, run_id)


def _forbidden(store: Path, error: PermissionError) -> StoreError:
    return StoreError(
        f"no permission to read the store: {error.filename or store}",
        hint="grant the user of this process the right to read it",
    )


def prune_checkpoints(folder: Path, keep: Iterable[Path]) -> None:
    """Delete the checkpoints that the live run does not rest on; its own tables stay with it."""
    kept = set(keep)
    for stage in folder.iterdir() if folder.is_dir() else ():
        for checkpoint in stage.iterdir():
            if checkpoint not in kept:
                shutil.rmtree(checkpoint, ignore_errors=True)


def write_atomically(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    file.parent.mkdir(parents=True, exist_ok=True)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    with working.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    working.replace(file)
    sync(file.parent)


def _is_whole(folder: Path) -> bool:
    """Return whether a run is there with every file as long as its manifest says."""
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"].values()
        return all((folder / one["file"]).stat().st_size == one["bytes"] for files in listed for one in files)
    except (OSError, ValueError, KeyError):
        return False


def _link(file: Path, run: Path, name: str, place: int) -> dict[str, Any]:
    target = run / name / f"{place:05d}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(file, target)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())
    return {
        "file": target.relative_to(run).as_posix(),
        "xxh3_128": content_hash(target),
        "bytes": target.stat().st_size,
        **_held(file, TABLES[target.parent.name].key[0]),
    }


def _held(file: Path, column: str) -> dict[str, Any]:
    """Return the bucket of a file and the least and greatest text in a column: what `Run.part` chooses by."""
    number = file.name.split("-")[0]
    bucket = {"bucket": int(number)} if number.isdigit() else {}
    told = pq.read_metadata(file)
    place = told.schema.names.index(column)
    groups = [told.row_group(n).column(place) for n in range(told.num_row_groups)]
    known = [one.statistics for one in groups if one.statistics and one.statistics.has_min_max]
    spans = [(one.min, one.max) for one in known]
    if not groups or len(spans) < len(groups) or not isinstance(spans[0][0], str):
        return bucket
    return {**bucket, "from": min(low for low, _ in spans), "to": max(high for _, high in spans)}
