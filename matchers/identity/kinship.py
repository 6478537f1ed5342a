"""Kinship of clusters and ids: which clusters hold the records of which id, and where that leaves nothing to decide."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.tables import RECORD_KEY
from matchers.identity.history import paths

COUNTS = ("added", "corrected", "rejudged")


class Recalled(NamedTuple):
    """`borne`: what the records of each signature of a cluster bore; `left`: who is in no cluster any more, by id."""

    borne: pl.DataFrame
    left: pl.DataFrame


class Compared(NamedTuple):
    """`kin`: the records of each id in each cluster; `fresh`: the clusters of which no record ever bore an id."""

    kin: pl.DataFrame
    fresh: pl.DataFrame


class Sifted(NamedTuple):
    """`plain`: clusters that keep their id; `contested`: all other kin; `lost`: ids of nobody."""

    plain: pl.DataFrame
    contested: pl.DataFrame
    lost: pl.DataFrame


class Attested(NamedTuple):
    """`parts`: what the contested clusters bore; `rivals`: what founds them."""

    parts: pl.DataFrame
    rivals: pl.DataFrame


def recall(
    members: pl.DataFrame, record_history: pl.DataFrame, redirects: pl.DataFrame, judged: pl.DataFrame
) -> Recalled:
    """Return what the members of clusters bore before; local by record key.

    `records` are those of a signature that bore the same, `stayed` those of them that were in an entity one run before.
    `judged` holds the keys of judged records: a judgement changes the signature, which is no correction.
    """
    known = paths(record_history, redirects).rename({"signature_id": "signature_before", "judged": "judged_before"})
    told = judged.select(RECORD_KEY).unique().with_columns(judged=pl.lit(value=True))
    both = members.with_columns(here=pl.lit(value=True)).join(known, on=RECORD_KEY, how="full", coalesce=True)
    both = both.join(told, on=RECORD_KEY, how="left").with_columns(
        pl.col("here", "judged", "judged_before").fill_null(value=False)
    )
    stayed = pl.col("here") & pl.col("signature_before").is_not_null()
    unlike = stayed & (pl.col("signature_id") != pl.col("signature_before"))
    marked = both.with_columns(
        added=pl.col("here") & pl.col("signature_before").is_null(),
        corrected=unlike & ~pl.col("judged") & ~pl.col("judged_before"),
        rejudged=stayed & (pl.col("judged") != pl.col("judged_before")),
        withdrawn=~pl.col("here"),
        stayed=pl.col("last_id").is_not_null(),
    )
    grouped = marked.drop_nulls("cluster_id").group_by("cluster_id", "signature_id", "path", "entity_id")
    gone = marked.filter(pl.col("cluster_id").is_null() & pl.col("last_id").is_not_null()).group_by("entity_id")
    return Recalled(
        grouped.agg(pl.len().cast(pl.Int64).alias("records"), pl.col("stayed", *COUNTS).cast(pl.Int64).sum()),
        gone.agg(pl.col("corrected", "rejudged", "withdrawn").cast(pl.Int64).sum()),
    )


def compare(borne: pl.DataFrame) -> Compared:
    """Return the records of each id in each cluster with `ids`, how many the cluster has; local by cluster_id."""
    kin = borne.drop_nulls("entity_id").group_by("cluster_id", "entity_id").agg(pl.col("records").sum())
    fresh = borne.join(kin, on="cluster_id", how="anti").group_by("cluster_id").agg(pl.col(COUNTS).sum())
    return Compared(kin.with_columns(ids=pl.len().over("cluster_id")), fresh)


def sift(kin: pl.DataFrame, left: pl.DataFrame, ledger: pl.DataFrame) -> Sifted:
    """Return the clusters that keep their id, and what is to be decided; local by entity_id.

    A cluster keeps the id that all its records with a past bore where all other records that bore it are gone. Of a
    contested or lost id are told `created` (the run), `founded_at`, whether it is `live`, and who left it.
    """
    known = _issued(ledger)
    away = left.group_by("entity_id").agg(pl.col("corrected", "rejudged", "withdrawn").sum())
    edges = kin.join(known, on="entity_id", how="left").with_columns(clusters=pl.len().over("entity_id"))
    keeps = (pl.col("ids") == 1) & (pl.col("clusters") == 1) & pl.col("live")
    return Sifted(
        edges.filter(keeps).select("cluster_id", "entity_id"),
        edges.filter(~keeps).drop("ids", "clusters").join(away, on="entity_id", how="left"),
        known.filter("live").join(kin, on="entity_id", how="anti").join(away, on="entity_id", how="left"),
    )


def attest(borne: pl.DataFrame, founded: pl.DataFrame, contested: pl.DataFrame) -> Attested:
    """Return all that is known of the contested clusters; local by cluster_id, `contested` is needed whole."""
    wanted = contested.select("cluster_id").unique()
    return Attested(
        borne.join(wanted, on="cluster_id", how="semi"),
        founded.join(wanted, on="cluster_id", how="semi").drop("sources"),
    )


def _issued(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return every id that was ever issued, the run in which it was created, and whether it is live."""
    acts = ledger.filter(pl.col("action").is_in(["create", "retire", "revive"])).sort("entity_id", "since")
    return acts.group_by("entity_id", maintain_order=True).agg(
        created=pl.col("since").first(),
        founded_at=pl.col("founded_at").first(),
        live=pl.col("action").last() != "retire",
    )
