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
            joined = _joined(new, bearing, value, item, ground)
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
        elif not _same_hub(new, rows, ground):
            return False
    return True


def _joined(
    new: Row, bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground
) -> frozenset[int] | None:
    """Return the group that a new signature joins, if all groups of the value are otherwise what they are.

    A signature that tells a change of the value makes the two of them one, whoever bears them.
    """
    rows, own = [*bearing, new], new["signature_id"]
    before, after = (_groups(one, value, identifier, ground) for one in (bearing, rows))
    if before is None or after is None:
        return None
    grown = next(one for one in after if own in one.signatures)
    left = Group(grown.hub, grown.signatures - {own})
    if (after - {grown}) | {left} != before:
        return None
    if _excludes_none(bearing, identifier, ground):
        return left.signatures
    changed = identifier.former is not None and None not in (new[identifier.attribute], new[identifier.former])
    same = not changed and _same_owner((before, bearing), (after, rows), value, identifier, ground)
    return left.signatures if same else None


def _same_groups(new: Row, bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground) -> bool:
    own = new["signature_id"]
    grown = [new if one["signature_id"] == own else one for one in bearing]
    groups, after = (_groups(rows, value, identifier, ground) for rows in (bearing, grown))
    if groups is None or groups != after:
        return False
    if new["sources"] == new["before"] or _excludes_none(bearing, identifier, ground):
        return True
    return _same_owner((groups, bearing), (groups, grown), value, identifier, ground)


def _groups(bearing: Sequence[Row], value: str, identifier: Identifier, ground: Ground) -> set[Group] | None:
    own = [{**one, identifier.attribute: value} for one in bearing]
    return star_groups(own, identifier, weigher=ground.weigher)


def _same_owner(before: Borne, after: Borne, value: str, identifier: Identifier, ground: Ground) -> bool:
    """Return whether a value that several groups bear belongs to the one that it did, as far as stars alone tell."""
    if not _starred(*before, ground):
        return False
    owners = [owner_of(*borne, value, identifier, subject=ground.known.subject) for borne in (before, after)]
    return owners[0] == owners[1]


def _starred(groups: Collection[Group], bearing: Sequence[Row], ground: Ground) -> bool:
    """Return whether the bearers of a value are tied to its hubs as its groups say: each to its own, and no judgement.

    The link of a star is missing where another identifier or a judgement sets the two apart.
    """
    index, hubs = ground.stored, {one.hub for one in groups}
    members = {signature for one in groups for signature in one.signatures}
    stars = {(min(one.hub, own), max(one.hub, own)) for one in groups for own in one.signatures - {one.hub}}
    places = [place for region in {one["region"] for one in bearing} for place in index.ties.of(region)]
    tied = index.links[places].filter(pl.col("reason") != "model")
    found = {pair for pair in tied.select(PAIR_KEY).rows() if members.issuperset(pair) and not hubs.isdisjoint(pair)}
    return found == stars and bool((tied["reason"] == "identifier").all())


def _excludes_none(bearing: Sequence[Row], identifier: Identifier, ground: Ground) -> bool:
    """Return whether the identifier keeps nothing apart in the components of its bearers, whoever owns the value."""
    if not identifier.exclusive:
        return True
    index = ground.stored
    rows = [row for region in {one["region"] for one in bearing} for row in index.regions.of(region)]
    borne = index.signatures[rows].select("component", identifier.attribute).drop_nulls()
    values: dict[int, set[str]] = {}
    for component, value in borne.iter_rows():
        values.setdefault(component, set()).add(value)
    return all(len(values.get(one["component"], ())) <= 1 for one in bearing)


def _same_hub(new: Row, rows: list[int], ground: Ground) -> bool:
    """Return whether the star of an identifier has the hub that it had, with one record more of a signature.

    In a quiet component it makes no difference which of its signatures is the hub.
    """
    signatures = ground.stored.signatures
    if len(rows) == 1 or (new["quiet"] and signatures["component"].gather(rows).n_unique() == 1):
        return True
    columns = (signatures[name].gather(rows).to_list() for name in ("records", "signature_id"))
    ranks = [(-records, number) for records, number in zip(*columns, strict=True)]
    own = new["signature_id"]
    return min(ranks) == (1 - new["records"], own) or min(ranks) < (-new["records"], own)
