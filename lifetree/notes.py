"""What a build tells beside its tables: alerts, emptied values, superseded rows, judgements without force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from engine.partitioned import scan
from engine.pipeline import Flow
from engine.settings import Project
from lifetree.alerts import build_alerts
from lifetree.resolve import Resolved, Tables

EMPTIED = 0.05
"""The share of a source's records from which emptied values of one field are told."""

SUPERSEDED = 0.2
"""The share of a source's rows from which superseded ones are told."""


def build_notes(flow: Flow, project: Project, shared: Tables, resolved: Mapping[str, Resolved]) -> list[str]:
    """Return what the user should look at after a build, in the order of the project's sources and subjects."""
    accounts, findings = flow.read(shared["accounts"]), scan(shared["findings"].all())
    records = [scan(shared[f"records.{name}"].all()) for name in project.subjects]
    return [
        *build_alerts(project, accounts, findings, records),
        *_time_notes(findings),
        *_emptied_notes(project, findings, accounts),
        *standing_notes(flow, shared, resolved),
    ]


def standing_notes(flow: Flow, shared: Tables, resolved: Mapping[str, Resolved]) -> list[str]:
    """Return what the user should look at, as far as it is told without a look at all records and findings."""
    batches = flow.read(shared["batches"])
    return [
        *_batch_notes(batches),
        *_account_notes(flow.read(shared["accounts"]), batches),
        *_orphan_notes(flow, resolved),
        *_conflict_notes(flow, resolved),
    ]


def _batch_notes(batches: pl.DataFrame) -> Iterator[str]:
    """Yield every delivery that is set aside as a whole, and what can be done."""
    for row in batches.filter(pl.col("rule").is_not_null()).sort("source", "file").iter_rows(named=True):
        yield (
            f"source {row['source']}: the delivery {row['file']} is QUARANTINED, none of its {row['rows']:,} rows is "
            f"used (rule {row['rule']}): {row['reason']}; ask for it anew; if it is as it should be, say so with "
            f'`declared_rows` or in the catalogue, or switch the rule off: `[rules] off = ["{row["rule"]}"]`'
        )


def _account_notes(accounts: pl.DataFrame, batches: pl.DataFrame) -> Iterator[str]:
    """Yield sources with many superseded rows, unless a delivery of theirs withdraws, and quarantined rows."""
    withdrawing = set(batches.filter(pl.col("mode") != "append")["source"])
    for row in accounts.iter_rows(named=True):
        if row["superseded"] > SUPERSEDED * row["rows_in"] and row["source"] not in withdrawing:
            yield (
                f"source {row['source']}: {row['superseded']:,} of {row['rows_in']:,} rows have the key of another row "
                f"with other contents, of which only the latest is kept; is `key` the right column?"
            )
        if row["quarantined"]:
            rows = f"{row['quarantined']:,} rows are quarantined"
            yield f"source {row['source']}: {rows}; `lifetree quality report` lists them"


def _time_notes(findings: pl.LazyFrame) -> Iterator[str]:
    told = {
        "U2": "records have several contents, and no time tells which is the latest, such as {record_id!r}; map "
        "`recorded_at`, or give each file its date in `delivered_at`",
        "N3": "record times cannot be read and count as missing, such as {before!r}; set the `date_format` of "
        "`recorded_at`",
    }
    about = pl.col("rule").is_in(["U2", "N3"]) & (pl.col("field") == "recorded_at")
    counted = findings.filter(about).group_by("source", "rule").agg(pl.len(), pl.col("record_id", "before").min())
    for row in counted.sort("source", "rule").collect().iter_rows(named=True):
        yield f"source {row['source']}: {row['len']:,} {told[row['rule']].format(**row)}"


def _emptied_notes(project: Project, findings: pl.LazyFrame, accounts: pl.DataFrame) -> Iterator[str]:
    kept = dict(accounts.select("source", "kept").iter_rows())
    emptied = (
        findings.filter(pl.col("action") == "null", pl.col("rule") != "I1")
        .group_by("subject", "source", "field", "rule")
        .agg(pl.len(), pl.col("before").min())
        .sort("source", "subject", "field", "rule")
        .collect()
    )
    for row in emptied.iter_rows(named=True):
        if row["len"] > EMPTIED * kept.get(row["source"], 0):
            kind = _kind_of(project, row)
            mend = "; set its `date_format`" if kind == "date" else ""
            yield (
                f"source {row['source']}: {row['len']:,} values of {row['field']} cannot be read as {kind} and are "
                f"emptied (rule {row['rule']}), such as {row['before']!r}{mend}"
            )


def _kind_of(project: Project, row: Mapping[str, Any]) -> str:
    """Return the kind of the attribute, or of the source's item, that a finding is about."""
    attributes = project.subjects[row["subject"]].attributes
    if row["field"] in attributes:
        return attributes[row["field"]].kind
    items = next(source.items for source in project.sources if source.name == row["source"])
    return items[row["field"]].kind


def _orphan_notes(flow: Flow, resolved: Mapping[str, Resolved]) -> Iterator[str]:
    for name, one in resolved.items():
        for row in flow.read(one.tables["orphans"]).iter_rows(named=True):
            yield f"subject {name}: the judgements name {row['source']}:{row['record_id']}, which is no record"
        for row in flow.read(one.tables["moved"]).iter_rows(named=True):
            source = row["source"]
            yield (
                f"subject {name}: {source}:{row['record_id']}, which was judged, is no record any more; the judgement "
                f"holds for what bears its values, such as {source}:{row['moved_to']}"
            )


def _conflict_notes(flow: Flow, resolved: Mapping[str, Resolved]) -> Iterator[str]:
    for name, one in resolved.items():
        found = flow.read(one.tables["judgement_conflicts"])
        if disputes := found["dispute"].n_unique():
            yield (
                f"subject {name}: {found['judgement_id'].n_unique():,} judgements contradict each other "
                f"({disputes:,} conflicts) and have no force: `lifetree review PROJECT conflicts` lists them"
            )
