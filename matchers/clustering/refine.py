"""Constrained refinement: links are added back one by one, unless a union would break a constraint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from engine.tables import PAIR_KEY

_RANK = {"judgement": 0, "identifier": 1, "model": 2}


class _Clusters(NamedTuple):
    """A union-find forest; what stands beside a root holds for its whole cluster."""

    parent: dict[int, int]
    size: dict[int, int]
    enemies: dict[int, set[int]]
    values: dict[int, dict[str, set[str]]]


def refused_links(
    links: pl.DataFrame, conflicts: pl.DataFrame, values: pl.DataFrame, *, max_cluster: int
) -> pl.DataFrame:
    """Return the pairs of `links` that cannot be kept, sorted.

    Links come in order of precedence (judgement, identifier, model), then of descending weight, then of the pair. One
    is refused when its union would hold a pair of `conflicts`, more than `max_cluster` signatures, or two clusters that
    bear `values` (signature_id, attribute, value) of an exclusive identifier and none in common. A judgement is not
    refused for the last two; the united cluster then bears both values, and either fits it.

    Cost: one Python step per link and per conflict of the smaller side; for the few components that need it.
    """
    ordered = links.with_columns(_rank=pl.col("reason").replace_strict(_RANK, return_dtype=pl.Int8)).sort(
        "_rank", "match_weight", *PAIR_KEY, descending=[False, True, False, False]
    )
    state = _start(ordered, conflicts, values)
    refused = []
    for left, right, reason in ordered.select(*PAIR_KEY, "reason").iter_rows():
        one, other = _root(state.parent, left), _root(state.parent, right)
        if one == other:
            continue
        if _allowed(state, one, other, max_cluster=max_cluster, judged=reason == "judgement"):
            _unite(state, one, other)
        else:
            refused.append((left, right))
    return pl.DataFrame(refused, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row").sort(PAIR_KEY)


def _start(links: pl.DataFrame, conflicts: pl.DataFrame, values: pl.DataFrame) -> _Clusters:
    nodes: Iterable[int] = pl.concat([links["signature_l"], links["signature_r"]]).unique().to_list()
    state = _Clusters({node: node for node in nodes}, dict.fromkeys(nodes, 1), {}, {})
    for left, right in conflicts.select(PAIR_KEY).iter_rows():
        if left in state.parent and right in state.parent:
            state.enemies.setdefault(left, set()).add(right)
            state.enemies.setdefault(right, set()).add(left)
    for node, attribute, value in values.select("signature_id", "attribute", "value").iter_rows():
        state.values.setdefault(node, {}).setdefault(attribute, set()).add(value)
    return state


def _root(parent: dict[int, int], node: int) -> int:
    while parent[node] != node:
        parent[node] = node = parent[parent[node]]
    return node


def _allowed(state: _Clusters, one: int, other: int, *, max_cluster: int, judged: bool) -> bool:
    if not judged and state.size[one] + state.size[other] > max_cluster:
        return False
    if _opposed(state, one, other):
        return False
    mine, theirs = state.values.get(one), state.values.get(other)
    if judged or not mine or not theirs:
        return True
    return all(not values.isdisjoint(theirs.get(attribute, values)) for attribute, values in mine.items())


def _opposed(state: _Clusters, one: int, other: int) -> bool:
    """Return whether a conflict has one end in each cluster, looking through the shorter list of conflicts."""
    mine, theirs = state.enemies.get(one), state.enemies.get(other)
    if not mine or not theirs:
        return False
    few, root = (mine, other) if len(mine) <= len(theirs) else (theirs, one)
    return any(_root(state.parent, enemy) == root for enemy in few)


def _unite(state: _Clusters, one: int, other: int) -> None:
    root, child = (one, other) if state.size[one] >= state.size[other] else (other, one)
    state.parent[child] = root
    state.size[root] += state.size.pop(child)
    if child in state.enemies:
        state.enemies.setdefault(root, set()).update(state.enemies.pop(child))
    for attribute, values in state.values.pop(child, {}).items():
        state.values.setdefault(root, {}).setdefault(attribute, set()).update(values)
