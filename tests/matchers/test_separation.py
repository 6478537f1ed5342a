"""Why two signatures are two entities: one stage each, the one that kept them apart, and what would join them."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Caution, Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, MASS_VALUES, RECORDS, SIGNATURES
from matchers.explain import Evidence, Known, Parted, Side, separation, smallest_change, would_join
from matchers.models import Calibration, train
from matchers.signatures import sign

ATTRIBUTES = ("name", "id_no")
NOBODY_JUDGED = pl.DataFrame(schema={"signature_l": pl.Int64, "signature_r": pl.Int64, "judgement": pl.String})
Row = tuple[str, str | None, list[str]]


def subject(pairs: str) -> Subject:
    return Subject.model_validate(
        {
            "attributes": dict.fromkeys(ATTRIBUTES, "text"),
            "blocking": ["name"],
            "comparison": [{"attribute": "name", "kind": "text"}],
            "identifier": [{"attribute": "id_no"}],
            "pairs": pairs,
        }
    )


def calibration(settings: Subject) -> Calibration:
    """Return a calibration under which no pair reaches the threshold."""
    trained = train(signatures(("ann", None, ["tax"])), subject=settings, name="person")
    return trained.model_copy(update={"c": 1e-9})


def signatures(*rows: Row) -> pl.DataFrame:
    frame = pl.DataFrame(
        [(number, 1, *row) for number, row in enumerate(rows)],
        schema={"signature_id": pl.Int64, "records": pl.Int64, "name": pl.String, "id_no": pl.String, "sources": pl.List(pl.String)},
        orient="row",
    ).with_columns(first_seen=pl.lit(None), last_seen=pl.lit(None))  # fmt: skip
    return SIGNATURES.conform(frame, ATTRIBUTES)


def separated(
    left: Row,
    right: Row,
    *,
    pairs: str = "all",
    generic: tuple[str, ...] = (),
    silent: tuple[str, ...] = (),
    linked: bool = False,
    states: tuple[str, ...] = (),
) -> Parted:
    settings = subject(pairs)
    common = [(rule, value, 5_000, 12_497_500) for rule, _, value in (one.partition("=") for one in generic)]
    void = [
        {"attribute": name, "value": value, "action": "null"} for name, _, value in (s.partition("=") for s in silent)
    ]
    rows = [{name: row.get(name) for name in MASS_VALUES.columns} for row in void]
    known = Known(
        settings,
        calibration(settings),
        10_000,
        GENERIC_VALUES.conform(pl.DataFrame(common, schema=GENERIC_VALUES.columns, orient="row")),
        MASS_VALUES.conform(pl.DataFrame(rows, schema=MASS_VALUES.columns)),
    )
    both = signatures(left, right)
    links = LINKS.conform(pl.DataFrame([(0, 1, 1, "model")] if linked else [], schema=LINKS.columns, orient="row"))
    return separation(Evidence(both.head(1), both.tail(1), links, CONFLICTS.empty(), states), known=known)


ANN, BOB = ("ann", "000", ["tax"]), ("bob", "000", ["health"])


@pytest.mark.parametrize(
    ("left", "right", "generic", "stage", "told"),
    [
        pytest.param(ANN, BOB, ("identifier id_no=000",), "junk", "000 (identifier id_no)", id="a generic identifier alone"),
        pytest.param(ANN, ("ann", "000", ["tax"]), ("identifier id_no=000",), "junk", "000", id="a generic identifier, and compared"),
        pytest.param(ANN, ("ann", None, ["tax"]), ("identifier id_no=000", "name=ann"), "junk", "ann (name)", id="a generic name"),
        pytest.param(ANN, ("ann", None, ["tax"]), ("identifier id_no=000",), "weight", "below the threshold", id="only one bears it"),
        pytest.param(ANN, BOB, ("identifier id_no=111",), "not blocked", "no blocking rule", id="another value is generic"),
    ],
)  # fmt: skip
def test_a_generic_identifier_that_both_bear_is_named(
    left: Row, right: Row, generic: tuple[str, ...], stage: str, told: str
) -> None:
    found = separated(left, right, generic=generic)

    assert found.stage == stage
    assert told in found.because


def test_a_value_that_too_many_bear_is_named_where_only_it_would_have_made_a_pair() -> None:
    found = separated(("ann", None, ["tax"]), ("ann", None, ["health"]), silent=("name=ann",))

    assert (found.stage, found.attributes) == ("junk", ("name",))
    assert "ann" in found.because


@pytest.mark.parametrize(
    ("left", "right", "linked", "stage"),
    [
        pytest.param(["tax"], ["tax"], False, "same source", id="one source"),
        pytest.param(["tax"], ["tax"], True, "same source", id="one source, linked by an identifier"),
        pytest.param(["tax"], ["health"], False, "weight", id="two sources"),
        pytest.param(["tax", "health"], ["tax"], False, "weight", id="one of them of both, compared"),
        pytest.param(["tax", "health"], ["tax"], True, "same source", id="one of them of both, linked"),
    ],
)
def test_records_of_one_source_are_told_as_such_where_each_source_holds_a_subject_once(
    left: list[str], right: list[str], linked: bool, stage: str
) -> None:
    sides = ("ann", None, left), ("ann", None, right)

    assert separated(*sides, pairs="between_sources", linked=linked).stage == stage
    assert separated(*sides, pairs="all", linked=linked).stage == ("split" if linked else "weight")


@pytest.mark.parametrize(
    ("other", "states", "stage"),
    [
        pytest.param(None, ("refined", "refined"), "split", id="refined"),
        pytest.param(None, ("whole", "ambiguous"), "ambiguous", id="a state of its own"),
        pytest.param("222", ("refined", "refined"), "constraint", id="two numbers"),
    ],
)
def test_linked_entities_are_apart_by_two_numbers_or_by_the_state_of_a_cluster(
    other: str | None, states: tuple[str, ...], stage: str
) -> None:
    found = separated(("ann", "111", ["tax"]), ("ann", other, ["health"]), linked=True, states=states)

    assert found.stage == stage
    assert found.pair == (0, 1)


@pytest.mark.parametrize(("city", "stage"), [("city 1", "weight"), ("city 2", "junk"), (None, "junk")])
def test_two_of_one_part_of_a_block_that_was_too_large_were_compared(city: str | None, stage: str) -> None:
    rule = {"on": ["name"], "max_block": 2, "refine": ["city"]}
    cut = Subject.model_validate({**PERSON.model_dump(by_alias=True), "blocking": [rule]})
    common = pl.DataFrame([("name", "ann", 5_000, 12_497_500)], schema=GENERIC_VALUES.columns, orient="row")
    known = weighing()._replace(subject=cut, generic=GENERIC_VALUES.conform(common))
    one = side(known, "a", name="ann", born="day 7", phone="phone 7", city="city 1")
    other = side(known, "b", name="ann", born="day 8", phone="phone 9", city=city)
    held = Evidence(one.signatures, other.signatures, LINKS.empty(), CONFLICTS.empty())

    assert separation(held, known=known).stage == stage


def test_a_bridge_that_was_cut_is_told_as_such() -> None:
    both = signatures(("ann", None, ["tax"]), ("ann", None, ["health"]))
    links = LINKS.conform(pl.DataFrame([(0, 1, 1, "model")], schema=LINKS.columns, orient="row"))
    states = ("refined", "refined")
    settings = subject("all")
    held = Evidence(both.head(1), both.tail(1), links, CONFLICTS.empty(), states, bridged=True)
    known = Known(settings, calibration(settings), 10, GENERIC_VALUES.empty(), MASS_VALUES.empty())

    found = separation(held, known=known)

    assert found.stage == "split"
    assert "bridge" in found.because


PERSON = Subject.model_validate(
    {
        "attributes": {"name": "name", "born": "text", "phone": "text", "city": "text"},
        "sufficient": [["name", "born", "phone"]],
        "blocking": [["name"], ["born", "phone"]],
        "comparison": [{"attribute": name, "kind": "exact"} for name in ("name", "born", "phone", "city")],
        "model": {"threshold": 4.0},
    }
)


def weighing() -> Known:
    """Return a model by which agreement weighs 8 bits and disagreement -4, 2 and -1 for the city, the prior -5."""
    weights = tuple(
        {"label": name, "levels": [
            {"label": "exact", "level": 1, "m": 0.5, "u": 0.5 / 2**more},
            {"label": "else", "level": 0, "m": 0.5 / 2**less, "u": 0.5},
        ]}
        for name, more, less in (("name", 8, 4), ("born", 8, 4), ("phone", 8, 4), ("city", 2, 1))
    )  # fmt: skip
    told = {"trainer": "none", "version": "1", "signatures": 33, "sample": 33, "seed": 0}
    model = Calibration.model_validate({"subject": "person", "comparisons": weights, "c": 1.0, "provenance": told})
    return Known(PERSON, model, 34, GENERIC_VALUES.empty(), MASS_VALUES.empty())


def side(known: Known, record_id: str, **values: str | None) -> Side:
    blank = dict.fromkeys((*RECORDS.columns, *PERSON.attributes))
    row = blank | {"source": "tax", "record_id": record_id, "role": ""} | values
    record = RECORDS.conform(pl.DataFrame([row]), tuple(PERSON.attributes))
    signed = sign(record, record.head(0), subject=known.subject)
    return Side(signed.signatures, record.with_columns(signature_id=signed.record_signature["signature_id"]))


def test_the_smallest_change_is_one_field_where_one_is_enough() -> None:
    known = weighing()
    sides = (
        side(known, "a", name="name 7", born="day 7", phone="phone 7", city="city 1"),
        side(known, "b", name="name 8", born="day 7", phone="phone 9", city="city 2"),
    )
    assert not would_join(sides, NOBODY_JUDGED, known=known)

    edits = smallest_change(sides, NOBODY_JUDGED, known=known)

    assert len(edits) == 1
    assert (edits[0].attribute, edits[0].before, edits[0].after) == ("name", "name 7", "name 8")
    assert edits[0].record["record_id"] == "a"


def test_two_fields_change_where_one_is_not_enough_and_the_changed_records_join() -> None:
    known = weighing()
    sides = (
        side(known, "a", name="name 7", born="day 7", phone="phone 7", city="city 1"),
        side(known, "b", name="name 8", born="day 8", phone="phone 9", city="city 2"),
    )

    edits = smallest_change(sides, NOBODY_JUDGED, known=known)

    assert len(edits) == 2
    changed = {edit.attribute: edit.after for edit in edits}
    own = 0 if edits[0].record["record_id"] == "a" else 1
    before = {name: sides[own].records[name].item() for name in PERSON.attributes}
    anew = [sides[0], sides[1]]
    anew[own] = side(known, "ab"[own], **(before | changed))
    assert would_join((anew[0], anew[1]), NOBODY_JUDGED, known=known)


def test_two_whom_a_caution_leaves_to_a_person_are_apart_by_it_and_a_change_ends_it() -> None:
    settings = {"agree": ["born", "phone"], "differ": ["city"]}
    subject = PERSON.model_copy(update={"cautions": (Caution(name="possible twins", **settings),)})
    known = weighing()._replace(subject=subject)
    sides = (
        side(known, "a", name="name 7", born="day 7", phone="phone 7", city="city 1"),
        side(known, "b", name="Name 7", born="day 7", phone="phone 7", city="city 2"),
    )
    held = Evidence(sides[0].signatures, sides[1].signatures, LINKS.empty(), CONFLICTS.empty())

    found = separation(held, known=known)
    edits = smallest_change(sides, NOBODY_JUDGED, known=known, first=found.attributes)

    assert (found.stage, found.attributes) == ("constraint", ("city",))
    assert "possible twins" in found.because
    assert [edit.attribute for edit in edits] == ["city"]
