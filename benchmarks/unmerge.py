"""Is every wrong merge that people order honoured, and does taking it back leave no trace?

`python -m benchmarks unmerge [--persons N] [--merges M] [--seed S]` builds a city of N persons (3,000), judges M
(1,000) pairs of records of different entities `same` in one go, drawn by hash, builds again (`honoured`: both records
are in one cluster; `one_entity`: and that is an entity), withdraws all judgements and builds anew. `restored` counts
the pairs whose records are back in the entities of before, under the ids of before; `equal` says that every table has
the hash of before; the registry of ids (ledger, record_history, redirects) is left out, for it remembers. At last the
same pairs are judged again and built under another calibration, trained on another city (`honoured_recalibrated`).
`judged_entities` are the entities that the merges left. The exit status is 1 when one merge is not honoured, or one
table differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.datasets import ROOT
from benchmarks.measure import measured
from engine.city.generate import generate
from engine.hashing import hash64, joined
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS, build, train
from lifetree.judging import Act, Verdict, judge, withdraw

RESULTS = ROOT / "docs/results"
REGISTRY = ("ledger", "record_history", "redirects")
OTHER_SEED = 77
"""The seed of the city that the other calibration is trained on."""

Row = dict[str, Any]
Key = tuple[str, str, str]


def main(arguments: list[str]) -> int:
    """Run the suite, print its row, write it when nothing else was asked, and return the exit status."""
    asking = argparse.ArgumentParser(prog="python -m benchmarks unmerge")
    asking.add_argument("--persons", type=int, default=3_000)
    asking.add_argument("--merges", type=int, default=1_000)
    asking.add_argument("--seed", type=int, default=2)
    asked = asking.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        row = measured(unmerge, place, asked.persons, asked.merges, asked.seed).result
    print(told(row), flush=True)
    if not arguments:
        (RESULTS / "unmerge.json").write_text(json.dumps([row], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (RESULTS / "unmerge.md").write_text(report(row, on=date.today()), encoding="utf-8")
    whole = (row["honoured"], row["honoured_recalibrated"], row["restored"])
    return 0 if row["equal"] and set(whole) == {row["wrong_merges"]} else 1


def unmerge(place: str, persons: int, merges: int, seed: int) -> Row:
    """Return the row of one city, made in the folder `place`."""
    project = _city(Path(place, "city"), persons, seed)
    other = _other_calibration(Path(place, "other"), persons)
    clock = [time.monotonic()]
    build(project)
    run = open_live(project)
    before, tables = _entities(run), _hashes(run)
    pairs = wrong_pairs(before, merges, seed=seed)
    words = [Verdict("same", "person", ":".join(one[:2]), ":".join(two[:2]), ((one, two),)) for one, two in pairs]
    names = judge(run, project, words, Act("benchmark", "2024-01-01", "a wrong merge", "import"))
    clock.append(time.monotonic())
    build(project)
    merged = open_live(project)
    clock.append(time.monotonic())
    honoured, whole, left = _together(merged, pairs), _entities(merged), merged.scan("entities", subject="person")
    entities = left.select(pl.len()).collect().item()
    withdraw(project, names, Act("benchmark", "2024-01-02", "it was wrong", "import"))
    build(project)
    clock.append(time.monotonic())
    back, hashes = _entities(open_live(project)), _hashes(open_live(project))
    judge(run, project, words, Act("benchmark", "2024-01-03", "a wrong merge", "import"))
    build(project, calibration={"person": other})
    clock.append(time.monotonic())
    again = _together(open_live(project), pairs)
    differing = sorted(name for name in tables.keys() | hashes.keys() if tables.get(name) != hashes.get(name))
    return {
        "persons": persons, "seed": seed, "records": len(before), "wrong_merges": len(pairs), "honoured": honoured,
        "one_entity": sum(whole[one] is not None and whole[one] == whole[two] for one, two in pairs),
        "honoured_recalibrated": again,
        "restored": sum(back[key] == before[key] for pair in pairs for key in pair) // 2,
        "entities": len({one for one in before.values() if one}), "judged_entities": entities,
        "tables": len(tables), "differing": differing, "equal": not differing,
        "seconds": {name: round(end - start, 1) for name, start, end in zip(
            ("build", "build_judged", "build_withdrawn", "build_recalibrated"), clock[:-1], clock[1:], strict=True)},
    }  # fmt: skip


def wrong_pairs(entities: dict[Key, str | None], number: int, *, seed: int) -> list[tuple[Key, Key]]:
    """Return pairs of records of different entities, drawn by hash, no record twice."""
    known = pl.DataFrame(
        [(*key, entity) for key, entity in entities.items() if entity],
        schema=[*RECORD_KEY, "entity_id"],
        orient="row",
    ).sort(hash64(joined([*RECORD_KEY, pl.lit(seed)])), *RECORD_KEY)
    keys: list[Key] = known.select(RECORD_KEY).rows()
    drawn = zip(keys[::2], keys[1::2], strict=False)
    return [(one, two) for one, two in drawn if entities[one] != entities[two]][:number]


def _city(folder: Path, persons: int, seed: int) -> Project:
    generate(folder, persons=persons, seed=seed)
    return load_project(folder, checks=CHECKS)


def _other_calibration(folder: Path, persons: int) -> Path:
    """Return the file of a calibration that another city trained."""
    made = train(_city(folder, persons, OTHER_SEED), subjects=["person"])["person"]
    file = folder / "person.json"
    file.write_text(made.model_dump_json(), encoding="utf-8")
    return file


def _entities(run: Run) -> dict[Key, str | None]:
    rows = run.read("record_entity", subject="person").select(*RECORD_KEY, "entity_id")
    return {row[:3]: row[3] for row in rows.iter_rows()}


def _together(run: Run, pairs: list[tuple[Key, Key]]) -> int:
    """Return how many pairs of records are in one cluster."""
    bearing = run.read("record_signature", subject="person").select(*RECORD_KEY, "signature_id")
    rows = bearing.join(run.read("clusters", subject="person"), on="signature_id").select(*RECORD_KEY, "cluster_id")
    found = {row[:3]: row[3] for row in rows.iter_rows()}
    return sum(found[one] == found[two] for one, two in pairs)


def _hashes(run: Run) -> dict[str, str]:
    """Return the hash of every table of a run but those of the registry of ids."""
    named = [name.rpartition("/") for name in run.manifest["tables"]]
    return {
        f"{subject}/{table}": run.table_hash(table, subject=subject)
        for subject, _, table in named
        if table not in REGISTRY
    }


def told(row: Row) -> str:
    """Return the figures in sentences."""
    seconds = ", ".join(f"{name} {value:.1f}" for name, value in row["seconds"].items())
    number = row["wrong_merges"]
    return (
        f"{number:,} wrong merges among {row['records']:,} records of {row['persons']:,} persons (seed {row['seed']}): "
        f"{row['honoured']:,} honoured ({row['one_entity']:,} as an entity), {row['honoured_recalibrated']:,} with "
        f"another calibration; {row['entities']:,} entities became {row['judged_entities']:,}\n"
        f"withdrawn: {row['restored']:,} restored; {len(row['differing'])} of {row['tables']} tables differ"
        f"{': ' if row['differing'] else ''}{', '.join(row['differing'])}\n"
        f"seconds: {seconds}"
    )


def report(row: Row, *, on: date) -> str:
    """Return the results page."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    about = (__doc__ or "").partition("\n")[2].strip()
    return (
        f"# What becomes of wrong merges\n\n`make bench SUITE=unmerge`, {on}, {machine}.\n\n{about}\n\n"
        f"```text\n{told(row)}\n```\n"
    )
