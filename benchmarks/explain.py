"""Is the cause that `explain why-not` names the cause? Each is undone, and the data resolved again.

`python -m benchmarks explain` builds historical_dev, splink_fake_1000 and a city of 2,000 persons (seed 2), takes
pairs of records that are one by the truth and were not joined (one for every two entities that hold records of one; of
a set that has many those with the smallest hash, 320 of each set), and asks why not. Every one has a stage. Then what
`undo` names is done to the records as matching reads them (a field of one record changed, a judgement given, a limit
raised), the subject is resolved again from its records on, under the same calibration, and the pair counts as joined
when both records are in one cluster. Changes of pairs that have no entity in common are made together. Pairs that are
unresolved, in one cluster that nothing can found, are counted and not tried. The bar is 95 % of them joined.

`python -m benchmarks explain --latency PROJECT` measures instead how long explanations take in a project that is built:
the functions on an open run, and the command.

Nobody else answers this: of the peers only a closed one tells why not, and none undoes the cause.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.accuracy import RESULTS, stored_project
from benchmarks.city_files import make
from benchmarks.datasets import DATA_SETS, VARIABLE, data_folder, missing, truth_of
from benchmarks.explain_latency import latency
from benchmarks.explain_undo import undone
from engine.hashing import hash64
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS, build
from lifetree.explanation import why_not
from matchers.evaluation import read_truth
from matchers.evaluation.truth import label_records

PUBLIC = ("historical_dev", "splink_fake_1000")
PERSONS, SEED, CASES, BAR = 2_000, 2, 320, 0.95

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the suite, or measure the latency in a project; return 1 when fewer pairs are joined than the bar asks."""
    if arguments[:1] == ["--latency"] and len(arguments) == 2:
        print(json.dumps(latency(Path(arguments[1])), indent=1))
        return 0
    if arguments:
        print("usage: python -m benchmarks explain [--latency PROJECT]", file=sys.stderr)
        return 2
    data = data_folder()
    os.environ[VARIABLE] = str(data)
    absent = missing(data, [one for one in DATA_SETS if one.name in PUBLIC])
    if absent:
        print("\n".join(absent), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as place:
        rows = [row for name in (*PUBLIC, "city") for row in rows_of(name, data, Path(place) / name)]
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "explain.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "explain.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    joined, pairs = _counted(rows)
    return int(joined < BAR * pairs)


def rows_of(name: str, data: Path, folder: Path) -> list[Row]:
    """Return the rows of one set: one per subject and stage."""
    folder.mkdir(parents=True)
    if name == "city":
        make(str(folder / "city"), PERSONS, SEED)
        project = load_project(folder / "city", checks=CHECKS)
        truth = read_truth(folder / "city" / "truth" / "mentions.parquet")
    else:
        project = stored_project(name, folder / "store")
        truth = truth_of(next(one for one in DATA_SETS if one.name == name), data, folder)
    build(project)
    run = open_live(project)
    return [row for subject in project.subjects for row in measured(name, run, project, subject, truth)]


def measured(name: str, run: Run, project: Project, subject: str, truth: pl.DataFrame) -> list[Row]:
    """Return the stages of the missed pairs of a subject, and how many of each undoing the cause joined."""
    missed = missed_pairs(run, truth, subject=subject)
    cases = [case_of(run, project, subject, row) for row in sampled(missed).to_dicts()]
    joined = undone(run, project, subject, cases)
    rows = []
    for (stage, kind), pairs in sorted(Counter((one["stage"], one["kind"]) for one in cases).items()):
        own = [place for place, one in enumerate(cases) if (one["stage"], one["kind"]) == (stage, kind)]
        done = None if kind == "founding" else sum(joined[place] for place in own)
        row = {
            "project": name, "subject": subject, "missed": missed.height, "stage": stage, "undone by": kind,
            "pairs": pairs, "joined": done,
        }  # fmt: skip
        rows.append(row)
        print(line(row), flush=True)
    return rows


def missed_pairs(run: Run, truth: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return one pair of records for every two entities (or unresolved signatures) that hold records of one subject.

    Of each entity that holds some, the record with the smallest key stands for all: the record keys of both sides,
    their entities (null: unresolved) and what is true of them.
    """
    labelled = label_records(run.read("record_entity", subject=subject), truth, subject=subject).records
    owned = labelled.with_columns(owner=pl.coalesce("entity_id", pl.format("signature {}", "signature_id")))
    first = owned.sort(RECORD_KEY).unique(["truth", "owner"], keep="first", maintain_order=True)
    both = first.join(first, on="truth", suffix="_r").filter(pl.col("owner") < pl.col("owner_r"))
    return both.select("truth", *RECORD_KEY, *(f"{name}_r" for name in RECORD_KEY), "owner", "owner_r")


def sampled(missed: pl.DataFrame) -> pl.DataFrame:
    """Return the `CASES` pairs with the smallest hash."""
    order = hash64(pl.concat_str(*RECORD_KEY, *(f"{name}_r" for name in RECORD_KEY), separator="|"))
    return missed.sort(order).head(CASES).sort("truth", *RECORD_KEY)


def case_of(run: Run, project: Project, subject: str, row: Row) -> Row:
    """Return a missed pair with its stage and what would undo it."""
    left = {name: row[name] for name in RECORD_KEY}
    right = {name: row[f"{name}_r"] for name in RECORD_KEY}
    told = why_not(run, project, subject=subject, left=left, right=right)
    edits = len(told["undo"].get("edits", ()))
    kind = f"{edits} field{'s' * (edits > 1)}" if edits else next(iter(told["undo"]))
    owners = {row["owner"], row["owner_r"]}
    return {"left": left, "right": right, "owners": owners, "stage": told["stage"], "undo": told["undo"], "kind": kind}


def _counted(rows: list[Row]) -> tuple[int, int]:
    """Return the pairs joined, and those of which it was tried."""
    tried = [row for row in rows if row["joined"] is not None]
    return sum(row["joined"] for row in tried), sum(row["pairs"] for row in tried)


HEAD = ("project", "subject", "missed", "stage", "undone by", "pairs", "joined")


def line(row: Row) -> str:
    """Return one row of the table, in Markdown."""
    return f"| {' | '.join('–' if row[name] is None else str(row[name]) for name in HEAD)} |"


def report(rows: list[Row], *, on: date) -> str:
    """Return docs/results/explain.md."""
    joined, pairs = _counted(rows)
    parts = [
        "# Is the named cause the cause?",
        (
            f"Measured by `make bench SUITE=explain` on {on.isoformat()}: {os.cpu_count()} cores, Python "
            f"{platform.python_version()}."
        ),
        (__doc__ or "").strip().split("\n\n", 1)[1],
        f"Joined: {joined:,} of {pairs:,} pairs, {100 * joined / max(pairs, 1):.1f} %.",
        "\n".join([f"| {' | '.join(HEAD)} |", f"|{'---|' * 2}---:|{'---|' * 2}{'---:|' * 2}", *map(line, rows)]),
    ]
    return "\n\n".join(parts) + "\n"
