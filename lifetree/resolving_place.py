"""Where a new signature belongs in a run: found at once in the plain case, else by the stages on what it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.hashing import hash64_of, joined_of
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.resolving_found import Candidate, Found, answer
from lifetree.resolving_near import Ground, Near, Row, is_reviewed, linked_to, near_to, row_of, weights_with
from lifetree.resolving_stages import by_stages
from lifetree.resolving_stars import disputed, tied_by_stars, unmoved
from matchers.clustering import UNRESOLVED
from matchers.realtime import Signed
from matchers.realtime.plain import MANY, fits, unbridged, unprobed


def find_place(signed: Signed, key: Mapping[str, str | None], *, ground: Ground, plain: bool = True) -> Found:
    """Return where a record with this signature belongs; with `plain` false the stages decide always.

    A record that the run has, with the same signature, is where it is; with another one it counts as one more record.
    """
    index = ground.stored
    at = index.row_of(signed.signature_id)
    borne = index.records.of(hash64_of(joined_of(key[name] for name in RECORD_KEY)))
    if at is not None and at in borne:
        return _as_it_is(index.signatures.row(at, named=True))
    new = row_of(signed, key, ground, at)
    near = near_to(new, ground, at)
    if at is not None:
        found = _known_place(new, near, ground) if plain else None
        return found or by_stages(new, key, [at], [], ground, at, reviewed=new["reviewed"])
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
    return by_stages(new, key, start, candidates, ground, at, reviewed=is_reviewed(new, others, candidates, ground))


def _known_place(new: Row, near: Near, ground: Ground) -> Found | None:
    """Return where a signature that the run has already stands with one record more, if that is certain.

    The number of its records, and of its sources, count in the stars of its identifiers alone.
    """
    if ground.known.subject.pairs == "between_sources" and new["sources"] != new["before"]:
        return None
    return _as_it_is(new) if unmoved(new, near, ground) else None


def _as_it_is(one: Row) -> Found:
    """Return what a signature of the run has become in it."""
    told = {"reviewed": one["reviewed"], "contradicted": one["contradicted"]}
    return answer(one["entity_id"], one["state"], (), known=True, **told)


def _holds(new: Row, members: Sequence[Row], starred: set[int], linked: set[int], ground: Ground) -> bool:
    """Return whether a cluster of several units, with the new signature in one of them, has no weak bridge."""
    units = {one["unit"] for one in members if one["signature_id"] in starred}
    if len(units) > 1 or len(members) > MANY or ground.known.subject.strata:
        return False
    within = {one["signature_id"] for one in members if one["unit"] in units}
    own, ids = new["signature_id"], {one["signature_id"] for one in members}
    held = ground.stored.links[ground.stored.ties.of(members[0]["region"])].filter(reason="model")
    links = {(left, right) for left, right in held.select(PAIR_KEY).iter_rows() if left in ids}
    links |= {(min(own, one), max(own, one)) for one in linked - within}
    return unbridged(new, members, starred, links, weigher=ground.weigher, split=ground.known.subject.model.split)


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
    starred = tied_by_stars(new, near, dict(zip(near.rows(), others, strict=True)), ground)
    if starred is None:
        return None
    tied = starred | linked
    touched = {(one["region"], one["component"]) for one in others if one["signature_id"] in tied}
    if len(touched) > 1:
        return None
    founding = any(all(new[name] is not None for name in names) for names in subject.founding) or not subject.founding
    if not touched:
        reviewed = is_reviewed(new, others, candidates, ground)
        return answer(None, "whole" if founding else UNRESOLVED, candidates, reviewed=reviewed)
    ((region, component),) = touched
    members = index.signatures[index.regions.of(region)].filter(component=component).to_dicts()
    told = {"generic": ground.generic, "disputed": disputed(near, ground)}
    if not members[0]["quiet"] or not fits(new, members, subject=subject, **told):
        return None
    hubs = [one for one in members if one["signature_id"] in starred]
    if not unprobed(members, hubs) and not _holds(new, members, starred, linked, ground):
        return None
    reasons = {one: "identifier" if one in starred else "model" for one in tied}
    entity, state = members[0]["entity_id"], members[0]["state"]
    shown = [one._replace(reason=reasons.get(one.signature_id)) for one in candidates]
    reviewed = entity is None and is_reviewed(new, others, candidates, ground)
    return answer(entity, "whole" if founding else state, shown, reviewed=reviewed)
