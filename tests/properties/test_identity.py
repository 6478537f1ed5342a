"""Ids over random sequences of partitions: they stay, are never issued twice, and always lead somewhere."""

from __future__ import annotations

import itertools

import polars as pl
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.tables import LEDGER, LINKS, RECORD_HISTORY, RECORD_KEY, REDIRECTS
from matchers.identity import Registry, Renewed, inscribe, redirected, renew, valid_entity_id

Partition = dict[int, int | None]
"""The cluster of each record that is there: None where the record is in no entity."""

NONE = Registry(RECORD_HISTORY.empty(), LEDGER.empty(), REDIRECTS.empty())
PAIRS = LINKS.empty().select("signature_l", "signature_r", "reason")
NOBODY = RECORD_HISTORY.empty().select(RECORD_KEY)

partitions = st.dictionaries(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 4)), max_size=10)
sequences = st.lists(partitions, min_size=1, max_size=7)


def mentions_of(partition: Partition) -> pl.DataFrame:
    """Return a record for each number, recorded on a day of its own, with its signature and its cluster."""
    smallest: dict[int, int] = {}
    for record, cluster in sorted(partition.items()):
        if cluster is not None:
            smallest.setdefault(cluster, record)
    rows = [
        ("s", str(record), "", f"2020-01-{10 - record:02d}", None, record,
         record if cluster is None else smallest[cluster], "unresolved" if cluster is None else "whole")
        for record, cluster in partition.items()
    ]  # fmt: skip
    names = ["source", "record_id", "role", "recorded_at", "delivered_at", "signature_id", "cluster_id", "state"]
    types = [pl.String] * 5 + [pl.Int64] * 2 + [pl.String]
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def grown(known: Registry, added: Registry) -> Registry:
    return Registry(*(pl.concat(both) for both in zip(known, added, strict=True)))


def run_all(sequence: list[Partition]) -> list[tuple[Renewed, Registry]]:
    """Return what each run makes of a sequence of partitions, and the registry after it."""
    known, runs = NONE, []
    for ordinal, partition in enumerate(sequence, start=1):
        made = renew(mentions_of(partition), known, NOBODY, PAIRS, PAIRS, salt="t", ordinal=ordinal)
        known = grown(known, made.added)
        runs.append((made, known))
    return runs


def members(made: Renewed) -> dict[frozenset[str], str]:
    """Return the id of each set of records."""
    told = made.record_entity.drop_nulls("entity_id").group_by("entity_id").agg("record_id")
    return {frozenset(records): one for one, records in told.iter_rows()}


@given(sequences)
@examples(max_examples=20)
def test_unchanged_clusters_keep_their_ids_and_no_two_share_one(sequence: list[Partition]) -> None:
    runs = [members(made) for made, _ in run_all(sequence)]

    for before, after in itertools.pairwise(runs):
        assert all(after[one] == entity for one, entity in before.items() if one in after)
    for (made, _), sets in zip(run_all(sequence), runs, strict=True):
        assert sorted(sets.values()) == made.entities["entity_id"].to_list()
        assert len(set(sets.values())) == len(sets)
        assert all(valid_entity_id(one) for one in sets.values())


@given(sequences)
@examples(max_examples=20)
def test_every_id_was_created_once_and_leads_to_a_live_one_or_to_none(sequence: list[Partition]) -> None:
    for made, known in run_all(sequence):
        live = set(made.entities["entity_id"])
        issued = known.ledger.filter(pl.col("action") == "create")["entity_id"]
        leads = {one: to for one, _, to in redirected(known.redirects).iter_rows()}

        assert issued.is_unique().all()
        assert live.isdisjoint(leads)
        assert live | leads.keys() == set(issued)
        assert all(to is None or to in live for to in leads.values())


@given(partitions, st.lists(st.integers(0, 4), min_size=5, max_size=5))
@examples(max_examples=20)
def test_what_was_merged_and_parts_again_has_its_ids_back(partition: Partition, coarse: list[int]) -> None:
    merged = {record: None if one is None else coarse[one] for record, one in partition.items()}

    (first, _), _, (again, known) = run_all([partition, merged, partition])

    assert_frame_equal(again.entities, first.entities)
    assert_frame_equal(again.record_entity, first.record_entity)
    assert redirected(known.redirects).is_empty()


@given(partitions, st.sets(st.integers(0, 9)))
@examples(max_examples=20)
def test_a_record_that_comes_back_has_its_entity_back(partition: Partition, gone: set[int]) -> None:
    without = {record: one for record, one in partition.items() if record not in gone}

    (first, _), _, (again, _) = run_all([partition, without, partition])

    assert_frame_equal(again.record_entity, first.record_entity)


@given(sequences)
@examples(max_examples=20)
def test_the_order_of_rows_does_not_matter_and_a_repeated_partition_adds_nothing(sequence: list[Partition]) -> None:
    *_, (made, known) = run_all(sequence)
    mentions, ordinal = mentions_of(sequence[-1]), len(sequence) + 1
    last, before = sequence[-1], run_all(sequence[:-1])[-1][1] if sequence[:-1] else NONE
    mixed = Registry(*(one.sample(fraction=1, shuffle=True, seed=5) for one in before))

    back = renew(mentions_of(last).reverse(), mixed, NOBODY, PAIRS, PAIRS, salt="t", ordinal=ordinal - 1)
    repeated = renew(mentions, known, NOBODY, PAIRS, PAIRS, salt="t", ordinal=ordinal)

    for one, other in zip((*made[:2], *made.added), (*back[:2], *back.added), strict=True):
        assert_frame_equal(one, other)
    assert_frame_equal(repeated.entities, made.entities)
    assert all(one.is_empty() for one in repeated.added)


@given(sequences)
@examples(max_examples=20)
def test_the_history_of_a_record_ends_with_what_it_is_now(sequence: list[Partition]) -> None:
    for made, known in run_all(sequence):
        last = known.record_history.sort(*RECORD_KEY, "since").unique(RECORD_KEY, keep="last")
        here = last.drop_nulls("signature_id").sort(RECORD_KEY)

        columns = [*RECORD_KEY, "entity_id", "signature_id"]
        assert_frame_equal(here.select(columns), made.record_entity.select(columns))
        assert inscribe(made.record_entity, NOBODY, known.record_history, ordinal=99).is_empty()
