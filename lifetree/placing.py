"""Where a new signature belongs in a run: found at once in the plain case, else by the stages on what it touches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.hashing import hash64_of, joined_of
from engine.tables import PAIR_KEY, RECORD_KEY, SIGNATURES, WEIGHT_SCALE
from lifetree.index import Index
from matchers.cautions import cautioned
from matchers.clustering import AMBIGUOUS, UNRESOLVED
from matchers.explain import Known
from matchers.realtime import Key, Placed, Region, Signed, Weigher, Weight, keys_of, place, weigh
from matchers.realtime.accord import in_accord
from matchers.realtime.plain import fits, unprobed

Row = dict[str, Any]


class Ground(NamedTuple):
    """What stays from record to record: the index, what the run knows, and what weighs pairs.

    `common` are the identifiers' generic values (GENERIC_VALUES), `generic` and `void` attribute and value of what is
    too common to identify, and of what is left out of matching.
    """

    index: Index
    known: Known
    weigher: Weigher
    common: pl.DataFrame
    generic: frozenset[tuple[str, str]]
    void: frozenset[tuple[str, str]]


class Candidate(NamedTuple):
    """A signature that the new one was compared with; `reason` is why the two are linked, None if they are not."""

    signature_id: int
    entity_id: str | None
    weight: Weight
    reason: str | None


class Found(NamedTuple):
    """What became of a new signature; `known`: the run has the same one, and it was compared with nothing."""

    decision: str
    entity_id: str | None
    state: str
    merges: tuple[str, ...]
    splits: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    known: bool


class Near(NamedTuple):
    """What a new signature could touch, by row of the index.

    `bearing`: by attribute and value, the rows that bear an identifier of it; `met`: those in a block with it;
    `crossed`: those of blocks that become too large with it.
    """

    bearing: dict[tuple[str, str], list[int]]
    met: list[int]
    crossed: list[int]

    def rows(self) -> list[int]:
        """Return the rows that bear an identifier or share a block, each once."""
        return list(dict.fromkeys([*(row for own in self.bearing.values() for row in own), *self.met]))


def find_place(signed: Signed, key: Mapping[str, str | None], *, ground: Ground, plain: bool = True) -> Found:
    """Return where a record with this signature belongs; with `plain` false the stages decide always.

    A record that the run has, with the same signature, is where it is; with another one it counts as one more record.
    """
    index = ground.index
    at = index.row_of(signed.signature_id)
    borne = index.records.of(hash64_of(joined_of(key[name] for name in RECORD_KEY)))
    if at is not None and at in borne:
        return _answer(*index.signatures.select("entity_id", "state").row(at), (), known=True)
    new = _row(signed, key, ground, at)
    near = _near(new, ground, at)
    if at is not None:
        found = _known_place(new, near, ground) if plain else None
        return found or _by_stages(new, [at], [], near, ground, at)
    rows = near.rows()
    others = index.signatures[rows].to_dicts() if rows else []
    weights = _weights(new, others, ground)
    candidates = [Candidate(one["signature_id"], one["entity_id"], own, None) for one, own in zip(others, weights, strict=True)]
    linked = _linked(new, others, weights, ground)
    found = _plain_place(new, others, candidates, linked, near, ground) if plain else None
    start = [*(row for own in near.bearing.values() for row in own), *near.crossed]
    start += [row for row, one in zip(rows, others, strict=True) if one["signature_id"] in linked]
    return found or _by_stages(new, start, candidates, near, ground, at)


def _row(signed: Signed, key: Mapping[str, str | None], ground: Ground, at: int | None) -> Row:
    """Return the signature with the new record as a row of SIGNATURES."""
    if at is not None:
        row = ground.index.signatures.row(at, named=True)
        sources = sorted({*row["sources"], key["source"]})
        return {**row, "records": row["records"] + 1, "sources": sources, "before": row["sources"]}
    values = {name: None if (name, value) in ground.void else value for name, value in signed.values.items()}
    own = {"signature_id": signed.signature_id, "records": 1, "sources": [key["source"]]}
    return {**own, "first_seen": None, "last_seen": None, **values}


def _near(new: Row, ground: Ground, at: int | None) -> Near:
    """Return what bears its identifiers and, if the signature is not in the run, what shares a block with it."""
    index, subject = ground.index, ground.known.subject
    bearing = {}
    for item in subject.identifiers:
        for value in dict.fromkeys(new[name] for name in (item.attribute, item.former) if name):
            if value is not None and (item.attribute, value) not in ground.generic:
                bearing[item.attribute, value] = index.identifiers.of(_identified(item.attribute, value))
    if at is not None:
        return Near(bearing, [], [])
    met, crossed = [], []
    for one in keys_of({name: new[name] for name in subject.identity_attributes()}, subject=subject):
        most = subject.blocking[one.rule].max_block
        whole = index.blocks.count(one.key)
        if whole == most:
            crossed += index.blocks.of(one.key)
        met += _members(one, most, index)
    return Near(bearing, list(dict.fromkeys(met)), list(dict.fromkeys(crossed)))


def _members(one: Key, most: int, index: Index) -> list[int]:
    """Return the rows of the block, or of the first finer one, that is not too large with one more signature."""
    for number in (one.key, *one.finer):
        if index.blocks.count(number) < most:
            return index.blocks.of(number)
    return []


def _weights(new: Row, others: Sequence[Row], ground: Ground) -> list[Weight]:
    """Return the weight of the new signature with each of the others."""
    subject = ground.known.subject
    if not subject.strata:
        return weigh(ground.weigher, new, others)
    frame = _signatures([new, *others], ground)
    ends = [sorted((new["signature_id"], one["signature_id"])) for one in others]
    pairs = pl.DataFrame(ends, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row")
    known = ground.known
    from matchers.models import score_candidates

    scored = score_candidates(pairs, frame, calibration=known.calibration, subject=subject, signatures=known.signatures)
    return [Weight(tuple(levels), weight) for levels, weight in scored.select("levels", "match_weight").iter_rows()]


def _signatures(rows: Iterable[Row], ground: Ground) -> pl.DataFrame:
    """Return rows as SIGNATURES."""
    identity = ground.known.subject.identity_attributes()
    schema = {**SIGNATURES.columns, **dict.fromkeys(identity, pl.String)}
    return pl.DataFrame([{name: one[name] for name in schema} for one in rows], schema=schema)


def _linked(new: Row, others: Sequence[Row], weights: Sequence[Weight], ground: Ground) -> dict[int, bool]:
    """Return the signatures that the model could tie to the new one, and whether it may: no caution bars the link."""
    subject = ground.known.subject
    cut = round(subject.model.threshold * WEIGHT_SCALE)
    heavy = [one for one, own in zip(others, weights, strict=True) if own.match_weight >= cut]
    if not heavy:
        return {}
    barred: set[int] = set()
    if subject.cautions:
        frame = _signatures([new, *heavy], ground)
        ends = [sorted((new["signature_id"], one["signature_id"])) for one in heavy]
        pairs = pl.DataFrame(ends, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row")
        wary = cautioned(pairs, frame, frame.clear(), subject=subject).filter(~pl.col("links"))
        barred = {number for pair in wary.select(PAIR_KEY).iter_rows() for number in pair}
    return {one["signature_id"]: one["signature_id"] not in barred for one in heavy}


def _known_place(new: Row, near: Near, ground: Ground) -> Found | None:
    """Return where a signature that the run has already stands with one record more, if that is certain.

    The number of its records counts in the stars of its identifiers alone: there it may become the hub.
    """
    subject = ground.known.subject
    if subject.pairs == "between_sources" and new["sources"] != new["before"]:
        return None
    for (attribute, value), rows in near.bearing.items():
        if ground.index.discords.count(_identified(attribute, value)):
            return None
        if not new["quiet"] and not _same_hub(new, rows, ground):
            return None
    return _answer(new["entity_id"], new["state"], (), known=True)


def _identified(attribute: str, value: str) -> int:
    """Return the number of an identifier's value in the index."""
    return hash64_of(joined_of([attribute, value]))


def _same_hub(new: Row, rows: list[int], ground: Ground) -> bool:
    """Return whether the star of an identifier has the hub that it had, with one record more of a signature."""
    ranks = [
        (-records, number)
        for records, number in ground.index.signatures[rows].select("records", "signature_id").iter_rows()
    ]
    own = new["signature_id"]
    return min(ranks) == (1 - new["records"], own) or min(ranks) < (-new["records"], own)


def _accord(new: Row, near: Near, others: Mapping[int, Row], ground: Ground) -> bool:
    """Return whether the bearers of the new signature's identifiers agree with it and with one another."""
    items = {one.attribute: one for one in ground.known.subject.identifiers}
    return all(
        ground.index.discords.count(_identified(attribute, value)) == 0
        and in_accord(new, [others[row] for row in rows], items[attribute], weigher=ground.weigher)
        for (attribute, value), rows in near.bearing.items()
        if rows
    )


def _plain_place(
    new: Row,
    others: Sequence[Row],
    candidates: Sequence[Candidate],
    linked: Mapping[int, bool],
    near: Near,
    ground: Ground,
) -> Found | None:
    """Return where a new signature belongs, if it touches one quiet cluster at most and nothing speaks against it."""
    subject, index = ground.known.subject, ground.index
    if near.crossed or subject.pairs == "between_sources":
        return None
    bearers = {row for own in near.bearing.values() for row in own}
    starred = [one for one in others if index.row_of(one["signature_id"]) in bearers]
    tied = {one["signature_id"] for one in starred} | {one for one, may in linked.items() if may}
    regions = {one["region"] for one in others if one["signature_id"] in tied}
    if len(regions) > 1:
        return None
    founding = any(all(new[name] is not None for name in names) for names in subject.founding) or not subject.founding
    if not regions:
        reviewed = _reviewed(candidates, subject.model.review, linked)
        state = "whole" if founding else UNRESOLVED
        return _answer(None, state, candidates, reviewed=reviewed)
    members = index.signatures[index.regions.of(regions.pop())].to_dicts()
    if not members[0]["quiet"] or not fits(new, members, subject=subject, generic=ground.generic):
        return None
    if not unprobed(members, starred):
        return None
    by_row = {row: one for row, one in zip(near.rows(), others, strict=True)}
    if not _accord(new, near, by_row, ground):
        return None
    hubs = {one["signature_id"] for one in starred}
    reasons = {one: "identifier" if one in hubs else "model" for one in tied}
    told = [one._replace(reason=reasons.get(one.signature_id)) for one in candidates]
    entity, state = members[0]["entity_id"], members[0]["state"]
    return _answer(entity, "whole" if founding else state, told)


def _reviewed(candidates: Iterable[Candidate], review: float | None, linked: Mapping[int, bool]) -> bool:
    """Return whether a pair is for a person to decide: between the thresholds, or barred by a caution."""
    least = None if review is None else round(review * WEIGHT_SCALE)
    return not all(linked.values()) or any(least is not None and one.weight.match_weight >= least for one in candidates)


def _answer(
    entity: str | None,
    state: str,
    candidates: Iterable[Candidate],
    *,
    known: bool = False,
    reviewed: bool = False,
    contradicted: bool = False,
    merges: Iterable[str] = (),
    splits: Iterable[str] = (),
) -> Found:
    if entity is not None:
        decision = "link"
    elif state == AMBIGUOUS:
        decision = "ambiguous"
    elif contradicted:
        decision = "contradicted"
    elif reviewed:
        decision = "review"
    else:
        decision = "unresolved" if state == UNRESOLVED else "new"
    return Found(decision, entity, state, tuple(merges), tuple(splits), tuple(candidates), known)


def _by_stages(
    new: Row, start: Iterable[int], candidates: Sequence[Candidate], near: Near, ground: Ground, at: int | None
) -> Found:
    """Return where a signature belongs as the stages find it, with all that it touches resolved anew."""
    index, known = ground.index, ground.known
    touched = sorted({int(number) for number in index.signatures["region"].gather(sorted(set(start)))})
    rows = sorted({row for region in touched for row in index.regions.of(region)} - {at})
    held = index.signatures[rows]
    frame = pl.concat([held.select(_signatures([], ground).columns), _signatures([new], ground)]).sort("signature_id")
    region = Region(frame, _judged(held, ground), ground.common, _sizes(frame, new, ground, at))
    placed = place(region, subject=known.subject, calibration=known.calibration, signatures=known.signatures)
    return _concluded(new, held, placed, candidates, known=at is not None)


def _judged(held: pl.DataFrame, ground: Ground) -> pl.DataFrame:
    """Return the judged pairs among signatures, as the run's links and conflicts tell them."""
    ids = held["signature_id"].implode()
    return ground.index.judged.filter(pl.col(PAIR_KEY[0]).is_in(ids) & pl.col(PAIR_KEY[1]).is_in(ids))


def _sizes(frame: pl.DataFrame, new: Row, ground: Ground, at: int | None) -> dict[int, int]:
    """Return how many signatures bear each block key of a region, the new one counted."""
    subject, sizes = ground.known.subject, {}
    identity = subject.identity_attributes()
    for row in frame.select("signature_id", *identity).iter_rows(named=True):
        own = {name: row[name] for name in identity}
        for one in keys_of(own, subject=subject):
            for number in (one.key, *one.finer):
                if number not in sizes:
                    sizes[number] = ground.index.blocks.count(number)
                if at is None and row["signature_id"] == new["signature_id"]:
                    sizes[number] += 1
    return sizes


def _concluded(
    new: Row, held: pl.DataFrame, placed: Placed, candidates: Sequence[Candidate], *, known: bool
) -> Found:
    """Return what became of the new signature: its cluster's id is the oldest of those whose most records are in it."""
    own = new["signature_id"]
    clusters = {number: (cluster, state) for number, cluster, state in
                placed.clusters.select("signature_id", "cluster_id", "state").iter_rows()}
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
    return _answer(
        None if state in (AMBIGUOUS, UNRESOLVED) or not named else named[0],
        state,
        told,
        known=known,
        reviewed=placed.review.filter(among).height > 0,
        contradicted=placed.conflicts.filter(among).height > 0,
        merges=named[1:],
        splits=splits,
    )
