"""The quality section: the fate of every row, and what the rules found, by department."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from lifetree.findings import run_rules
from lifetree.report.words import Words, source_words, word

FATES = ("rows_in", "kept", "quarantined", "exact_duplicates", "superseded")


def quality(run: Run, project: Project) -> dict[str, Any]:
    """Return `accounts` by source with their total, `rules` that found something, and `found` by source and rule."""
    titles = source_words(project)
    accounts = run.read("accounts").to_dicts()
    counted = run.scan("findings").group_by("source", "rule").agg(pl.len().alias("n")).collect()
    found = {(source, rule): n for source, rule, n in counted.select("source", "rule", "n").rows()}
    listed = {rule.code: rule for rule in run_rules(run)}
    codes = [code for code in listed if any(rule == code for _, rule in found)]
    rows = [_row(account, titles, codes, found) for account in accounts]
    reasons = run.scan("rejects").group_by("rule", "reason").agg(pl.len().alias("rows")).collect()
    return {
        "accounts": rows,
        "total": {name: sum(row[name] for row in rows) for name in FATES},
        "rules": [
            {"code": code, "title": word("rule", code, listed[code].title), "findings": _sum(found, code)}
            | {"category": Words(listed[code].category, listed[code].category_en), "severity": listed[code].severity}
            for code in codes
        ],
        "highest": max((cell["rate"] for row in rows for cell in row["cells"]), default=0.0),
        "rejects": reasons.sort("rows", "rule", "reason", descending=[True, False, False]).to_dicts(),
    }


def _row(account: dict[str, Any], titles: dict[str, Words], codes: list[str], found: dict[Any, int]) -> dict[str, Any]:
    source = account["source"]
    counts = [found.get((source, code), 0) for code in codes]
    return {
        **account,
        "title": titles[source],
        "balanced": account["rows_in"] == sum(account[name] for name in FATES[1:]),
        "found": sum(counts),
        "cells": [{"n": n, "rate": 1000 * n / max(account["rows_in"], 1)} for n in counts],
    }


def _sum(found: dict[Any, int], code: str) -> int:
    return sum(n for (_, rule), n in found.items() if rule == code)
