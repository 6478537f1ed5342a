"""Who finds the entities of public data most exactly? lifetree beside Splink 5, goldenmatch, recordlinkage and dedupe.

What each system is given, and how it is run, stands in `benchmarks.peers.rivals_report.READING`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.accuracy import build_project, record_pairs, stored_project
from benchmarks.datasets import DATA_SETS, ROOT, VARIABLE, DataSet, data_folder, missing, truth_of
from benchmarks.measure import measured
from benchmarks.peers.limits import Taken, last_line, with_processor_seconds
from benchmarks.peers.public import Mode, modes_of, records_of, run_mode
from benchmarks.peers.rivals_report import HEAD, line, report, verdict
from engine.store import open_live
from engine.tables import CANDIDATES, LINKS
from lifetree import __version__
from matchers.evaluation import evaluate

RESULTS = ROOT / "docs/results"
OURS = Mode("lifetree", "project")
SPLINK = ("tutorial", "our pairs", "our signatures")
SYSTEMS = (OURS.system, "goldenmatch", "recordlinkage", "dedupe")
ORDER = (OURS.system, "splink", *SYSTEMS[1:])

Row = dict[str, Any]


def main(names: list[str]) -> int:
    """Run the suite for the named data sets and systems, or all; the rows take the place of theirs in docs/results.

    Splink runs with lifetree, whose pairs it gets.
    """
    data = data_folder()
    os.environ[VARIABLE] = str(data)
    unknown = set(names) - {one.name for one in DATA_SETS} - set(SYSTEMS)
    if unknown:
        print(f"no such data set or system: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    systems = set(names) & set(SYSTEMS) or set(SYSTEMS)
    chosen = [one for one in DATA_SETS if one.name in names] or list(DATA_SETS)
    absent = missing(data, chosen)
    if absent:
        print("\n".join(absent), file=sys.stderr)
        return 1
    print("\n".join(HEAD), flush=True)
    for one in chosen:
        rows = []
        with tempfile.TemporaryDirectory() as folder:
            for row in rows_of(one, data, Path(folder), systems):
                rows.append(row)
                print(line(row), flush=True)
        write(rows, RESULTS)
    print(f"\n{verdict(rows_in(RESULTS))}")
    return 0


def rows_in(results: Path) -> list[Row]:
    """Return the rows of the last runs."""
    file = results / "rivals.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


def write(rows: list[Row], results: Path) -> None:
    """Write rows in place of the old ones of their data sets and systems, in order, and the table of all."""
    new = {(row["project"], row["system"]) for row in rows}
    kept = [row for row in rows_in(results) if (row["project"], row["system"]) not in new]
    every = sorted(kept + rows, key=_place)
    results.mkdir(parents=True, exist_ok=True)
    (results / "rivals.json").write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    (results / "rivals.md").write_text(report(every), encoding="utf-8")


def _place(row: Row) -> tuple[int, int]:
    return [one.name for one in DATA_SETS].index(row["project"]), ORDER.index(row["system"])


def rows_of(one: DataSet, data: Path, folder: Path, systems: set[str]) -> Iterator[Row]:
    """Yield the row of each mode of the systems for one data set; `folder` is for what they read and write."""
    from benchmarks.peers.splink5 import SETUPS

    truth = truth_of(one, data, folder)
    if OURS.system in systems:
        yield _lifetree(one, folder, truth)
        pl.read_parquet(folder / "signatures.parquet").pipe(_first_of_each).write_parquet(folder / "kept.parquet")
        for mode in SPLINK:
            yield _splink(one, mode, data, folder, truth)
    setup = SETUPS[one.name](data)
    records = records_of(setup)
    for mode in (mode for mode in modes_of(one.name) if mode.system in systems):
        found = run_mode(one.name, mode, records, truth, folder / "run", link=setup.link_type == "link_only")
        told = {} if found.clusters is None else figures(found.clusters, truth)
        yield {**_head(one, mode, found.version), **found.taken._asdict(), **told}


def _lifetree(one: DataSet, folder: Path, truth: pl.DataFrame) -> Row:
    """Return the row of lifetree; which pairs it compared and which records share a signature are left in `folder`."""
    project = stored_project(one.name, folder / "store")
    (subject,) = project.subjects
    built, processor = with_processor_seconds(lambda: measured(build_project, one.name, str(folder / "store")))
    run = open_live(project)
    record_pairs(run, subject).write_parquet(folder / "pairs.parquet")
    records = run.read("record_entity", subject=subject)
    records.select("source", "record_id", "signature_id").write_parquet(folder / "signatures.parquet")
    clusters = records.select("source", "record_id", cluster="entity_id")
    taken = Taken(built.seconds, processor, built.peak_memory_mb, None)
    return {**_head(one, OURS, __version__), **taken._asdict(), **figures(clusters, truth)}


def _splink(one: DataSet, mode: str, data: Path, folder: Path, truth: pl.DataFrame) -> Row:
    pairs = str(folder / "pairs.parquet") if mode == "our pairs" else None
    kept = str(folder / "kept.parquet") if mode == "our signatures" else None
    head = _head(one, Mode("splink", mode), version("splink"))
    try:
        linked, processor = with_processor_seconds(lambda: measured(link_with_splink, one.name, str(data), pairs, kept))
    except RuntimeError as error:
        return {**head, **Taken(0.0, 0.0, 0.0, last_line(str(error)))._asdict()}
    clusters = linked.result.clusters
    if kept:
        clusters = spread(clusters, pl.read_parquet(folder / "signatures.parquet"))
    taken = Taken(linked.seconds, processor, linked.peak_memory_mb, None)
    return {**head, **taken._asdict(), **figures(clusters, truth)}


def link_with_splink(name: str, data: str, pairs: str | None, kept: str | None) -> Any:
    """Return Splink's answer; for a process of its own."""
    from benchmarks.peers import splink5

    return splink5.link(name, data, pairs, kept)


def _first_of_each(signatures: pl.DataFrame) -> pl.DataFrame:
    """Return the first record of each signature."""
    return signatures.sort("source", "record_id").unique("signature_id", keep="first", maintain_order=True)


def spread(clusters: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    """Return the clusters of all records from those of the first of each signature."""
    of_signature = _first_of_each(signatures).join(clusters, on=["source", "record_id"])
    return signatures.join(of_signature.select("signature_id", "cluster"), on="signature_id").select(
        "source", "record_id", "cluster"
    )


def figures(clusters: pl.DataFrame, truth: pl.DataFrame) -> Row:
    """Return how exactly clusters (source, record_id, cluster) tell the truth, by one measure for every system."""
    found = evaluate(
        clusters.select(
            "source",
            "record_id",
            role=pl.lit(""),
            entity_id="cluster",
            signature_id=pl.int_range(pl.len(), dtype=pl.Int64),
        ),
        truth,
        subject="",
        candidates=CANDIDATES.empty(),
        links=LINKS.empty(),
    )
    return {
        **{name: found["pairwise"][name] for name in ("precision", "recall", "f1")},
        "bcubed": found["bcubed"]["f1"],
        "exact_entities": found["exact_entities"],
        "entities": found["entities"],
        "true_entities": found["true_entities"],
    }


def _head(one: DataSet, mode: Mode, told: str) -> Row:
    return {
        "project": one.name,
        "system": mode.system,
        "mode": mode.name,
        "version": told,
        "labels": mode.labels,
        "on": date.today().isoformat(),
    }
