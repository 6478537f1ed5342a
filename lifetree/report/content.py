"""What the report says: every section as plain rows, ready for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from engine.settings import Project
from engine.store import Run
from lifetree.report.accuracy import accuracy
from lifetree.report.counts import count_rows
from lifetree.report.life import entity_content, telling_entity
from lifetree.report.quality import quality
from lifetree.report.words import word

TREES = ("person", "legal_entity", "building")


class Outcome(NamedTuple):
    """What is known of a run beside its tables: the build's summary, counts, true counts, figures and their truth."""

    summary: Mapping[str, Any]
    counts: Sequence[Mapping[str, Any]] = ()
    true_counts: Mapping[str, int] = {}
    figures: Mapping[str, Mapping[str, Any]] = {}
    truth: Path | None = None


def report_content(run: Run, project: Project, outcome: Outcome) -> dict[str, Any]:
    """Return the sections by name; a section that has nothing to say is empty."""
    as_of = max((one["as_of"] for one in outcome.counts), default="")
    chosen = {name: telling_entity(run, name) for name in TREES if name in project.subjects}
    return {
        "project": project.name,
        "run_id": run.run_id,
        "as_of": as_of,
        "summary": {**outcome.summary, "subjects": _subjects(outcome.summary)},
        "sources": len(project.sources),
        "counts": count_rows(outcome.counts, outcome.true_counts, project),
        "quality": quality(run, project),
        "trees": [
            entity_content(run, project, name, entity, until=as_of or _latest(run, name))
            for name, entity in chosen.items()
            if entity is not None
        ],
        "accuracy": accuracy(run, project, outcome.truth, outcome.figures) if outcome.truth else [],
    }


def _subjects(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"title": word("subject", name), **totals} for name, totals in summary["subjects"].items()]


def _latest(run: Run, subject: str) -> str:
    """Return the last day that an event or spell of the subject names; a fixed day when there is none."""
    tables = [table for table in ("events", "spells") if f"{subject}/{table}" in run.manifest["tables"]]
    days = [run.scan(table, subject=subject).select("valid_from").max().collect().item() for table in tables]
    return max((day for day in days if day), default="2000-01-01")
