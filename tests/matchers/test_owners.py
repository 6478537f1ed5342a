"""Whom a value that several bear belongs to: as told of few bearers, and as the stages find it."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS
from matchers.clustering.exclusive import doubted_values, sure_values
from matchers.realtime.stars import Group, owner_of

VALUE = "330199197704070839"
SUBJECT = Subject.model_validate(
    {
        "attributes": dict.fromkeys(("id_no", "old_no", "name"), "text"),
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
        "identifier": [
            {"attribute": "id_no", "former": "old_no", "contradicted_by": ["name"], "unsure_when": "name = 'unsure'"}
        ],
    }
)
BEARER = st.fixed_dictionaries(
    {
        "sources": st.lists(st.sampled_from("abcd"), min_size=1, unique=True).map(sorted),
        "id_no": st.sampled_from([VALUE, VALUE, None]),
        "name": st.sampled_from(["ann", "unsure"]),
    }
)


@given(st.lists(st.lists(BEARER, min_size=1, max_size=3), min_size=2, max_size=4))
def test_a_value_belongs_to_the_group_whose_bearers_the_stages_do_not_doubt(apart: list[list[dict[str, Any]]]) -> None:
    numbered = iter(range(1, 100))
    rows = [[{"signature_id": next(numbered), "old_no": VALUE, **one} for one in own] for own in apart]
    groups = {Group(own[0]["signature_id"], frozenset(one["signature_id"] for one in own)) for own in rows}
    bearing = [one for own in rows for one in own]
    hubs = sorted(one.hub for one in groups)
    links = [(one.hub, other, 0, "identifier") for one in groups for other in one.signatures - {one.hub}]
    conflicts = [(left, right, "contradiction", "id_no", VALUE) for left in hubs for right in hubs if left < right]
    frame = pl.DataFrame(bearing).with_columns(pl.col("id_no").cast(pl.String))

    doubted = doubted_values(
        frame.with_columns(*sure_values(frame, SUBJECT)),
        LINKS.conform(pl.DataFrame(links, schema=LINKS.columns, orient="row")),
        CONFLICTS.conform(pl.DataFrame(conflicts, schema=CONFLICTS.columns, orient="row")),
    )
    owner = owner_of(groups, bearing, VALUE, SUBJECT.identifiers[0], subject=SUBJECT)

    own = next((one.signatures for one in groups if one.hub == owner), frozenset())
    sure = {one["signature_id"] for one in bearing if one["id_no"] == VALUE and one["name"] != "unsure"}
    assert set(doubted["signature_id"]) == sure - own
    assert (owner is None) == (not sure)
