"""The page of `lifetree quality report --html`: faults by department, rule and time, tickets and score card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run, open_live, open_run
from engine.tickets import CLOSED, OPEN
from lifetree.alerts import run_alerts
from lifetree.findings import counted_findings, run_rules
from lifetree.report.page import render
from lifetree.report.quality import quality
from lifetree.report.words import source_words
from lifetree.scorecard import INDICATORS, WHOLE, scorecard
from lifetree.stewards import datasets, department_of, stewards
from lifetree.tickets import tickets

SEVERITIES = ("E", "W", "I")
TOLD = ("open", "overdue", "closed", "reopened", "dismissed", "withdrawn")
RUNS = 30
"""The latest runs that are shown."""

MONTHS = 36
"""The latest months of delivery that are shown."""


def write_page(project: Project, file: Path, *, as_of: str) -> None:
    """Write the page of the live run as of a day; it refers to nothing outside itself."""
    page = render(loop_content(open_live(project), project, as_of=as_of), template="loop.html")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")


def loop_content(run: Run, project: Project, *, as_of: str) -> dict[str, Any]:
    """Return the sections of the page by name, as plain rows."""
    found = counted_findings(run)
    standing = tickets(project, as_of=as_of)
    titles = source_words(project)
    return {
        "project": project.name,
        "run_id": run.run_id,
        "as_of": as_of,
        "alerts": run_alerts(run, project, run_rules(run), as_of=as_of),
        "quality": quality(run, project),
        "departments": _departments(run, project, found, standing),
        "tickets": _states(standing),
        "tickets_by_rule": _by_rule(standing),
        "scores": _scores(run, project, as_of),
        "indicators": list(INDICATORS),
        "datasets": [{**one._asdict(), "title": titles[one.source]} for one in datasets(run, project, as_of=as_of)],
        "runs": _scaled(_runs(project), SEVERITIES),
        "months": _scaled(_months(run, project), ("rate",)),
    }


def _departments(run: Run, project: Project, found: pl.DataFrame, standing: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what was delivered by each department, what was found in it by severity, and its tickets."""
    known = stewards(project)
    rows: dict[str, dict[str, Any]] = {}
    accounts = run.read("accounts").select("source", "rows_in", "quarantined")
    for source, delivered, quarantined in accounts.iter_rows():
        department = known[source].department if source in known else source
        row = rows.setdefault(department, dict.fromkeys(("sources", "rows_in", "quarantined", *SEVERITIES), 0))
        for name, value in (("sources", 1), ("rows_in", delivered), ("quarantined", quarantined)):
            row[name] += value
    named = found.with_columns(department=department_of(known))
    for department, severity, number in named.group_by("department", "severity").agg(pl.col("found").sum()).iter_rows():
        if department in rows:
            rows[department][severity] += number
    for department in standing["department"].unique():
        rows.setdefault(department, dict.fromkeys(("sources", "rows_in", "quarantined", *SEVERITIES), 0))
    return [
        {"department": name, **rows[name], **_states(standing.filter(pl.col("department") == name))}
        for name in sorted(rows)
    ]


def _states(standing: pl.DataFrame) -> dict[str, int]:
    state = pl.col("state")
    counted = standing.select(
        state.is_in(OPEN).sum().alias("open"),
        pl.col("overdue").sum(),
        state.is_in(CLOSED).sum().alias("closed"),
        (pl.col("reopened") > 0).sum(),
        (state == "dismissed").sum().alias("dismissed"),
        (state == "withdrawn").sum().alias("withdrawn"),
    )
    return {name: int(value) for name, value in counted.select(TOLD).row(0, named=True).items()}


def _by_rule(standing: pl.DataFrame) -> list[dict[str, Any]]:
    parts = standing.sort("rule").partition_by("rule", as_dict=True, maintain_order=True)
    return [{"rule": rule, **_states(part)} for (rule,), part in parts.items()]


def _scores(run: Run, project: Project, as_of: str) -> list[dict[str, Any]]:
    """Return one row per department with its figures by indicator, and the whole score; all departments last."""
    rows: dict[str, dict[str, Any]] = {}
    for one in scorecard(run, project, as_of=as_of):
        own = rows.setdefault(one["department"], {"department": one["department"], "all": one["department"] == WHOLE})
        own[one["indicator"] or one["level"]] = one
    return list(rows.values())


def _runs(project: Project) -> list[dict[str, Any]]:
    """Return the findings by severity of every run that is kept, in the order in which they were published."""
    store = project.path(project.store)
    manifests = list(store.glob("runs/[!.]*/manifest.json"))
    manifests.sort(key=lambda file: (file.stat().st_mtime_ns, file.parent.name))
    live = json.loads((store / "live.json").read_text(encoding="utf-8"))["run_id"]
    return [_run(open_run(store, file.parent.name), live) for file in manifests[-RUNS:]]


def _run(run: Run, live: str) -> dict[str, Any]:
    found = dict(counted_findings(run).group_by("severity").agg(pl.col("found").sum()).iter_rows())
    rows = sum(account["rows_in"] for account in run.manifest["accounts"])
    counted = {one: found.get(one, 0) for one in SEVERITIES}
    return {"run": run.run_id, "live": run.run_id == live, "rows": rows, **counted}


def _months(run: Run, project: Project) -> list[dict[str, Any]]:
    """Return records, findings about them and findings per 1,000 records by the month of delivery."""
    parts = []
    for name in project.subjects:
        if f"{name}/records" not in run.manifest["tables"]:
            continue
        month = pl.col("delivered_at").str.slice(0, 7).alias("month")
        own = run.scan("records", subject=name).select("source", "record_id", "role", month)
        findings = run.scan("findings").filter(pl.col("subject") == name)
        found = findings.join(own, on=["source", "record_id", "role"]).group_by("month").agg(found=pl.len())
        counted = own.group_by("month").agg(records=pl.len())
        parts.append(counted.join(found, on="month", how="left").with_columns(pl.col("found").fill_null(0)))
    if not parts:
        return []
    total = pl.concat(parts).group_by("month").agg(pl.col("records", "found").sum()).sort("month", nulls_last=True)
    rows = total.tail(MONTHS).collect().to_dicts()
    return [{**row, "rate": 1000 * row["found"] / row["records"]} for row in rows]


def _scaled(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows with `bars`: each named figure as a share of the largest of all rows."""
    highest: Mapping[str, float] = {name: max((row[name] for row in rows), default=0) or 1 for name in names}
    return [{**row, "bars": {name: round(row[name] / highest[name], 4) for name in names}} for row in rows]
