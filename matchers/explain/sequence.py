"""How: the steps that built an entity, which played again build it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from engine.tables import RECORD_KEY, WEIGHT_SCALE

_RANK = {"judgement": 0, "identifier": 1, "model": 2}

Step = dict[str, Any]


def sequence(records: pl.DataFrame, links: pl.DataFrame, clusters: pl.DataFrame, conflicts: pl.DataFrame) -> list[Step]:
    """Return the steps that built what these records are of, in the order in which links take precedence.

    `records` (RECORD_ENTITY) are those of one entity, `links` and `conflicts` those with an end in it, `clusters` the
    clusters of every signature in them. Steps: `sign` (records that are one signature), `merge` (a link that unites two
    groups, each named by its smallest signature), `confirm` (a link within a group), `refuse` (a link out of the entity
    that was not kept) and `apart` (what must not come together). Groups hold signatures; `replay` plays the steps.
    """
    cluster = dict(clusters.select("signature_id", "cluster_id").iter_rows())
    own = set(records["signature_id"])
    steps = [_signed(rows) for rows in _by_signature(records)]
    group = {one: one for one in own}
    for row in _ordered(links):
        ends = (row["signature_l"], row["signature_r"])
        told = {"signature_l": ends[0], "signature_r": ends[1], **_weight(row)}
        if not own.issuperset(ends) or cluster[ends[0]] != cluster[ends[1]]:
            steps.append({"step": "refuse", **told})
            continue
        groups = sorted({group[end] for end in ends})
        if len(groups) == 1:
            steps.append({"step": "confirm", **told, "group": groups[0]})
            continue
        steps.append({"step": "merge", **told, "groups": groups})
        group = {one: groups[0] if at == groups[1] else at for one, at in group.items()}
    apart = conflicts.sort("signature_l", "signature_r", "reason", "attribute").to_dicts()
    return [*steps, *({"step": "apart", **row} for row in apart)]


def replay(steps: Iterable[Mapping[str, Any]]) -> list[set[tuple[str, str, str]]]:
    """Return the groups of records (source, record_id, role) that the steps build, largest first.

    >>> key = {"source": "tax", "role": ""}
    >>> steps = [{"step": "sign", "signature": n, "records": [{**key, "record_id": str(n)}]} for n in (1, 2)]
    >>> len(replay(steps)), len(replay([*steps, {"step": "merge", "groups": [1, 2]}]))
    (2, 1)
    """
    groups: dict[int, set[tuple[str, str, str]]] = {}
    for step in steps:
        if step["step"] == "sign":
            groups[step["signature"]] = {(one["source"], one["record_id"], one["role"]) for one in step["records"]}
        elif step["step"] == "merge":
            kept, gone = step["groups"]
            groups[kept] |= groups.pop(gone)
    return sorted(groups.values(), key=lambda one: (-len(one), min(one)))


def _by_signature(records: pl.DataFrame) -> list[pl.DataFrame]:
    ordered = records.sort("signature_id", *RECORD_KEY)
    return ordered.partition_by("signature_id", maintain_order=True)


def _signed(rows: pl.DataFrame) -> Step:
    return {"step": "sign", "signature": rows["signature_id"][0], "records": rows.select(RECORD_KEY).to_dicts()}


def _ordered(links: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the links by reason, then weight, then pair: the order in which refinement takes them."""
    rank = pl.col("reason").replace_strict(_RANK, return_dtype=pl.Int8)
    descending = [False, True, False, False]
    return links.sort(rank, "match_weight", "signature_l", "signature_r", descending=descending).to_dicts()


def _weight(row: Mapping[str, Any]) -> Step:
    return {"reason": row["reason"], "match_weight": row["match_weight"] / WEIGHT_SCALE}
