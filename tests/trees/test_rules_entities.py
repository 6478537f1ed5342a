"""The rules about whole entities: S3, S4, U3, U4, U5, each with a hit and what is near to one."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from engine.cleanse.rules import Look, load_rulebook
from engine.settings import Subject
from engine.tables import EVENTS, WITNESSES
from trees.events import event_types
from trees.profiles import profile
from trees.rules import Registers, bear, look, share

PERSON = Subject.model_validate(
    {
        "attributes": {
            "name": "name",
            "former_name": "name",
            "born": {"kind": "date", "void_when": "born = '1900-01-01'"},
            "sex": "sex",
            "phone": "phone",
            "id_no": {"kind": "resident_id", "trust": ["hukou"]},
            "former_id_no": "resident_id",
            "certificate": "identifier",
        },
        "sufficient": [["id_no", "name"], ["name", "born", "phone"]],
        "identifier": [
            {
                "attribute": "id_no",
                "contradicted_by": ["name", "born"],
                "alias": "former_name",
                "former": "former_id_no",
            },
            {"attribute": "certificate"},
        ],
        "blocking": ["id_no"],
        "comparison": [{"attribute": "name", "kind": "text"}, {"attribute": "born", "kind": "date"}],
    }
)
FIRM = Subject.model_validate(
    {
        "attributes": {"name": "organisation", "uscc": "uscc", "founded": "date"},
        "identifier": [{"attribute": "uscc"}],
        "blocking": ["uscc"],
        "comparison": [{"attribute": "name", "kind": "text"}],
    }
)
NO_REGISTERS = Registers((), ())
SUBJECTS = {"person": PERSON, "legal_entity": FIRM}
A, B, C = "330199196209276907", "330199197001010016", "33019919700101003X"


def looks(code: str) -> tuple[Look, ...]:
    return tuple(one for one in load_rulebook().of_phase("entity") if one.rule.code == code)


def placed(subject: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = ("source", "record_id", "role", "entity_id", "recorded_at", "delivered_at", "business_key")
    columns = dict.fromkeys([*names, *SUBJECTS[subject].attributes], pl.String)
    whole = [{"record_id": f"{place}", "role": "", "entity_id": "E", **row} for place, row in enumerate(rows)]
    return pl.DataFrame(whole, schema=columns)


def found(
    code: str,
    rows: list[dict[str, Any]],
    *,
    subject: str = "person",
    events: list[tuple[str, str, str]] = (),
    once: Registers = NO_REGISTERS,
) -> list[tuple[Any, ...]]:
    """Return record_id, field, before and after of what the rule finds; `events` are (source, type, day) of entity E."""
    frame = placed(subject, rows)
    owners = frame.select("source", "record_id", "role", "entity_id")
    profiled = profile(frame.drop("entity_id"), owners, subject=SUBJECTS[subject])
    borne = bear(frame, profiled.profiles, profiled.attribute_values, name=subject, subject=SUBJECTS[subject])
    shared = share(**next(borne))["shared"]
    told = pl.DataFrame(
        [
            {
                "witness_id": place, "event_id": place, "entity_id": "E", "event_type": kind, "source": source,
                "record_id": f"e{place}", "role": "", "valid_from": day, "sources": [source], "witnesses": 1,
            }
            for place, (source, kind, day) in enumerate(events)
        ],
        schema={**WITNESSES.columns, **EVENTS.columns},
    )  # fmt: skip
    slices = look(
        frame, profiled.profiles, shared, EVENTS.conform(told), WITNESSES.conform(told),
        name=subject, subject=SUBJECTS[subject], looks=looks(code), types=event_types()[subject], held_once=once,
        principal={row["source"]: "" for row in rows},
    )  # fmt: skip
    result = pl.concat(one["findings"] for one in slices)
    assert set(result["rule"]) <= {code}
    assert set(result["action"]) <= {"flag"}
    return sorted(result.select("record_id", "field", "before", "after").rows())


def test_what_most_departments_say_stands_against_the_one_that_differs() -> None:
    rows = [{"source": source, "name": "王建国", "sex": "1"} for source in ("hukou", "school", "tax")]

    assert found("S3", [*rows, {"source": "grid", "name": "王建军", "sex": "2"}]) == [
        ("3", "name", "王建军", "王建国"),
        ("3", "sex", "2", "1"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "馮国峯"},
        {"name": "冯 国峰"},
        {"name": "冯国?"},
        {"name": "FENGGUOFENG"},
        {"name": "冯国峰", "born": "1980"},
        {"name": "冯国峰", "born": "1900-01-01"},
    ],
    ids=["variant characters", "a blank", "a character not stored", "Latin letters", "only the year", "a void date"],
)
def test_one_value_written_otherwise_is_no_conflict(other: dict[str, str]) -> None:
    rows = [{"source": source, "name": "冯国峰", "born": "1980-01-31"} for source in ("hukou", "school")]

    assert found("S3", [*rows, {"source": "grid", **other}]) == []


def test_a_long_name_cut_at_the_width_of_a_field_is_no_conflict_and_a_short_one_is() -> None:
    long = [{"source": source, "name": "阿卜杜拉·买买提·艾力"} for source in ("hukou", "school")]
    short = [{"source": source, "name": "王建国"} for source in ("hukou", "school")]

    assert found("S3", [*long, {"source": "grid", "name": "阿卜杜拉·买买提"}]) == []
    assert found("S3", [*short, {"source": "grid", "name": "王建"}]) == [("2", "name", "王建", "王建国")]


def test_a_former_name_is_no_conflict_and_neither_is_what_several_told_before_a_change() -> None:
    now = {"name": "李晓虹", "recorded_at": "2020-01-01"}
    then = {"name": "李小红", "recorded_at": "2001-01-01"}
    stated = [
        {"source": "hukou", **now, "former_name": "李小红"},
        {"source": "tax", **now},
        {"source": "school", **then},
    ]
    told = [
        *({"source": one, **now} for one in ("tax", "bank", "school")),
        *({"source": one, **then} for one in ("school", "clinic")),
    ]

    assert found("S3", stated) == []
    assert found("S3", told) == []


def test_a_single_source_that_mends_its_own_mistake_leaves_the_mistaken_rows_in_conflict() -> None:
    right = [{"source": source, "sex": "1", "recorded_at": "2020-01-01"} for source in ("tax", "school", "grid")]

    assert found("S3", [*right, {"source": "grid", "sex": "2", "recorded_at": "2019-01-01"}]) == [
        ("3", "sex", "2", "1")
    ]


def test_one_source_at_odds_with_itself_is_no_conflict_between_departments() -> None:
    assert found("S3", [{"source": "grid", "name": "王建国"}, {"source": "grid", "name": "张敏"}]) == []


def test_a_firm_is_called_otherwise_by_one_department_and_had_the_name_when_several_say_so() -> None:
    rows = [{"source": source, "name": "澜州天创物流有限公司"} for source in ("market", "tax", "fund")]
    odd, short = {"source": "utility", "name": "澜州天刱物流有限公司"}, {"source": "grid", "name": "澜州天创物流公司"}
    old = [{"source": source, "name": "澜州华锋物流有限公司"} for source in ("utility", "licence")]

    assert [one[0] for one in found("S3", [*rows, odd, short], subject="legal_entity")] == ["3"]
    assert found("S3", [*rows, *old], subject="legal_entity") == []


def test_a_pension_paid_after_the_death_is_a_conflict_of_status_and_one_within_the_grace_is_none() -> None:
    events = [
        ("funeral", "DTH.CREM", "2023-03-10"),
        ("clinic", "DTH.CERT", "2023-03-09"),
        ("pension", "RET.PAY", "2023-04-01"),
        ("pension", "RET.PAY", "2023-05-01"),
        ("medical", "MED.VIS", "2023-05-02"),
        ("medical", "MED.VIS", "2023-07-02"),
        ("police", "HUK.CANC", "2023-06-01"),
        ("estate", "HOU.OWN", "2023-09-01"),
    ]

    assert found("S4", [{"source": "pension"}], events=events) == [
        ("e3", "RET.PAY", "2023-05-01", "2023-03-09"),
        ("e5", "MED.VIS", "2023-07-02", "2023-03-09"),
    ]


@pytest.mark.parametrize(
    "alive",
    [("pension", "RET.CERT", "2023-05-01"), ("police", "HUK.REST", "2023-05-01")],
    ids=["seen in person", "hukou restored"],
)
def test_one_who_turned_out_to_live_is_not_drawing_a_pension_after_death(alive: tuple[str, str, str]) -> None:
    events = [("funeral", "DTH.CREM", "2023-03-10"), ("pension", "RET.PAY", "2023-12-01"), alive]

    assert found("S4", [{"source": "pension"}], events=events) == []


def test_of_two_deaths_years_apart_the_later_counts_and_of_two_days_apart_the_earlier() -> None:
    def told(paid: str, *deaths: str) -> list[str]:
        each = [
            (source, kind, day) for day in deaths for source, kind in (("clinic", "DTH.CERT"), ("funeral", "DTH.CREM"))
        ]
        return [one[3] for one in found("S4", [{"source": "pension"}], events=[("pension", "RET.PAY", paid), *each])]

    assert told("2004-01-01", "1997-06-24") == ["1997-06-24"]
    assert told("2004-01-01", "1997-06-24", "2009-11-16") == []
    assert told("2010-01-01", "1997-06-24", "2009-11-16") == ["2009-11-16"]
    assert told("2010-01-01", "2009-11-14", "2009-11-16") == ["2009-11-14"]


def test_the_register_of_hukou_must_not_hold_one_who_died_long_before_it_was_delivered() -> None:
    rows = [{"source": "hukou", "delivered_at": "2023-12-31"}, {"source": "grid", "delivered_at": "2023-12-31"}]
    once = Registers(("hukou", "grid"), ("hukou",))
    of = {"rows": rows, "once": once}

    assert found("S4", **of, events=[("funeral", "DTH.CREM", "2023-03-10")]) == [
        ("0", "record_id", "2023-12-31", "2023-03-10")
    ]
    assert found("S4", **of, events=[("funeral", "DTH.CREM", "2023-12-01")]) == []


def test_a_firm_that_is_gone_files_no_tax_and_one_that_was_revoked_gets_no_licence() -> None:
    def told(*events: tuple[str, str, str]) -> list[str]:
        return [one[0] for one in found("S4", [{"source": "tax"}], subject="legal_entity", events=list(events))]

    gone, revoked = ("market", "DEREG", "2020-01-01"), ("market", "REVOKE", "2020-01-01")
    filed, licensed = ("tax", "TAX.FILE", "2020-06-01"), ("health", "LIC.GRANT", "2020-06-01")

    assert told(gone, filed) == ["e1"]
    assert told(gone, ("tax", "TAX.FILE", "2020-01-15"), ("tax", "TAX.CLEAR", "2020-06-01")) == []
    assert told(gone, ("market", "RESTORE", "2020-03-01"), filed) == []
    assert told(revoked, licensed, filed) == ["e1"]


def test_another_name_under_the_number_and_birth_date_of_one_whom_others_know_is_a_conflict() -> None:
    known = [
        {"source": source, "id_no": A, "born": "1962-09-27", "name": "王建国"} for source in ("hukou", "tax", "grid")
    ]
    lone = {"source": "bank", "entity_id": "F", "id_no": A, "name": "张敏"}

    assert found("S3", [*known, {**lone, "born": "1962-09-27"}]) == [("3", "name", "张敏", "王建国")]
    assert found("S3", [*known, {**lone, "born": "1980-01-01"}]) == []
    assert found("S3", [*known, lone, {**lone, "source": "school"}]) == []


def test_one_whom_rows_name_and_no_row_is_about_dangles() -> None:
    rows = [
        {"source": "school", "entity_id": "M", "role": "mother", "id_no": A},
        {"source": "school", "entity_id": "N", "role": "mother", "id_no": B},
        {"source": "hukou", "entity_id": "N", "id_no": B},
    ]

    assert found("L1", rows) == [("0", "record_id", "0", None)]


def test_an_identifier_of_several_is_flagged_at_those_whose_it_is_not() -> None:
    own = [{"source": source, "entity_id": "E", "id_no": A} for source in ("hukou", "tax", "school")]
    wrong = [{"source": "insurance", "entity_id": "F", "id_no": A}, {"source": "hukou", "entity_id": "F", "id_no": B}]
    alone = [{"source": "tax", "entity_id": "G", "id_no": C}]

    assert found("U3", [*own, *wrong, *alone]) == [("3", "id_no", A, "E")]


def test_a_certificate_in_two_halves_of_one_child_is_no_number_of_two_and_one_of_another_child_is() -> None:
    child = {"certificate": "J1", "born": "2011-05-31"}
    newborn = [{"source": "birth", "entity_id": "E", **child}, {"source": "clinic", "entity_id": "E", **child}]
    named = [{**newborn[0], "source": "file", "name": "李子辰"}]
    half = {"source": "school", "entity_id": "F", "id_no": B, "name": "李子辰", **child}

    assert found("U3", [*newborn, half]) == []
    assert found("U3", [*newborn, *named, half]) == []
    assert [one[0] for one in found("U3", [*newborn, *named, {**half, "name": "王小明"}])] == ["3"]
    assert [one[0] for one in found("U3", [*newborn, *named, {**half, "born": "2012-05-31"}])] == ["3"]
    assert [one[0] for one in found("U3", [*newborn, *named, {**half, "born": None}])] == ["3"]


def test_an_identifier_issued_twice_belongs_to_the_one_whom_the_trusted_source_knows_by_it() -> None:
    twice = [{"source": "hukou", "entity_id": "F", "id_no": A}] + [
        {"source": source, "entity_id": "E", "id_no": A} for source in ("tax", "school")
    ]

    assert found("U3", twice) == [("1", "id_no", A, "F"), ("2", "id_no", A, "F")]


def test_a_second_valid_number_is_flagged_unless_a_change_tells_of_it_or_it_is_anothers() -> None:
    rows = [{"source": source, "id_no": A} for source in ("hukou", "tax")]
    second = {"source": "bank", "id_no": B}

    assert found("U4", [*rows, second]) == [("2", "id_no", B, A)]
    assert found("U4", [*rows, second, {"source": "change", "id_no": A, "former_id_no": B}]) == []
    others = [{"source": source, "entity_id": "F", "id_no": B} for source in ("hukou", "tax")]
    assert found("U4", [*rows, second, *others]) == []


def test_two_of_one_name_and_birth_date_with_two_numbers_may_be_one_where_a_single_source_knows_the_second() -> None:
    known = {"name": "张伟", "born": "1970-01-01", "phone": "13900000001"}
    rows = [{"source": "hukou", "entity_id": "E", "id_no": B, **known}, {"source": "tax", "entity_id": "E", "id_no": B}]
    double = {"source": "late", "entity_id": "F", "id_no": C, **known}

    assert found("U4", [*rows, double]) == [("2", "id_no", C, B)]
    assert found("U4", [*rows, {**double, "phone": "13900000002"}]) == [("2", "id_no", C, B)]
    assert found("U4", [*rows, {**double, "phone": None}, {"source": "bank", "entity_id": "F", "id_no": C}]) == []
    assert found("U4", [*rows, {**double, "id_no": None}]) == []
    assert found("U4", [*rows, {**double, "role": "mother"}]) == []


def test_a_register_that_holds_one_twice_is_told_which_record_is_the_older() -> None:
    twice = [
        {"source": "hukou", "recorded_at": "2020-01-01", "name": "王建国"},
        {"source": "hukou", "recorded_at": "2010-01-01", "id_no": A},
        {"source": "grid"},
        {"source": "visits"},
        {"source": "visits"},
    ]

    assert found("U5", twice, once=Registers(("hukou", "grid"), ("hukou",))) == [("1", "record_id", "1", "0")]


def test_two_keys_of_one_source_for_one_subject_are_one_too_many() -> None:
    rows = [
        {"source": "pay", "business_key": "k1", "recorded_at": "2020-01-01"},
        {"source": "pay", "business_key": "k1", "recorded_at": "2020-02-01"},
        {"source": "pay", "business_key": "k2", "recorded_at": "2010-01-01", "name": "王建国"},
        {"source": "pay", "business_key": "k3", "role": "mother"},
        {"source": "tax", "business_key": "k9"},
    ]

    assert found("U5", rows) == [("2", "business_key", "k2", "k1")]


def test_two_records_without_name_and_number_may_be_of_twins() -> None:
    twins = [{"source": "clinic", "born": "2021-01-08", "recorded_at": day} for day in ("2021-02-01", "2021-02-02")]
    once = Registers(("clinic",), ())

    assert found("U5", twins, once=once) == []
    assert [one[0] for one in found("U5", [{**twins[0], "certificate": "J1"}, twins[1]], once=once)] == ["0"]


def test_entities_looked_at_a_few_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"source": source, "entity_id": f"E{number}", "name": name, "sex": "1"}
        for number in range(9)
        for source, name in (("hukou", "王建国"), ("school", "王建国"), ("tax", "王建国"), ("grid", "李伟"))
    ]
    whole = found("S3", rows)

    monkeypatch.setattr("trees.rules.stages.SLICE", 5)

    assert len(whole) == 9
    assert found("S3", rows) == whole
