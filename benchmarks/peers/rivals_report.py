"""The table of the suite of rivals, and what it says."""

from __future__ import annotations

import os
import platform
from typing import Any

from benchmarks.peers.public import MEMORY_MB, PROCESSOR_SECONDS

Row = dict[str, Any]

READING = f"""\
Every system gets the same records of a public data set, is run as its own documentation runs it, and is held against
the same truth by the same measure: P, R and F1 count pairs of records after clustering, B-cubed is its F1, an entity is
exact when a cluster holds all of its records and no other. Pairs that blocking misses are misses. Thresholds are those
that the tool proposes or its tutorial states; none was tuned on labels. `s` is processor time of all cores together,
since the machine did other work as well. A run may take {PROCESSOR_SECONDS:,} s of it, ten minutes of two cores, and
{MEMORY_MB:,} MB.

These are development sets for lifetree: the rules of its projects were chosen with their scores in view.

- `lifetree`: the project of the accuracy suite, trained on the data without labels, linked from 4 bits.
- `splink`: Splink 5 as in the accuracy suite. `tutorial`: its tutorial's configuration, or ready-made comparisons where
  no tutorial treats the set, on every record with its own blocking; `our pairs`: the same on the pairs that lifetree
  compared; `our signatures`: the same on one record of each group that lifetree collapses before comparing.
- `goldenmatch`: `zero-config` is `dedupe_df`, and `match_df` where two sources without duplicates are linked;
  `probabilistic` its automatic Fellegi-Sunter configuration; `thorough` zero-config with its widest search
  (`planning_effort="einstein"`) and `heal=True`. Searches are bounded by its own steps, not by the clock; no paid
  service is told.
- `recordlinkage`: `guide` is the configuration of its guides on FEBRL; `rule`, `ecm` and `logistic` take pairs from
  several columns and match where more than half of the features agree, by its unsupervised ECM classifier, and by its
  logistic regression. Pairs become clusters by connected components.
- `dedupe` has supervised modes alone. `labelled` is trained on all pairs of the labelled records and as many random
  ones, `active` on answers to the pairs that it asks about. Variables are those of its own example for chicago_orgs,
  patstat_nl and fodors_zagat.

Supervised modes are told a part of the truth and stand apart: all records of one entity in ten, drawn by a hash of its
identifier, or 100 answers. What they were told is in their score too. lifetree and the systems beside it saw none.

Versions are pinned in benchmarks/peers/requirements; dedupe 3.0.3 fails with BTrees 6.5, the newest, and has 6.1. Zingg
and hlink need Spark, for Zingg with packages from outside the Python index, and were not run; Senzing is not open."""

COLUMNS = (
    "data set",
    "system",
    "mode",
    "version",
    "P",
    "R",
    "F1",
    "B-cubed",
    "exact entities",
    "entities / true",
    "s",
    "MB",
)
HEAD = (f"| {' | '.join(COLUMNS)} |", f"|{'---|' * 4}{'---:|' * (len(COLUMNS) - 4)}")


def line(row: Row) -> str:
    """Return one row of a table, in Markdown; a run that failed says why."""
    told = (row["project"], row["system"], row["mode"], row["version"])
    if row["failed"]:
        reason = row["failed"].replace("|", "/")
        return f"| {' | '.join(told)} | did not finish: {reason} |{' |' * 5} {_costs(row)} |"
    cells = (
        *told,
        *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1", "bcubed", "exact_entities")),
        f"{row['entities']:,} / {row['true_entities']:,}",
        _costs(row),
    )
    return f"| {' | '.join(cells)} |"


def _costs(row: Row) -> str:
    return f"{row['processor_seconds']:.1f} | {row['peak_memory_mb']:.0f}"


def table(rows: list[Row]) -> str:
    """Return a table, in Markdown."""
    return "\n".join([*HEAD, *map(line, rows)])


def verdict(rows: list[Row]) -> str:
    """Return for each data set where lifetree stands to the best of the others, in lines."""
    told = []
    for name in dict.fromkeys(row["project"] for row in rows):
        of_set = [row for row in rows if row["project"] == name and not row["failed"]]
        ours = next((row for row in of_set if row["system"] == "lifetree"), None)
        if ours is None:
            continue
        rest = [row for row in of_set if row is not ours]
        same = next((row for row in rest if row["mode"] == "our pairs"), None)
        parts = [
            _beside(ours, [row for row in rest if not row["labels"]], "without labels"),
            _beside(ours, [row for row in rest if row["labels"]], "with labels"),
            f"F1 on the same pairs {ours['f1']:.4f} against Splink's {same['f1']:.4f}" if same else "",
        ]
        told.append(f"- {name}: {'; '.join(filter(None, parts))}.")
    return "\n".join(told)


def _beside(ours: Row, others: list[Row], kind: str) -> str:
    if not others:
        return ""
    best = max(others, key=lambda row: row["bcubed"])
    stands = "above" if ours["bcubed"] > best["bcubed"] else "not above"
    named = f"{best['system']} {best['mode']} {best['bcubed']:.4f}"
    return f"B-cubed {ours['bcubed']:.4f} is {stands} the best {kind}, {named}"


def report(rows: list[Row]) -> str:
    """Return docs/results/rivals.md."""
    days = sorted({row["on"] for row in rows})
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    parts = [
        "# Beside other open systems, on public data",
        f"Measured by `make bench SUITE=rivals` on {' and '.join(days)}: {machine}.",
        READING,
        "## Without labels",
        table([row for row in rows if not row["labels"]]),
        "## Supervised",
        table([row for row in rows if row["labels"]]),
        "## Where lifetree stands",
        verdict(rows),
    ]
    return "\n\n".join(parts) + "\n"
