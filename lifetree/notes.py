"""What a build tells beside its tables: emptied values, rows that gave way to others, judgements about nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from engine.runners.local import read
from engine.settings import Project
from lifetree.resolve import Resolved, Tables

EMPTIED = 0.05
"""The share of a source's records from which emptied values of one field are told."""

SUPERSEDED = 0.2
"""The share of a source's rows from which superseded ones are told."""


def build_notes(project: Project, shared: Tables, resolved: Mapping[str, Resolved]) -> list[str]:
    """Return what the user should look at, in the order of the project's sources and subjects."""
    accounts = read(shared["accounts"].all())
    findings = read(shared["findings"].all())
    return [
        *_account_notes(accounts),
        *_time_notes(findings),
        *_emptied_notes(project, findings, accounts),
        *_orphan_notes(resolved),
    ]


def _account_notes(accounts: pl.DataFrame) -> Iterator[str]:
    for row in accounts.iter_rows(named=True):
        if row["superseded"] > SUPERSEDED * row["rows_in"]:
            yield (
                f"source {row['source']}: {row['superseded']:,} of {row['rows_in']:,} rows have the key of another row "
                f"with other contents, of which only the latest is kept; is `key` the right column?"
            )
        if row["quarantined"]:
            yield f"source {row['source']}: {row['quarantined']:,} rows are quarantined; `lifetree quality` lists them"


def _time_notes(findings: pl.DataFrame) -> Iterator[str]:
    told = {
        "U2": "records have several contents, and no time tells which is the latest, such as {record_id!r}; map "
        "`recorded_at`, or give each file its date in `delivered_at`",
        "N3": "record times cannot be read and count as missing, such as {before!r}; set the `date_format` of "
        "`recorded_at`",
    }
    about = pl.col("rule").is_in(["U2", "N3"]) & (pl.col("field") == "recorded_at")
    counted = findings.filter(about).group_by("source", "rule").agg(pl.len(), pl.col("record_id", "before").min())
    for row in counted.sort("source", "rule").iter_rows(named=True):
        yield f"source {row['source']}: {row['len']:,} {told[row['rule']].format(**row)}"


def _emptied_notes(project: Project, findings: pl.DataFrame, accounts: pl.DataFrame) -> Iterator[str]:
    kept = dict(accounts.select("source", "kept").iter_rows())
    emptied = (
        findings.filter(pl.col("action") == "null", pl.col("rule") != "I1")
        .group_by("subject", "source", "field", "rule")
        .agg(pl.len(), pl.col("before").min())
        .sort("source", "subject", "field", "rule")
    )
    for row in emptied.iter_rows(named=True):
        if row["len"] > EMPTIED * kept.get(row["source"], 0):
            kind = project.subjects[row["subject"]].attributes[row["field"]].kind
            mend = "; set its `date_format`" if kind == "date" else ""
            yield (
                f"source {row['source']}: {row['len']:,} values of {row['field']} cannot be read as {kind} and are "
                f"emptied (rule {row['rule']}), such as {row['before']!r}{mend}"
            )


def _orphan_notes(resolved: Mapping[str, Resolved]) -> Iterator[str]:
    for name, one in resolved.items():
        for row in read(one.tables["orphans"].all()).iter_rows(named=True):
            yield f"subject {name}: the judgements name {row['source']}:{row['record_id']}, which is no record"
