"""Is a record resolved in milliseconds, and as a build that has it would?

`python -m benchmarks resolve [--persons N] [--asked M] [--seed S]` generates a city of N persons (28,000: a million
records of persons), holds back the rows of some M (10,000) records of persons, drawn by the hash of the line, builds
without them, makes the index, resolves each of them, and builds with all under the same calibration. `equal` counts the
records that were put to the entity that a build with all puts them to (its members of before tell which that was). The
records that were held back do not know of one another when they are resolved, and do when all are built: a difference
may be that. Milliseconds are of one process that keeps the resolver open, started as `docs/guide/resolve.md` says for a
service (`SERVICE`), and of another one that is started without that (`as_it_comes`): of `cleansed` values, in all and
where the run knows the signature already or not; and of `delivered` ones, for a tenth of the records, by a resolver
that saw none of them. `processor_ms` is what all threads worked for cleansed values, which a machine that is busy
otherwise does not lengthen. `--place DIR` makes and builds the city there, unless it is there, and leaves it.
`--project DIR` asks a project that is built, in a store that can be written, M of its own records, for latency alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from engine.city.generate import generate
from engine.errors import StoreError
from engine.hashing import hash64, hash64_of, joined
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS, build
from lifetree.index import make_index
from lifetree.resolving import KEY, Resolver, open_resolver, resolve

RESULTS = ROOT / "docs/results"
SUBJECT = "person"
PER_PERSON = 36
"""Records of persons for each person of a city, about."""
PERSONS, ASKED = 28_000, 10_000
MORE = 1.4
"""Lines that are held back for each record asked: some tell of nobody, or a record that another line tells of too."""
MILLION = 1_000_000
WARM = 50
"""The last records are resolved before the clock runs: what is loaded once is loaded."""

SERVICE = {"POLARS_MAX_THREADS": "1"}
"""The environment of a service that answers one record at a time."""

LINES = (".csv", ".tsv", ".jsonl")
KNOWN = {"known": True, "new": False}

Row = dict[str, Any]
Key = tuple[str, str, str]


class Timed(NamedTuple):
    """The milliseconds of one answer, and those that all threads worked for it."""

    ms: float
    worked: float
    answer: Row


def main(arguments: list[str]) -> int:
    """Run the suite, print its row, write it when it is of the usual size; exit status 1 where answers differ."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks resolve")
    asking.add_argument("--persons", type=int, default=PERSONS)
    asking.add_argument("--asked", type=int, default=ASKED)
    asking.add_argument("--seed", type=int, default=2)
    asking.add_argument("--place", type=Path)
    asking.add_argument("--project", type=Path)
    asked = asking.parse_args(arguments)
    if asked.project:
        project = load_project(asked.project, checks=CHECKS)
        row = latencies(project, _drawn(open_live(project), asked.asked))[0]
    else:
        with tempfile.TemporaryDirectory() as made:
            row = measured(compare, str(asked.place or made), asked.persons, asked.asked, asked.seed).result
    print(json.dumps(row, ensure_ascii=False, indent=1), flush=True)
    if not asked.project and (asked.persons, asked.asked) == (PERSONS, ASKED):
        (RESULTS / "resolve.json").write_text(json.dumps([row], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / "resolve.md").write_text(report(row, on=date.today()), encoding="utf-8")
    return 0 if row.get("equal", row["asked"]) == row["asked"] else 1


def compare(place: str, persons: int, asked: int, seed: int) -> Row:
    """Return the row of one city, made in the folder `place`."""
    whole, part = Path(place, "whole"), Path(place, "part")
    if not part.exists():
        generate(whole, persons=persons, seed=seed)
        _hold_back(whole, part, round(asked * MORE * MILLION) // (persons * PER_PERSON))
    project = load_project(part, checks=CHECKS)
    _build_once(project, {})
    calibrations = {}
    for name in project.subjects:
        calibrations[name] = Path(place, f"{name}.json")
        told = json.dumps(open_live(project).calibration(name), ensure_ascii=False)
        calibrations[name].write_text(told, encoding="utf-8")
    everything = load_project(whole, checks=CHECKS)
    _build_once(everything, calibrations)
    before, after = (_owners(open_live(one)) for one in (project, everything))
    held = after.join(before, on=RECORD_KEY, how="anti").sort(hash64(joined(RECORD_KEY))).head(asked)
    records = open_live(everything).read("records", subject=SUBJECT).join(held, on=RECORD_KEY, how="semi")
    row, answers = latencies(project, records.sort(hash64(joined(RECORD_KEY))))
    return {**row, "equal": _equal(answers, before, after), "persons": persons, "seed": seed}


def _build_once(project: Project, calibrations: dict[str, Path]) -> None:
    try:
        open_live(project)
    except StoreError:
        build(project, calibration=calibrations)


def _hold_back(city: Path, target: Path, per_million: int) -> None:
    """Copy a city without so many lines in a million of its files, drawn by the hash of file and line."""
    shutil.copytree(city, target, ignore=shutil.ignore_patterns("store", "data"))
    (target / "data").mkdir()
    for file in sorted((city / "data").iterdir()):
        if file.suffix not in LINES:
            shutil.copy(file, target / "data")
            continue
        with file.open("rb") as lines, (target / "data" / file.name).open("wb") as kept:
            for place, line in enumerate(lines):
                drawn = hash64_of(f"{file.name} {line!r}") % MILLION < per_million
                if place == 0 or not drawn or line.count(b'"') % 2:
                    kept.write(line)


def _owners(run: Run) -> pl.DataFrame:
    return run.read("record_entity", subject=SUBJECT).select(*RECORD_KEY, "entity_id")


def _drawn(run: Run, asked: int) -> pl.DataFrame:
    """Return some records of a run, drawn by the hash of their keys, under keys that the run does not have."""
    rows = run.scan("records", subject=SUBJECT).with_columns(_order=hash64(joined(RECORD_KEY)))
    drawn = rows.bottom_k(asked, by="_order").sort("_order").drop("_order").collect()
    return drawn.with_columns(record_id=pl.lit("asked ") + pl.col("record_id"))


def latencies(project: Project, records: pl.DataFrame) -> tuple[Row, dict[Key, Row]]:
    """Return what making the index and resolving records took, and the answers by record key.

    Each environment has a process of its own: a process has its threads for good.
    """
    began = time.perf_counter()
    folder = make_index(project, open_live(project), SUBJECT)
    made = {
        "index_seconds": round(time.perf_counter() - began, 1),
        "index_mb": round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6),
    }
    as_it_comes, _ = measured(latency, project, records).result
    with patch.dict(os.environ, SERVICE):
        row, answers = measured(latency, project, records).result
    return {**row, **made, "as_it_comes": {name: as_it_comes[name] for name in as_it_comes if "_ms" in name}}, answers


def latency(project: Project, records: pl.DataFrame) -> tuple[Row, dict[Key, Row]]:
    """Return the milliseconds of resolving records in this process, and the answers by record key."""
    run = open_live(project)
    began = time.perf_counter()
    resolver = open_resolver(project, SUBJECT)
    opened = time.perf_counter() - began
    names = [*resolver.settings.attributes, *KEY]
    asked = [{name: row[name] for name in names if row[name] is not None} for row in records.to_dicts()]
    for record in asked[-WARM:]:
        resolve(resolver, record, cleansed=True)
    timed = [_timed(resolver, record, cleansed=True) for record in asked]
    fresh = open_resolver(project, SUBJECT)
    delivered = [_timed(fresh, record, cleansed=False).ms for record in asked[: len(asked) // 10]]
    parts = {name: [one.ms for one in timed if one.answer["known"] is known] for name, known in KNOWN.items()}
    totals = run.manifest["subjects"][SUBJECT]
    row = {
        "records": totals["records"], "signatures": totals["signatures"], "asked": len(asked),
        "open_seconds": round(opened, 2), "threads": pl.thread_pool_size(),
        "cleansed_ms": _summed([one.ms for one in timed]), "delivered_ms": _summed(delivered),
        **{f"{name}_ms": _summed(own) for name, own in parts.items()},
        "processor_ms": _summed([one.worked for one in timed]),
        "load_average": round(os.getloadavg()[0], 1), "cpu": os.cpu_count(), "python": platform.python_version(),
    }  # fmt: skip
    return row, {_key(record): answer for record, (*_, answer) in zip(asked, timed, strict=True)}


def _timed(resolver: Resolver, record: dict[str, str | None], *, cleansed: bool) -> Timed:
    began, worked = time.perf_counter(), time.process_time()
    answer = resolve(resolver, record, cleansed=cleansed)
    return Timed(1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked), answer)


def _key(record: Row) -> Key:
    return (record["source"], record["record_id"], record["role"])


def _summed(ms: list[float]) -> dict[str, float | int]:
    if not ms:
        return {"asked": 0}
    cuts = statistics.quantiles(ms, n=100, method="inclusive") if len(ms) > 1 else ms * 99
    told = {"p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "largest": max(ms)}
    return {"asked": len(ms), **{name: round(value, 2) for name, value in told.items()}}


def _equal(answers: dict[Key, Row], before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Return how many answers are the entity that a build with all records puts them to."""
    both = after.drop_nulls("entity_id").join(before.drop_nulls("entity_id"), on=RECORD_KEY, suffix="_before")
    met = dict(both.group_by("entity_id").agg(pl.col("entity_id_before").unique()).iter_rows())
    owner = {tuple(row[:3]): row[3] for row in after.iter_rows()}
    return sum(answer["entity_id"] in met.get(owner[key], [None]) for key, answer in answers.items())


def report(row: Row, *, on: date) -> str:
    """Return the page of results."""
    told = ("as delivered", "cleansed", "cleansed, all that threads worked", "of a known signature", "of a new one")
    names = dict(zip(("delivered", "cleansed", "processor", *KNOWN), told, strict=True))
    lines = [
        f"| {threads} | {said} | {one['asked']:,} | {one.get('p50')} | {one.get('p90')} | {one.get('p99')} |"
        for threads, times in (("one", row), ("as it comes", row["as_it_comes"]))
        for said, one in ((names[name], times[f"{name}_ms"]) for name in names)
    ]
    text = (
        f"{row['records']:,} records of persons ({row['signatures']:,} signatures). The index takes "
        f"{row['index_seconds']} s to make, {row['index_mb']} MB on disk and {row['open_seconds']} s to open. Of "
        f"{row['asked']:,} records that were held back, {row['equal']:,} are put where a build with all puts them."
    )
    paragraphs = (
        "# Resolving one record",
        f"{on}: `python -m benchmarks resolve`, {row['cpu']} cores, load average {row['load_average']}.",
        text,
        "\n".join(
            ["| threads of Polars | values | asked | p50 ms | p90 ms | p99 ms |", "|---|---|---|---|---|---|", *lines]
        ),
    )
    return "\n\n".join(paragraphs) + "\n"
