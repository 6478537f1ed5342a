"""What a new signature could touch in a run: bearers of its identifiers, members of its blocks, and their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.hashing import hash64_of, joined_of
from engine.settings import Caution, Subject
from engine.tables import PAIR_KEY, SIGNATURES, WEIGHT_SCALE
from lifetree.index import Index
from lifetree.resolving_found import Candidate
from lifetree.resolving_names import Registered
from matchers.clustering.probes import FEWEST
from matchers.explain import Known
from matchers.models import score_candidates
from matchers.realtime import Key, Signed, Weigher, Weight, cautions_of, keys_of, weigh
from matchers.scoring import least_weight

Row = dict[str, Any]
"""A signature of the index, or the new one."""


class Ground(NamedTuple):
    """What stays from record to record: the index, what the run knows, and what weighs pairs.

    `common` are the identifiers' generic values (GENERIC_VALUES), `generic` and `void` attribute and value of what is
    too common to identify, and of what is left out of matching; `registered` is where ids are kept.
    """

    stored: Index
    known: Known
    weigher: Weigher
    common: pl.DataFrame
    generic: frozenset[tuple[str, str]]
    void: frozenset[tuple[str, str]]
    registered: Registered


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


def row_of(signed: Signed, key: Mapping[str, str | None], ground: Ground, at: int | None) -> Row:
    """Return the signature with the new record as a row of SIGNATURES."""
    if at is not None:
        row = ground.stored.signatures.row(at, named=True)
        sources = sorted({*row["sources"], key["source"]})
        return {**row, "records": row["records"] + 1, "sources": sources, "before": row["sources"]}
    values = {name: None if (name, value) in ground.void else value for name, value in signed.values.items()}
    own = {"signature_id": signed.signature_id, "records": 1, "sources": [key["source"]]}
    return {**own, "first_seen": None, "last_seen": None, **values}


def near_to(new: Row, ground: Ground, at: int | None) -> Near:
    """Return what bears its identifiers and, if the signature is not in the run, what shares a block with it."""
    index, subject = ground.stored, ground.known.subject
    bearing = {}
    for item in subject.identifiers:
        for value in dict.fromkeys(new[name] for name in (item.attribute, item.former) if name):
            if value is not None and (item.attribute, value) not in ground.generic:
                bearing[item.attribute, value] = index.identifiers.of(identified(item.attribute, value))
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


def identified(attribute: str, value: str) -> int:
    """Return the number of an identifier's value in the index."""
    return hash64_of(joined_of([attribute, value]))


def _members(one: Key, most: int, index: Index) -> list[int]:
    """Return the rows of the block, or of the first finer one, that is not too large with one more signature."""
    for number in (one.key, *one.finer):
        if index.blocks.count(number) < most:
            return index.blocks.of(number)
    return []


def weights_with(new: Row, others: Sequence[Row], ground: Ground) -> list[Weight]:
    """Return the weight of the new signature with each of the others."""
    subject = ground.known.subject
    if not subject.strata:
        return weigh(ground.weigher, new, others, beside=_probed(others))
    known, frame = ground.known, as_signatures([new, *others], ground)
    scored = score_candidates(
        _pairs(new, others), frame, calibration=known.calibration, subject=subject, signatures=known.signatures
    )
    return [Weight(tuple(levels), weight) for levels, weight in scored.select("levels", "match_weight").iter_rows()]


def _probed(others: Sequence[Row]) -> list[Row]:
    """Return the signatures whose cluster has so many units among them that its bridges will be looked at next."""
    units: dict[int, set[int]] = {}
    for one in others:
        units.setdefault(one["component"], set()).add(one["unit"])
    return [one for one in others if len(units[one["component"]]) + 1 >= FEWEST]


def as_signatures(rows: Iterable[Row], ground: Ground) -> pl.DataFrame:
    """Return rows as SIGNATURES."""
    identity = ground.known.subject.identity_attributes()
    schema = {**SIGNATURES.columns, **dict.fromkeys(identity, pl.String)}
    return pl.DataFrame([{name: one[name] for name in schema} for one in rows], schema=schema)


def linked_to(new: Row, others: Sequence[Row], weights: Sequence[Weight], ground: Ground) -> set[int]:
    """Return the signatures that the model ties to the new one: heavy enough, and no caution bars the link."""
    subject = ground.known.subject
    cut = round(subject.model.threshold * WEIGHT_SCALE)
    heavy = [one for one, own in zip(others, weights, strict=True) if own.match_weight >= cut]
    wary = zip(heavy, _cautions(new, heavy, subject), strict=True)
    return {one["signature_id"] for one, caution in wary if caution is None or caution.links}


def _cautions(new: Row, others: Sequence[Row], subject: Subject) -> list[Caution | None]:
    identity = subject.identity_attributes()
    own, *theirs = ({name: one[name] for name in identity} for one in (new, *others))
    return cautions_of([(own, one) for one in theirs], subject=subject)


def _pairs(new: Row, others: Sequence[Row]) -> pl.DataFrame:
    ends = [sorted((new["signature_id"], one["signature_id"])) for one in others]
    return pl.DataFrame(ends, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row")


def is_reviewed(new: Row, others: Sequence[Row], candidates: Sequence[Candidate], ground: Ground) -> bool:
    """Return whether a pair of the new signature is for a person to decide: heavy enough for it, or cautioned."""
    subject = ground.known.subject
    told = list(zip(others, candidates, strict=True))
    if subject.model.review is not None and any(_bits(one) >= subject.model.review for _, one in told):
        return True
    heavy = [one for one, candidate in told if _bits(candidate) >= least_weight(subject.model)]
    return any(_cautions(new, heavy, subject))


def _bits(candidate: Candidate) -> float:
    return candidate.weight.match_weight / WEIGHT_SCALE
