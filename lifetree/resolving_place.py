"""Where a new signature belongs in a run: found at once in the plain case, else by the stages on what it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.hashing import hash64_of, joined_of
from engine.tables import RECORD_KEY
from lifetree.resolving_found import Candidate, Found, answer
from lifetree.resolving_near import Ground, Near, Row, identified, is_reviewed, linked_to, near_to, row_of, weights_with
from lifetree.resolving_stages import by_stages
from matchers.clustering import UNRESOLVED
from matchers.realtime import Signed
from matchers.realtime.accord import in_accord
from matchers.realtime.plain import fits, unbridged, unprobed


def find_place(signed: Signed, key: Mapping[str, str | None], *, ground: Ground, plain: bool = True) -> Found:
    """Return where a record with this signature belongs; with `plain` false the stages decide always.

    A record that the run has, with the same signature, is where it is; with another one it counts as one more record.
    """
    index = ground.stored
    at = index.row_of(signed.signature_id)
    borne = index.records.of(hash64_of(joined_of(key[name] for name in RECORD_KEY)))
    if at is not None and at in borne:
        entity, state = index.signatures.select("entity_id", "state").row(at)
        return answer(entity, state, (), known=True)
    new = row_of(signed, key, ground, at)
    near = near_to(new, ground, at)
    if at is not None:
        found = _known_place(new, near, ground) if plain else None
        return found or by_stages(new, [at], [], ground, at, reviewed=False)
    rows = near.rows()
    others = index.signatures[rows].to_dicts() if rows else []
    weights = weights_with(new, others, ground)
    candidates = [
        Candidate(one["signature_id"], one["entity_id"], own, None) for one, own in zip(others, weights, strict=True)
    ]
    linked = linked_to(new, others, weights, ground)
    found = _plain_place(new, others, candidates, linked, near, ground) if plain else None
    start = [*(row for own in near.bearing.values() for row in own), *near.crossed]
    start += [row for row, one in zip(rows, others, strict=True) if one["signature_id"] in linked]
    if found:
        return found
    return by_stages(new, start, candidates, ground, at, reviewed=is_reviewed(new, others, candidates, ground))


def _known_place(new: Row, near: Near, ground: Ground) -> Found | None:
    """Return where a signature that the run has already stands with one record more, if that is certain.

    The number of its records counts in the stars of its identifiers alone: there it may become the hub.
    """
    subject = ground.known.subject
    if subject.pairs == "between_sources" and new["sources"] != new["before"]:
        return None
    for (attribute, value), rows in near.bearing.items():
        if ground.stored.discords.count(identified(attribute, value)):
            return None
        if not new["quiet"] and not _same_hub(new, rows, ground):
            return None
    return answer(new["entity_id"], new["state"], (), known=True)


def _same_hub(new: Row, rows: list[int], ground: Ground) -> bool:
    """Return whether the star of an identifier has the hub that it had, with one record more of a signature."""
    ranks = [
        (-records, number)
        for records, number in ground.stored.signatures[rows].select("records", "signature_id").iter_rows()
    ]
    own = new["signature_id"]
    return min(ranks) == (1 - new["records"], own) or min(ranks) < (-new["records"], own)


def _accord(new: Row, near: Near, others: Mapping[int, Row], ground: Ground) -> bool:
    """Return whether the bearers of the new signature's identifiers agree with it and with one another."""
    items = {one.attribute: one for one in ground.known.subject.identifiers}
    return all(
        ground.stored.discords.count(identified(attribute, value)) == 0
        and in_accord(new, [others[row] for row in rows], items[attribute], weigher=ground.weigher)
        for (attribute, value), rows in near.bearing.items()
        if rows
    )


def _holds(
    new: Row,
    members: Sequence[Row],
    starred: Sequence[Row],
    candidates: Sequence[Candidate],
    linked: set[int],
    ground: Ground,
) -> bool:
    """Return whether a cluster of several units, with the new signature in one of them, has no weak bridge."""
    units = {one["unit"] for one in starred}
    if len(units) > 1 or ground.known.subject.strata:
        return False
    unit = next(iter(units), None)
    within = {one["signature_id"] for one in members if one["unit"] == unit}
    weights = {one.signature_id: one.weight.match_weight for one in candidates}
    links = ground.stored.links[ground.stored.ties.of(members[0]["region"])]
    tied = {one: (weights[one], "model") for one in linked - within}
    tied |= dict.fromkeys(sorted(within)[:1], (0, "identifier"))
    model = ground.known.subject.model
    return unbridged(new, members, links, tied, weigher=ground.weigher, split=model.split)


def _plain_place(
    new: Row,
    others: Sequence[Row],
    candidates: Sequence[Candidate],
    linked: set[int],
    near: Near,
    ground: Ground,
) -> Found | None:
    """Return where a new signature belongs, if it touches one quiet cluster at most and nothing speaks against it."""
    subject, index = ground.known.subject, ground.stored
    if near.crossed or subject.pairs == "between_sources":
        return None
    bearers = {row for own in near.bearing.values() for row in own}
    starred = [one for one in others if index.row_of(one["signature_id"]) in bearers]
    tied = {one["signature_id"] for one in starred} | linked
    regions = {one["region"] for one in others if one["signature_id"] in tied}
    if len(regions) > 1:
        return None
    founding = any(all(new[name] is not None for name in names) for names in subject.founding) or not subject.founding
    if not regions:
        reviewed = is_reviewed(new, others, candidates, ground)
        return answer(None, "whole" if founding else UNRESOLVED, candidates, reviewed=reviewed)
    members = index.signatures[index.regions.of(regions.pop())].to_dicts()
    if not members[0]["quiet"] or not fits(new, members, subject=subject, generic=ground.generic):
        return None
    by_row = dict(zip(near.rows(), others, strict=True))
    if not _accord(new, near, by_row, ground):
        return None
    if not unprobed(members, starred) and not _holds(new, members, starred, candidates, linked, ground):
        return None
    hubs = {one["signature_id"] for one in starred}
    reasons = {one: "identifier" if one in hubs else "model" for one in tied}
    told = [one._replace(reason=reasons.get(one.signature_id)) for one in candidates]
    entity, state = members[0]["entity_id"], members[0]["state"]
    return answer(entity, "whole" if founding else state, told)
