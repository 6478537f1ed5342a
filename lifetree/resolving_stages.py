"""A new signature placed by the stages of the build, with all that it touches resolved anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import polars as pl

from engine.tables import PAIR_KEY
from lifetree.resolving_found import Candidate, Found, answer
from lifetree.resolving_near import Ground, Row, as_signatures
from matchers.clustering import AMBIGUOUS, UNRESOLVED
from matchers.realtime import Key, Placed, Pricing, Region, keys_of, place


def by_stages(
    new: Row, start: Iterable[int], candidates: Sequence[Candidate], ground: Ground, at: int | None, *, reviewed: bool
) -> Found:
    """Return where a signature belongs as the stages find it, with all that it touches resolved anew."""
    index, known = ground.stored, ground.known
    touched = sorted({int(number) for number in index.signatures["region"].gather(sorted(set(start)))})
    rows = sorted({row for region in touched for row in index.regions.of(region)} - {at})
    held = index.signatures[rows]
    frame = pl.concat([held.select(as_signatures([], ground).columns), as_signatures([new], ground)]).sort(
        "signature_id"
    )
    keys, sizes = _blocks(frame, new, ground, at)
    region = Region(frame, _judged(held, ground), ground.common, keys, sizes)
    placed = place(region, subject=known.subject, pricing=Pricing(ground.weigher, known.signatures))
    return _concluded(new, held, placed, candidates, known=at is not None, reviewed=reviewed)


def _judged(held: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    """Return the judged pairs among signatures, as the run's links and conflicts tell them."""
    ids = held["signature_id"].implode()
    return ground.stored.judged.filter(pl.col(PAIR_KEY[0]).is_in(ids) & pl.col(PAIR_KEY[1]).is_in(ids))


def _blocks(
    frame: pl.DataFrame, new: Row, ground: Ground, at: int | None
) -> tuple[dict[int, list[Key]], dict[int, int]]:
    """Return the block keys of each signature of a region, and how many of the run bear each, the new one counted."""
    subject = ground.known.subject
    keys: dict[int, list[Key]] = {}
    sizes: dict[int, int] = {}
    for number, *values in frame.select("signature_id", *subject.identity_attributes()).iter_rows():
        own = dict(zip(subject.identity_attributes(), values, strict=True))
        keys[number] = keys_of(own, subject=subject)
        for key in (key for one in keys[number] for key in (one.key, *one.finer)):
            if key not in sizes:
                sizes[key] = ground.stored.blocks.count(key)
            if at is None and number == new["signature_id"]:
                sizes[key] += 1
    return keys, sizes


def _concluded(
    new: Row, held: pl.DataFrame, placed: Placed, candidates: Sequence[Candidate], *, known: bool, reviewed: bool
) -> Found:
    """Return what became of the new signature: its cluster's id is the oldest of those whose most records are in it."""
    own = new["signature_id"]
    clusters = {
        number: (cluster, state)
        for number, cluster, state in placed.clusters.select("signature_id", "cluster_id", "state").iter_rows()
    }
    cluster, state = clusters[own]
    shares: dict[str, Counter[int]] = {}
    for number, records, entity in held.select("signature_id", "records", "entity_id").iter_rows():
        if entity is not None and clusters[number][1] not in (AMBIGUOUS, UNRESOLVED):
            shares.setdefault(entity, Counter())[clusters[number][0]] += records
    if known and new["entity_id"] is not None and state not in (AMBIGUOUS, UNRESOLVED):
        shares.setdefault(new["entity_id"], Counter())[cluster] += new["records"] - 1
    heirs = {entity: min(own_shares, key=lambda one: (-own_shares[one], one)) for entity, own_shares in shares.items()}
    named = sorted(entity for entity, heir in heirs.items() if heir == cluster)
    splits = sorted(entity for entity, own_shares in shares.items() if len(own_shares) > 1)
    ties = {
        other: reason
        for left, right, reason in placed.links.select(*PAIR_KEY, "reason").iter_rows()
        for one, other in ((left, right), (right, left))
        if one == own
    }
    told = [one._replace(reason=ties.get(one.signature_id)) for one in candidates]
    among = (pl.col(PAIR_KEY[0]) == own) | (pl.col(PAIR_KEY[1]) == own)
    return answer(
        None if state in (AMBIGUOUS, UNRESOLVED) or not named else named[0],
        state,
        told,
        known=known,
        reviewed=reviewed or placed.review.filter(among).height > 0,
        contradicted=placed.conflicts.filter(among).height > 0,
        merges=named[1:],
        splits=splits,
    )
