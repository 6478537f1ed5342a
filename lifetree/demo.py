"""The demo: a city is generated, built, held against its truth, counted and reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.runners.tasks import Progress
from engine.settings import Project, load_project
from engine.sizing import peak_memory_mb
from engine.store import Run, open_live
from lifetree.build import CHECKS, build
from lifetree.city import Asked, make_city
from lifetree.counting import count
from lifetree.evaluation import Wanted, evaluate_run
from lifetree.report import Outcome, render, report_content

MENTIONS = Path("truth", "mentions.parquet")
GROUPS = Path("truth", "groups.parquet")
RESIDENTS = Path("truth", "residents.parquet")
REPORT = "report.html"
HEADLINE = "CZ_CENSUS"
"""The count that stands for the demo when the project asks for several."""


class Demo(NamedTuple):
    """`result` is what programs read; the rest is what it was made of."""

    result: dict[str, Any]
    city: dict[str, Any]
    summary: dict[str, Any]
    figures: dict[str, dict[str, Any]]
    counts: list[dict[str, Any]]


def run_demo(
    folder: Path, asked: Asked, *, progress: Progress | None = None, say: Callable[[str], None] | None = None
) -> Demo:
    """Make the city of `folder` and return what came of it; the report is written into the folder.

    `say` is told each step as it begins. The build reads nothing of the folder `truth`.

    Raises:
        LifetreeError: what a step raises; the same call continues after the last finished part.
    """
    began, tell = time.monotonic(), say or (lambda _: None)
    tell(f"1/5 generate  {asked.persons:,} persons, seed {asked.seed}, error scale {asked.error_scale:g}")
    city = make_city(folder, asked, progress=progress)
    project = load_project(folder, checks=CHECKS)
    tell(f"2/5 build     {city['rows']:,} rows of {len(project.sources)} sources")
    summary = build(project, progress=progress)
    run = open_live(project)
    tell(f"3/5 evaluate  {summary['entities']:,} entities against the truth")
    wanted = Wanted(groups=folder / GROUPS, curve=True)
    figures = evaluate_run(run, project, folder / MENTIONS, subjects=project.subjects, wanted=wanted)
    tell(f"4/5 count     {', '.join(one.definition for one in project.counts)}")
    counts = counted(run, project, folder / RESIDENTS)
    tell(f"5/5 report    {folder / REPORT}")
    outcome = Outcome(summary, counts, {one["definition"]: one["truth"] for one in counts}, figures, folder / MENTIONS)
    (folder / REPORT).write_text(render(report_content(run, project, outcome)), encoding="utf-8")
    result = {
        "records": summary["records"],
        "persons": figures["person"]["true_entities"],
        "entities": summary["entities"],
        "evaluation": {"subjects": figures},
        "count": headline(counts),
        "seconds": round(time.monotonic() - began, 3),
        "peak_memory_mb": peak_memory_mb(),
        "report": str(folder / REPORT),
    }
    return Demo(result, city, summary, figures, counts)


def counted(run: Run, project: Project, residents: Path) -> list[dict[str, Any]]:
    """Return the project's counts, each with `truth`: how many the city has by that definition."""
    true = pl.read_parquet(residents).group_by("definition").agg(pl.col("entity_id").n_unique())
    known: dict[str, int] = dict(true.iter_rows())
    return [{**count(run, project, one), "truth": known.get(one.definition)} for one in project.counts]


def headline(counts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the count that the demo is known by, without its bridges; null when the project asks for none.

    >>> one = {"definition": "HUKOU", "as_of": "2024-12-31", "agreed": 8, "truth": 8, "interval": None, "bridges": []}
    >>> headline([one])
    {'definition': 'HUKOU', 'as_of': '2024-12-31', 'agreed': 8, 'truth': 8, 'interval': None}
    """
    first = sorted(counts, key=lambda one: one["definition"] != HEADLINE)[:1]
    names = ("definition", "as_of", "agreed", "truth", "interval")
    return {name: first[0][name] for name in names} if first else None
