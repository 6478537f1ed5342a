"""The rules about ties: L1 to L4, each with a hit and what is near to one."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from engine.cleanse.rules import Look, load_rulebook
from engine.tables import TOLD_RELATIONS
from trees.relations import relation_types
from trees.rules import face, knot, trace, weigh
from trees.rules.facts import FACTS

PRINCIPALS = {
    "marriage": ("person", ""),
    "birth": ("person", ""),
    "market": ("legal_entity", ""),
    "guardian": ("person", ""),
}
OTHER = {"marriage": "spouse", "birth": "mother", "market": "representative", "guardian": "child"}
TYPES = {"marriage": "SPOUSE_OF", "birth": "PARENT_OF", "market": "LEGAL_REP_OF", "guardian": "PARENT_OF"}


def looks(code: str) -> tuple[Look, ...]:
    return tuple(one for one in load_rulebook().of_phase("entity") if one.rule.code == code)


def tie(source: str, own: str | None, named: str | None, *, role: str | None = None, **told: Any) -> dict[str, Any]:
    """Return a row about `own` that names another, without a number if `bare`; births and registers tie from it."""
    return {"source": source, "own": own, "named": named, "role": role or OTHER[source], **told}


def entity(name: str, **known: Any) -> dict[str, Any]:
    return {"subject": "person", "entity_id": name, "own_records": 1, **known}


def found(code: str, ties: list[dict[str, Any]], *known: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return record_id, role, field, before and after of what the rule finds; records are numbered in order."""
    told, owners = [], []
    for place, one in enumerate(ties):
        source, record = one["source"], f"r{place}"
        subject = PRINCIPALS[source][0]
        ends = [(subject, ""), ("person", one["role"])]
        if source in ("birth", "market"):
            ends.reverse()
        told.append(
            {
                "witness_id": place, "relation_type": one.get("type", TYPES[source]), "source": source, "record_id": record,
                "subject_from": ends[0][0], "role_from": ends[0][1], "subject_to": ends[1][0], "role_to": ends[1][1],
                **{name: one.get(name) for name in ("valid_from", "valid_to", "recorded_at")},
            }
        )  # fmt: skip
        owners += [(subject, source, record, "", one["own"]), ("person", source, record, one["role"], one["named"])]
    rows = pl.DataFrame(told, schema=dict(TOLD_RELATIONS.columns))
    owned = pl.DataFrame(
        owners, schema=["subject", "source", "record_id", "role", "entity_id"], orient="row"
    ).drop_nulls()
    names = {name for one in ties for name in (one["own"], one["named"]) if name} - {one["entity_id"] for one in known}
    facts = pl.DataFrame([*known, *map(entity, sorted(names))], schema=FACTS)
    types = relation_types()
    traced = trace(rows, owned, principals=PRINCIPALS)
    unnumbered = pl.DataFrame(
        [("person", one["source"], f"r{place}", one["role"]) for place, one in enumerate(ties) if one.get("bare")],
        schema=dict.fromkeys(["subject", "source", "record_id", "role"], pl.String), orient="row",
    )  # fmt: skip
    met = face(traced["named"], traced["claims"], facts, unnumbered, types=types)
    cycles = knot(traced["edges"], types=types)["cycles"]
    result = weigh(met["faced"], met["claimed"], cycles, facts, looks=looks(code))["findings"]
    assert set(result["rule"]) <= {code}
    return sorted(result.select("record_id", "role", "field", "before", "after").rows())


def test_a_row_that_names_somebody_by_too_little_dangles() -> None:
    ties = [tie("marriage", "A", "B"), tie("marriage", "A", None), tie("marriage", None, "C")]

    assert found("L1", ties) == [("r1", "spouse", "SPOUSE_OF", None, None)]


def test_a_marriage_that_the_other_sides_rows_deny_lacks_its_counterpart() -> None:
    mutual = [tie("marriage", "A", "B"), tie("marriage", "B", "A")]
    again = [*mutual, tie("marriage", "B", "C"), tie("marriage", "C", "B")]

    assert found("L2", mutual) == []
    assert found("L2", again) == []
    assert found("L2", [tie("marriage", "A", "B")]) == []
    assert found("L2", [tie("marriage", "A", "B"), tie("marriage", "B", "C"), tie("marriage", "C", "B")]) == [
        ("r0", "spouse", "SPOUSE_OF", "B", "C")
    ]


def test_a_row_that_names_a_stranger_is_flagged_and_the_right_row_of_the_other_side_is_not() -> None:
    wrong, right = tie("marriage", "A", "X"), tie("marriage", "B", "A")
    known = [tie("marriage", "X", "Y"), tie("marriage", "Y", "X")]

    assert found("L2", [wrong, right]) == [("r0", "spouse", "SPOUSE_OF", "X", None)]
    assert found("L2", [wrong, right, *known]) == [("r0", "spouse", "SPOUSE_OF", "X", "Y")]
    assert found("L2", [right]) == []


def test_two_mothers_of_one_child_deny_each_other_and_an_adoption_denies_nobody() -> None:
    twice = [tie("birth", "C", "M"), tie("birth", "C", "N")]
    parents = [tie("birth", "C", "M"), tie("birth", "C", "F", role="father"), tie("birth", "C", "M")]
    adopted = [tie("birth", "C", "M"), tie("guardian", "N", "C", valid_from="2001-01-01")]

    assert [one[:4] for one in found("L2", twice)] == [
        ("r0", "mother", "PARENT_OF", "M"),
        ("r1", "mother", "PARENT_OF", "N"),
    ]
    assert found("L2", parents) == []
    assert found("L2", adopted) == []


def test_a_tie_with_oneself_is_illegal() -> None:
    assert found("L3", [tie("marriage", "A", "A"), tie("marriage", "A", "B")]) == [
        ("r0", "spouse", "SPOUSE_OF", "A", None)
    ]


def test_a_parent_is_twelve_years_older_than_the_child_to_the_day() -> None:
    ties = [tie("birth", "C", "M"), tie("birth", "C", "N"), tie("birth", "C", "O"), tie("birth", "C", "P")]
    born = {"C": date(2010, 5, 2), "M": date(1998, 5, 3), "N": date(1998, 5, 2), "O": date(2012, 1, 1), "P": None}

    assert found("L3", ties, *(entity(name, born=day) for name, day in born.items())) == [
        ("r0", "mother", "PARENT_OF", "11", None),
        ("r2", "mother", "PARENT_OF", "-2", None),
    ]


def test_ties_that_lead_back_to_their_beginning_are_found_and_what_leads_to_or_from_them_is_not() -> None:
    ring = [tie("guardian", "A", "B"), tie("guardian", "B", "C"), tie("guardian", "C", "A")]
    rest = [tie("guardian", "X", "A"), tie("guardian", "C", "Y"), tie("guardian", "Y", "Z"), tie("guardian", "Q", "R")]
    second = [tie("guardian", "Z", "W"), tie("guardian", "W", "Z")]

    assert [one[0] for one in found("L3", [*ring, *rest, *second])] == ["r0", "r1", "r2", "r7", "r8"]


def test_a_legal_representative_who_had_died_when_the_record_was_made_is_illegal() -> None:
    ties = [
        tie("market", "F", "A", recorded_at="2020-01-01"),
        tie("market", "F", "B", recorded_at="2020-01-01"),
        tie("market", "G", "A", recorded_at="2020-01-01", valid_to="2018-12-01"),
        tie("market", "H", "A", recorded_at="2020-01-01"),
    ]
    known = (
        entity("A", died=date(2019, 1, 1)),
        entity("B", died=date(2021, 1, 1)),
        entity("H", closed=date(2018, 1, 1)),
    )

    assert found("L3", ties, *known) == [("r0", "representative", "LEGAL_REP_OF", "2020-01-01", "2019-01-01")]


def test_a_tie_lies_within_both_lives() -> None:
    ties = [
        tie("marriage", "A", "B", valid_from="1979-01-01"),
        tie("marriage", "A", "B", valid_from="2020-06-01"),
        tie("marriage", "A", "B", valid_from="2000-01-01"),
        tie("marriage", "A", "B", valid_from="2000-01-01", valid_to="2020-06-01"),
        tie("marriage", "A", "B", valid_from="2000-01-01", valid_to="2020-01-20"),
        tie("marriage", "A", "B"),
    ]
    known = (entity("A", born=date(1980, 1, 1)), entity("B", born=date(1970, 1, 1), died=date(2020, 1, 1)))

    assert [(one[0], one[3]) for one in found("L4", ties, *known)] == [
        ("r0", "1979-01-01"),
        ("r1", "2020-06-01"),
        ("r3", "2020-06-01"),
    ]


def test_a_tie_to_one_who_is_named_without_an_identifier_may_be_to_another_of_the_name() -> None:
    outside = {"valid_from": "1979-01-01"}, {"valid_from": "2020-06-01"}, {"valid_to": "2020-06-01"}
    known = (entity("A"), entity("B", born=date(1980, 1, 1), died=date(2020, 1, 1)))
    late = (entity("A", born=date(1980, 1, 1)), entity("B"))

    assert len(found("L4", [tie("marriage", "A", "B", **told) for told in outside], *known)) == 3
    assert found("L4", [tie("marriage", "A", "B", bare=True, **told) for told in outside], *known) == []
    assert len(found("L4", [tie("marriage", "A", "B", bare=True, **told) for told in outside], *late)) == 1
