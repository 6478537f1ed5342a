"""What stands alone: records that tell too little to be compared, and whom a wider search finds near them.

A block key asks for several things at once, and a record that lacks one of them is compared with nobody. Here it is
held against all that share the rest of any key with it, and a person is asked about the nearest; nothing is linked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from engine.expressions import Expression, compile_expression
from engine.hashing import hash64, joined
from engine.settings import Subject
from engine.slices import slices
from engine.tables import PAIR_KEY, REVIEW, WEIGHT_SCALE
from matchers.judgements.lone import states
from matchers.judgements.queue import ALONE
from matchers.masses import silence
from matchers.models import Calibration, score_candidates

BEARERS = 1_000
"""Signatures that bear a key, at most: what more share brings nobody near."""

NEAREST = 10
"""Entities of which pairs are weighed for each cluster: those that share most with it, rare things first."""

WEIGHED = 2
"""Pairs that are weighed between a cluster and an entity: those that share most."""

TOP = 3
"""Entities that are asked about for each cluster, at most."""

LEAST = -8
"""Bits of a pair at least, 1 to 256, unless it is the best of its cluster: its answer would tell next to nothing."""

_MICRO = 1_000_000
_Rule = tuple[Expression, ...]
_Columns = tuple[tuple[str, ...], tuple[str, ...]]
"""The columns that a rule reads, and those of them of which it asks for the same value."""

_ENDS = ("signature_id", "other_id")


class Sought(NamedTuple):
    """`pairs`: REVIEW; `lone`: cluster_id of all that stand alone, also of those that another doubt is about."""

    pairs: pl.DataFrame
    lone: pl.DataFrame


class _Sides(NamedTuple):
    """Clusters that are `sought` for, and those that stand for an entity (`homes`): cluster_id."""

    sought: pl.DataFrame
    homes: pl.DataFrame


def seek(
    signatures: pl.DataFrame,
    clusters: pl.DataFrame,
    asked: pl.DataFrame,
    conflicts: pl.DataFrame,
    masses: pl.DataFrame,
    *,
    subject: Subject,
    calibration: Calibration,
) -> Sought:
    """Return who stands alone, and as REVIEW, with the reason `ALONE`, the entities that come nearest to each.

    `signatures` holds signature_id, sources and the identity attributes of all SIGNATURES. Sought are those that
    stand alone (`states`), but none that a pair of `asked` (PAIR_KEY) ties to another cluster: of these people are
    asked already. They are held against the entities with which they share all parts but one of a blocking rule; a key
    that more than `BEARERS` signatures bear brings nobody near. Pairs with the entities that share most are weighed,
    and those with the best `TOP` of at least `LEAST` bits are returned, the best in any case; never one between two
    clusters that CONFLICTS or a common source (`pairs` of the subject) keep apart. Cost: for each key, those of its
    bearers that are sought by all of them, and at most `NEAREST` * `WEIGHED` weighed pairs for each cluster.
    """
    heard = silence(signatures, masses)
    told = states(heard, clusters, subject=subject)
    lone = told.filter("lone").select("cluster_id")
    homes = told.filter(~pl.col("torn"), ~pl.col("unresolved")).select("cluster_id")
    sides = _Sides(lone.join(_ends(asked, clusters), on="cluster_id", how="anti"), homes)
    if sides.sought.is_empty() or sides.homes.is_empty():
        return Sought(REVIEW.empty(), lone)
    shared = _shared(heard, clusters, sides, subject)
    sources = _sources(heard, clusters) if subject.pairs == "between_sources" else None
    near = _near(shared, sides, _ends(conflicts, clusters), sources)
    pairs = _pairs(shared, near).with_columns(
        signature_l=pl.min_horizontal(_ENDS), signature_r=pl.max_horizontal(_ENDS)
    )
    ends = pl.concat([pairs[side] for side in PAIR_KEY]).unique()
    values = heard.filter(pl.col("signature_id").is_in(ends.implode()))
    weights = score_candidates(
        pairs.select(PAIR_KEY).unique(), values, calibration=calibration, subject=subject, signatures=heard.height
    )
    weighed = pairs.join(weights.select(*PAIR_KEY, "match_weight"), on=list(PAIR_KEY))
    heaviest = weighed.sort("match_weight", *PAIR_KEY, descending=[True, False, False]).unique(
        ["cluster_id", "home"], keep="first", maintain_order=True
    )
    place = pl.int_range(pl.len()).over("cluster_id")
    likely = (place < TOP) & (pl.col("match_weight") >= LEAST * WEIGHT_SCALE)
    best = heaviest.filter((place == 0) | likely)
    return Sought(REVIEW.conform(best.unique(PAIR_KEY).with_columns(reason=pl.lit(ALONE))), lone)


def loosened(subject: Subject) -> tuple[tuple[str, ...], ...]:
    """Return what the search asks for at once: every blocking rule without each of its parts; one of one part as it is.

    >>> of = {"a": "text", "b": "text", "c": "text"}
    >>> blocking, comparison = [["a", "b"], ["a", "b", "c"], ["c"]], [{"attribute": "a", "kind": "exact"}]
    >>> loosened(Subject(attributes=of, blocking=blocking, comparison=comparison))
    (('b',), ('a',), ('b', 'c'), ('a', 'c'), ('a', 'b'), ('c',))
    """
    found = [
        rule.on[:place] + rule.on[place + 1 :] if len(rule.on) > 1 else rule.on
        for rule in subject.blocking
        for place in range(len(rule.on))
    ]
    return tuple(dict.fromkeys(found))


def _ends(pairs: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Return cluster_id and `home` of the pairs between two clusters, either way round."""
    own = clusters.select("signature_id", "cluster_id")
    both = (
        pairs.select(PAIR_KEY)
        .join(own, left_on="signature_l", right_on="signature_id")
        .join(own.rename({"cluster_id": "home"}), left_on="signature_r", right_on="signature_id")
        .filter(pl.col("cluster_id") != pl.col("home"))
        .select("cluster_id", "home")
    )
    return pl.concat([both, both.select(cluster_id="home", home="cluster_id")]).unique()


def _shared(heard: pl.DataFrame, clusters: pl.DataFrame, sides: _Sides, subject: Subject) -> pl.DataFrame:
    """Return signature_id, cluster_id, key and `rare` of every key that a cluster is sought by and few bear."""
    identity, places = subject.identity_attributes(), clusters.select("signature_id", "cluster_id")
    by_columns: dict[_Columns, list[_Rule]] = {}
    for on in loosened(subject):
        parts = tuple(compile_expression(text, columns=identity) for text in on)
        names = sorted({name for part in parts for name in part.columns})
        if names:
            plain = sorted({part.text for part in parts} & set(names))
            by_columns.setdefault((tuple(names), tuple(plain)), []).append(parts)
    own = heard.join(places.join(sides.sought, on="cluster_id", how="semi"), on="signature_id", how="semi")
    found = [pl.DataFrame(schema={"signature_id": pl.Int64, "key": pl.Int64})]
    for (columns, equal), rules in by_columns.items():
        wanted = _keys(own, columns, rules)["key"].unique()
        if wanted.len():
            alike = heard.select("signature_id", *columns)
            for name in equal:
                alike = alike.filter(pl.col(name).is_in(own[name].unique().implode()))
            keys = _keys(alike, columns, rules).filter(pl.col("key").is_in(wanted.implode()))
            few = keys.filter(pl.col("bearers").sum().over("key").is_between(2, BEARERS))
            borne = alike.join(few, on=columns, nulls_equal=True)
            found.append(borne.select("signature_id", "key"))
    shared = pl.concat(found).join(places, on="signature_id")
    return shared.with_columns(rare=_MICRO // pl.col("cluster_id").n_unique().over("key").cast(pl.Int64))


def _keys(heard: pl.DataFrame, columns: tuple[str, ...], rules: Iterable[_Rule]) -> pl.DataFrame:
    """Return the values of `columns`, their keys, and how many `bearers` the values have; a part that is null has none.

    All `rules` read these columns and no others.
    """
    values = heard.group_by(columns).agg(bearers=pl.len().cast(pl.Int64))
    found = []
    for parts in rules:
        wide, names = values, [f" part {place}" for place in range(len(parts))]
        for name, part in zip(names, parts, strict=True):
            wide = part.append_to(wide, name=name)
            if isinstance(wide.schema[name], pl.List):
                wide = wide.explode(name)
        said = pl.any_horizontal(pl.col(name).cast(pl.String).str.contains(r"\S") for name in names)
        rule = pl.lit("\n".join(part.text for part in parts))
        told = wide.drop_nulls(names).filter(said).with_columns(key=hash64(joined([rule, *names])))
        found.append(told.select(*columns, "bearers", "key").unique())
    return pl.concat(found)


def _sources(heard: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Return cluster_id and source of all that a cluster has records of."""
    of = heard.select("signature_id", "sources").join(clusters.select("signature_id", "cluster_id"), on="signature_id")
    return of.select("cluster_id", source="sources").explode("source").unique()


def _near(shared: pl.DataFrame, sides: _Sides, apart: pl.DataFrame, sources: pl.DataFrame | None) -> pl.DataFrame:
    """Return cluster_id and `home`: the `NEAREST` entities of each cluster that nothing keeps apart.

    That is no conflict in `apart`, and with `sources` of clusters, no source that both have records of.
    """
    borne = shared.select("cluster_id", "key", "rare").unique()
    homes = borne.join(sides.homes, on="cluster_id", how="semi").select("key", home="cluster_id")
    found = []
    for part in slices({"own": borne.join(sides.sought, on="cluster_id", how="semi")}, by="cluster_id"):
        met = part["own"].join(homes, on="key").filter(pl.col("cluster_id") != pl.col("home"))
        summed = met.group_by("cluster_id", "home").agg(pl.col("rare").sum())
        free = summed.join(apart, on=["cluster_id", "home"], how="anti")
        if sources is not None:
            theirs = sources.rename({"cluster_id": "home"})
            common = free.join(sources, on="cluster_id").join(theirs, on=["home", "source"])
            free = free.join(common, on=["cluster_id", "home"], how="anti")
        ordered = free.sort("cluster_id", "rare", "home", descending=[False, True, False])
        found.append(ordered.group_by("cluster_id", maintain_order=True).head(NEAREST).select("cluster_id", "home"))
    return pl.concat(found)


def _pairs(shared: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id, other_id, cluster_id and home: the `WEIGHED` pairs that share most of each two."""
    own = shared.join(near, on="cluster_id")
    homes = shared.select("key", other_id="signature_id", home="cluster_id")
    summed = own.join(homes, on=["key", "home"]).group_by(*_ENDS, "cluster_id", "home").agg(pl.col("rare").sum())
    both = ["cluster_id", "home"]
    ordered = summed.sort(*both, "rare", *_ENDS, descending=[False, False, True, False, False])
    return ordered.group_by(both, maintain_order=True).head(WEIGHED).select(*_ENDS, *both)
