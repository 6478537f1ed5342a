"""The table of the suite against Splink, and what it says."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import version
from typing import Any

Row = dict[str, Any]

READING = """\
One city of the published shape stands for a province's population library: 63 sources about persons and 77 rows a
person, 13,000 persons, 1,000,000 rows. Three systems resolve its persons, each in processes of its own:

- `lifetree`: the whole build, from the delivered files to profiles, with checkpoints;
- `splink5-direct`: Splink 5 on every mention of a person;
- `splink5-signatures`: Splink 5 on the signatures that lifetree collapses the same mentions to.

`given`: the model was trained before, on a city of another seed. `trained`: training is part of the run. Errors are
made once a registration and carried by its rows, as registers have them, or anew in each row, the hardest case.

Splink gets what cleansing has made of the values, read from Parquet, and its seconds begin there; cleansing, collapse
and the characters' readings are lifetree's work and not counted for it. Lifetree's `seconds` hold reading, cleansing,
collapse, linking, profiles and writing; `resolve_seconds` are the part that Splink's are to be held against: from
cleansed records to clusters. Events, relations and the 56 sources about legal entities are left out for all.

Splink's blocking rules are the city project's; its comparisons are ready-made ones where they fit, and for Chinese
names and addresses the levels of lifetree on prepared columns, since DuckDB's string distances count bytes. It links
at a probability of 0.95, as in the suite on accuracy; lifetree at 4 bits, which are 0.941."""

FIGURES = """\
P, R and F1 count pairs of mentions after clustering; an entity is exact when a cluster holds all of its mentions and no
other. Mentions that nobody could decide are left out of both. Seconds and memory are those of a fresh process. Lifetree
leaves mentions unresolved that tell too little to found an entity; Splink makes a cluster of each such mention."""


def verdict(rows: list[Row]) -> str:
    """Return how lifetree stands to Splink on every mention, for each kind of errors and each mode, in sentences."""
    told = []
    for ours in (one for one in rows if one["system"] == "lifetree"):
        same = {"errors": ours["errors"], "mode": ours["mode"], "system": "splink5-direct"}
        [theirs] = [one for one in rows if same.items() <= one.items()]
        head = f"Errors {ours['errors']}, model {ours['mode']}:"
        if "failed" in theirs:
            told.append(f"- {head} Splink 5 on every mention did not finish: {theirs['failed']}")
            continue
        told.append(
            f"- {head} the whole build is {theirs['seconds'] / ours['seconds']:.1f} times as fast as Splink on every "
            f"mention (from cleansed records to clusters {theirs['resolve_seconds'] / ours['resolve_seconds']:.1f} "
            f"times) and takes 1/{theirs['peak_memory_mb'] / ours['peak_memory_mb']:.1f} of its memory; "
            f"F1 {ours['f1']:.4f} against {theirs['f1']:.4f}, exact entities {ours['exact_entities']:.4f} against "
            f"{theirs['exact_entities']:.4f}."
        )
    return "\n".join(told)


def spent(rows: list[Row]) -> str:
    """Return where lifetree's seconds go, for each of its rows: the stages that take a tenth of a second or more."""
    told = []
    for row in rows:
        longest = sorted(row.get("stages", {}).items(), key=lambda one: -one[1])
        if longest:
            listed = ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest if seconds >= 0.1)
            told.append(f"- Errors {row['errors']}, model {row['mode']}: {listed}.")
    return "\n".join(told)


HEAD = (
    "errors",
    "system",
    "model",
    "rows compared",
    "pairs",
    "s",
    "of it training",
    "records to clusters",
    "MB",
    "P",
    "R",
    "F1",
    "exact entities",
    "clusters / true persons",
)


def line(row: Row) -> str:
    """Return one row of the table, in Markdown."""
    if "failed" in row:
        return f"| {row['errors']} | {row['system']} | {row['mode']} | did not finish: {row['failed']} |"
    cells = (
        row["errors"],
        row["system"],
        row["mode"],
        f"{row['compared']:,}",
        f"{row['pairs']:,}",
        f"{row['seconds']:.1f}",
        f"{row['train_seconds']:.1f}",
        f"{row['resolve_seconds']:.1f}",
        f"{row['peak_memory_mb']:.0f}",
        *(f"{row[name]:.4f}" for name in ("precision", "recall", "f1", "exact_entities")),
        f"{row['entities']:,} / {row['true_entities']:,}",
    )
    return f"| {' | '.join(cells)} |"


def table(rows: list[Row]) -> str:
    """Return the table, in Markdown."""
    return "\n".join([f"| {' | '.join(HEAD)} |", f"|{'---|' * 3}{'---:|' * (len(HEAD) - 3)}", *map(line, rows)])


def report(rows: list[Row], *, on: date, asked: str) -> str:
    """Return docs/results/peers.md; `asked` tells of the cities."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "splink", "duckdb", "rapidfuzz"))
    shapes = {one["errors"]: one for one in rows}.values()
    sizes = [
        f"- {one['errors']}: {one['rows']:,} rows of {one['sources']} sources, {one['records']:,} mentions of persons"
        for one in shapes
    ]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}"
    parts = [
        "# Beside Splink 5",
        f"Measured by `make bench SUITE=peers` on {on.isoformat()}: {machine}.",
        READING,
        asked,
        "\n".join(sizes),
        FIGURES,
        table(rows),
        verdict(rows),
        "Where the seconds of lifetree's builds go, by stage:",
        spent(rows),
    ]
    return "\n\n".join(parts) + "\n"
