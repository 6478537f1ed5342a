"""Where each source holds a subject once, no entity has two records of one source."""

from __future__ import annotations

import polars as pl

from engine.settings.subject import Attribute, BlockingRule, Comparison, Subject
from engine.tables import CONFLICTS, LINKS, SIGNATURES
from matchers.clustering import cluster


def subject(pairs: str) -> Subject:
    return Subject(
        attributes={"name": Attribute()},
        blocking=(BlockingRule(on=("name",)),),
        comparison=(Comparison(attribute=("name",)),),
        pairs=pairs,
    )


def clusters(pairs: str) -> dict[int, int]:
    signatures = SIGNATURES.conform(
        pl.DataFrame(
            {
                "signature_id": [1, 2, 3],
                "records": [1, 1, 1],
                "sources": [["left"], ["right"], ["right"]],
                "first_seen": [None] * 3,
                "last_seen": [None] * 3,
                "name": ["ann", "ann", "anna"],
            }
        ),
        ("name",),
    )
    links = LINKS.conform(
        pl.DataFrame(
            {"signature_l": [1, 1], "signature_r": [2, 3], "match_weight": [9, 5], "reason": ["model", "model"]}
        )
    )
    found = cluster(signatures, links, CONFLICTS.empty(), subject=subject(pairs))
    return dict(found.select("signature_id", "cluster_id").iter_rows())


def test_the_better_link_keeps_the_other_record_of_the_source_away() -> None:
    assert clusters("between_sources") == {1: 1, 2: 1, 3: 3}


def test_otherwise_a_source_may_hold_a_subject_twice() -> None:
    assert clusters("all") == {1: 1, 2: 1, 3: 1}
