from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.tables import EVENTS, WITNESSES
from trees.events import BRANCHES, event_types, group_events

PERSON = event_types()["person"]


def heard(*rows: tuple[str, str, str | None, str]) -> pl.DataFrame:
    """Return witnesses of entity E: source, type, date, place in the table."""
    columns = ("source", "event_type", "valid_from", "recorded_at")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    empty = WITNESSES.empty().drop("event_id", "source", "event_type", "valid_from", "recorded_at", "witness_id")
    return pl.concat(
        [
            frame.with_row_index("witness_id").with_columns(pl.col("witness_id").cast(pl.Int64), entity_id=pl.lit("E"), role=pl.lit(""), record_id=pl.lit("r")),
            empty,
        ],
        how="diagonal",
    )  # fmt: skip


def dates(frame: pl.DataFrame) -> list[tuple[str | None, int, list[str]]]:
    events = group_events(frame, types=PERSON).events
    return sorted(events.select("valid_from", "witnesses", "sources").rows(), key=str)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([("a", "MAR.REG", "2010-05-01", "2010"), ("b", "MAR.REG", "2010-05-03", "2011")], [("2010-05-01", 2, ["a", "b"])], id="two sources within the tolerance tell of one"),
        pytest.param([("a", "MAR.REG", "2010-05-01", "2010"), ("b", "MAR.REG", "2010-06-03", "2011")], [("2010-05-01", 1, ["a"]), ("2010-06-03", 1, ["b"])], id="dates further apart are two"),
        pytest.param([("a", "MED.VIS", "2010-05-01", "2010"), ("a", "MED.VIS", "2010-05-01", "2010")], [("2010-05-01", 1, ["a"]), ("2010-05-01", 1, ["a"])], id="one source tells twice of what can happen twice"),
        pytest.param([("a", "DTH.CERT", "2010-05-01", "2010"), ("a", "DTH.CERT", "2010-05-02", "2010")], [("2010-05-01", 2, ["a"])], id="what happens once is one event"),
        pytest.param([("a", "MAR.REG", None, "2010"), ("b", "MAR.REG", "2010-05-03", "2011")], [("2010-05-03", 1, ["b"]), (None, 1, ["a"])], id="without a date it stands alone"),
    ],
)  # fmt: skip
def test_witnesses_are_grouped(rows: list[tuple[str, str, str | None, str]], expected: list[object]) -> None:
    assert dates(heard(*rows)) == expected


def test_an_event_takes_what_was_recorded_first_and_bears_the_smallest_witness() -> None:
    frame = heard(("a", "MAR.REG", "2010-05-03", "2012"), ("b", "MAR.REG", "2010-05-01", "2011")).with_columns(
        number=pl.Series(["late", "early"]), amount=pl.Series(["9", None])
    )

    (event,) = group_events(frame, types=PERSON).events.to_dicts()

    assert (event["event_id"], event["number"], event["amount"]) == (0, "early", "9")
    assert (event["valid_from"], event["recorded_at"]) == ("2010-05-01", "2011")


told = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["MAR.REG", "DTH.CERT", "TRV.RIDE"]),
    st.sampled_from([None, "2020", "2020-01-01", "2020-01-02", "2020-01-05", "2020-03-01"]),
    st.sampled_from(["2020", "2021"]),
)


@given(st.lists(told, min_size=1, max_size=12))
def test_every_witness_is_of_one_event_whatever_the_order_of_rows(rows: list[tuple[str, str, str | None, str]]) -> None:
    frame = heard(*rows)

    forth, back = group_events(frame, types=PERSON), group_events(frame.reverse(), types=PERSON)

    assert_frame_equal(forth.events, back.events)
    assert_frame_equal(forth.witnesses, back.witnesses)
    assert forth.events["witnesses"].sum() == frame.height
    smallest = forth.witnesses.group_by("event_id").agg(pl.col("witness_id").min())
    assert (smallest["event_id"] == smallest["witness_id"]).all()
    assert list(forth.events.schema) == list(EVENTS.columns)


def test_every_type_belongs_to_a_branch_of_its_subject() -> None:
    for subject, types in event_types().items():
        assert {one.branch for one in types.values()} <= set(BRANCHES[subject])
    assert {one.branch for one in PERSON.values()} == set(BRANCHES["person"])
