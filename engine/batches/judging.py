"""The batch rules: which deliveries are refused as a whole, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

from engine.cleanse.rules import Look, Rulebook
from engine.errors import ConfigurationError
from engine.expressions import compile_expression
from engine.settings import Project
from engine.tables import BATCHES, FINDINGS

VIEW = tuple(name for name in BATCHES.columns if name not in ("rule", "reason"))
"""The columns that a test on the view `batch` may read, beside `limit`."""

REFUSING = ("quarantine", "drop")
"""The actions after which no row of a delivery is used; any other only says something."""


class Judged(NamedTuple):
    """BATCHES with the rule that refuses each, and FINDINGS with the batch as record."""

    batches: pl.DataFrame
    findings: pl.DataFrame


def judge_batches(batches: pl.DataFrame, *, rulebook: Rulebook) -> Judged:
    """Return what the tests on the view `batch` say of deliveries; the first rule that refuses one stands at it."""
    found = [_hits(batches, look, place) for place, look in enumerate(rulebook.on("batch"))]
    hits = pl.concat([_hits(batches.clear(), None, 0), *found])
    refusals = hits.filter(pl.col("action") == "quarantine").sort("place").unique(BATCHES.key, keep="first")
    ruled = batches.drop("rule", "reason").join(
        refusals.select(*BATCHES.key, "rule", "reason"), on=BATCHES.key, how="left"
    )
    findings = hits.sort("place").with_columns(subject=pl.lit(""), record_id=pl.col("batch"), role=pl.lit("batch"))
    return Judged(BATCHES.conform(ruled), FINDINGS.conform(findings.unique(FINDINGS.key, keep="first")))


def refused_files(batches: pl.DataFrame) -> dict[str, dict[str, tuple[str, str]]]:
    """Return rule and reason by source and file of the deliveries that are refused."""
    refused: dict[str, dict[str, tuple[str, str]]] = {}
    told = batches.filter(pl.col("rule").is_not_null()).sort(BATCHES.key)
    for row in told.select("source", "file", "rule", "reason").iter_rows(named=True):
        refused.setdefault(row["source"], {})[row["file"]] = (row["rule"], row["reason"])
    return refused


def batch_rule_faults(project: Project) -> Iterator[str]:
    """Yield what is wrong with the expressions of a project's own rules over deliveries."""
    return own_rule_faults(project, view="batch", columns=VIEW)


def own_rule_faults(project: Project, *, view: str, columns: Iterable[str]) -> Iterator[str]:
    """Yield the unknown columns of a view that the project's own rules read, and texts that are no expressions."""
    known = [*columns, "limit"]
    for rule in project.rules.own:
        for text in (text for test in rule.tests if test.on == view for text in (test.when, test.after) if text):
            try:
                compile_expression(text, columns=known)
            except ConfigurationError as error:
                yield from (f"rules.own {rule.code}: {fault}" for fault in error.faults)


def batch_rules(rulebook: Rulebook) -> Rulebook:
    """Return the rulebook without what says nothing of deliveries, so that no other change judges them anew."""
    rules = [rule for rule in rulebook.rules if any(test.on == "batch" for test in rule.tests)]
    return rulebook.model_copy(update={"rules": tuple(rules), "placeholders": ()})


def _hits(batches: pl.DataFrame, look: Look | None, place: int) -> pl.DataFrame:
    """Return the batches that a test is true of, with what is told; without a look, none."""
    limit = look.rule.limit_of(look.test) if look else None
    frame = batches.select(VIEW).with_columns(limit=pl.lit(limit, pl.Float64))
    frame = _valued(frame, look.test.when if look else None, " true").filter(pl.col(" true").cast(pl.Boolean))
    frame = _valued(frame, look.test.field or None if look else None, "before")
    frame = _valued(frame, look.test.after if look else None, "after")
    texts = frame.select(*BATCHES.key, pl.col("before", "after").cast(pl.String)).with_columns(
        rule=pl.lit(look.rule.code if look else ""),
        field=pl.lit(look.test.field if look else ""),
        action=pl.lit("quarantine" if look and look.action in REFUSING else "flag"),
        place=pl.lit(place, pl.Int64),
    )
    return texts.with_columns(reason=pl.lit(look.message if look else "") + _told())


def _valued(frame: pl.DataFrame, text: str | None, name: str) -> pl.DataFrame:
    if text is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(name))
    return compile_expression(text, columns=[*VIEW, "limit"]).append_to(frame, name=name)


def _told() -> pl.Expr:
    """Return the value that a test looked at, with what it should have been."""
    field = pl.col("field").str.replace_all("_", " ", literal=True)
    value = pl.format(": {} {}", field, "before").fill_null("")
    return value + pl.format(", expected {}", "after").fill_null("")
