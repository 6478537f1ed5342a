"""The wrong merges of the suite are wrong, and the same on any machine."""

from __future__ import annotations

from benchmarks.unmerge import Key, wrong_pairs

ENTITIES: dict[Key, str | None] = {("civil", str(n), ""): f"E{n % 40}" if n % 9 else None for n in range(400)}


def test_wrong_merges_are_of_different_entities_and_take_no_record_twice() -> None:
    pairs = wrong_pairs(ENTITIES, 100, seed=1)

    assert len(pairs) == 100
    assert all(ENTITIES[one] and ENTITIES[two] and ENTITIES[one] != ENTITIES[two] for one, two in pairs)
    assert len({key for pair in pairs for key in pair}) == 200


def test_wrong_merges_depend_on_the_seed_alone() -> None:
    backwards = dict(reversed(ENTITIES.items()))

    assert wrong_pairs(backwards, 50, seed=1) == wrong_pairs(ENTITIES, 50, seed=1)
    assert wrong_pairs(ENTITIES, 50, seed=1) != wrong_pairs(ENTITIES, 50, seed=2)
