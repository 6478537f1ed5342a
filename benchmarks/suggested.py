"""How far is a project that nobody edited from one that was made by hand?

For every project of the accuracy suite, `lifetree suggest` is given the record files alone and what it drafts is built
unedited; the hand-made project is built in the same run. Neither reads a label: truth is for the score alone. Both have
the threshold of 4 bits. The figure compared is pairwise F1, of the two sets of organisations B-cubed F1, as their few
large entities decide pairwise figures alone. The bar is 0.03 below the hand-made project.

The sets are development sets of `suggest` too: its vocabulary and rules were chosen with these scores in view. No name
of a file and nothing of a single set is in it.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.accuracy import RESULTS, build_project, stored_project
from benchmarks.datasets import DATA_SETS, VARIABLE, DataSet, asked_sets, data_folder, truth_of
from benchmarks.measure import Measured, measured
from engine.settings import Project, load_project
from engine.store import open_live
from engine.tables import PAIR_KEY
from lifetree.build import CHECKS
from matchers.evaluation import evaluate

BCUBED = ("chicago_orgs", "patstat_nl")
"""Sets that are judged by B-cubed F1."""

BAR = 0.03

HEAD = (
    "project", "figure", "by hand", "suggested", "difference", "within the bar", "P", "R", "F1", "B-cubed",
    "blocking recall", "pairs", "pairs a record", "suggest s", "build s",
)  # fmt: skip

READING = f"""\
`figure` is the one that is compared; `difference` is suggested less hand-made, and the bar is {BAR} below. P, R, F1,
B-cubed, blocking recall, pairs and seconds are those of the suggested project; a second is one of a whole process."""

Row = dict[str, Any]


def main(names: list[str]) -> int:
    """Run the suite for the named sets, or all; the results of all are written to docs/results."""
    data = data_folder()
    os.environ[VARIABLE] = str(data)
    chosen, status = asked_sets(names, data)
    if status:
        return status
    rows = []
    for one in chosen:
        rows.append(row_of(one, data))
        print(line(rows[-1]), flush=True)
    if len(chosen) == len(DATA_SETS):
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / "suggested.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "suggested.md").write_text(report(rows, on=date.today()), encoding="utf-8")
    return 0


def row_of(one: DataSet, data: Path) -> Row:
    """Return the row of one data set: the suggested project's figures, and the hand-made one's beside them."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        hand = stored_project(one.name, folder / "hand")
        files = [str(hand.path(file)) for source in hand.sources for file in source.files]
        by_hand = measured(build_project, one.name, str(folder / "hand"))
        drafted = measured(draft_project, files, str(folder / "drafted"))
        built = measured(build_drafted, str(folder / "drafted"))
        theirs = _figures(hand, one, data, folder)
        ours = _figures(load_project(folder / "drafted", checks=CHECKS), one, data, folder)
    figure = "bcubed" if one.name in BCUBED else "pairwise"
    difference = round(ours[figure]["f1"] - theirs[figure]["f1"], 4)
    return {
        "project": one.name,
        "figure": figure,
        "hand_made": theirs[figure]["f1"],
        "suggested": ours[figure]["f1"],
        "difference": difference,
        "within_bar": difference >= -BAR,
        **ours,
        "hand_made_figures": theirs,
        **_cost(built, drafted, by_hand),
    }


def draft_project(files: list[str], folder: str) -> None:
    """Write the suggested project into a folder; for a process of its own."""
    from lifetree.suggest import draft_of, project_text, write_project

    draft = draft_of([Path(file) for file in files])
    write_project(Path(folder), project_text(draft, folder=Path(folder)))


def build_drafted(folder: str) -> Row:
    """Build a suggested project as it is; for a process of its own."""
    from lifetree.build import build

    return build(load_project(folder, checks=CHECKS))


def _figures(project: Project, one: DataSet, data: Path, folder: Path) -> Row:
    """Return the figures of a project that was built; one whose files tell of several subjects is a failure."""
    (subject,) = project.subjects
    run = open_live(project)
    return evaluate(
        run.read("record_entity", subject=subject),
        truth_of(one, data, folder),
        subject=subject,
        candidates=run.scan("pairs", subject=subject).select(PAIR_KEY).collect(),
        links=run.read("links", subject=subject),
        threshold=project.subjects[subject].model.threshold,
    )


def _cost(built: Measured, drafted: Measured, by_hand: Measured) -> Row:
    return {
        "records": built.result["records"],
        "pairs": built.result["pairs"],
        "hand_made_pairs": by_hand.result["pairs"],
        "suggest_seconds": drafted.seconds,
        "build_seconds": built.seconds,
        "peak_memory_mb": max(drafted.peak_memory_mb, built.peak_memory_mb),
    }


def line(row: Row) -> str:
    """Return one row of the table, in Markdown."""
    pairwise = row["pairwise"]
    cells = (
        row["project"],
        "B-cubed F1" if row["figure"] == "bcubed" else "pairwise F1",
        f"{row['hand_made']:.4f}",
        f"{row['suggested']:.4f}",
        f"{row['difference']:+.4f}",
        "yes" if row["within_bar"] else "no",
        *(f"{pairwise[name]:.4f}" for name in ("precision", "recall", "f1")),
        f"{row['bcubed']['f1']:.4f}",
        f"{row['blocking_recall']:.4f}",
        f"{row['pairs']:,}",
        f"{row['pairs'] / row['records']:.1f}",
        f"{row['suggest_seconds']:.1f}",
        f"{row['build_seconds']:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def report(rows: list[Row], *, on: date) -> str:
    """Return docs/results/suggested.md."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "splink", "rapidfuzz"))
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}"
    held = sum(row["within_bar"] for row in rows)
    parts = [
        "# Suggested projects, unedited",
        f"Measured by `make bench SUITE=suggested` on {on.isoformat()}: {machine}.",
        (__doc__ or "").strip(),
        READING,
        f"{held} of {len(rows)} sets are within the bar.",
        "\n".join([f"| {' | '.join(HEAD)} |", f"|{'---|' * 2}{'---:|' * (len(HEAD) - 2)}", *map(line, rows)]),
        "Where the data comes from:",
        "\n".join(f"- {one.name}: {one.origin}" for one in DATA_SETS),
    ]
    return "\n\n".join(parts) + "\n"
