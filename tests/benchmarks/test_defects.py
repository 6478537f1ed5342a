"""The evidence for the rules: every rule has defects of its own, and a finding counts only when something explains it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from benchmarks import defect_batches
from benchmarks.defect_causes import CAUSES, FACTS
from benchmarks.defect_correct import changed_values
from benchmarks.defect_judge import BATCH_RULES, _accounted, _hits, figures
from benchmarks.defects import misses, overall, told
from engine.city.defect_kinds import DEFECTS
from engine.cleanse.rules import load_rules
from engine.settings.shipped import shipped

RECORD = {"source": "hukou", "role": "", "subject": "person", "field": "name", "before": "a", "after": None}


def case(kind: str, rule: str, record: str, entity: str) -> dict[str, str]:
    return {
        "rule": rule, "kind": kind, "source": "hukou", "record_id": record, "role": "", "field": "name",
        "entity_id": entity, "true_value": "a", "delivered_value": "b",
    }  # fmt: skip


def finding(rule: str, record: str, entity: str) -> dict[str, str | None]:
    return {"rule": rule, "record_id": record, "entity_id": entity, "action": "flag", **RECORD}


def test_every_rule_has_defects_made_for_it_and_every_defect_a_rule() -> None:
    codes = {rule.code for rule in load_rules()}
    made_for = {cause.rule for cause in CAUSES.values()}
    assert made_for | set(BATCH_RULES) == codes
    assert {rule for cause in CAUSES.values() for rule in cause.also} <= codes
    assert {rule for fact in FACTS.values() for rule in fact.rules} <= codes
    assert all(reason for cause in CAUSES.values() for reason in cause.also.values())


def test_the_error_file_names_every_kind_and_no_other() -> None:
    told_rates = tomllib.loads(shipped("city", "errors_defects.toml").read_text(encoding="utf-8"))
    assert {one["kind"] for one in told_rates["defect"]} == set(DEFECTS)
    rated = {one["kind"] for one in told_rates["error"] if one["rate"]}
    assert rated == set(CAUSES) - set(DEFECTS) == {"duplicate_row", "test_record"}


def test_a_case_is_found_on_its_record_or_for_an_entitys_rule_on_its_entity() -> None:
    cases = pl.DataFrame([
        case("wrong_digit", "A1", "1", "p1"), case("wrong_digit", "A1", "2", "p2"), case("other_name", "S3", "3", "p3"),
    ])  # fmt: skip
    findings = pl.DataFrame([finding("A1", "1", "p1"), finding("A1", "9", "p2"), finding("S3", "9", "p3")])
    assert _hits(cases, findings, {"S3"}).sort("record_id")["hit"].to_list() == [True, False, True]


def test_a_finding_without_a_defect_of_its_record_that_causes_it_is_a_false_alarm() -> None:
    cases = pl.DataFrame([case("other_sex", "A4", "1", "p1")])
    findings = pl.DataFrame([
        finding("A4", "1", "p1"), finding("S3", "2", "p1"), finding("S3", "2", "p2"), finding("N1", "1", "p1"),
        finding("A4", "2", "p1"),
    ])  # fmt: skip
    facts = pl.DataFrame(schema=dict.fromkeys(("fact", "rule", "source", "record_id", "field", "entity_id"), pl.String))
    explained = _accounted(findings, cases, facts, {"S3"})["explained"].to_list()
    assert explained == [True, True, False, False, False]


def test_a_fact_of_the_city_explains_the_findings_of_its_rule() -> None:
    findings = pl.DataFrame([finding("A4", "1", "p1"), finding("A4", "1", "p2")])
    facts = pl.DataFrame({
        "fact": ["mistaken_number"], "rule": ["A4"], "source": [None], "record_id": [None], "field": [None],
        "entity_id": ["p1"],
    }, schema_overrides={"source": pl.String, "record_id": pl.String, "field": pl.String})  # fmt: skip
    cases = pl.DataFrame([case("other_sex", "A4", "9", "p9")])
    assert _accounted(findings, cases, facts, set())["explained"].to_list() == [True, False]


def test_what_is_below_a_bar_is_told() -> None:
    rules = [figures("A1", 300, 299, 300, 299), figures("A2", 150, 150, 200, 180)]
    result = {
        "rules": rules,
        "overall": overall(rules),
        "correct": {"changed": 1, "rows": 2, "values": 9, "refused": 0},
    }
    assert list(misses(result)) == [
        "missed: A2 cases 150, needed 200", "missed: A2 precision 0.9, needed 0.95",
        "missed: overall precision 0.9580, needed 0.98", "missed: 1 correct values were changed",
    ]  # fmt: skip
    shown = told({**result, "seed": 2, "rows": 10, "rows_with_a_defect": 1, "build_seconds": 3})
    assert [line.split()[0] for line in shown] == ["seed", "rule", "A1", "A2", "all", "correct"]


def test_deliveries_are_judged_by_what_was_done_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defect_batches, "DATA_SETS", 16)
    found = {
        one["rule"]: (one["cases"], one["recall"], one["precision"])
        for one in defect_batches.batch_figures(tmp_path, 1)
    }
    assert found == dict.fromkeys(("I5", "I6", "S6"), (4, 1.0, 1.0))


def test_correct_rows_keep_their_values(tmp_path: Path) -> None:
    result = changed_values(tmp_path, 1_000, 1)
    assert (result["changed"], result["refused"], result["examples"]) == (0, 0, [])
    assert result["values"] > 100_000
