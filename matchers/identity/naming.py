"""Entities: which record founds a cluster, the id that it proposes, and the entities under the ids that they bear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from engine.hashing import hash128, joined
from engine.tables import ENTITIES, LEDGER, RECORD_ENTITY, RECORD_KEY, REDIRECTS
from matchers.clustering import AMBIGUOUS, UNRESOLVED
from matchers.identity.causes import causes
from matchers.identity.ids import entity_ids

FOUNDING = ("founding_source", "founding_record", "founding_role")


class Founded(NamedTuple):
    """The clusters that are entities, with `founded_at` and the id that they propose, and the cluster of each record.

    `members` has RECORD_KEY, signature_id and cluster_id, which is null where the cluster is no entity.
    """

    founded: pl.DataFrame
    members: pl.DataFrame


class Identified(NamedTuple):
    """ENTITIES and RECORD_ENTITY, the LEDGER of entities without a past, and no REDIRECTS."""

    entities: pl.DataFrame
    record_entity: pl.DataFrame
    ledger: pl.DataFrame
    redirects: pl.DataFrame


def found(mentions: pl.DataFrame, *, salt: str) -> Founded:
    """Return what founds each cluster, and the members; local by cluster_id.

    `mentions` has RECORD_KEY, recorded_at, delivered_at, signature_id, cluster_id and state, all of a cluster at once.
    A cluster that is unresolved or ambiguous is no entity. The founding record is the one recorded earliest
    (`recorded_at`, else `delivered_at`: `founded_at`), then delivered earliest, then with the smallest source,
    record_id and role; a missing time comes last. The proposed id is made of `salt` and the founding record.
    """
    resolved = mentions.filter(_is_entity()).with_columns(recorded_at=pl.coalesce("recorded_at", "delivered_at"))
    founded = resolved.group_by("cluster_id").agg(
        pl.len().alias("records"),
        pl.col("signature_id").n_unique().alias("signatures"),
        pl.col("source").unique().sort().alias("sources"),
        pl.col("state").first(),
    )
    founded = founded.join(_founding(resolved), on="cluster_id").sort("cluster_id")
    members = mentions.select(*RECORD_KEY, "signature_id", pl.when(_is_entity()).then("cluster_id").alias("cluster_id"))
    return Founded(founded.with_columns(proposed(founded, salt=salt)), members.sort(RECORD_KEY))


def proposed(founded: pl.DataFrame, *, salt: str, ordinals: Iterable[int] = ()) -> pl.Series:
    """Return the ids made of the founding records; `ordinals` set them apart from those of the same record before."""
    apart = [pl.lit(str(one)) for one in ordinals]
    return entity_ids(founded.select(hash128(joined([pl.lit(salt), *FOUNDING, *apart]))).to_series())


def identify(
    mentions: pl.DataFrame,
    founded: pl.DataFrame,
    plain: pl.DataFrame | None = None,
    named: pl.DataFrame | None = None,
    fresh: pl.DataFrame | None = None,
    *,
    ordinal: int,
    changed: tuple[str, ...] = (),
) -> Identified:
    """Return the entities, the entity of each record (null where its cluster is none), and what is new; by cluster_id.

    A cluster bears the id of `plain` or `named` (cluster_id, entity_id), else the one that it proposes: then none of
    its records ever bore an id, no id was ever made of its founding record, and it is created in run `ordinal`. `fresh`
    tells of those what their records went through; `changed` is what changed for all (see `causes`).
    """
    given = [one.select("cluster_id", given="entity_id") for one in (plain, named) if one is not None]
    kept = pl.concat(given) if given else founded.select("cluster_id", given="entity_id").clear()
    joined_ids = founded.join(kept, on="cluster_id", how="left")
    entities = joined_ids.with_columns(entity_id=pl.coalesce("given", "entity_id"))
    records = mentions.join(entities.select("cluster_id", "entity_id"), on="cluster_id", how="left")
    return Identified(
        ENTITIES.conform(entities),
        RECORD_ENTITY.conform(records),
        _created(entities.filter(pl.col("given").is_null()), fresh, ordinal=ordinal, changed=changed),
        REDIRECTS.empty(),
    )


def _created(new: pl.DataFrame, fresh: pl.DataFrame | None, *, ordinal: int, changed: tuple[str, ...]) -> pl.DataFrame:
    told = new.with_columns(cause=pl.lit(["added"])) if fresh is None else new.join(
        fresh.with_columns(causes(("added", "corrected", "rejudged"), changed)), on="cluster_id", how="left"
    )  # fmt: skip
    return LEDGER.conform(
        told.with_columns(
            since=pl.lit(ordinal), action=pl.lit("create"), other_id=pl.lit(None, pl.String), links=pl.lit([]),
        )
    )  # fmt: skip


def _is_entity() -> pl.Expr:
    return ~pl.col("state").is_in([AMBIGUOUS, UNRESOLVED])


def _founding(members: pl.DataFrame) -> pl.DataFrame:
    """Return the founding record of each cluster; narrowing by one column after another spares sorting all records."""
    left = members.select("cluster_id", "recorded_at", "delivered_at", *RECORD_KEY)
    for name in left.columns[1:]:
        left = left.filter(pl.col(name).eq_missing(pl.col(name).min().over("cluster_id")))
    return left.select("cluster_id", founded_at="recorded_at", **dict(zip(FOUNDING, RECORD_KEY, strict=True)))
