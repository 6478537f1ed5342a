"""What becomes of a ticket in each state when a run does, or does not, show the fault again."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.cleanse import load_rules
from engine.errors import InputError, StoreError
from engine.tickets import (
    TICKET_EVENTS,
    Observation,
    append_events,
    compared,
    ledger,
    open_ledger,
    opened,
    ticket_states,
)
from engine.tickets.tables import FAULT

RULES = {rule.code: rule for rule in load_rules()}
KEY = {"subject": "person", "source": "civil", "rule": "A1", "record_id": "7", "role": "", "field": "card"}


def events(*rows: tuple[str, str], rule: str = "A1") -> pl.DataFrame:
    """Return the events (day, event) of one ticket, found as value `x` of version `v1`."""
    seen = {"before": "x", "version": "v1"}
    told = [
        {
            "place": place,
            "ticket": "T1",
            "at": day,
            "event": event,
            "due": "2024-01-09" if event == "fed_back" else None,
        }
        | (KEY | {"rule": rule, "severity": "E"} | seen if event == "found" else seen if event == "reopened" else {})
        for place, (day, event) in enumerate(rows)
    ]
    return pl.DataFrame(told, schema=TICKET_EVENTS.schema())


def shown(*, fires: str | None = None, rule: str = "A1", without: str = "") -> Observation:
    fault = {"ticket": "T1", **KEY, "rule": rule, "severity": "E", "before": fires, "after": None, "wanted": True}
    columns = dict.fromkeys(("ticket", *FAULT, "severity", "before", "after"), pl.String) | {"wanted": pl.Boolean}
    rows = [fault] if fires else []
    return Observation("run", pl.DataFrame(rows, schema=columns), {one: RULES[one] for one in RULES if one != without})


def moves(past: list[str], seen: Observation, version: str | None, rule: str = "A1") -> list[str]:
    """Return the events that follow for a ticket with the `past` when its record has the `version` in the run."""
    days = [(f"2024-01-0{place}", event) for place, event in enumerate(past, start=1)]
    standing = ticket_states(events(*days, rule=rule), as_of="2024-02-01")
    versions = pl.DataFrame(
        {"ticket": ["T1"], "version": [version]}, schema={"ticket": pl.String, "version": pl.String}
    )
    told = compared(seen, standing, versions.drop_nulls(), at="2024-02-01")
    return told["event"].to_list()


MENDED = ["fixed", "verified", "re_shared"]
PASTS = {
    "found": ["found"],
    "fed back": ["found", "fed_back"],
    "answered fixed": ["found", "fed_back", "fixed"],
    "rejected": ["found", "fed_back", "rejected"],
    "verified": ["found", "fed_back", *MENDED],
    "reopened": ["found", *MENDED, "reopened"],
    "withdrawn": ["found", "withdrawn"],
    "dismissed": ["found", "fed_back", "rejected", "dismissed"],
}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("found", MENDED),
        ("fed back", MENDED),
        ("answered fixed", MENDED[1:]),
        ("rejected", MENDED),
        ("reopened", MENDED),
        ("withdrawn", MENDED),
        ("verified", []),
        ("dismissed", []),
    ],
)
def test_a_new_version_in_which_the_rule_passes_closes_what_is_open(state: str, expected: list[str]) -> None:
    assert moves(PASTS[state], shown(), "v2") == expected


@pytest.mark.parametrize("state", list(PASTS))
def test_a_record_that_vanished_is_never_verified(state: str) -> None:
    told = moves(PASTS[state], shown(), None)
    assert told == (["withdrawn"] if state not in ("verified", "withdrawn", "dismissed") else [])


@pytest.mark.parametrize("state", ["found", "fed back", "answered fixed", "rejected", "reopened"])
def test_an_unchanged_record_that_a_changed_rule_lets_pass_is_not_verified(state: str) -> None:
    assert moves(PASTS[state], shown(), "v1") == ["withdrawn"]


@pytest.mark.parametrize("state", list(PASTS))
def test_a_rule_that_is_switched_off_verifies_nothing(state: str) -> None:
    assert moves(PASTS[state], shown(without="A1"), "v2") == []


@pytest.mark.parametrize(
    ("state", "value", "version", "expected"),
    [
        ("fed back", "x", "v1", []),
        ("fed back", "x", "v2", []),
        ("fed back", "y", "v2", ["reopened"]),
        ("answered fixed", "x", "v1", []),
        ("answered fixed", "x", "v2", ["reopened"]),
        ("rejected", "x", "v2", []),
        ("rejected", "y", "v2", ["reopened"]),
        ("found", "y", "v2", ["observed"]),
        ("found", "x", "v1", []),
        ("verified", "x", "v3", ["reopened"]),
        ("withdrawn", "x", "v1", ["reopened"]),
        ("dismissed", "x", "v2", []),
        ("dismissed", "y", "v2", ["reopened"]),
    ],
)
def test_a_rule_that_fires_again_reopens_what_was_mended_in_vain(
    state: str, value: str, version: str, expected: list[str]
) -> None:
    assert moves(PASTS[state], shown(fires=value), version) == expected


def test_a_new_fault_is_opened_once() -> None:
    seen = shown(fires="x")
    versions = pl.DataFrame({"ticket": ["T1"], "version": ["v1"]})
    none = ticket_states(TICKET_EVENTS.empty(), as_of="2024-01-01")
    first = opened(seen, none, versions, at="2024-01-01")
    assert first.select("ticket", "event", "before", "version").rows() == [("T1", "found", "x", "v1")]
    standing = ticket_states(events(("2024-01-01", "found")), as_of="2024-01-01")
    assert opened(seen, standing, versions, at="2024-01-02").is_empty()


def test_a_state_is_that_of_the_day_asked_for() -> None:
    told = events(("2024-01-01", "found"), ("2024-01-05", "fed_back"), ("2024-01-20", "verified"))
    days = ("2023-12-31", "2024-01-05", "2024-01-09", "2024-01-10", "2024-01-20")
    stood = [ticket_states(told, as_of=day).select("state", "overdue").rows() for day in days]
    assert stood == [[], [("fed_back", False)], [("fed_back", False)], [("fed_back", True)], [("verified", False)]]


def test_states_do_not_depend_on_the_order_of_the_events() -> None:
    told = events(("2024-01-01", "found"), ("2024-01-05", "fed_back"), ("2024-01-05", "rejected"))
    assert_frame_equal(ticket_states(told.reverse(), as_of="2024-02-01"), ticket_states(told, as_of="2024-02-01"))


def test_the_ledger_is_added_to_and_never_altered(tmp_path: Path) -> None:
    with ledger(tmp_path, as_of="2024-01-01") as empty:
        one = append_events(empty, events(("2024-01-01", "found")))
        before = {file.name: file.read_bytes() for file in one.folder.glob("*.parquet")}
        two = append_events(one, events(("2024-01-02", "fed_back")))
    assert open_ledger(tmp_path).events["event"].to_list() == ["found", "fed_back"]
    assert_frame_equal(open_ledger(tmp_path).events, two.events)
    assert {name: (two.folder / name).read_bytes() for name in before} == before


def test_a_ledger_with_a_gap_or_a_damaged_file_is_refused(tmp_path: Path) -> None:
    with ledger(tmp_path, as_of="2024-01-01") as found:
        for day in ("2024-01-01", "2024-01-02"):
            found = append_events(found, events((day, "found")))
    (found.folder / "00000002.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="damaged"):
        open_ledger(tmp_path)
    (found.folder / "00000001.parquet").unlink()
    with pytest.raises(StoreError, match=r"00000001\.parquet is missing"):
        open_ledger(tmp_path)


def test_a_day_before_the_latest_event_is_refused(tmp_path: Path) -> None:
    with ledger(tmp_path, as_of="2024-01-01") as found:
        append_events(found, events(("2024-01-05", "found")))
    with pytest.raises(InputError, match="already tell of 2024-01-05"), ledger(tmp_path, as_of="2024-01-04"):
        pass
