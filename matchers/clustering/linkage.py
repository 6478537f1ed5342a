"""Average linkage that keeps two strong groups apart when the pairs between them say so."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import polars as pl

Evidence = tuple[int, int, int]
"""Pairs between two groups, or within one: the sum of their weights, their number, and how many are links."""

_NONE: Evidence = (0, 0, 0)


class _Groups(NamedTuple):
    """Groups by their smallest unit: the evidence towards each other group, that within, and the units."""

    across: dict[int, dict[int, Evidence]]
    within: dict[int, Evidence]
    units: dict[int, list[int]]


def strong_groups(edges: pl.DataFrame, *, split: int) -> pl.DataFrame:
    """Return unit and group, its smallest unit, for every unit of `edges`.

    `edges` holds one, other, match_weight (the sum over `pairs`), pairs and link (how many of them are links). Groups
    grow from single units: the two with the highest mean between them are joined first, if a link ties them. Two groups
    that each have a mean of at least minus `split` within are not joined while the mean between them is below `split`.

    Cost: one Python step per edge and per edge of every join, in components of at most `max_cluster` signatures.
    """
    state = _Groups({}, {}, {})
    for one, other, weight, pairs, link in edges.select("one", "other", "match_weight", "pairs", "link").iter_rows():
        for left, right in ((one, other), (other, one)):
            state.across.setdefault(left, {})[right] = (weight, pairs, link)
            state.units.setdefault(left, [left])
    queue = [
        entry for one, others in state.across.items() for entry in _joinable(state, one, others) if entry[1] == one
    ]
    heapq.heapify(queue)
    while queue:
        mean, one, other = heapq.heappop(queue)
        evidence = state.across.get(one, {}).get(other)
        if evidence is None or _mean(evidence) != -mean or _apart(state, one, other, split):
            continue
        for entry in _joinable(state, one, _join(state, one, other)):
            heapq.heappush(queue, entry)
    rows = [(unit, group) for group, units in state.units.items() for unit in units]
    return pl.DataFrame(rows, schema={"unit": pl.Int64, "group": pl.Int64}, orient="row").sort("unit")


def _joinable(state: _Groups, one: int, others: Iterable[int]) -> Iterator[tuple[float, int, int]]:
    """Yield an entry of the queue for each of `others` that a link ties to `one`: the highest mean comes first."""
    for other in others:
        evidence = state.across[one][other]
        if evidence[2]:
            yield (-_mean(evidence), min(one, other), max(one, other))


def _mean(evidence: Evidence) -> float:
    return evidence[0] / evidence[1]


def _apart(state: _Groups, one: int, other: int, split: int) -> bool:
    if _mean(state.across[one][other]) >= split:
        return False
    return all(
        pairs and weight / pairs >= -split
        for weight, pairs, _ in (state.within.get(group, _NONE) for group in (one, other))
    )


def _join(state: _Groups, one: int, other: int) -> list[int]:
    """Join `other` to `one`, the smaller of the two; return the groups to which there is now other evidence."""
    between = state.across[one].pop(other)
    theirs = state.across.pop(other)
    del theirs[one]
    state.within[one] = _sum(_sum(state.within.get(one, _NONE), state.within.pop(other, _NONE)), between)
    state.units[one] += state.units.pop(other)
    mine = state.across[one]
    for third, evidence in theirs.items():
        del state.across[third][other]
        mine[third] = state.across[third][one] = _sum(mine.get(third, _NONE), evidence)
    return list(theirs)


def _sum(one: Evidence, other: Evidence) -> Evidence:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
