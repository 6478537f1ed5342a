"""Cluster signatures: connected components, refined where one breaks a constraint."""

from __future__ import annotations

import polars as pl

from engine.settings import Subject
from engine.tables import CLUSTERS, GENERIC_VALUES, PAIR_KEY
from matchers.clustering.components import components
from matchers.clustering.exclusive import doubted_values, exclusive_values
from matchers.clustering.refine import refused_links

UNRESOLVED = "unresolved"


def cluster(
    signatures: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    *,
    subject: Subject,
    generic: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return CLUSTERS: every signature once, those without a link in a cluster of their own.

    A cluster holds no pair of `conflicts`, no two values of an exclusive identifier unless a judgement joined them, and
    at most `subject.max_cluster` signatures. Components that keep this are whole; the others are rebuilt link by link,
    and refined if that splits them. `generic` lists the identifier values that exclude nothing; a value that a
    signature bears by mistake (`doubted_values`) excludes nothing either. A cluster is unresolved when `signatures`
    says of none of its members that it `founds` an entity.
    """
    values = exclusive_values(signatures, GENERIC_VALUES.empty() if generic is None else generic, subject=subject)
    doubted = doubted_values(signatures, links, conflicts)
    values = values.join(doubted, on=["signature_id", "attribute"], how="anti")
    found = components(links)
    breaking = broken(found, values, conflicts, max_cluster=subject.max_cluster)
    members = found.join(breaking, on="component", how="semi").select("signature_id")
    refused = refused_links(
        links.join(members, left_on="signature_l", right_on="signature_id", how="semi"),
        conflicts,
        values.join(members, on="signature_id", how="semi"),
        max_cluster=subject.max_cluster,
    )
    kept = components(links.join(refused, on=list(PAIR_KEY), how="anti"))
    clusters = (
        signatures.select(
            "signature_id", founds=pl.col("founds") if "founds" in signatures.columns else pl.lit(value=True)
        )
        .join(found, on="signature_id", how="left")
        .join(kept.rename({"component": "cluster_id"}), on="signature_id", how="left")
        .with_columns(pl.col("component", "cluster_id").fill_null(pl.col("signature_id")))
    )
    split = pl.col("cluster_id").n_unique().over("component") > 1
    state = (
        pl.when(~pl.col("founds").any().over("cluster_id"))
        .then(pl.lit(UNRESOLVED))
        .when(split)
        .then(pl.lit("refined"))
        .otherwise(pl.lit("whole"))
    )
    return CLUSTERS.conform(clusters.with_columns(state=state))


def founds(subject: Subject) -> pl.Expr:
    """Return whether a signature can found an entity: it bears one whole set of `subject.founding`, if there is any."""
    whole = [pl.all_horizontal(pl.col(name).is_not_null() for name in names) for names in subject.founding]
    return pl.any_horizontal(whole) if whole else pl.lit(value=True)


def broken(found: pl.DataFrame, values: pl.DataFrame, conflicts: pl.DataFrame, *, max_cluster: int) -> pl.DataFrame:
    """Return the components that hold a conflict, two values of one exclusive identifier, or too many signatures."""
    large = found.group_by("component").len().filter(pl.col("len") > max_cluster)
    several = (
        values.join(found, on="signature_id")
        .group_by("component", "attribute")
        .agg(pl.col("value").n_unique())
        .filter(pl.col("value") > 1)
    )
    inside = (
        conflicts.select(PAIR_KEY)
        .join(found, left_on="signature_l", right_on="signature_id")
        .join(found, left_on="signature_r", right_on="signature_id", suffix="_r")
        .filter(pl.col("component") == pl.col("component_r"))
    )
    return pl.concat(frame.select("component") for frame in (large, several, inside)).unique()
