"""How two signatures of one entity hang together that are not linked themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl


def chain(links: pl.DataFrame, one: int, other: int) -> list[dict[str, Any]]:
    """Return the links that lead from `one` to `other`: of all ways that whose weakest link is strongest.

    `links` (LINKS) are those within the entity. Each step has signature_l, signature_r (in walking order), match_weight
    and reason; empty when no way leads there. Cost: as sorting the entity's links.

    >>> rows = {"signature_l": [1, 2, 1], "signature_r": [2, 3, 3], "match_weight": [9, 8, 1], "reason": ["model"] * 3}
    >>> [(step["signature_l"], step["signature_r"]) for step in chain(pl.DataFrame(rows), 1, 3)]
    [(1, 2), (2, 3)]
    """
    # Only a chain needs networkx, which is slow to load.
    import networkx as nx

    graph = nx.Graph()
    for row in links.sort("match_weight", "signature_l", "signature_r").iter_rows(named=True):
        graph.add_edge(row["signature_l"], row["signature_r"], weight=row["match_weight"], reason=row["reason"])
    if one not in graph or other not in graph or not nx.has_path(graph, one, other):
        return []
    way = nx.shortest_path(nx.maximum_spanning_tree(graph), one, other)
    return [
        {"signature_l": left, "signature_r": right, "match_weight": edge["weight"], "reason": edge["reason"]}
        for left, right in pairwise(way)
        for edge in [graph.edges[left, right]]
    ]
