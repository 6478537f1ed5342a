"""Judgements of any number of people: what has force never contradicts itself, and nothing else loses it."""

from __future__ import annotations

import networkx as nx
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.judgements import COLUMNS, in_force

SAID = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["same", "different"])), max_size=14)


def table(said: list[tuple[int, int, str]]) -> pl.DataFrame:
    rows = [
        ("s", str(left), "", "s", str(right), "", word, "Ann", None, None, "person", None, None, f"J{place}")
        for place, (left, right, word) in enumerate(said)
        if left != right
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def pairs(judgements: pl.DataFrame, word: str) -> list[tuple[str, str]]:
    return judgements.filter(pl.col("judgement") == word).select("record_l", "record_r").rows()


def contradicted(judgements: pl.DataFrame) -> set[str]:
    """Return the ids in conflict by looking at every simple path, as the definition says."""
    graph = nx.Graph(pairs(judgements, "same"))
    edges: set[frozenset[str]] = set()
    for left, right in pairs(judgements, "different"):
        if left in graph and right in graph and nx.has_path(graph, left, right):
            edges.add(frozenset((left, right, "different")))
            for path in nx.all_simple_edge_paths(graph, left, right):
                edges |= {frozenset((*edge, "same")) for edge in path}
    rows = judgements.select("record_l", "record_r", "judgement", "judgement_id").rows()
    return {name for left, right, word, name in rows if frozenset((left, right, word)) in edges}


@settings(max_examples=60, deadline=None)
@given(SAID)
def test_what_contradicts_itself_and_nothing_else_loses_force(said: list[tuple[int, int, str]]) -> None:
    judgements = table(said)

    force = in_force(judgements, subjects=["person"])

    assert set(force.disputed["judgement_id"]) == contradicted(judgements)
    assert set(force.judgements["judgement_id"]) == set(judgements["judgement_id"]) - contradicted(judgements)
    graph = nx.Graph(pairs(force.judgements, "same"))
    assert not any(
        left in graph and right in graph and nx.has_path(graph, left, right)
        for left, right in pairs(force.judgements, "different")
    )
