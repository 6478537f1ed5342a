"""The matchers' functions from clusters to entities, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

import polars as pl

from engine.store.purges import Erased
from engine.tables import PAIR_KEY
from matchers import identity
from matchers.judgements import judged_records, of_subject

Frames = dict[str, pl.DataFrame]

CUT = ("bridge", "ambiguous")
"""The reasons for which `review` holds a pair that was a link and is none."""


def mention(record_signature: pl.DataFrame, clusters: pl.DataFrame) -> Frames:
    """Return the records of one bucket of signatures with their clusters."""
    return {"mentions": record_signature.join(clusters, on="signature_id")}


def found(mentions: pl.DataFrame, *, salt: str) -> Frames:
    """Return what founds whole clusters, and the cluster of each record."""
    return identity.found(mentions, salt=salt)._asdict()


def remember(
    rows: pl.DataFrame, removed: pl.DataFrame | None = None, *, table: str, purged: Erased | None = None
) -> Frames:
    """Return rows of a table of the registry as the run before left it, without those that were `removed`.

    Nor is anything left of `purged` records.
    """
    kept = rows if removed is None else rows.join(removed, on=removed.columns, how="anti", nulls_equal=True)
    return {table: kept.filter(~purged.names("source", "record_id")) if purged else kept}


def recall(
    members: pl.DataFrame,
    record_history: pl.DataFrame,
    redirects: pl.DataFrame,
    judgements: pl.DataFrame,
    *,
    name: str,
) -> Frames:
    """Return what one bucket of records bore in the run before."""
    judged = judged_records(of_subject(judgements, subject=name))
    return identity.recall(members, record_history, redirects, judged)._asdict()


def compare(borne: pl.DataFrame) -> Frames:
    """Return the ids that the records of whole clusters bore."""
    return identity.compare(borne)._asdict()


def sift(kin: pl.DataFrame, left: pl.DataFrame, ledger: pl.DataFrame) -> Frames:
    """Return the clusters that keep their id, and what is to be decided of one bucket of ids."""
    return identity.sift(kin, left, ledger)._asdict()


def attest(borne: pl.DataFrame, founded: pl.DataFrame, contested: pl.DataFrame) -> Frames:
    """Return all that is known of contested clusters of one bucket."""
    return identity.attest(borne, founded, contested)._asdict()


def assign(
    contested: pl.DataFrame,
    lost: pl.DataFrame,
    parts: pl.DataFrame,
    rivals: pl.DataFrame,
    redirects: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    review: pl.DataFrame,
    *,
    salt: str,
    ordinal: int,
    changed: tuple[str, ...],
) -> Frames:
    """Return the ids of contested clusters and what happened to ids."""
    known = {"contested": contested, "lost": lost, "parts": parts, "rivals": rivals, "redirects": redirects}
    told = {"links": links, "apart": keeping_apart(conflicts, review)}
    return identity.assign(**known, **told, salt=salt, ordinal=ordinal, changed=changed)._asdict()


def keeping_apart(conflicts: pl.DataFrame, review: pl.DataFrame) -> pl.DataFrame:
    """Return PAIR_KEY and reason of the pairs that must not share a cluster, and of the links that were cut."""
    columns = [*PAIR_KEY, "reason"]
    return pl.concat([conflicts.select(columns), review.filter(pl.col("reason").is_in(CUT)).select(columns)])


def identify(
    mentions: pl.DataFrame,
    founded: pl.DataFrame,
    plain: pl.DataFrame | None = None,
    named: pl.DataFrame | None = None,
    fresh: pl.DataFrame | None = None,
    *,
    ordinal: int,
    changed: tuple[str, ...],
) -> Frames:
    """Return the entities of whole clusters, and the entity of each record."""
    return identity.identify(mentions, founded, plain, named, fresh, ordinal=ordinal, changed=changed)._asdict()


def inscribe(
    record_entity: pl.DataFrame,
    judgements: pl.DataFrame,
    record_history: pl.DataFrame | None = None,
    *,
    name: str,
    ordinal: int,
) -> Frames:
    """Return what this run adds to the history of one bucket of records."""
    judged = judged_records(of_subject(judgements, subject=name))
    return {"record_history": identity.inscribe(record_entity, judged, record_history, ordinal=ordinal)}
