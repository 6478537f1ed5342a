"""A new signature placed by the stages of the build, with all that it touches resolved anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from engine.tables import PAIR_KEY
from lifetree.resolving_found import Candidate, Found, answer
from lifetree.resolving_names import Named, name_cluster
from lifetree.resolving_near import Ground, Row, as_signatures
from matchers.clustering import AMBIGUOUS, UNRESOLVED
from matchers.realtime import Key, Placed, Pricing, Region, keys_of, place

NOBODY = (AMBIGUOUS, UNRESOLVED)
"""The states of clusters that are no entity."""


def by_stages(
    new: Row,
    key: Mapping[str, str | None],
    start: Iterable[int],
    candidates: Sequence[Candidate],
    ground: Ground,
    at: int | None,
    *,
    reviewed: bool,
) -> Found:
    """Return where a record of a signature belongs as the stages find it, with all that it touches resolved anew."""
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
    return _concluded(new, key, held, placed, candidates, ground, known=at is not None, reviewed=reviewed)


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
    new: Row,
    key: Mapping[str, str | None],
    held: pl.DataFrame,
    placed: Placed,
    candidates: Sequence[Candidate],
    ground: Ground,
    *,
    known: bool,
    reviewed: bool,
) -> Found:
    """Return what became of the new signature; where entities part or meet, the registry says which keeps its id."""
    own = new["signature_id"]
    clusters = {
        number: (cluster, state)
        for number, cluster, state in placed.clusters.select("signature_id", "cluster_id", "state").iter_rows()
    }
    cluster, state = clusters[own]
    none = state in NOBODY
    shares: dict[str, set[int]] = {}
    for number, entity in [*held.select("signature_id", "entity_id").iter_rows(), *_itself(new, known=known)]:
        if entity is not None and clusters[number][1] not in NOBODY:
            shares.setdefault(entity, set()).add(clusters[number][0])
    met = sorted(entity for entity, own_shares in shares.items() if cluster in own_shares)
    alone = sum(one == cluster for one, _ in clusters.values()) == 1
    lone = none or alone  # else it founds an entity with others
    plain = none or (alone and not met) or (len(met) == 1 and len(shares[met[0]]) == 1)
    named = Named(met[0] if met else None, ()) if plain else name_cluster(key, own, placed.clusters, ground.registered)
    ties = {
        other: reason
        for left, right, reason in placed.links.select(*PAIR_KEY, "reason").iter_rows()
        for one, other in ((left, right), (right, left))
        if one == own
    }
    told = [one._replace(reason=ties.get(one.signature_id)) for one in candidates]
    among = (pl.col(PAIR_KEY[0]) == own) | (pl.col(PAIR_KEY[1]) == own)
    return answer(
        None if none else named.entity_id,
        state,
        told,
        known=known,
        reviewed=lone and (reviewed or placed.review.filter(among).height > 0),
        contradicted=lone and placed.conflicts.filter(among).height > 0,
        merges=named.merges,
        splits=sorted(entity for entity, own_shares in shares.items() if len(own_shares) > 1),
    )


def _itself(new: Row, *, known: bool) -> list[tuple[int, str | None]]:
    """Return the signature that is asked for with its entity, where the run has it."""
    return [(new["signature_id"], new["entity_id"])] if known else []
