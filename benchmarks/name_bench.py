"""Are two spellings of a name told from two names as well as by logic-v2 of OpenSanctions?

The labelled pairs of names of nomenklatura's `contrib/name_bench` (persons, firms, ships; many scripts), and the frozen
scores of logic-v2 beside them, judged at its own cut. Ours is the likeness of matchers/comparisons/likeness.py: of
persons by words, of everything else by letters. A pair matches at a likeness of three quarters, which was fixed before
any pair was scored; 812 of the 826 pairs have a frozen score. Three rules were added after the wrong pairs of the first
half had been read (a case's half is the parity of its id): a contradicted word of a person's name limits its likeness,
particles tell nothing, and names of the same letters are the same however they are cut into words. The second half was
not read pair by pair: before those rules its F1 was 0.7813. Number words (three, II) were tried and left out.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.datasets import ROOT, VARIABLE, data_folder
from matchers.comparisons.likeness import company_likeness, person_likeness

FILE = "opensanctions_name_bench/logicv2-frozen.csv"
CUT = 0.75
RESULTS = ROOT / "docs/results"
SOURCE = "github opensanctions/nomenklatura @502208c2 contrib/name_bench"


def scored(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases with `likeness`: of persons by `person_likeness`, of other schemas by `company_likeness`."""
    numbered = cases.with_row_index("case")
    parts = [
        rows.with_columns(likeness(rows["name1"], rows["name2"]).alias("likeness"))
        for likeness, rows in (
            (person_likeness, numbered.filter(pl.col("schema") == "Person")),
            (company_likeness, numbered.filter(pl.col("schema") != "Person")),
        )
    ]
    return pl.concat(parts).sort("case")


def figures(cases: pl.DataFrame, found: pl.Expr) -> dict[str, Any]:
    """Return pairs, precision, recall and F1 of what `found` calls a match."""
    counted = cases.select(
        pairs=pl.len(),
        true=pl.col("is_match").sum(),
        found=found.sum(),
        both=(found & pl.col("is_match")).sum(),
    ).row(0, named=True)
    precision = counted["both"] / max(counted["found"], 1)
    recall = counted["both"] / max(counted["true"], 1)
    f1 = 2 * counted["both"] / max(counted["found"] + counted["true"], 1)
    return {"pairs": counted["pairs"], "precision": precision, "recall": recall, "f1": f1}


def rows_of(data: Path) -> list[dict[str, Any]]:
    """Return the figures of both systems: of all pairs, of persons and the others, and of each half."""
    read = pl.read_csv(data / FILE, infer_schema=False)
    cases = scored(read.with_columns(pl.col("is_match", "predicted_match") == "true"))
    systems = {"lifetree": (pl.col("likeness") >= CUT).fill_null(value=False), "logic-v2": pl.col("predicted_match")}
    person = pl.col("schema") == "Person"
    odd = pl.col("case_id").str.slice(0, 1).str.to_integer(base=16) % 2 == 1
    parts = {
        "all": cases,
        "persons": cases.filter(person),
        "others": cases.filter(~person),
        "first half": cases.filter(~odd),
        "second half": cases.filter(odd),
    }
    return [
        {"part": part, "system": system, **figures(frame, found)}
        for part, frame in parts.items()
        for system, found in systems.items()
    ]


def main(arguments: list[str]) -> int:
    """Print both systems' figures and write them to docs/results; no argument is taken."""
    if arguments:
        print(f"the suite takes no argument, got {arguments[0]}", file=sys.stderr)
        return 2
    data = data_folder()
    if not (data / FILE).is_file():
        print(f"no {FILE} in the folder that {VARIABLE} names; it comes from {SOURCE}", file=sys.stderr)
        return 1
    rows = rows_of(data)
    print(table(rows))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "name_bench.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "name_bench.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    return 0


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows in Markdown."""
    lines = ["| part | system | pairs | P | R | F1 |", "|---|---|---:|---:|---:|---:|"]
    for row in rows:
        values = " | ".join(f"{row[name]:.4f}" for name in ("precision", "recall", "f1"))
        lines.append(f"| {row['part']} | {row['system']} | {row['pairs']} | {values} |")
    return "\n".join(lines)


def report(rows: list[dict[str, Any]], *, on: date) -> str:
    """Return docs/results/name_bench.md."""
    measured = f"Measured by `python -m benchmarks name_bench` on {on.isoformat()}; the data is of {SOURCE}."
    described = "\n".join((__doc__ or "").strip().splitlines()[2:])
    return "\n\n".join(["# Names on the bench of OpenSanctions", measured, described, table(rows)]) + "\n"
