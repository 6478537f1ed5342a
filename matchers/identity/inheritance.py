"""Inheritance: which part of an entity that fell apart keeps its id, and which takes back an older one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

Path = tuple[tuple[int, str], ...]
"""The runs and ids to which a record came, in order; the last is the id that it bears."""

Bearers = Sequence[tuple[Path, int]]
"""How many records of a cluster have each path."""

Rank = tuple[Any, ...]


class Part(NamedTuple):
    """The records of one id in one cluster; the part of the smallest `rank` is the largest.

    `returns`: none of them was in an entity one run before, they were withdrawn or in no entity.
    """

    bearers: Bearers
    rank: Rank
    returns: bool = False


def take_back(entity_id: str, parts: Mapping[int, Part], *, retired: Collection[str]) -> dict[int, str]:
    """Return the id that each part of an entity claims, by cluster; a part without one is left out.

    Time is walked back from merge to merge: before each, a part claims the id that the plurality of its records bore
    (of equally many, the one that stayed in the merge, then the one that they bore first). Parts that claim the same id
    are asked again before the merge that came before it; where none did, the largest has it. An id that is neither
    `entity_id` nor `retired`, or that is claimed already, is claimed by nobody; one that is left without a claim falls
    to the largest part without one. A part that returns claims only what the parts that stayed leave.
    """
    everyone = _claims(entity_id, parts, {entity_id, *retired})
    stayed = {key: part for key, part in parts.items() if not part.returns}
    if not stayed or len(stayed) == len(parts):
        return everyone
    claims = _claims(entity_id, stayed, {entity_id, *retired})
    left = {key: one for key, one in everyone.items() if key not in stayed and one not in claims.values()}
    return claims | left


def _claims(entity_id: str, parts: Mapping[int, Part], free: set[str]) -> dict[int, str]:
    claims: dict[int, str] = {}
    now = max(path[-1][0] for part in parts.values() for path, _ in part.bearers)
    _settle(entity_id, sorted(parts), now, parts, claims, free)
    return claims


def _settle(
    claimed: str, group: list[int], now: int, parts: Mapping[int, Part], claims: dict[int, str], free: set[str]
) -> None:
    """Add to `claims` what the parts claim that all bore `claimed` in run `now`; what is claimed leaves `free`.

    Where all parts bore one other id before, `claimed` came about by a split, and nothing before it tells them apart.
    """
    free.discard(claimed)
    older: dict[str, list[int]] = {}
    while len(group) > 1:
        turn = max(_turn(path, now) for key in group for path, _ in parts[key].bearers)
        if turn == 0:
            break
        now = turn - 1
        before = {key: _plurality(parts[key].bearers, now, claimed) for key in group}
        if {*before.values()} == {claimed}:
            continue
        if len({*before.values()}) == 1:
            break
        for key in group:
            if before[key] == claimed or before[key] in free:
                older.setdefault(before[key], []).append(key)
        break
    own = older.pop(claimed, [])
    free -= older.keys()
    for one, keys in sorted(older.items()):
        _settle(one, keys, now, parts, claims, free)
    if own:
        _settle(claimed, own, now, parts, claims, free)
    elif rest := [key for key in group if key not in claims]:
        claims[min(rest, key=lambda key: parts[key].rank)] = claimed


def _turn(path: Path, now: int) -> int:
    """Return the run in which a record came from one id to the one that it bore in run `now`; 0 when from none."""
    known = [since for since, _ in path if since <= now]
    return known[-1] if len(known) > 1 else 0


def _plurality(bearers: Bearers, run: int, now: str) -> str:
    """Return the id that most of the records bore in a run, "" when none bore any; `now` is what they bore after it."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for path, records in bearers:
        known = [step for step in path if step[0] <= run]
        if known:
            since, one = known[-1]
            counts[one] += records
            first[one] = min(since, first.get(one, since))
    return min(counts, key=lambda one: (-counts[one], one != now, first[one], one), default="")
