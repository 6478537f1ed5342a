"""The smallest change that would join two records: one field of one of them, else two, else more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any, NamedTuple

import polars as pl

from engine.tables import PAIR_KEY, RECORD_KEY, RECORDS, SIGNATURES, WEIGHT_SCALE
from matchers.clustering import sure_values
from matchers.clustering.exclusive import generic_rule
from matchers.decide import JUDGEMENT_WEIGHT
from matchers.explain.few import Ground, Known, Resolved, joined_keys, resolve_each, resolve_few, weights_of
from matchers.explain.nearest import nearest_of
from matchers.identifiers import IDENTIFIER_WEIGHT
from matchers.masses import silence
from matchers.signatures import collapse, sign

TRIES = 6
"""Changes of one size that are tried out in full, in order of their weight."""

MOST_PAIRS = 50_000
"""Pairs within blocks that are weighed beside those that decide which changes are tried."""


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
    """A variant, its signature and the bits by which it exceeds the threshold; none where nothing compares it."""

    variant: Variant
    signature: pl.DataFrame
    surplus: float | None


def smallest_change(
    sides: tuple[Side, Side], judged: pl.DataFrame, *, known: Known, first: tuple[str, ...] = ()
) -> tuple[Edit, ...]:
    """Return the edits of one record that join the signatures asked for; none when no such edits were found.

    A field takes the value that the record beside it on the other side has. Tried are one field, then two, then more in
    the order of what each gains alone; of as many fields that whose weight exceeds the threshold least, and before
    others those in `first`. Every answer was resolved anew (`resolve_each`) with both entities. Cost: quadratic in the
    fields that differ, and up to `TRIES` worlds a size, resolved together.
    """
    variants = [variant for size in (1, 2) for variant in _variants(sides, known, size=size)]
    found, ground = weigh(variants, sides, known=known)
    singles, doubles = ([one for one in found if len(one.variant.edits) == size] for size in (1, 2))
    tried = [*_promising(singles, first), *_promising(doubles, first)]
    if edits := _first_joining(tried, sides, judged, known, ground):
        return edits
    found, ground = weigh(list(_growing(singles)), sides, known=known)
    return _first_joining(_promising(found, first), sides, judged, known, ground)


def _variants(sides: tuple[Side, Side], known: Known, *, size: int) -> Iterator[Variant]:
    """Yield every record with `size` values of the record that stands in the same place on the other side."""
    names = known.subject.identity_attributes()
    rows = [side.records.to_dicts() for side in sides]
    for pair in zip(*rows, strict=True):
        for side in (0, 1):
            own, other = pair[side], pair[1 - side]
            differing = [name for name in names if other[name] is not None and other[name] != own[name]]
            for chosen in combinations(differing, size):
                yield _varied(side, own, {name: other[name] for name in chosen})


def _varied(side: int, own: dict[str, Any], values: dict[str, str]) -> Variant:
    record = {name: own[name] for name in RECORD_KEY}
    return Variant(side, own | values, tuple(Edit(record, name, own[name], value) for name, value in values.items()))


def _growing(singles: list[Weighed]) -> Iterator[Variant]:
    """Yield, for every record, its edits joined one by one in the order of what each gains alone, from three on."""
    by_record: dict[tuple[int, ...], list[Variant]] = {}
    for one in sorted(singles, key=lambda one: -(one.surplus if one.surplus is not None else -1e9)):
        by_record.setdefault((one.variant.side, *one.variant.edits[0].record.values()), []).append(one.variant)  # type: ignore[arg-type]
    for variants in by_record.values():
        edits = {variant.edits[0].attribute: variant.edits[0] for variant in variants}
        own = variants[0].row | {name: edit.before for name, edit in edits.items()}
        for size in range(3, len(edits) + 1):
            yield _varied(variants[0].side, own, {name: edit.after for name, edit in islice(edits.items(), size)})


def weigh(variants: list[Variant], sides: tuple[Side, Side], *, known: Known) -> tuple[list[Weighed], Ground | None]:
    """Return the variants with the surplus of their best pair with the other entity, all in one pass.

    Beside it stands the ground on which each can be resolved with both entities; None where that is of too many pairs.
    """
    if not variants:
        return [], None
    signed = _signed(variants, known)
    ids = signed["signature_id"].to_list()
    heard = [silence(nearest_of(side.signatures), known.masses) for side in sides]
    anew = silence(signed, known.masses)
    base = [silence(side.signatures, known.masses) for side in sides]
    every = pl.concat([*base, anew]).unique("signature_id", keep="first", maintain_order=True)
    keys = joined_keys(every, known=known)
    places = pl.DataFrame({"variant": range(len(ids)), "one": ids, "side": [one.side for one in variants]})
    facing = pl.concat(heard[1 - side].select(side=pl.lit(side, pl.Int64), other="signature_id") for side in (0, 1))
    across = places.join(facing, on="side")
    equal = set(across.filter(pl.col("one") == pl.col("other"))["variant"])
    met = _met(across, every, keys, known)
    near = _near(keys, pl.concat(base)["signature_id"])
    ordered = met.select(_ordered())
    pairs = weights_of(pl.concat([ordered, *([] if near is None else [near])]).unique(), every, known=known)
    best = met.with_columns(_ordered()).join(pairs, on=PAIR_KEY).select("variant", "one", weight=_weight(known))
    apart = _excluded(anew, heard, known)
    heaviest = best.drop_nulls("weight").group_by("variant", "one").agg(pl.col("weight").max())
    weights = {
        variant: weight for variant, one, weight in heaviest.iter_rows() if one not in apart[variants[variant].side]
    }
    weights |= dict.fromkeys(equal, JUDGEMENT_WEIGHT)
    threshold = known.subject.model.threshold
    found = [
        Weighed(variant, signed[n], None if (bits := weights.get(n)) is None else bits / WEIGHT_SCALE - threshold)
        for n, variant in enumerate(variants)
    ]
    return found, None if near is None else Ground(keys, pairs)


def _ordered() -> list[pl.Expr]:
    ends = ("one", "other")
    return [pl.min_horizontal(ends).alias(PAIR_KEY[0]), pl.max_horizontal(ends).alias(PAIR_KEY[1])]


def _near(keys: pl.DataFrame, base: pl.Series) -> pl.DataFrame | None:
    """Return the pairs (PAIR_KEY) that share a block with one of `base` in it; None where they would be too many."""
    own = keys.filter(pl.col("signature_id").is_in(base.implode()))
    sizes = own.group_by("block_key").len("own").join(keys.group_by("block_key").len("all"), on="block_key")
    if sizes.select((pl.col("own").cast(pl.Int64) * pl.col("all")).sum()).item() > MOST_PAIRS:
        return None
    met = own.join(keys, on="block_key", suffix="_r").filter(pl.col("signature_id") != pl.col("signature_id_r"))
    return met.select(one="signature_id", other="signature_id_r").select(_ordered()).unique()


def _weight(known: Known) -> pl.Expr:
    """Return the weight of a pair by what brings it together: null where its identifier is contradicted."""
    labels = [comparison.label for comparison in known.subject.comparisons]
    weight: pl.Expr = pl.when(pl.col("item") < 0).then("match_weight")
    for place, item in enumerate(known.subject.identifiers):
        otherwise = [pl.col("levels").list.get(labels.index(label)) == 0 for label in item.contradicted_by]
        against = otherwise[0] | (pl.sum_horizontal(otherwise) >= 2) if otherwise else pl.lit(value=False)
        weight = pl.when((pl.col("item") == place) & ~against).then(IDENTIFIER_WEIGHT).otherwise(weight)
    return weight


def _excluded(anew: pl.DataFrame, heard: list[pl.DataFrame], known: Known) -> list[set[int]]:
    """Return, by the side of a variant, the signatures with an exclusive identifier that the other side has not."""
    found: list[set[int]] = [set(), set()]
    sure = [side.with_columns(sure_values(side, known.subject)) for side in (anew, *heard)]
    for item in known.subject.identifiers:
        common = known.generic.filter(pl.col("blocking_rule") == generic_rule(item))["value"].to_list()
        for side in (0, 1):
            facing = set(sure[2 - side][item.attribute].drop_nulls()) - {*common}
            if item.exclusive and facing:
                own = pl.col(item.attribute).is_not_null() & ~pl.col(item.attribute).is_in([*facing, *common])
                found[side] |= set(sure[0].filter(own)["signature_id"])
    return found


def _signed(variants: list[Variant], known: Known) -> pl.DataFrame:
    """Return the signature of each variant as that of one record, all signed at once."""
    rows = [variant.row | {"role": f"{variant.row['role']} {n}"} for n, variant in enumerate(variants)]
    frame = RECORDS.conform(pl.DataFrame(rows, infer_schema_length=None), tuple(known.subject.attributes))
    signed = sign(frame, frame.head(0), subject=known.subject)
    seen = pl.coalesce("recorded_at", "delivered_at")
    told = signed.record_signature.select(
        "role", "signature_id", records=1, sources=pl.concat_list("source"), first_seen=seen, last_seen=seen
    )
    order = pl.DataFrame({"role": [row["role"] for row in rows]}).join(told, on="role", maintain_order="left")
    columns = known.subject.identity_attributes()
    values = signed.signatures.select("signature_id", *columns)
    whole = order.join(values, on="signature_id", maintain_order="left")
    return whole.select(pl.col(name).cast(dtype) for name, dtype in SIGNATURES.schema(columns).items())


def _met(across: pl.DataFrame, signatures: pl.DataFrame, keys: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return the pairs that a block (`item` -1) or an identifier (its place) brings together: variant, one, other."""
    grounds = [keys.select("signature_id", pl.col("block_key").cast(pl.String), item=pl.lit(-1))]
    for place, item in enumerate(known.subject.identifiers):
        common = known.generic.filter(pl.col("blocking_rule") == generic_rule(item)).select("value")
        borne = signatures.select("signature_id", block_key=item.attribute).drop_nulls()
        own = borne.join(common, left_on="block_key", right_on="value", how="anti")
        grounds.append(own.with_columns(item=pl.lit(place)))
    shared = pl.concat(grounds)
    pairs = (
        across.filter(pl.col("one") != pl.col("other"))
        .join(shared, left_on="one", right_on="signature_id")
        .join(shared, left_on=["other", "item", "block_key"], right_on=["signature_id", "item", "block_key"])
    )
    return pairs.select("variant", "one", "other", "item").unique(maintain_order=True)


def _promising(weighed_variants: list[Weighed], first: tuple[str, ...]) -> list[Weighed]:
    """Return the variants to try, in order of preference."""
    enough = [one for one in weighed_variants if one.surplus is not None and one.surplus >= 0]
    return sorted(enough, key=lambda one: (len(one.variant.edits), not _touches(one, first), one.surplus))[:TRIES]


def _touches(one: Weighed, first: tuple[str, ...]) -> bool:
    return any(edit.attribute in first for edit in one.variant.edits)


def _first_joining(
    tried: list[Weighed], sides: tuple[Side, Side], judged: pl.DataFrame, known: Known, ground: Ground | None
) -> tuple[Edit, ...]:
    """Return the edits of the first variant with which the two signatures asked for come into one cluster, if any."""
    if not tried:
        return ()
    worlds = [_world(one, sides) for one in tried]
    counted = [
        collapse(world, subject=known.subject).signatures if world["signature_id"].is_duplicated().any() else world
        for _, world in worlds
    ]
    resolved = resolve_each(counted, judged, known=known, ground=ground)
    joins = (_together(asked, one) for (asked, _), one in zip(worlds, resolved, strict=True))
    return next((one.variant.edits for one, joined in zip(tried, joins, strict=True) if joined), ())


def _world(one: Weighed, sides: tuple[Side, Side]) -> tuple[list[int], pl.DataFrame]:
    """Return the signatures asked for and all of both entities, one record of them as the variant has it."""
    record = one.variant.edits[0].record
    own = sides[one.variant.side]
    place, changed = own.records.with_row_index("place").filter(**record).select("place", "signature_id").row(0)
    asked = [side.signatures["signature_id"][0] for side in sides]
    if place == 0:
        asked[one.variant.side] = one.signature["signature_id"].item()
    rest = pl.concat(side.signatures for side in sides).with_columns(
        pl.col("records") - (pl.col("signature_id") == changed).cast(pl.Int64)
    )
    return asked, pl.concat([rest.filter(pl.col("records") > 0), one.signature])


def _together(asked: list[int], resolved: Resolved) -> bool:
    clusters = resolved.clusters.filter(pl.col("signature_id").is_in(asked))
    return clusters["cluster_id"].n_unique() == 1


def would_join(sides: tuple[Side, Side], judged: pl.DataFrame, *, known: Known) -> bool:
    """Return whether the two asked for come into one cluster as they are, with what `known` holds to be common."""
    asked = [side.signatures["signature_id"][0] for side in sides]
    return _together(asked, resolve_few(pl.concat(side.signatures for side in sides), judged, known=known))


def pairs_judged(links: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return signature_l, signature_r and judgement of what the links and conflicts of a run say was judged."""
    same = links.filter(pl.col("reason") == "judgement").select(*PAIR_KEY, judgement=pl.lit("same"))
    different = conflicts.filter(pl.col("reason") == "judgement").select(*PAIR_KEY, judgement=pl.lit("different"))
    return pl.concat([same, different])
