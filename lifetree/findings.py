"""Findings and quarantined rows of a run counted by severity, as its own rules have it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from engine.cleanse import load_rulebook
from engine.settings import Project, Rule, RuleChanges
from engine.store import Run

UNLISTED = "E"
"""The severity of what no rule of the catalogue says: a row that could not be taken apart."""


def run_rules(run: Run) -> tuple[Rule, ...]:
    """Return the rules that the run applied: those shipped, as its project changed them."""
    return load_rulebook().changed(RuleChanges.model_validate(run.manifest["project"].get("rules", {}))).rules


def severity_of(rules: tuple[Rule, ...]) -> pl.Expr:
    """Return the severity of the column `rule`."""
    severities = {rule.code: rule.severity for rule in rules}
    return pl.col("rule").replace_strict(severities, default=UNLISTED, return_dtype=pl.String)


def counted_findings(run: Run) -> pl.DataFrame:
    """Return source, rule, severity and `found`, the number of findings and quarantined rows, sorted."""
    tables = [run.scan(table).group_by("source", "rule").agg(found=pl.len()) for table in ("findings", "rejects")]
    counted = pl.concat(tables).group_by("source", "rule").agg(pl.col("found").sum().cast(pl.Int64))
    return counted.with_columns(severity=severity_of(run_rules(run))).sort("source", "rule").collect()


def weighted_findings(run: Run, project: Project, weights: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of the weights of what was found in each source of the project."""
    weight = pl.col("severity").replace_strict(dict(weights), return_dtype=pl.Int64)
    names = [source.name for source in project.sources]
    found = counted_findings(run).filter(pl.col("source").is_in(names))
    return dict(found.group_by("source").agg((weight * pl.col("found")).sum()).sort("source").iter_rows())
