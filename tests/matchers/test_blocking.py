"""Blocking: what is proposed, what it costs, and what is too common to compare on."""

from __future__ import annotations

import polars as pl
import pytest

from engine.errors import BudgetError
from engine.settings import Subject
from engine.tables import SIGNATURES
from matchers.blocking import check_budget, distinct, join, key, size


def subject(*rules: dict, **more: object) -> Subject:
    return Subject.model_validate(
        {
            "attributes": {"name": "text", "town": "text"},
            "blocking": list(rules),
            "comparison": [{"attribute": "name"}],
            **more,
        }
    )


def signatures(*rows: tuple[int, str | None, str | None, list[str]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        [
            {"signature_id": i, "name": name, "town": town, "sources": sources, "records": 1}
            for i, name, town, sources in rows
        ],
        schema_overrides={"name": pl.String, "town": pl.String},
    ).with_columns(first_seen=pl.lit(None, pl.String), last_seen=pl.lit(None, pl.String))
    return SIGNATURES.conform(frame, ("name", "town"))


def candidates(kept_keys: pl.DataFrame, of: Subject) -> list[tuple[int, int, int]]:
    return distinct(pl.concat(part.candidates for part in join(kept_keys, subject=of))).rows()


def pairs(frame: pl.DataFrame, of: Subject) -> list[tuple[int, int, int]]:
    sized = size(key(frame, subject=of).block_keys, subject=of)
    return candidates(sized.kept_keys, of)


def test_each_pair_is_proposed_once_by_the_first_rule_that_finds_it() -> None:
    frame = signatures((1, "ann", "ayr", ["a"]), (2, "ann", "ayr", ["a"]), (3, "bob", "ayr", ["a"]))

    found = pairs(frame, subject({"on": ["name"]}, {"on": ["town"]}))

    assert found == [(1, 2, 0), (1, 3, 1), (2, 3, 1)]


def test_missing_values_and_empty_keys_propose_nothing() -> None:
    frame = signatures((1, None, "ayr", ["a"]), (2, None, "ely", ["a"]), (3, "!", None, ["a"]), (4, "?", None, ["a"]))

    assert pairs(frame, subject({"on": ["name"]}, {"on": ["substr(name, 2, 3)"]})) == []


def test_a_rule_that_yields_a_list_gives_a_key_per_item() -> None:
    frame = signatures((1, "ann lee", None, ["a"]), (2, "lee wong", None, ["a"]), (3, "wong", None, ["a"]))

    assert pairs(frame, subject({"on": ["tokens(name)"]})) == [(1, 2, 0), (2, 3, 0)]


def test_between_sources_never_pairs_records_of_one_source_and_counts_so() -> None:
    of = subject({"on": ["name"]}, pairs="between_sources")
    frame = signatures(
        (1, "ann", None, ["a"]), (2, "ann", None, ["a"]), (3, "ann", None, ["b"]), (4, "ann", None, ["a", "b"])
    )

    sized = size(key(frame, subject=of).block_keys, subject=of)

    assert candidates(sized.kept_keys, of) == [
        (1, 3, 0),
        (1, 4, 0),
        (2, 3, 0),
        (2, 4, 0),
        (3, 4, 0),
    ]
    assert sized.rule_pairs["pairs"].sum() == 5


def test_an_oversized_block_is_listed_with_what_it_would_have_cost_and_not_compared() -> None:
    of = subject({"on": ["name"], "max_block": 2})
    frame = signatures(
        *((i, "unknown", None, ["a"]) for i in range(4)), (8, "ann", None, ["a"]), (9, "ann", None, ["a"])
    )

    sized = size(key(frame, subject=of).block_keys, subject=of)

    assert sized.generic_values.to_dicts() == [
        {"blocking_rule": "name", "value": "unknown", "signatures": 4, "pairs": 6}
    ]
    assert candidates(sized.kept_keys, of) == [(8, 9, 0)]


def test_the_build_stops_before_the_join_when_the_budget_is_exceeded() -> None:
    of = subject({"on": ["town"]}, {"on": ["name"]}, pair_budget=5)
    frame = signatures(*((i, "ann", "ayr", ["a"]) for i in range(4)))
    sized = size(key(frame, subject=of).block_keys, subject=of)

    with pytest.raises(BudgetError, match=r"12 pairs; the budget is 5\n.*largest block 4: \w+"):
        check_budget(sized.rule_pairs, subject=of, name="person", records=4)


@pytest.mark.parametrize(
    ("given", "records", "budget"), [(None, 4, 50_000_000), (None, 2_000_000, 60_000_000), (5, 9, 5)]
)
def test_a_budget_that_is_not_given_grows_with_the_records(given: int | None, records: int, budget: int) -> None:
    of = subject({"on": ["town"]}, **({"pair_budget": given} if given else {}))
    proposed = pl.DataFrame({"blocking_rule": [0], "pairs": [budget], "blocks": [1], "largest": [2]})

    assert check_budget(proposed, subject=of, name="person", records=records) == budget
    with pytest.raises(BudgetError, match=f"the budget is {budget:,}"):
        check_budget(proposed.with_columns(pl.col("pairs") + 1), subject=of, name="person", records=records)


def test_pairs_do_not_depend_on_how_the_join_is_sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    of = subject({"on": ["tokens(name)"]})
    frame = signatures(*((i, f"{'abcd'[i % 4] * 2} {'xyz'[i % 3] * 2}", None, ["a"]) for i in range(24)))
    at_once = pairs(frame, of)

    monkeypatch.setattr("matchers.blocking.blocks.JOINED_AT_ONCE", 10)

    assert pairs(frame, of) == at_once
    assert len(at_once) > 24


def test_an_oversized_block_is_cut_before_it_is_demoted() -> None:
    of = subject({"on": ["name"], "max_block": 3, "refine": ["town", "substr(town, 1, 1)"]})
    frame = signatures(
        *((i, "unknown", "ayr", ["a"]) for i in (1, 2, 3)),
        *((i, "unknown", "ely", ["a"]) for i in (4, 5, 6, 7)),
        (8, "unknown", None, ["a"]),
        *((i, "ann", None, ["a"]) for i in (9, 10)),
    )

    sized = size(key(frame, subject=of).block_keys, subject=of)

    assert candidates(sized.kept_keys, of) == [(1, 2, 0), (1, 3, 0), (2, 3, 0), (9, 10, 0)]
    assert sized.rule_pairs.to_dicts() == [{"blocking_rule": 0, "pairs": 4, "blocks": 2, "largest": 3}]
    assert sized.generic_values.to_dicts() == [
        {"blocking_rule": "name", "value": "unknown", "signatures": 8, "pairs": 25}
    ]


def test_each_refinement_cuts_what_the_one_before_left_too_large() -> None:
    of = subject({"on": ["substr(name, 1, 1)"], "max_block": 2, "refine": ["town", "name"]})
    frame = signatures(
        *((i, name, town, ["a"]) for i, (name, town) in enumerate([("ann", "ayr"), ("ann", "ayr"), ("abe", "ayr"), ("abe", "ely"), ("al", "ely")]))
    )  # fmt: skip

    assert pairs(frame, of) == [(0, 1, 0), (3, 4, 0)]


def test_a_block_that_its_refinement_leaves_whole_is_not_listed() -> None:
    of = subject({"on": ["town"], "max_block": 2, "refine": ["name"]}, pairs="between_sources")
    frame = signatures(
        (1, "ann", "ayr", ["a"]), (2, "ann", "ayr", ["b"]), (3, None, "ely", ["a"]), (4, None, "ely", ["b"])
    )

    sized = size(key(frame, subject=of).block_keys, subject=of)

    assert sized.generic_values.is_empty()
    assert candidates(sized.kept_keys, of) == [(1, 2, 0), (3, 4, 0)]
