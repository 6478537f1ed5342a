"""Records with some values of others, and what their signatures would weigh."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.tables import PAIR_KEY, SIGNATURES, WEIGHT_SCALE
from matchers.clustering import sure_values
from matchers.clustering.exclusive import generic_rule
from matchers.decide import JUDGEMENT_WEIGHT
from matchers.explain.few import Ground, Known, joined_keys, weights_of
from matchers.explain.nearest import nearest_of
from matchers.identifiers import IDENTIFIER_WEIGHT
from matchers.masses import silence
from matchers.realtime import sign_each

MOST_PAIRS = 50_000
"""Pairs within blocks that are weighed beside those that decide which changes are tried."""

Pair = tuple[int, int]

Bond = tuple[int, int | str]
"""What can bring signatures together: the place of an identifier and a value of it, or -1 and a block key."""


class Edit(NamedTuple):
    """One value of one record changed."""

    record: dict[str, str]
    attribute: str
    before: str | None
    after: str


class Side(NamedTuple):
    """One of two entities: its SIGNATURES (first the one asked for), and RECORDS of it that may be changed."""

    signatures: pl.DataFrame
    records: pl.DataFrame


class Variant(NamedTuple):
    """A record with some values of another; `side` is 0 where it is of the first entity, 1 of the second."""

    side: int
    row: dict[str, Any]
    edits: tuple[Edit, ...]


class Weighed(NamedTuple):
    """A variant, its row of SIGNATURES and the bits above the threshold; none where nothing compares it."""

    variant: Variant
    signature: dict[str, Any]
    surplus: float | None


class _Facing(NamedTuple):
    """What stands against the variants of one side: the signatures of the other that are looked at.

    `excluded` are the signatures with an exclusive identifier that none of these has.
    """

    signatures: list[int]
    excluded: set[int]


def weigh(
    variants: Sequence[Variant], sides: tuple[Side, Side], *, known: Known
) -> tuple[list[Weighed], Ground | None]:
    """Return the variants with the surplus of their best pair with the other entity, all in one pass.

    Beside it stands the ground on which each can be resolved with both entities; None where that is of too many pairs.
    """
    if not variants:
        return [], None
    signed = _signed(variants, known)
    whole = silence(pl.concat([*(side.signatures for side in sides), as_signatures(signed, known)]), known.masses)
    every = whole.unique("signature_id", keep="first", maintain_order=True)
    keys, facing = joined_keys(every, known=known), _facing(whole, sides, known)
    near = _near(keys, set(whole["signature_id"].head(-len(signed))))
    bonds = _bonds(every, keys, known)
    met = {
        (one["signature_id"], other): bonds[one["signature_id"]] & bonds[other]
        for variant, one in zip(variants, signed, strict=True)
        for other in facing[variant.side].signatures
    }
    met = {pair: both for pair, both in met.items() if both and pair[0] != pair[1]}
    asked = list(dict.fromkeys(map(_ordered, met)))
    pairs = weights_of(_table([*asked, *((near or set()).difference(asked))]), every, known=known)
    scored = {(left, right): (levels, weight) for left, right, levels, weight in pairs.head(len(asked)).iter_rows()}
    bits = {pair: _bits({place for place, _ in both}, scored[_ordered(pair)], known) for pair, both in met.items()}
    best = [
        _best(one["signature_id"], facing[variant.side], bits) for variant, one in zip(variants, signed, strict=True)
    ]
    threshold = known.subject.model.threshold
    surplus = [None if one is None else one / WEIGHT_SCALE - threshold for one in best]
    found = [Weighed(*one) for one in zip(variants, signed, surplus, strict=True)]
    return found, None if near is None else Ground(keys, pairs)


def as_signatures(rows: Sequence[dict[str, Any]], known: Known) -> pl.DataFrame:
    """Return rows of SIGNATURES as a table."""
    return pl.DataFrame(rows, schema=SIGNATURES.schema(known.subject.identity_attributes()), orient="row")


def _signed(variants: Sequence[Variant], known: Known) -> list[dict[str, Any]]:
    """Return the row of SIGNATURES of each variant, that of one record; all are signed at once."""
    rows = [variant.row for variant in variants]
    keys = [row | {"role": f"{row['role']} {n}"} for n, row in enumerate(rows)]
    return [
        {
            "signature_id": one.signature_id,
            "records": 1,
            "sources": [row["source"]],
            "first_seen": _seen(row),
            "last_seen": _seen(row),
            **one.values,
        }
        for row, one in zip(rows, sign_each(rows, keys, subject=known.subject), strict=True)
    ]


def _seen(row: dict[str, Any]) -> str | None:
    seen: str | None = row["delivered_at"] if row["recorded_at"] is None else row["recorded_at"]
    return seen


def _facing(whole: pl.DataFrame, sides: tuple[Side, Side], known: Known) -> list[_Facing]:
    """Return what stands against the variants of each side; `whole` holds both sides, then the variants."""
    sure = whole.with_columns(sure_values(whole, known.subject))
    first, second = (side.signatures.height for side in sides)
    anew, found = sure.slice(first + second), []
    for other in (sure.slice(first, second), sure.head(first)):
        looked_at = nearest_of(other)
        excluded = _excluded(anew, looked_at, known)
        found.append(_Facing(looked_at["signature_id"].to_list(), excluded))
    return found


def _excluded(anew: pl.DataFrame, others: pl.DataFrame, known: Known) -> set[int]:
    """Return those of `anew` with an exclusive identifier that the others have not, who have another."""
    found: set[int] = set()
    for item in known.subject.identifiers:
        common = {value for rule, value in known.common() if rule == generic_rule(item)}
        fitting = {*others[item.attribute]} - common - {None}
        if item.exclusive and fitting:
            borne = anew.select("signature_id", item.attribute).iter_rows()
            found |= {one for one, value in borne if value is not None and value not in fitting | common}
    return found


def _bonds(signatures: pl.DataFrame, keys: pl.DataFrame, known: Known) -> dict[int, set[Bond]]:
    """Return what can bring each signature together with others: its blocks, and identifiers that are not common."""
    found: dict[int, set[Bond]] = {one: set() for one in signatures["signature_id"]}
    for one, block in keys.select("signature_id", "block_key").iter_rows():
        found[one].add((-1, block))
    common = known.common()
    for place, item in enumerate(known.subject.identifiers):
        for one, value in signatures.select("signature_id", item.attribute).iter_rows():
            if value is not None and (generic_rule(item), value) not in common:
                found[one].add((place, value))
    return found


def _near(keys: pl.DataFrame, base: Collection[int]) -> set[Pair] | None:
    """Return the pairs that share a block with one of `base` in it; None where they would be too many."""
    blocks: dict[int, list[int]] = {}
    for one, block in keys.select("signature_id", "block_key").iter_rows():
        blocks.setdefault(block, []).append(one)
    own = {block: [one for one in members if one in base] for block, members in blocks.items()}
    if sum(len(own[block]) * len(members) for block, members in blocks.items()) > MOST_PAIRS:
        return None
    ends = ((one, other) for block, members in blocks.items() for one in own[block] for other in members)
    return {_ordered(pair) for pair in ends if pair[0] != pair[1]}


def _ordered(pair: Pair) -> Pair:
    return (pair[0], pair[1]) if pair[0] < pair[1] else (pair[1], pair[0])


def _table(pairs: Sequence[Pair]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=dict.fromkeys(PAIR_KEY, pl.Int64), orient="row")


def _bits(places: Collection[int], scored: tuple[Sequence[int], int], known: Known) -> int | None:
    """Return the weight of a pair by what brings it together: none where its identifiers are contradicted."""
    levels, weight = scored
    found = [weight] if -1 in places else []
    labels = [comparison.label for comparison in known.subject.comparisons]
    for place, item in enumerate(known.subject.identifiers):
        against = [levels[labels.index(label)] == 0 for label in item.contradicted_by]
        if place in places and not (against and (against[0] or sum(against) >= 2)):
            found.append(IDENTIFIER_WEIGHT)
    return max(found, default=None)


def _best(own: int, facing: _Facing, bits: dict[Pair, int | None]) -> int | None:
    """Return the weight of the best pair of a variant's signature; none where nothing brings it to the other side."""
    if own in facing.signatures:
        return JUDGEMENT_WEIGHT
    if own in facing.excluded:
        return None
    weights = [bits.get((own, other)) for other in facing.signatures]
    return max((weight for weight in weights if weight is not None), default=None)
