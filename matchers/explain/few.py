"""A few signatures resolved anew by the functions of the build, with what the run knows of all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.blocking import join
from matchers.cautions import cautioned
from matchers.clustering import cluster, founds, sure_values, united
from matchers.clustering.exclusive import generic_rule
from matchers.decide import decide
from matchers.identifiers import Stars, bearers, stars
from matchers.masses import silence
from matchers.models import Calibration, score_candidates
from matchers.realtime import Ties, Weigher, keys_of_each, stars_of, ties_of, weigh_places

_KEYED = {
    "signature_id": pl.Int64, "blocking_rule": pl.Int16, "rule": pl.String, "value": pl.String,
    "block_key": pl.Int64, "generic": pl.Boolean,
}  # fmt: skip

_BORNE = "_borne"
"""The column that holds the identifier's value with its world."""


class Known(NamedTuple):
    """What a run knows beside the signatures: settings, calibration, their number, GENERIC_VALUES and MASS_VALUES.

    `weigher` weighs pairs and remembers; without it, and for a subject with strata, the functions of the build do.
    """

    subject: Subject
    calibration: Calibration
    signatures: int
    generic: pl.DataFrame
    masses: pl.DataFrame
    weigher: Weigher | None = None

    def common(self) -> set[tuple[str, str]]:
        """Return the rule and the value of each of GENERIC_VALUES."""
        return set(self.generic.select("blocking_rule", "value").iter_rows())


class Resolved(NamedTuple):
    """What became of a few signatures: LINKS, CONFLICTS, CLUSTERS."""

    links: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame


class Ground(NamedTuple):
    """What worlds of the same signatures share: their block keys that are joined, and the weights of pairs (PAIRS)."""

    keys: pl.DataFrame
    pairs: pl.DataFrame


def resolve_few(signatures: pl.DataFrame, judged: pl.DataFrame, *, known: Known) -> Resolved:
    """Return how these SIGNATURES would be linked and clustered if there were no others than the run knows of.

    Values that are too common in the run stay so. `judged` holds signature_l, signature_r and judgement. Cost: as a
    build of so many signatures, some tens of milliseconds for a few entities.
    """
    return resolve_each([signatures], judged, known=known)[0]


def resolve_each(
    worlds: Sequence[pl.DataFrame], judged: pl.DataFrame, *, known: Known, ground: Ground | None = None
) -> list[Resolved]:
    """Return what `resolve_few` returns for each of several sets of SIGNATURES, which know nothing of one another.

    `ground` holds the keys of all of them and the weights of all pairs that share one; unset, they are worked out.
    Cost: little more than that of one, for they are resolved together: each under numbers of its own for signatures
    and with identifiers that bear the number of their world, which no two worlds share.
    """
    numbers = (
        pl.concat([*(one["signature_id"] for one in worlds), *(judged[side] for side in PAIR_KEY)]).unique().sort()
    )
    span = numbers.len()
    heard = silence(pl.concat(worlds), known.masses).with_columns(
        _world=pl.Series([n for n, one in enumerate(worlds) for _ in range(one.height)], dtype=pl.Int64)
    )
    heard = heard.with_columns(_id="signature_id", signature_id=_numbered("signature_id", numbers, pl.col("_world")))
    told = judged.join(pl.DataFrame({"_world": range(len(worlds))}, schema={"_world": pl.Int64}), how="cross")
    told = told.select(*(_numbered(side, numbers, pl.col("_world")) for side in PAIR_KEY), "judgement")
    found = _resolved(heard, told, known, ground)
    parts = []
    for frame in found:
        sides = [name for name in ("signature_id", "cluster_id", *PAIR_KEY) if name in frame.columns]
        back = frame.with_columns(numbers.gather(frame[name] % span).alias(name) for name in sides)
        own = back.with_columns(_world=frame[sides[0]] // span).partition_by("_world", as_dict=True, include_key=False)
        parts.append([own.get((n,), frame.clear()) for n in range(len(worlds))])
    return [Resolved(*own) for own in zip(*parts, strict=True)]


def _numbered(column: str, numbers: pl.Series, world: pl.Expr) -> pl.Expr:
    """Return the place of each signature in `numbers`, which keeps their order, counted on from world to world."""
    return (pl.lit(numbers).search_sorted(pl.col(column)).cast(pl.Int64) + world * numbers.len()).alias(column)


def _resolved(heard: pl.DataFrame, judged: pl.DataFrame, known: Known, ground: Ground | None) -> Resolved:
    """Return how signatures of several worlds (`_world`; `_id` is their own) are linked and clustered."""
    subject = known.subject
    found = _stars(heard, judged, known)
    borne = {name for item in subject.identifiers for name in (item.attribute, item.former) if name}
    sure = heard.with_columns(*sure_values(heard, subject), founds=founds(subject))
    members = sure.with_columns(_of_world(name).alias(name) for name in sorted(borne))
    rules = [generic_rule(item) for item in subject.identifiers]
    common = known.generic.filter(pl.col("blocking_rule").is_in(rules))
    common = common.join(heard.select("_world").unique(), how="cross").with_columns(value=_of_world("value"))
    bound = None
    if subject.identifiers:
        bound = united(members, found.links, found.conflicts, judged, subject=subject, generic=common)
    pairs = _pairs(heard, bound, known, ground)
    wary = cautioned(pairs, heard, heard, subject=subject)
    threshold = subject.model.threshold
    decided = decide(pairs, stars=found, judged=judged, threshold=threshold, review=None, cautioned=wary)
    clusters = cluster(members, decided.links, decided.conflicts, subject=subject, generic=common)
    conflicts = decided.conflicts.with_columns(pl.col("value").str.replace(r"^\d+ ", ""))
    return Resolved(decided.links, conflicts, clusters)


def _of_world(column: str) -> pl.Expr:
    """Return the values of a column so that no two worlds have one in common."""
    return pl.concat_str("_world", column, separator=" ")


def block_keys(signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return the block keys of signatures that matching reads, with `rule` by name and whether it is `generic`.

    A block that is too large has, beside its own key, the finest of those that its rule cuts it by: two who share that
    count as compared, for a run does not keep how large the parts of a block are.
    """
    rules = [rule.name for rule in known.subject.blocking]
    common = known.common()
    rows = signatures.select(known.subject.identity_attributes()).to_dicts()
    told = []
    for signature, keys in zip(signatures["signature_id"], keys_of_each(rows, subject=known.subject), strict=True):
        for one in keys:
            generic = (rules[one.rule], one.value) in common
            told.append((signature, one.rule, rules[one.rule], one.value, one.key, generic))
            if generic and one.finer:
                told.append((signature, one.rule, rules[one.rule], one.value, one.finer[-1], False))
    return pl.DataFrame(told, schema=_KEYED, orient="row")


def _stars(heard: pl.DataFrame, judged: pl.DataFrame, known: Known) -> Stars:
    """Return the stars of all identifiers; generic values give none. Conflicts tell the values of their world."""
    told = None if known.weigher is None or not judged.is_empty() else _ties(heard, known, known.weigher)
    return _starred(heard, judged, known) if told is None else stars_of(told)


def _ties(heard: pl.DataFrame, known: Known, weighing: Weigher) -> Ties | None:
    """Return what identifiers tie in each world; None if too many bear a value to tell it one by one."""
    common, found = known.common(), Ties([], [])
    worlds: dict[int, list[dict[str, Any]]] = {}
    for row in heard.to_dicts():
        worlds.setdefault(row["_world"], []).append(row)
    for world, rows in worlds.items():
        told = ties_of(rows, common, subject=known.subject, weigher=weighing)
        if told is None:
            return None
        found.links.extend(told.links)
        found.conflicts.extend(
            (one, other, reason, name, f"{world} {value}") for one, other, reason, name, value in told.conflicts
        )
    return found


def _starred(heard: pl.DataFrame, judged: pl.DataFrame, known: Known) -> Stars:
    """Return what `_stars` returns, by the function of the build."""
    links, conflicts, generic = [LINKS.empty()], [CONFLICTS.empty()], known.generic
    for item in known.subject.identifiers:
        common = generic.filter(pl.col("blocking_rule") == generic_rule(item)).select(pl.col("value"))
        own = bearers(heard, item).join(common, left_on=item.attribute, right_on="value", how="anti")
        own = own.with_columns(_of_world(item.attribute).alias(_BORNE)).filter(pl.len().over(_BORNE) > 1)
        if own.is_empty():
            continue
        worldly = item.model_copy(update={"attribute": _BORNE})
        found = stars(own, judged, subject=known.subject.model_copy(update={"identifiers": (worldly,)}))
        links.append(found.links)
        conflicts.append(found.conflicts.with_columns(attribute=pl.lit(item.attribute)))
    starred = LINKS.conform(pl.concat(links).unique(PAIR_KEY, keep="first", maintain_order=True))
    return Stars(starred, CONFLICTS.conform(pl.concat(conflicts)), generic)


def _pairs(signatures: pl.DataFrame, bound: pl.DataFrame | None, known: Known, ground: Ground | None) -> pl.DataFrame:
    """Return those pairs that blocking proposes whose weight makes a link; what worlds share is worked out once."""
    own = signatures.with_columns(signature_id="_id").unique("signature_id", keep="first", maintain_order=True)
    keys = joined_keys(own, known=known) if ground is None else ground.keys
    borne = signatures.select("_id", "_world", "signature_id", only_source=_only_source())
    united = pl.DataFrame(schema={"signature_id": pl.Int64, "united": pl.Int64}) if bound is None else bound
    kept = (
        keys.rename({"signature_id": "_id"})
        .join(borne, on="_id")
        .join(united, on="signature_id", how="left")
        .with_columns(block_key=pl.struct("_world", "block_key").rank("dense").cast(pl.Int64))
    )
    candidates = pl.concat(part.candidates for part in join(kept.drop("_id", "_world"), subject=known.subject))
    ends = {side: f"_{side}" for side in PAIR_KEY}
    placed = candidates
    for side, end in ends.items():
        placed = placed.join(borne.select(pl.col("_id").alias(end), pl.col("signature_id").alias(side)), on=side)
    scored = weights_of(placed.select(**ends).unique(), own, known=known) if ground is None else ground.pairs
    heavy = scored.filter(pl.col("match_weight") >= round(known.subject.model.threshold * WEIGHT_SCALE))
    found = placed.join(heavy.rename(ends), on=[*ends.values()])
    return found.select(*PAIR_KEY, "match_weight").sort(PAIR_KEY)


def joined_keys(signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return the block keys of signatures that matching reads whose blocks are joined: no generic value is among them.

    Columns: blocking_rule, block_key, signature_id.
    """
    keys = block_keys(signatures, known=known).filter(~pl.col("generic"))
    return keys.select("blocking_rule", "block_key", "signature_id")


def weights_of(pairs: pl.DataFrame, signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return pairs (PAIR_KEY) of signatures that matching reads with levels and match_weight."""
    subject = known.subject
    if known.weigher is None or subject.strata:
        return score_candidates(
            pairs, signatures, calibration=known.calibration, subject=subject, signatures=known.signatures
        )
    ids = signatures["signature_id"].to_numpy()
    order = np.argsort(ids)
    ends = (order[np.searchsorted(ids, pairs[side].to_numpy(), sorter=order)] for side in PAIR_KEY)
    levels, weights = weigh_places(known.weigher, signatures, *ends)
    told = pl.Series("levels", levels, dtype=pl.Array(pl.Int8, levels.shape[1])).cast(pl.List(pl.Int8))
    return pairs.select(PAIR_KEY).with_columns(told, match_weight=weights)


def _only_source() -> pl.Expr:
    sources = pl.col("sources")
    return pl.when(sources.list.len() == 1).then(sources.list.first())
