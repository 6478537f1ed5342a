"""A few signatures resolved anew by the functions of the build, with what the run knows of all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY
from matchers.blocking import join, key
from matchers.cautions import cautioned
from matchers.clustering import cluster, founds, sure_values, united
from matchers.clustering.exclusive import generic_rule
from matchers.decide import decide
from matchers.identifiers import Stars, bearers, stars
from matchers.masses import silence
from matchers.models import Calibration, score_candidates

_BORNE = "_borne"
"""The column that holds the identifier's value with its world."""


class Known(NamedTuple):
    """What a run knows beside the signatures: settings, calibration, their number, GENERIC_VALUES and MASS_VALUES."""

    subject: Subject
    calibration: Calibration
    signatures: int
    generic: pl.DataFrame
    masses: pl.DataFrame


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
    place = {"signature_id": "signature_id", "cluster_id": "cluster_id"} | {side: side for side in PAIR_KEY}
    parts = []
    for frame in found:
        world = frame.to_series(0) // span
        back = frame.with_columns(
            numbers.gather(frame[name] % span).alias(name) for name in place if name in frame.columns
        )
        parts.append([back.filter(world == n) for n in range(len(worlds))])
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


def block_keys(signatures: pl.DataFrame, bound: pl.DataFrame | None = None, *, known: Known) -> pl.DataFrame:
    """Return the block keys of signatures that matching reads, with `rule` by name and whether it is `generic`.

    A block that is too large has, beside its own key, the finest of those that its rule cuts it by: two who share that
    count as compared, for a run does not keep how large the parts of a block are.
    """
    names = {place: rule.name for place, rule in enumerate(known.subject.blocking)}
    keys = key(signatures, bound, subject=known.subject).block_keys
    named = keys.with_columns(rule=pl.col("blocking_rule").replace_strict(names, return_dtype=pl.String))
    common = known.generic.select(rule="blocking_rule", value="value", generic=pl.lit(value=True)).unique()
    told = named.join(common, on=["rule", "value"], how="left").with_columns(pl.col("generic").fill_null(value=False))
    finest = told.with_columns(block_key=pl.col("finer").list.drop_nulls().list.last(), generic=pl.lit(value=False))
    return pl.concat([told, finest.filter(told["generic"]).drop_nulls("block_key")])


def _stars(signatures: pl.DataFrame, judged: pl.DataFrame, known: Known) -> Stars:
    """Return the stars of all identifiers; generic values give none. Conflicts tell the values of their world."""
    links, conflicts, generic = [LINKS.empty()], [CONFLICTS.empty()], known.generic
    for item in known.subject.identifiers:
        common = generic.filter(pl.col("blocking_rule") == generic_rule(item)).select(pl.col("value"))
        own = bearers(signatures, item).join(common, left_on=item.attribute, right_on="value", how="anti")
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
    """Return the pairs that blocking proposes, with their weights; what several worlds hold is worked out once."""
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
    found = placed.join(scored.rename(ends), on=[*ends.values()])
    return found.select(*PAIR_KEY, "levels", "match_weight").sort(PAIR_KEY)


def joined_keys(signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return the block keys of signatures that matching reads whose blocks are joined: no generic value is among them.

    Columns: blocking_rule, block_key, signature_id.
    """
    keys = block_keys(signatures, known=known).filter(~pl.col("generic"))
    return keys.select("blocking_rule", "block_key", "signature_id")


def weights_of(pairs: pl.DataFrame, signatures: pl.DataFrame, *, known: Known) -> pl.DataFrame:
    """Return pairs (PAIR_KEY) of signatures that matching reads with levels and match_weight."""
    return score_candidates(
        pairs, signatures, calibration=known.calibration, subject=known.subject, signatures=known.signatures
    )


def _only_source() -> pl.Expr:
    sources = pl.col("sources")
    return pl.when(sources.list.len() == 1).then(sources.list.first())
