"""Runs: immutable folders of Parquet, each with one manifest, and one live pointer that is replaced atomically.

A reader sees a whole run or the one before, never a mixture.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.hashing import bucket_of, table_hash
from engine.partitioned import read
from engine.settings import Project
from engine.store.layers import Slice, scan_slices, slices_of
from engine.tables import TABLES

LIVE = "live.json"
TOLD = 5
"""Runs that a hint names."""
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

    def project(self, folder: Path) -> Project:
        """Return the project that was built, as its settings were; its paths are relative to `folder`."""
        built = Project.model_validate(self.manifest["project"])
        built._folder = folder
        return built

    def files(self, table: str, *, subject: str | None = None) -> list[Path]:
        """Return the files with rows of a table; of a layered one, rows that are gone are among them: see `slices`.

        Raises:
            StoreError: the run has no such table.
        """
        return [self.folder / entry["file"] for entry in _filled(self._entries(table, subject))]

    def slices(
        self, table: str, *, subject: str | None = None, key: pl.Expr | None = None, first: str | None = None
    ) -> list[Slice]:
        """Return the files that can hold some rows of a table, each with what tells which rows are gone; never none.

        `key` is the integer by whose bucket the stages cut the table, a literal, None where they did not; `first` the
        value of the first column of its primary key, a text. A file of another bucket, or of other values, is left out.
        """
        entries = self._entries(table, subject)
        filled = _filled(entries)
        buckets = self.manifest.get("buckets", 1)
        bucket = None if key is None or buckets == 1 else pl.select(bucket_of(key, buckets=buckets)).item()
        chosen = [
            entry
            for entry in filled
            if (bucket is None or entry.get("bucket", bucket) == bucket)
            and (first is None or "from" not in entry or entry["from"] <= first <= entry["to"])
        ]
        return slices_of(self.folder, chosen or filled[:1], [entry for entry in entries if entry.get("removed")])

    def scan(self, table: str, *, subject: str | None = None) -> pl.LazyFrame:
        """Return a table, read when it is collected."""
        return scan_slices(self.slices(table, subject=subject))

    def part(self, table: str, *, subject: str, key: pl.Expr | None, first: str | None = None) -> pl.LazyFrame:
        """Return what can hold some rows of a table, read when it is collected; see `slices`."""
        return scan_slices(self.slices(table, subject=subject, key=key, first=first))

    def files_of(self, table: str, *, subject: str, key: pl.Expr | None, first: str | None = None) -> list[Path]:
        """Return the files that can hold some rows of a table, never none; see `slices`, and `files` on layers."""
        return [one.file for one in self.slices(table, subject=subject, key=key, first=first)]

    def read(self, table: str, *, subject: str | None = None) -> pl.DataFrame:
        """Return a whole table, in primary-key order."""
        slices = self.slices(table, subject=subject)
        rows = scan_slices(slices).collect() if any(one.removed for one in slices) else read(_files(slices))
        return rows.sort(TABLES[table].key)

    def table_hash(self, table: str, *, subject: str | None = None) -> str:
        """Return the hash of a table's rows: equal for equal content, however it is split into files and layers."""
        return table_hash((one.read() for one in self.slices(table, subject=subject)), TABLES[table])

    def _entries(self, table: str, subject: str | None) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] | None = self.manifest["tables"].get(f"{subject or SHARED}/{table}")
        if listed is None:
            have = ", ".join(sorted(self.manifest["tables"]))
            raise StoreError(f"run {self.run_id} has no table '{table}' of subject '{subject}'", hint=f"it has {have}")
        return listed

    def calibration(self, subject: str) -> dict[str, Any]:
        """Return the calibration that the run scored with."""
        found: dict[str, Any] = self.manifest["calibrations"][subject]
        return found


def _filled(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in entries if not entry.get("removed")]


def _files(slices: list[Slice]) -> list[Path]:
    return [one.file for one in slices]


def open_run(store: Path, run_id: str) -> Run:
    """Return a run by its id.

    Raises:
        StoreError: it cannot be read, or there is none; those there are stand in the hint.
    """
    folder = store / "runs" / run_id
    try:
        return Run(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except PermissionError as error:
        raise _forbidden(store, error) from error
    except (OSError, ValueError) as error:
        if folder.exists():
            lost = f"run {run_id} cannot be read from {store}: {error}"
            raise StoreError(lost, hint=f"{_kept(store, folder)}`lifetree build` makes a run anew") from error
        lost = f"no run {run_id} in {store}: it was pruned or purged, or never was"
        raise StoreError(lost, hint=f"{_kept(store, folder)}`lifetree store runs` lists those that are kept") from error


def _kept(store: Path, but: Path) -> str:
    """Return the newest runs that are kept, for a hint."""
    files = [one for one in (store / "runs").glob("[!.]*/manifest.json") if one.parent != but]
    newest = sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.parent.name), reverse=True)
    more = f" and {len(newest) - TOLD} older ones" if len(newest) > TOLD else ""
    return f"there are {', '.join(file.parent.name for file in newest[:TOLD])}{more}; " if newest else ""


def open_live(project: Project) -> Run:
    """Return the project's live run.

    Raises:
        StoreError: nothing was built yet, or the store may not be read.
    """
    store = project.path(project.store)
    run_id = live_id(store)
    if run_id is None:
        raise StoreError(f"no finished build in {store}", hint=f"run `lifetree build {project.folder}` first")
    return open_run(store, run_id)


def open_project_run(project: Project, run_id: str | None) -> Run:
    """Return a run of the project as it was published; without an id, the live one."""
    return open_run(project.path(project.store), run_id) if run_id else open_live(project)


def live_id(store: Path) -> str | None:
    """Return the id of the live run; None where nothing was built, or the pointer is damaged.

    Raises:
        StoreError: the store may not be read.
    """
    try:
        return str(json.loads((store / LIVE).read_text(encoding="utf-8"))["run_id"])
    except PermissionError as error:
        raise _forbidden(store, error) from error
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _forbidden(store: Path, error: PermissionError) -> StoreError:
    return StoreError(
        f"no permission to read the store: {error.filename or store}",
        hint="grant the user of this process the right to read it",
    )
