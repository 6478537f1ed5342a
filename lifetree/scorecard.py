"""The score card of each department: 3 indicators of the first level, 6 of the second, with numerator and denominator.

The shape, 3 by 6 and all of them figures, is that of Shenzhen's published assessment; the formulas are lifetree's own.

supply 供给:
    timeliness 及时性: sources that are not overdue (see `engine.values.cycles`) / sources with a cycle and a delivery.
    completeness 完整性: values that are there, or were there and were emptied as wrong / values asked for. Asked for is
        every required field of every kept record; of a source that names none, every mapped attribute of its mentions.
quality 质量:
    errors 差错率: weighted findings and quarantined rows / delivered rows x the weight of an error. Weights are
        E 10, W 3, I 1. The score is what is left of 1.
    fix_time 整改时效: tickets verified by their due day / tickets verified or past their due day, of all that were fed
        back. Dismissed and withdrawn tickets do not count.
use 使用:
    profiles_used 共享使用 and duplicate_collection 重复采集: no data, since no access is recorded.

A score is in tenths of a percent, rounded down; a first level is the mean of its scores, the whole that of the first
levels, without those that have no data. A total over all departments adds up numerators and denominators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.settings import Project
from engine.store import Run
from engine.tickets import open_ledger
from lifetree.findings import weighted_findings
from lifetree.stewards import datasets, department_of, stewards

WEIGHTS = {"E": 10, "W": 3, "I": 1}
INDICATORS = {
    "timeliness": "supply",
    "completeness": "supply",
    "errors": "quality",
    "fix_time": "quality",
    "profiles_used": "use",
    "duplicate_collection": "use",
}
LEVELS = ("supply", "quality", "use")
INVERTED = ("errors",)
WHOLE = "all"
FULL = 1000


class Measure(NamedTuple):
    """One figure of one department."""

    department: str
    indicator: str
    numerator: int
    denominator: int


def scorecard(run: Run, project: Project, *, as_of: str) -> list[dict[str, Any]]:
    """Return one row per department and indicator, those of first levels and of the whole among them; `all` is last.

    `score` is null and `told` "no data" where there is nothing to measure.
    """
    names = sorted({one.department for one in stewards(project).values()})
    measures = [
        *_timeliness(run, project, as_of),
        *_completeness(run, project),
        *_errors(run, project),
        *_fix_time(project, as_of),
    ]
    figures: dict[tuple[str, str], tuple[int, int]] = {}
    for one in measures:
        for name in (one.department, WHOLE):
            above, below = figures.get((name, one.indicator), (0, 0))
            figures[name, one.indicator] = (above + one.numerator, below + one.denominator)
    return [row for name in (*names, WHOLE) for row in _card(name, figures)]


def score(indicator: str, numerator: int, denominator: int) -> int | None:
    """Return a score, 0 to 1000; None without a denominator.

    >>> score("timeliness", 2, 3), score("errors", 5, 1000), score("fix_time", 0, 0)
    (666, 995, None)
    """
    if not denominator:
        return None
    share = min(FULL, FULL * numerator // denominator)
    return FULL - min(FULL, -(-FULL * numerator // denominator)) if indicator in INVERTED else share


def _card(department: str, figures: Mapping[tuple[str, str], tuple[int, int]]) -> list[dict[str, Any]]:
    rows, levels = [], []
    for level in LEVELS:
        own = [name for name, of in INDICATORS.items() if of == level]
        told = [(name, *figures.get((department, name), (0, 0))) for name in own]
        scores = [score(*one) for one in told]
        levels.append(_mean(scores))
        rows += [
            _row(department, level, name, above, below, points)
            for (name, above, below), points in zip(told, scores, strict=True)
        ]
        rows.append(_row(department, level, "", None, None, levels[-1]))
    return [*rows, _row(department, "", "", None, None, _mean(levels))]


def _row(
    department: str, level: str, indicator: str, above: int | None, below: int | None, points: int | None
) -> dict[str, Any]:
    none = points is None
    return {
        "department": department,
        "level": level or "whole",
        "indicator": indicator,
        "numerator": None if none else above,
        "denominator": None if none else below,
        "score": points,
        "told": "no data" if none else "",
    }


def _mean(scores: Iterable[int | None]) -> int | None:
    known = [one for one in scores if one is not None]
    return sum(known) // len(known) if known else None


def _timeliness(run: Run, project: Project, as_of: str) -> list[Measure]:
    return [
        Measure(one.department, "timeliness", int(not one.overdue), 1)
        for one in datasets(run, project, as_of=as_of)
        if one.overdue is not None
    ]


def _completeness(run: Run, project: Project) -> list[Measure]:
    """Return what of the values asked for is there; required items, which no record holds, are not counted."""
    known = stewards(project)
    emptied = (
        run.scan("findings")
        .filter(pl.col("action") == "null", pl.col("rule") != "I1")
        .group_by("source", "subject", "role", "field")
        .len()
        .collect()
    )
    lost = {row[:4]: row[4] for row in emptied.iter_rows()}
    measures = []
    for name in project.subjects:
        if f"{name}/records" not in run.manifest["tables"]:
            continue
        attributes = [one for one in project.subjects[name].attributes if one != "raw"]
        records = run.scan("records", subject=name)
        counted = records.group_by("source", "role").agg(pl.len().alias("_all"), pl.col(attributes).count()).collect()
        there = {(row["source"], row["role"]): row for row in counted.iter_rows(named=True)}
        for source in project.sources:
            for mention in source.mentions:
                row = there.get((source.name, mention.role))
                if mention.subject != name or row is None:
                    continue
                asked = [one for one in source.required if one in mention.fields] if not mention.role else []
                fields = asked or ([] if source.required else list(mention.fields))
                given = sum(row[one] + lost.get((source.name, name, mention.role, one), 0) for one in fields)
                measures.append(
                    Measure(known[source.name].department, "completeness", given, row["_all"] * len(fields))
                )
    return measures


def _errors(run: Run, project: Project) -> list[Measure]:
    known = stewards(project)
    weighed = weighted_findings(run, project, WEIGHTS)
    return [
        Measure(known[source].department, "errors", weighed.get(source, 0), rows * WEIGHTS["E"])
        for source, rows in run.scan("accounts").select("source", "rows_in").collect().iter_rows()
        if source in known
    ]


def _fix_time(project: Project, as_of: str) -> list[Measure]:
    tickets = open_ledger(project.path(project.store)).tickets(as_of=as_of)
    fed = tickets.filter(pl.col("due").is_not_null(), ~pl.col("state").is_in(["dismissed", "withdrawn"]))
    done = pl.col("state").is_in(["verified", "re_shared"])
    counted = (
        fed.with_columns(department=department_of(stewards(project)))
        .group_by("department")
        .agg(
            (done & (pl.col("verified_at") <= pl.col("due"))).sum().alias("above"),
            (done | (pl.col("due") < as_of)).sum().alias("below"),
        )
        .sort("department")
    )
    return [Measure(name, "fix_time", above, below) for name, above, below in counted.iter_rows()]
