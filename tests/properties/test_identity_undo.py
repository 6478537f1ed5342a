"""Ids through a detour: whatever merged, parted or moved meanwhile, the partition of before has the ids of before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as examples
from polars.testing import assert_frame_equal

from tests.properties.test_identity import Partition, partitions, run_all


@given(partitions, partitions)
@examples(max_examples=40, deadline=None)
def test_the_partition_of_before_has_the_ids_of_before(partition: Partition, other: Partition) -> None:
    detour = {record: other.get(record, cluster) for record, cluster in partition.items()}

    (first, _), _, (again, _) = run_all([partition, detour, partition])

    assert_frame_equal(again.record_entity, first.record_entity)
    assert_frame_equal(again.entities, first.entities)


def test_a_part_that_lived_alone_meanwhile_does_not_keep_its_younger_id() -> None:
    partition: Partition = {1: 1, 2: 1, 3: 1, 9: 0}
    detour: Partition = {1: 0, 2: 0, 3: 1, 9: 0}

    (first, _), _, (again, known) = run_all([partition, detour, partition])

    assert_frame_equal(again.record_entity, first.record_entity)
    last = known.ledger.filter(since=3).select("action", "entity_id", "other_id")
    new = known.ledger.filter(since=2, action="create")["entity_id"].item()
    old, *_, hub = first.record_entity.sort("record_id")["entity_id"]
    assert sorted(last.rows()) == [("merge", old, new), ("retire", new, old), ("revive", old, hub), ("split", hub, old)]
