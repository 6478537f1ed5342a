"""Bridges sum exactly, whatever the departments hold."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from trees.census import STEPS, bridge

ENTITIES = [f"e{i}" for i in range(8)]

reasons = st.lists(
    st.sampled_from([None, None, "dead", "moved_out", "other_definition"]),
    min_size=len(ENTITIES),
    max_size=len(ENTITIES),
)
held = st.lists(st.tuples(st.sampled_from("123456"), st.sampled_from(ENTITIES)), max_size=14)


@given(reasons, held, st.sets(st.sampled_from(ENTITIES)), st.none() | st.integers(0, 20))
def test_claimed_and_the_steps_are_the_agreed_number(
    reason: list[str | None], pairs: list[tuple[str, str]], possible: set[str], claimed: int | None
) -> None:
    members = pl.DataFrame(
        {"entity_id": ENTITIES, "reason": reason}, schema={"entity_id": pl.String, "reason": pl.String}
    )
    keys = pl.DataFrame(pairs, schema={"key": pl.String, "entity_id": pl.String}, orient="row")
    listed = members.filter(pl.col("reason").is_null())["entity_id"].to_list()
    pending = pl.DataFrame({"entity_id": sorted(possible & set(listed))}, schema={"entity_id": pl.String})

    found = bridge("civil", keys, members, pending, claimed=claimed)

    assert tuple(found.steps) == STEPS
    assert found.agreed == len(listed)
    assert found.claimed + sum(found.steps.values()) == found.agreed
    for step in STEPS[1:]:
        assert abs(found.steps[step]) == found.persons.filter(pl.col("step") == step).height
    assert_frame_equal(
        found.persons, bridge("civil", keys.reverse(), members.reverse(), pending, claimed=claimed).persons
    )


@given(reasons, held)
def test_who_is_on_the_list_is_held_or_found_elsewhere(reason: list[str | None], pairs: list[tuple[str, str]]) -> None:
    members = pl.DataFrame(
        {"entity_id": ENTITIES, "reason": reason}, schema={"entity_id": pl.String, "reason": pl.String}
    )
    keys = pl.DataFrame(pairs, schema={"key": pl.String, "entity_id": pl.String}, orient="row")
    nobody = pl.DataFrame(schema={"entity_id": pl.String})

    persons = bridge("civil", keys, members, nobody).persons

    listed = set(members.filter(pl.col("reason").is_null())["entity_id"])
    elsewhere = set(persons.filter(pl.col("step") == "found_elsewhere")["entity_id"])
    assert elsewhere == listed - {entity for _, entity in pairs}
