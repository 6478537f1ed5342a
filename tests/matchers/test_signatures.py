"""Collapse: what shares a signature, and what never does."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings import Subject
from engine.settings.subject import Attribute
from engine.tables import RECORD_KEY, RECORDS
from matchers.signatures import collapse, sign

ATTRIBUTES = ("name", "id_no", "note")
PERSON = Subject.model_validate(
    {
        "attributes": {"name": "text", "id_no": "text", "note": {"kind": "text", "identity": False}},
        "sufficient": [["id_no"]],
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
    }
)
NOBODY = pl.DataFrame(schema=dict.fromkeys(RECORD_KEY, pl.String))


def records(*rows: dict[str, str | None]) -> pl.DataFrame:
    base = dict.fromkeys(RECORDS.schema(ATTRIBUTES)) | {"role": ""}
    return RECORDS.conform(
        pl.DataFrame([base | row for row in rows], schema_overrides=RECORDS.schema(ATTRIBUTES)), ATTRIBUTES
    )


def signature_count(frame: pl.DataFrame, judged: pl.DataFrame = NOBODY) -> int:
    signed = sign(frame, judged, subject=PERSON)
    return collapse(signed.signatures, subject=PERSON).signatures.height


def test_records_with_a_complete_sufficient_set_share_a_signature_across_sources() -> None:
    frame = records(
        {"source": "a", "record_id": "1", "name": "Ann Lee", "id_no": "7", "recorded_at": "2020-02-01"},
        {"source": "b", "record_id": "1", "name": "ann lee", "id_no": "7", "delivered_at": "2019-01-01"},
    )

    signed = sign(frame, NOBODY, subject=PERSON)
    (row,) = collapse(signed.signatures, subject=PERSON).signatures.to_dicts()

    assert (row["records"], row["sources"], row["name"]) == (2, ["a", "b"], "ann lee")
    assert (row["first_seen"], row["last_seen"]) == ("2019-01-01", "2020-02-01")


def test_a_missing_value_is_the_one_that_others_imply_and_a_delivered_one_stays() -> None:
    subject = PERSON.model_copy(
        update={"attributes": PERSON.attributes | {"id_no": Attribute(kind="text", implied="substr(name, 5, 3)")}}
    )
    frame = records(
        {"source": "a", "record_id": "1", "name": "ann lee"},
        {"source": "a", "record_id": "2", "name": "ann lee", "id_no": "7"},
        {"source": "a", "record_id": "3", "name": "ann"},
    )

    signatures = sign(frame, NOBODY, subject=subject).signatures

    assert sorted(signatures.select("name", "id_no").rows(), key=str) == [
        ("ann lee", "7"), ("ann lee", "lee"), ("ann", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({"name": "Ann"}, {"name": "Ann"}, 2, id="two namesakes without identifier"),
        pytest.param({"name": "Ann", "id_no": "7"}, {"name": "Bob", "id_no": "7"}, 2, id="one identifier, two names"),
        pytest.param(
            {"name": "Ann", "business_key": "k"}, {"name": "Ann", "business_key": "k"}, 1, id="the department's own key"
        ),
        pytest.param(
            {"name": "Ann", "business_key": "k"}, {"name": "Ann", "business_key": "j"}, 2, id="two keys of a department"
        ),
        pytest.param(
            {"name": "Ann", "id_no": "7", "note": "x"},
            {"name": "Ann", "id_no": "7"},
            1,
            id="other attributes do not count",
        ),
    ],
)
def test_what_shares_a_signature_within_a_source(one: dict, other: dict, expected: int) -> None:
    frame = records({"source": "a", "record_id": "1", **one}, {"source": "a", "record_id": "2", **other})

    assert signature_count(frame) == expected


def test_a_judged_record_has_a_signature_of_its_own() -> None:
    same = {"source": "a", "name": "Ann", "id_no": "7"}
    frame = records(*({**same, "record_id": str(i)} for i in range(4)))
    judged = frame.select(RECORD_KEY).head(2)

    assert signature_count(frame) == 1
    assert signature_count(frame, judged) == 3


def test_counts_made_in_parts_add_up_to_counts_made_at_once() -> None:
    frame = records(
        *({"source": "ab"[i % 2], "record_id": str(i), "name": "Ann", "id_no": str(i % 3)} for i in range(9))
    )
    parts = [sign(part, NOBODY, subject=PERSON).signatures for part in (frame[:4], frame[4:], frame[:0])]

    at_once = collapse(sign(frame, NOBODY, subject=PERSON).signatures, subject=PERSON).signatures

    assert_frame_equal(collapse(pl.concat(parts), subject=PERSON).signatures, at_once)
    assert at_once["records"].sum() == 9
