"""Alerts: sources that exceed the thresholds of `[rules.alerts]` in errors, quarantined rows or overdue deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import polars as pl

from engine.cleanse import project_rulebook
from engine.settings import Project, Rule
from engine.store import Run
from lifetree.findings import severity_of
from lifetree.stewards import Dataset, datasets, held_to_cycles, latest_deliveries, stewards

LISTED = 5
"""Overdue data sets that are named; more are counted."""


def build_alerts(
    project: Project, accounts: pl.DataFrame, findings: pl.LazyFrame, records: Sequence[pl.LazyFrame]
) -> list[str]:
    """Return the alerts of a build; the day that it is, is that of the latest delivery of any source."""
    known = stewards(project)
    latest = latest_deliveries(list(records)) if any(one.cycle for one in known.values()) else {}
    today = max(latest.values(), default="")
    sets = held_to_cycles(project.sources, known, latest, as_of=today)
    errors = _erroneous(findings, project_rulebook(project).rules)
    return list(_alerts(project, accounts, errors, sets, as_of=today))


def run_alerts(run: Run, project: Project, rules: tuple[Rule, ...], *, as_of: str) -> list[str]:
    """Return the alerts of a run as of a day."""
    errors = _erroneous(run.scan("findings"), rules)
    return list(_alerts(project, run.read("accounts"), errors, datasets(run, project, as_of=as_of), as_of=as_of))


def _erroneous(findings: pl.LazyFrame, rules: tuple[Rule, ...]) -> dict[str, int]:
    """Return how many records of each source have a finding of severity E."""
    about = findings.filter(severity_of(rules) == "E", pl.col("role") != "batch")
    counted = about.group_by("source").agg(pl.col("record_id").n_unique()).sort("source")
    return dict(counted.collect().iter_rows())


def _alerts(
    project: Project, accounts: pl.DataFrame, errors: Mapping[str, int], sets: Sequence[Dataset], *, as_of: str
) -> Iterator[str]:
    limits = project.rules.alerts
    for row in accounts.filter(pl.col("rows_in") >= limits.min_rows).iter_rows(named=True):
        wrong = errors.get(row["source"], 0)
        if _exceeds(wrong, row["kept"], limits.error_share):
            yield (
                f"alert: source {row['source']}: {_share(wrong, row['kept'])} records have an error "
                f"(limit {limits.error_share:.2%}); `lifetree quality report` lists them"
            )
        if _exceeds(row["quarantined"], row["rows_in"], limits.quarantined_share):
            yield (
                f"alert: source {row['source']}: {_share(row['quarantined'], row['rows_in'])} rows are "
                f"quarantined (limit {limits.quarantined_share:.2%})"
            )
    late = [one for one in sets if one.overdue]
    if len(late) > limits.overdue:
        told = [f"{one.source} ({one.department}, {one.cycle}, last {one.delivered_at})" for one in late[:LISTED]]
        named = ", ".join(told)
        more = f" and {len(late) - LISTED} more" if len(late) > LISTED else ""
        yield f"alert: {len(late)} data sets are overdue on {as_of[:10]}: {named}{more}"


def _exceeds(part: int, whole: int, limit: float) -> bool:
    return bool(whole) and Fraction(part, whole) > Fraction(str(limit))


def _share(part: int, whole: int) -> str:
    return f"{part:,} in {whole:,} ({part / whole:.2%})"
