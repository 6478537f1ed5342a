"""What cleansing did in a run: findings and quarantined rows, counted by source, rule and field, or one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from engine.settings import Project
from engine.store import Run, open_live
from lifetree.findings import run_rules

QUARANTINE = "quarantine"
GROUP = ("source", "rule", "field", "action", "told")
EXAMPLE = ("record_id", "before", "after", "file", "line")
COUNT = (*GROUP[:-1], "count", *EXAMPLE, "told")
PLACE = ("subject", "record_id", "role", "file", "line")
ROW = ("source", "record_id", "role", "subject", "rule", "field", "action", "before", "after", "file", "line", "told")


class Lost(NamedTuple):
    """How many rows were quarantined and how many values were emptied."""

    rows: int
    values: int


def counted(run: Run, *, source: str | None = None, rule: str | None = None) -> list[dict[str, Any]]:
    """Return the number of findings and rejects by source, rule, field and action, with the first of each as example.

    `told` is the rule's title, of rejects the reason. The example is the one with the smallest key.
    """
    groups = [
        table.group_by(GROUP)
        .agg(pl.len().alias("count"), pl.col(EXAMPLE).sort_by(PLACE, nulls_last=True).first())
        .collect()
        for table in _tables(run, source, rule)
    ]
    return pl.concat(groups, how="diagonal").sort(GROUP).select(COUNT).to_dicts()


def listed(run: Run, *, source: str | None = None, rule: str | None = None) -> list[dict[str, Any]]:
    """Return every finding and reject, by source, record and rule."""
    rows = pl.concat([table.collect() for table in _tables(run, source, rule)], how="diagonal")
    return rows.sort("source", *PLACE, "rule", "field", nulls_last=True).select(ROW).to_dicts()


def codes(run: Run) -> list[str]:
    """Return the codes of all rules that are in the catalogue or found something."""
    found = (run.scan(table).select(pl.col("rule").unique()).collect()["rule"] for table in ("findings", "rejects"))
    return sorted({rule.code for rule in run_rules(run)}.union(*found))


def lost(project: Project) -> Lost:
    """Return what the last build left out."""
    run = open_live(project)
    emptied = run.scan("findings").filter(pl.col("action") == "null").select(pl.len()).collect().item()
    return Lost(run.scan("accounts").select(pl.col("quarantined").sum()).collect().item(), emptied)


def _tables(run: Run, source: str | None, rule: str | None) -> list[pl.LazyFrame]:
    """Return findings and rejects with the same columns: the row as delivered is what stood before a reject."""
    asked = {"source": source, "rule": rule}
    tests = [pl.col(column) == value for column, value in asked.items() if value is not None]
    titles = {one.code: one.title for one in run_rules(run)}
    findings = run.scan("findings").with_columns(
        file=pl.lit(None, pl.String),
        line=pl.lit(None, pl.Int64),
        told=pl.col("rule").replace_strict(titles, default="", return_dtype=pl.String),
    )
    rejects = (
        run.scan("rejects")
        .rename({"raw": "before", "reason": "told"})
        .with_columns(
            after=pl.lit(None, pl.String),
            action=pl.lit(QUARANTINE),
            **dict.fromkeys(("subject", "role", "field"), pl.lit("")),
        )
    )
    return [table.filter(*tests) for table in (findings, rejects)]
