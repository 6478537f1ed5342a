"""Findings of a built city against its log of defects: what each rule found, missed, and said without cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.defect_causes import CAUSES, FACTS, facts
from engine.city.defects import SECOND_MARK
from engine.city.settings import BUILDING
from engine.cleanse.rules import load_rules
from engine.settings import load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS

RECORD = ["source", "record_id"]
EXAMPLES = 3
TIES = ("L1", "L2", "L3", "L4")
"""Rules of ties: a wrong tie shows in the rows of both ends."""

BATCH_RULES = ("I5", "I6", "S6")
"""Rules of deliveries and data sets: no defect of a row is made for them."""


class Judged(NamedTuple):
    """`rules`: the figures of each rule; examples of cases that were `missed` and of findings left `unexplained`."""

    rules: list[dict[str, Any]]
    missed: pl.DataFrame
    unexplained: pl.DataFrame


def judge(folder: Path) -> Judged:
    """Return the figures of every rule of a row or an entity, from the built project in `folder`.

    Defects are made in what rows say of persons and legal entities: findings about buildings are left out.
    """
    run = open_live(load_project(folder, checks=CHECKS))
    mentions = pl.scan_parquet(folder / "truth" / "mentions.parquet").filter(pl.col("subject") != BUILDING)
    mentions = mentions.select(*RECORD, "role", "subject", "entity_id")
    cases = _cases(folder, mentions)
    findings = _findings(run, mentions)
    wide = {rule.code for rule in load_rules() if rule.phase == "entity"}
    known = facts(folder)
    found = _hits(cases, findings, wide)
    told = _accounted(findings, cases, known, wide)
    told = _tied(told, cases, known, mentions)
    rules = [_figures(rule.code, found, told) for rule in load_rules() if rule.code not in BATCH_RULES]
    rules = [_duplicates(run, cases) if one["rule"] == "U1" else one for one in rules]
    missed = found.filter(~pl.col("hit") & (pl.col("rule") != "U1"))
    return Judged(
        rules,
        _examples(missed, ["rule", "kind"]),
        _examples(told.filter(~pl.col("explained")), ["rule", "field", "source"]),
    )


def _cases(folder: Path, mentions: pl.LazyFrame) -> pl.DataFrame:
    """Return every logged defect once: rule, kind, source, record_id, entity and what was delivered."""
    errors = pl.scan_parquet(folder / "truth" / "errors.parquet")
    rules = pl.LazyFrame({"kind": list(CAUSES), "rule": [cause.rule for cause in CAUSES.values()]})
    own = errors.with_columns(first=pl.col("record_id").str.strip_suffix(SECOND_MARK))
    of = mentions.rename({"record_id": "first"})
    return (
        own.join(rules, on="kind")
        .join(of, on=["source", "first", "role", "subject"], how="left")
        .select("rule", "kind", *RECORD, "role", "field", "entity_id", "true_value", "delivered_value")
        .unique(["kind", *RECORD], keep="first", maintain_order=True)
        .collect()
    )


def _findings(run: Run, mentions: pl.LazyFrame) -> pl.DataFrame:
    """Return every finding and every refused row: rule, source, record_id, role, field, entity, before, after."""
    told = (
        run.scan("findings")
        .filter(pl.col("subject").ne_missing(BUILDING))
        .select("rule", *RECORD, "role", "subject", "field", "before", "after", "action")
    )
    refused = run.scan("rejects").select(
        "rule", *RECORD, role=pl.lit(""), subject=pl.lit(None, pl.String), field=pl.lit("row"), before="reason",
        after=pl.lit(None, pl.String), action=pl.lit("quarantine"),
    )  # fmt: skip
    every = pl.concat([told, refused]).with_columns(first=pl.col("record_id").str.strip_suffix(SECOND_MARK))
    of = mentions.rename({"record_id": "first"}).group_by("source", "first", "role").agg(pl.col("entity_id").first())
    return every.join(of, on=["source", "first", "role"], how="left").drop("first").collect()


def _hits(cases: pl.DataFrame, findings: pl.DataFrame, wide: set[str]) -> pl.DataFrame:
    """Return the cases with `hit`: its rule has a finding on the record or, of an entity's rule, on the entity."""
    on_record = findings.select("rule", *RECORD).unique().with_columns(on_record=True)
    on_entity = findings.filter(pl.col("rule").is_in(list(wide))).select("rule", "entity_id").drop_nulls().unique()
    joined = cases.join(on_record, on=["rule", *RECORD], how="left").join(
        on_entity.with_columns(on_entity=True), on=["rule", "entity_id"], how="left"
    )
    return joined.with_columns(
        hit=pl.col("on_record").fill_null(value=False) | pl.col("on_entity").fill_null(value=False)
    )


def _accounted(findings: pl.DataFrame, cases: pl.DataFrame, known: pl.DataFrame, wide: set[str]) -> pl.DataFrame:
    """Return the findings with `explained`: a defect of the record or the entity, or a fact of the city, causes it."""
    caused = _caused(cases)
    on_record = caused.select("rule", *RECORD).unique()
    on_entity = caused.filter(pl.col("rule").is_in(list(wide))).select("rule", "entity_id").drop_nulls().unique()
    keys = {"_record": (on_record, ["rule", *RECORD]), "_entity": (on_entity, ["rule", "entity_id"])}
    keys |= {f"_{name}": (known.filter(pl.col("fact") == name), [*FACTS[name].on]) for name in FACTS}
    told = findings
    for name, (table, on) in keys.items():
        marks = table.select(on).unique().with_columns(pl.lit(value=True).alias(name))
        told = told.join(marks, on=on, how="left")
    explained = pl.any_horizontal(pl.col(name).fill_null(value=False) for name in keys)
    return told.with_columns(explained=explained).drop(*keys)


def _tied(told: pl.DataFrame, cases: pl.DataFrame, known: pl.DataFrame, mentions: pl.LazyFrame) -> pl.DataFrame:
    """Return the findings with those of ties explained too whose record names someone that a defect's record names."""
    ties = _caused(cases).filter(pl.col("rule").is_in(TIES)).select("rule", *RECORD).unique()
    ties = ties.with_columns(pl.col("record_id").str.strip_suffix(SECOND_MARK))
    named = mentions.select(*RECORD, one="entity_id").collect()
    broken = known.filter(fact="breach").select("rule", one="entity_id")
    touched = pl.concat([ties.join(named, on=RECORD).select("rule", "one"), broken]).unique()
    about = told.filter(pl.col("rule").is_in(TIES)).select("rule", *RECORD).unique()
    reached = (
        about.join(named, on=RECORD).join(touched, on=["rule", "one"], how="semi").select("rule", *RECORD).unique()
    )
    marked = told.join(reached.with_columns(_tied=True), on=["rule", *RECORD], how="left")
    return marked.with_columns(explained=pl.col("explained") | pl.col("_tied").fill_null(value=False)).drop("_tied")


def _caused(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases once for each rule that they break."""
    pairs = [(kind, rule) for kind, cause in CAUSES.items() for rule in (cause.rule, *cause.also)]
    causes = pl.DataFrame(pairs, schema={"kind": pl.String, "breaks": pl.String}, orient="row")
    return cases.drop("rule").join(causes, on="kind").rename({"breaks": "rule"})


def _figures(rule: str, found: pl.DataFrame, told: pl.DataFrame) -> dict[str, Any]:
    cases, findings = found.filter(rule=rule), told.filter(rule=rule)
    return figures(rule, cases.height, cases.filter("hit").height, findings.height, findings.filter("explained").height)


def figures(rule: str, cases: int, found: int, findings: int, explained: int) -> dict[str, Any]:
    """Return one rule's counts with recall and precision, 0 where there is nothing to count."""
    return {
        "rule": rule, "cases": cases, "found": found, "recall": found / cases if cases else 0.0,
        "findings": findings, "explained": explained, "precision": explained / findings if findings else 0.0,
    }  # fmt: skip


def _duplicates(run: Run, cases: pl.DataFrame) -> dict[str, Any]:
    """Return the figures of U1, which counts by source and makes no findings."""
    counted = run.read("accounts").select("source", "exact_duplicates")
    injected = cases.filter(rule="U1").group_by("source").agg(injected=pl.len())
    both = counted.join(injected, on="source", how="left").fill_null(0)
    agreed = int(both.select(pl.min_horizontal("injected", "exact_duplicates").sum()).item())
    return figures("U1", int(both["injected"].sum()), agreed, int(both["exact_duplicates"].sum()), agreed)


def _examples(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return (
        frame.group_by(by).agg(pl.len(), pl.all().exclude(by).first()).sort([*by[:1], "len"], descending=[False, True])
    )
