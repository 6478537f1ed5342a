"""Rules of rows: expressions over what one mention of a row bears, what they do, and what a project changes of them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from engine.cleanse import Cleansed, Rulebook, cleanse, load_rulebook, load_rules, rule_faults
from engine.settings import Project, Rule, RuleChanges, Source, Subject

PERSON = Subject.model_validate(
    {
        "attributes": {"name": "name", "birth_date": "date", "sex": "sex", "id_no": "resident_id"},
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
    }
)
FIELDS = {"name": "姓名", "birth_date": "出生", "sex": "性别", "id_no": "号码"}
VALID = "390102196209276909"
"""A woman born on 1962-09-27, of an invented division."""

STRANGE = "330199196209276907"
"""The number of a division that there is not."""


def source(**keys: Any) -> Source:
    mention = {"subject": "person", "fields": FIELDS}
    return Source.model_validate({"name": "roll", "files": "r.csv", "key": "编号", "mention": [mention], **keys})


def run(*delivered: dict[str, str | None], of: Source | None = None, **changes: Any) -> Cleansed:
    of = of or source()
    table = [
        {
            "source": "roll", "record_id": str(line), "content_hash": f"h{line}", "delivered_at": "2024-06-30",
            "recorded_at": None, "withdraws": False, "file": "r.csv", "line": line,
            **{f"{column} (delivered)": row.get(column) for column in of.columns()},
        }
        for line, row in enumerate(delivered)
    ]  # fmt: skip
    text = dict.fromkeys((name for name in table[0] if name not in ("line", "withdraws")), pl.String)
    rows = pl.DataFrame(table, schema={**text, "withdraws": pl.Boolean, "line": pl.Int64}, orient="row")
    book = load_rulebook().changed(RuleChanges.model_validate(changes))
    return cleanse(rows, source=of, subjects={"person": PERSON}, rulebook=book)


def found(cleansed: Cleansed) -> list[tuple[Any, ...]]:
    return cleansed.findings.select("record_id", "rule", "field", "before", "after", "action").rows()


def test_birth_and_sex_that_differ_from_the_number_are_flagged_and_stay_as_delivered() -> None:
    cleansed = run(
        {"姓名": "王芳", "出生": "1962-09-27", "性别": "女", "号码": VALID},
        {"姓名": "王芳", "出生": "1963-09-27", "性别": "男", "号码": VALID},
        {"姓名": "王芳", "出生": "1962", "性别": None, "号码": VALID},
    )

    assert found(cleansed) == [
        ("1", "A4", "birth_date", "1963-09-27", "1962-09-27", "flag"),
        ("1", "A4", "sex", "男", "2", "flag"),
    ]
    assert cleansed.records["person"].select("birth_date", "sex", "id_no").row(1) == ("1963-09-27", "男", VALID)


def test_birth_after_the_record_is_emptied() -> None:
    cleansed = run({"姓名": "王芳", "出生": "2024-07-01"}, {"姓名": "王芳", "出生": "2024-06-30"})

    assert found(cleansed) == [("0", "A5", "birth_date", "2024-07-01", None, "null")]
    assert cleansed.records["person"]["birth_date"].to_list() == [None, "2024-06-30"]


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        pytest.param({"姓名": "测试员", "号码": VALID}, True, id="trial name"),
        pytest.param({"姓名": "TEST"}, True, id="english trial name"),
        pytest.param({"姓名": "张三", "号码": STRANGE}, True, id="example's name with a number of no division"),
        pytest.param({"姓名": "张三", "号码": "11010519491231002X"}, False, id="example's name with a real number"),
        pytest.param({"姓名": "张三", "出生": "1980-01-01"}, False, id="example's name alone"),
    ],
)
def test_trial_rows_are_quarantined_and_counted(row: dict[str, str | None], refused: bool) -> None:
    cleansed = run(row, {"姓名": "王芳", "出生": "1980-01-01"})

    assert cleansed.rejects["rule"].to_list() == (["A8"] if refused else [])
    assert cleansed.accounts.select("rows_in", "kept", "quarantined").row(0) == (2, 2 - refused, int(refused))


def test_division_that_no_list_holds_is_flagged_and_the_number_stays() -> None:
    cleansed = run({"姓名": "王芳", "号码": STRANGE})

    assert found(cleansed) == [("0", "N6", "id_no", STRANGE, None, "flag")]
    assert cleansed.records["person"]["id_no"].to_list() == [STRANGE]


def test_abolished_division_is_replaced_where_one_alone_followed_it() -> None:
    of = source(items={"division": {"columns": "区划", "kind": "division"}})
    person = {"姓名": "王芳", "出生": "1980-01-01"}

    cleansed = run({**person, "区划": "110103"}, {**person, "区划": "110101"}, {**person, "区划": "330184"}, of=of)

    assert found(cleansed) == [
        ("0", "N6", "division", "110103", "110101", "repair"),
        ("2", "N6", "division", "330184", None, "flag"),
    ]


def test_items_are_read_by_rules_and_their_codes_translated() -> None:
    of = source(
        items={
            "event": {"columns": "类别", "values": {"01": "RET.PAY"}},
            "event_date": {"columns": "日期", "kind": "date"},
            "event_until": {"columns": "止", "kind": "date"},
        },
        required=["event_date"],
    )
    young = {"姓名": "王芳", "出生": "1990-01-01", "类别": "01", "日期": "20240101", "止": "2023-12-31"}

    cleansed = run(young, {"姓名": "王芳", "出生": "1950-01-01", "类别": "02", "日期": None}, of=of)

    assert found(cleansed) == [
        ("0", "S1", "event", "RET.PAY", None, "flag"),
        ("0", "S2", "event_until", "2023-12-31", None, "flag"),
        ("1", "I1", "event_date", None, None, "flag"),
    ]


def test_rule_reads_other_mentions_of_the_row_by_role() -> None:
    spouse = {"subject": "person", "role": "spouse", "fields": {"name": "对方", "id_no": "对方号码"}}
    own = {"subject": "person", "fields": FIELDS}
    of = source(
        mention=[own, spouse], items={"event": {"columns": "类别"}, "event_date": {"columns": "日期", "kind": "date"}}
    )
    alone = {"姓名": "王芳", "出生": "1980-01-01", "类别": "MAR.REG", "日期": "2010-01-01"}

    cleansed = run(alone, {**alone, "对方": "李伟"}, of=of)

    assert found(cleansed) == [("0", "I3", "spouse_name", None, None, "flag")]


def test_rule_is_silent_where_its_columns_are_not_mapped() -> None:
    bare = Source.model_validate(
        {"name": "roll", "files": "r.csv", "mention": [{"subject": "person", "fields": {"birth_date": "出生"}}]}
    )

    assert found(run({"出生": "1980-01-01"}, of=bare)) == []


def test_project_switches_rules_off_and_adds_its_own() -> None:
    own = {
        "code": "X1", "category": "own", "title": "no child on this roll", "message": "born after 2005",
        "severity": "E", "limit": 2005,
        "test": [{"on": "row", "field": "birth_date", "when": "try_cast(year(birth_date) as int) > limit"}],
    }  # fmt: skip
    row = {"姓名": "王芳", "出生": "2010-01-01", "性别": "男", "号码": VALID}

    assert [one[1] for one in found(run(row))] == ["A4", "A4"]
    assert [one[1] for one in found(run(row, off=["A4"], own=[own]))] == ["X1"]
    assert found(run(row, off=["A4"], own=[own], limits={})) == found(run(row, off=["A4"], own=[own]))


def test_limit_of_a_rule_is_the_projects() -> None:
    rules = load_rules()
    mass = next(rule for rule in rules if rule.code == "A7")

    changed = load_rulebook().changed(RuleChanges(limits={"A7": 80})).on("mass")

    assert mass.tests
    assert {look.rule.limit_of(look.test) for look in changed if look.rule.code == "A7"} == {80}


def test_order_of_rules_changes_nothing() -> None:
    book = load_rulebook()
    turned = book.model_copy(update={"rules": tuple(reversed(book.rules))})
    rows = [
        {"姓名": "王芳", "出生": "1963-09-27", "性别": "女", "号码": VALID},
        {"姓名": "王芳", "出生": "2063-09-27", "性别": "男", "号码": VALID},
    ]

    forward, backward = (_with(book_, rows) for book_ in (book, turned))

    assert forward.findings.equals(backward.findings)
    assert forward.records["person"].equals(backward.records["person"])


def _with(book: Rulebook, rows: list[dict[str, str]]) -> Cleansed:
    of = source()
    table = pl.DataFrame(
        [
            {
                "source": "roll", "record_id": str(line), "content_hash": f"h{line}", "delivered_at": "2024-06-30",
                "recorded_at": None, "withdraws": False, "file": "r.csv", "line": line,
                **{f"{column} (delivered)": row.get(column) for column in of.columns()},
            }
            for line, row in enumerate(rows)
        ]
    ).with_columns(pl.col("recorded_at", "编号 (delivered)").cast(pl.String))  # fmt: skip
    return cleanse(table, source=of, subjects={"person": PERSON}, rulebook=book)


def test_a_rule_has_one_finding_about_a_field_and_the_smaller_code_has_its_way() -> None:
    def own(code: str, after: str) -> dict[str, Any]:
        test = {"on": "row", "field": "name", "when": "name = '王芳'", "after": after}
        return {"code": code, "category": "own", "title": "t", "message": "m", "action": "repair", "test": [test]}

    first, second = own("X1", "'甲'"), own("X2", "'乙'")
    both = {**first, "test": [*first["test"], {**first["test"][0], "action": "flag", "after": None}]}
    row = {"姓名": "王芳", "出生": "1980-01-01"}

    for order in ([both, second], [second, both]):
        cleansed = run(row, own=order)
        assert cleansed.records["person"]["name"].to_list() == ["甲"]
        assert found(cleansed) == [
            ("0", "X1", "name", "王芳", "甲", "repair"),
            ("0", "X2", "name", "王芳", "乙", "repair"),
        ]


def test_name_with_digits_and_a_remark_has_one_finding_of_its_rule() -> None:
    assert [one[1:3] for one in found(run({"姓名": "张伟1(本人)", "出生": "1980-01-01"}))] == [("N2", "name")]


@pytest.mark.parametrize(
    ("view", "action"),
    [
        ("value", "quarantine"),
        ("value", "repair"),
        ("row", "drop"),
        ("batch", "null"),
        ("mass", "repair"),
        ("held", "null"),
    ],
)
def test_an_action_that_a_view_cannot_do_is_refused(view: str, action: str) -> None:
    test = {"on": view, "field": "name", "when": "name is null", "after": "'x'"}
    phase = {"value": "record", "row": "record", "held": "entity"}.get(view, "batch")
    with pytest.raises(ValidationError, match=f"on the view '{view}' the action is"):
        Rule.model_validate(
            {
                "code": "X1",
                "category": "own",
                "title": "t",
                "message": "m",
                "phase": phase,
                "action": action,
                "test": [test],
            }
        )


def test_firm_that_tests_software_is_no_trial() -> None:
    tests = [look.test for look in load_rulebook().on("row") if look.rule.code == "A8"]

    assert {test.subject for test in tests} == {"person", "legal_entity"}
    assert not any("%测试%" in (test.when or "") for test in tests if test.subject == "legal_entity")


@pytest.mark.parametrize(
    ("test", "told"),
    [
        pytest.param({"on": "value", "kinds": ["nam"], "when": "value is null"}, "unknown kind 'nam'; did you mean 'name'?", id="kind"),
        pytest.param({"on": "row", "field": "name", "subject": "persn", "when": "name is null"}, "unknown subject 'persn'; did you mean 'person'?", id="subject"),
        pytest.param({"on": "row", "field": "name", "when": "length(name) > limit"}, "reads `limit`, and the rule has none", id="limit"),
        pytest.param({"on": "row", "field": "name", "when": "length(name)"}, "must be true or false", id="no question"),
        pytest.param({"on": "row", "field": "name", "when": "nmae is null"}, "no source maps 'nmae'; did you mean 'name'?", id="column of rows"),
        pytest.param({"on": "value", "when": "name is null"}, "unknown column 'name'", id="column of values"),
        pytest.param({"on": "value", "when": "lenth(value) > 3"}, "unknown function 'lenth'", id="function"),
    ],
)  # fmt: skip
def test_fault_of_an_own_rule_is_told_before_anything_is_read(test: dict[str, Any], told: str) -> None:
    own = {"code": "X1", "category": "own", "title": "t", "message": "m", "test": [test]}
    project = Project.model_validate(
        {
            "source": [source().model_dump(by_alias=True)],
            "subject": {"person": PERSON.model_dump(by_alias=True)},
            "rules": {"own": [own]},
        }
    )

    faults = list(rule_faults(project))

    assert any(fault.startswith("rules.own X1: ") and told in fault for fault in faults), faults
