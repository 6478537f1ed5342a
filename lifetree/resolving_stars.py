"""Whether one record more leaves the stars of identifiers as they stand, and what a new signature shares one with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from engine.settings import Identifier
from engine.tables import PAIR_KEY
from lifetree.resolving_near import Ground, Near, Row, identified
from matchers.realtime.accord import in_accord
from matchers.realtime.stars import Group, owner_of, star_groups

Borne = tuple[Collection[Group], Sequence[Row]]
"""The groups of an identifier's value, and its bearers."""


def disputed(near: Near, ground: Ground) -> set[tuple[str, str]]:
    """Return the values of identifiers whose bearers in the run do not all agree."""
    return {one for one in near.bearing if ground.stored.discords.count(identified(*one))}


def tied_by_stars(new: Row, near: Near, others: Mapping[int, Row], ground: Ground) -> set[int] | None:
    """Return the signatures that share a star with a new one; None if it changes how the others stand to one another.

    `others` are the rows of `near`. Where no two bearers of a value contradict each other, all are in one star.
    """
    items = {one.attribute: one for one in ground.known.subject.identifiers}
    found: set[int] = set()
    doubtful = disputed(near, ground)
    for (attribute, value), rows in near.bearing.items():
        bearing, item = [others[row] for row in rows], items[attribute]
        if (attribute, value) in doubtful:
            also = {others[row]["signature_id"] for key, own in near.bearing.items() for row in own if key[1] != value}
            joined = _joined(new, bearing, value, item, ground, also=also)
            if joined is None:
                return None
            found |= joined
        elif bearing and not in_accord(new, bearing, item, weigher=ground.weigher):
            return None
        else:
            found |= {one["signature_id"] for one in bearing}
    return found


def unmoved(new: Row, near: Near, ground: Ground) -> bool:
    """Return whether all stars of a signature of the run are what they are, with one record more of it.

    Its records count for the hub, and for the order in which bearers that contradict each other are grouped.
    """
    items = {one.attribute: one for one in ground.known.subject.identifiers}
    doubtful = disputed(near, ground)
    for (attribute, value), rows in near.bearing.items():
        if (attribute, value) in doubtful:
            if not _same_groups(new, ground.stored.signatures[rows].to_dicts(), value, items[attribute], ground):
                return False
        elif not new["quiet"] and not _same_hub(new, rows, ground):
            return False
    return True


def _joined(
    new: Row, bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground, *, also: set[int]
) -> frozenset[int] | None:
    """Return the group that a new signature joins, if all groups of the value are otherwise what they are.

    `also` are the signatures that it shares another identifier with.
    """
    grown = [*bearing, new]
    before, after = (_groups(rows, value, identifier, ground) for rows in (bearing, grown))
    if before is None or after is None:
        return None
    own = new["signature_id"]
    joined = next(one for one in after if own in one.signatures)
    left = Group(joined.hub, joined.signatures - {own})
    if (after - {joined}) | {left} != before or not also.isdisjoint({one.hub for one in before} - {left.hub}):
        return None
    return left.signatures if _same_owner((before, bearing), (after, grown), value, identifier, ground) else None


def _same_groups(new: Row, bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground) -> bool:
    own = new["signature_id"]
    grown = [new if one["signature_id"] == own else one for one in bearing]
    before, after = (_groups(rows, value, identifier, ground) for rows in (bearing, grown))
    if before is None or before != after:
        return False
    same = new["sources"] == new["before"]
    return same or _same_owner((before, bearing), (before, grown), value, identifier, ground)


def _groups(bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground) -> set[Group] | None:
    own = [{**one, identifier.attribute: value} for one in bearing]
    return star_groups(own, identifier, weigher=ground.weigher)


def _same_owner(before: Borne, after: Borne, value: str, identifier: Identifier, ground: Ground) -> bool:
    """Return whether a value keeps apart what it kept apart: it belongs to whom it did, or nobody bears another one."""
    groups, bearing = before
    if not identifier.exclusive or _excludes_none(bearing, identifier, ground):
        return True
    if _crossed(groups, bearing, ground):
        return False
    owners = [owner_of(*borne, value, identifier, subject=ground.known.subject) for borne in (before, after)]
    return owners[0] == owners[1]


def _crossed(groups: Collection[Group], bearing: Sequence[Row], ground: Ground) -> bool:
    """Return whether something but their star ties bearers of a value to a hub: then they count in several groups."""
    index, hub_of = ground.stored, {one: group.hub for group in groups for one in group.signatures}
    places = [place for region in {one["region"] for one in bearing} for place in index.ties.of(region)]
    tied = index.links[places].filter(pl.col("reason") != "model")
    return any(
        reason == "judgement" or (hub in hubs and hub_of.get(other, hub) != hub)
        for left, right, reason in tied.select(*PAIR_KEY, "reason").iter_rows()
        for hubs in [{*hub_of.values()}]
        for hub, other in ((left, right), (right, left))
    )


def _excludes_none(bearing: Sequence[Row], identifier: Identifier, ground: Ground) -> bool:
    """Return whether the identifier keeps nothing apart in the components of its bearers, whoever owns the value."""
    index = ground.stored
    rows = [row for region in {one["region"] for one in bearing} for row in index.regions.of(region)]
    borne = index.signatures[rows].select("component", identifier.attribute).drop_nulls()
    values: dict[int, set[str]] = {}
    for component, value in borne.iter_rows():
        values.setdefault(component, set()).add(value)
    return all(len(values.get(one["component"], ())) <= 1 for one in bearing)


def _same_hub(new: Row, rows: list[int], ground: Ground) -> bool:
    """Return whether the star of an identifier has the hub that it had, with one record more of a signature."""
    held = ground.stored.signatures[rows].select("records", "signature_id")
    ranks = [(-records, number) for records, number in held.iter_rows()]
    own = new["signature_id"]
    return min(ranks) == (1 - new["records"], own) or min(ranks) < (-new["records"], own)
