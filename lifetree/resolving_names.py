"""The ids of clusters with a new record in one of them, as an update would name them by the registry of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.store import Run
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.rows import borne_by, clusters_of
from matchers.identity import Registry, renew

_TIED = {**dict.fromkeys(PAIR_KEY, pl.Int64), "reason": pl.String}
_MENTION = [*RECORD_KEY, "recorded_at", "delivered_at", "signature_id", "cluster_id", "state"]


class Registered(NamedTuple):
    """Where the ids of a subject are kept: the run, and what its ids are salted with."""

    run: Run
    subject: str
    salt: str


class Named(NamedTuple):
    """The id of the cluster of a new record, None where it is a new one, and the ids that would retire to it."""

    entity_id: str | None
    merges: tuple[str, ...]


def name_cluster(
    key: Mapping[str, str | None], signature_id: int, clusters: pl.DataFrame, registered: Registered
) -> Named:
    """Return how an update would name the cluster of a new record of a signature.

    `key` is its RECORD_KEY; `clusters` has signature_id, cluster_id and state of whole clusters, the new one among
    them. Looked at is all that ever shared a record or an id with these. Cost: two or more scans of the record history.
    """
    run, subject = registered.run, registered.subject
    own = pl.DataFrame([{name: key[name] or "" for name in RECORD_KEY}])
    times = [pl.lit(None, pl.String).alias(name) for name in ("recorded_at", "delivered_at")]
    new = own.with_columns(*times, signature_id=pl.lit(signature_id, pl.Int64)).join(clusters, on="signature_id")
    held = _mentions(run, subject, clusters).join(own, on=RECORD_KEY, how="anti")
    mentions, known = _kin(pl.concat([held.select(_MENTION), new.select(_MENTION)]), registered)
    renewed = renew(
        mentions,
        known,
        own.clear(),
        *(pl.DataFrame(schema=_TIED) for _ in range(2)),
        salt=f"{registered.salt}/{subject}",
        ordinal=run.manifest["registry"]["ordinal"] + 1,
    )
    entity = renewed.record_entity.join(own, on=RECORD_KEY, how="semi")["entity_id"].item()
    came = renewed.added.ledger.filter(pl.col("other_id") == entity, action="retire")
    created = renewed.added.ledger.filter(entity_id=entity, action="create").height > 0
    return Named(None if created else entity, tuple(came["entity_id"].sort()))


def _mentions(run: Run, subject: str, clusters: pl.DataFrame) -> pl.DataFrame:
    return borne_by(run, subject, clusters["signature_id"].to_list()).join(clusters, on="signature_id")


def _kin(mentions: pl.DataFrame, registered: Registered) -> tuple[pl.DataFrame, Registry]:
    """Return the records of all clusters that ever shared a record or an id with these, and what the registry knows."""
    run, subject = registered.run, registered.subject
    history, ledger, redirects = (run.scan(name, subject=subject) for name in ("record_history", "ledger", "redirects"))
    ids = pl.Series("entity_id", [], pl.String)
    while True:
        own = history.join(mentions.lazy().select(RECORD_KEY), on=RECORD_KEY, how="semi").collect()
        found = own["entity_id"].drop_nulls().unique()
        fresh = found.filter(~found.is_in(ids.implode()))
        if fresh.is_empty():
            break
        ids = pl.concat([ids, fresh])
        beside = history.filter(pl.col("entity_id").is_in(fresh.implode())).select(RECORD_KEY).unique()
        beyond = beside.join(mentions.lazy().select(RECORD_KEY), on=RECORD_KEY, how="anti").collect()
        mentions = pl.concat([mentions, _others(beyond, mentions, run, subject)])
    known = ledger.filter(pl.col("entity_id").is_in(ids.implode())).collect()
    return mentions, Registry(own, known, redirects.collect())


def _others(beyond: pl.DataFrame, mentions: pl.DataFrame, run: Run, subject: str) -> pl.DataFrame:
    """Return the records of the entities that records beyond the region are in now, if any."""
    index = run.scan("record_entity", subject=subject)
    now = index.join(beyond.lazy(), on=RECORD_KEY, how="semi").select("entity_id").drop_nulls().unique()
    ids = index.join(now, on="entity_id", how="semi").select("signature_id").unique().collect().to_series()
    strange = ids.filter(~ids.is_in(mentions["signature_id"].implode()))
    if strange.is_empty():
        return mentions.clear()
    return _mentions(run, subject, clusters_of(run, subject, strange.to_list())).select(_MENTION)
