"""The plain case: one signature that joins at most one cluster, where nothing speaks against anything.

What the stages do with such a signature follows without running them: its stars hold all bearers of its identifiers,
every link of it leads to one cluster, and the cluster with it breaks no constraint.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import polars as pl

from engine.settings import Identifier, Subject
from engine.tables import WEIGHT_SCALE
from matchers.clustering.linkage import strong_groups
from matchers.clustering.probes import FEWEST
from matchers.realtime.accord import Member
from matchers.realtime.expressions import value_of
from matchers.realtime.weights import Weigher, weigh_pairs

MANY = 100
"""Members of a cluster beyond which not every pair is weighed here; `probes` weighs all of some 200."""

_EDGES = dict.fromkeys(("one", "other", "match_weight", "pairs", "link"), pl.Int64)


def fits(
    new: Member,
    members: Sequence[Member],
    *,
    subject: Subject,
    generic: Collection[tuple[str, str]],
    disputed: Collection[tuple[str, str]] = (),
) -> bool:
    """Return whether a signature can be of the cluster of `members`: size, and one value of each exclusive identifier.

    `generic` holds attribute and value of what is too common to exclude anything. The members are one cluster that
    nobody judged: of two values of theirs, one at most excludes anything, and that is each which a member surely has
    and whose bearers do not contradict each other. `disputed` are the values of which some do.
    """
    if len(members) + 1 > subject.max_cluster:
        return False
    return all(
        _fits_identifier(new, members, item, subject=subject, generic=generic, disputed=disputed)
        for item in subject.identifiers
        if item.exclusive
    )


def _fits_identifier(
    new: Member,
    members: Sequence[Member],
    item: Identifier,
    *,
    subject: Subject,
    generic: Collection[tuple[str, str]],
    disputed: Collection[tuple[str, str]],
) -> bool:
    own = new[item.attribute]
    if own is None or (item.attribute, own) in generic:
        return True
    values = {one[item.attribute] for one in members} - {None, own}
    if all((item.attribute, value) in generic for value in values):
        return True
    if (item.attribute, own) in disputed:
        return False
    return any(one[item.attribute] == own and not unsure(one, item, subject) for one in members)


def unsure(one: Member, item: Identifier, subject: Subject) -> bool:
    """Return whether a signature is not sure of an identifier (`unsure_when`): it keeps nothing apart for it."""
    row = {name: one[name] for name in subject.identity_attributes()}
    return item.unsure_when is not None and value_of(item.unsure_when, row) == "true"


def unbridged(
    new: Member,
    members: Sequence[Member],
    starred: Collection[int],
    links: Collection[tuple[int, int]],
    *,
    weigher: Weigher,
    split: float,
) -> bool:
    """Return whether no weak bridge parts a cluster with one more signature.

    The new signature is of the unit of those that are `starred`, if any; `links` are the pairs that the model ties, in
    order, those of the new one among them. All pairs between units are weighed, as `probes` asks of so few.
    """
    own = new["signature_id"]
    joined = {one["unit"] for one in members if one["signature_id"] in starred}
    unit = {one["signature_id"]: own if one["unit"] in joined else one["unit"] for one in members} | {own: own}
    rows = sorted((new, *members), key=lambda one: one["signature_id"])
    pairs = [(left, right) for left, right in combinations(rows, 2) if _unit(unit, left) != _unit(unit, right)]
    bits = [one.match_weight for one in weigh_pairs(weigher, pairs)]
    least = round(split * WEIGHT_SCALE)
    if min(bits, default=least) >= least:
        return True
    edges: dict[tuple[int, int], tuple[int, int, int]] = {}
    for (left, right), weight in zip(pairs, bits, strict=True):
        ends = _unit(unit, left), _unit(unit, right)
        total, count, tied = edges.get((min(ends), max(ends)), (0, 0, 0))
        link = (left["signature_id"], right["signature_id"]) in links
        edges[min(ends), max(ends)] = (total + weight, count + 1, tied + link)
    table = pl.DataFrame([(*ends, *told) for ends, told in sorted(edges.items())], schema=_EDGES, orient="row")
    groups = dict(strong_groups(table, split=least).iter_rows())
    return all(groups[unit[left]] == groups[unit[right]] for left, right in links if unit[left] != unit[right])


def _unit(unit: Mapping[int, int], one: Member) -> int:
    return unit[one["signature_id"]]


def unprobed(members: Sequence[Member], starred: Sequence[Member]) -> bool:
    """Return whether a cluster with one more signature has too few units to fall apart at a weak bridge.

    `starred` are the members that bear an identifier of the new one: they are one unit with it.
    """
    joined = {one["unit"] for one in starred}
    return len({one["unit"] for one in members} - joined) + 1 < FEWEST
