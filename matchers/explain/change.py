"""The smallest change that would join two records: one field of one of them, else two, else more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any

import polars as pl

from engine.tables import PAIR_KEY, RECORD_KEY
from matchers.explain.few import Ground, Known, Resolved, resolve_each, resolve_few
from matchers.explain.variants import Edit, Side, Variant, Weighed, as_signatures, weigh
from matchers.signatures import collapse

TRIES = 6
"""Changes of one size that are tried out in full, in order of their weight."""


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
    worlds = _worlds(tried, sides, known)
    resolved = resolve_each([world for _, world in worlds], judged, known=known, ground=ground)
    joins = (_together(asked, one) for (asked, _), one in zip(worlds, resolved, strict=True))
    return next((one.variant.edits for one, joined in zip(tried, joins, strict=True) if joined), ())


def _worlds(tried: list[Weighed], sides: tuple[Side, Side], known: Known) -> list[tuple[list[int], pl.DataFrame]]:
    """Return for each variant the signatures asked for and all of both entities, one record of them as it has it."""
    base = pl.concat(side.signatures for side in sides)
    pool = pl.concat([base, as_signatures([one.signature for one in tried], known)])
    owners = [list(side.records.select(*RECORD_KEY, "signature_id").iter_rows()) for side in sides]
    found = []
    for number, one in enumerate(tried, start=base.height):
        side, record = one.variant.side, tuple(one.variant.edits[0].record.values())
        place, changed = next((place, own[-1]) for place, own in enumerate(owners[side]) if own[:-1] == record)
        asked = [each.signatures["signature_id"][0] for each in sides]
        if place == 0:
            asked[side] = one.signature["signature_id"]
        left = pl.col("records") - (pl.col("signature_id") == changed).cast(pl.Int64)
        rest = base.with_columns(left).filter(pl.col("records") > 0)
        world = pl.concat([rest, pool.slice(number, 1)])
        twice = world["signature_id"].is_duplicated().any()
        found.append((asked, collapse(world, subject=known.subject).signatures if twice else world))
    return found


def _together(asked: list[int], resolved: Resolved) -> bool:
    clusters = dict(resolved.clusters.select("signature_id", "cluster_id").iter_rows())
    return len({clusters[one] for one in asked}) == 1


def would_join(sides: tuple[Side, Side], judged: pl.DataFrame, *, known: Known) -> bool:
    """Return whether the two asked for come into one cluster as they are, with what `known` holds to be common."""
    asked = [side.signatures["signature_id"][0] for side in sides]
    return _together(asked, resolve_few(pl.concat(side.signatures for side in sides), judged, known=known))


def pairs_judged(links: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Return signature_l, signature_r and judgement of what the links and conflicts of a run say was judged."""
    same = links.filter(pl.col("reason") == "judgement").select(*PAIR_KEY, judgement=pl.lit("same"))
    different = conflicts.filter(pl.col("reason") == "judgement").select(*PAIR_KEY, judgement=pl.lit("different"))
    return pl.concat([same, different])
