"""Evaluate: how well the entities of a run agree with known ones."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.tables import PAIR_KEY
from matchers.clustering import components
from matchers.evaluation.measures import bcubed, contingency, exact, pairwise, true_pairs
from matchers.evaluation.truth import Labelled, label_records


def evaluate(
    record_entity: pl.DataFrame,
    truth: pl.DataFrame,
    *,
    subject: str,
    candidates: pl.DataFrame,
    links: pl.DataFrame,
    threshold: float | None = None,
) -> dict[str, Any]:
    """Return the figures of one subject, over labelled records alone; see `labelled_figures`.

    Raises:
        InputError: no label finds a record, or a label without a source finds several.
    """
    labelled = label_records(record_entity, truth, subject=subject)
    return labelled_figures(labelled, candidates=candidates, links=links, threshold=threshold)


def labelled_figures(
    labelled: Labelled, *, candidates: pl.DataFrame, links: pl.DataFrame, threshold: float | None = None
) -> dict[str, Any]:
    """Return the figures of labelled records.

    `pairwise` counts pairs of records; `pairwise_signatures` pairs of signatures, where one that holds records of two
    true entities counts once for each. `cluster` and `exact_entities` count clusters that are reproduced exactly.
    Unresolved records are with no other: the pairs that they miss are missed, and they are no entity.
    `blocking_recall` is the share of true pairs of records that bear one signature, are candidates, or hang together
    by identifier links. `entities` and `true_entities` are those of the labelled records; `unresolved` counts records
    without an entity, `unmatched` labels without a record. Where the truth says which records are decidable, `pairwise`
    and `exact_entities` leave the others out, and `raw` holds both over all. An empty answer meets no bar: without a
    true pair, what singletons alone would fulfil is null.
    """
    records = labelled.records
    cells = contingency(records)
    return {
        **_decided(records),
        "pairwise_signatures": pairwise(contingency(records.unique(["signature_id", "truth"]))),
        "bcubed": bcubed(cells),
        "cluster": exact(cells),
        "blocking_recall": blocking_recall(records, candidates, links),
        "threshold": threshold,
        "entities": cells["entity_id"].drop_nulls().n_unique(),
        "true_entities": cells["truth"].n_unique(),
        "unresolved": records["entity_id"].null_count(),
        "unmatched": labelled.unmatched,
    }


def blocking_recall(records: pl.DataFrame, candidates: pl.DataFrame, links: pl.DataFrame) -> float | None:
    """Return the share of true pairs of records that the build brought together; null without a true pair.

    `records` holds signature_id and truth. Cost: linear in records and candidates; true pairs are not enumerated.
    """
    joined = components(links.filter(pl.col("reason") == "identifier")).rename({"component": "star"})
    units = (
        records.group_by("signature_id", "truth")
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .join(joined, on="signature_id", how="left")
        .with_columns(pl.col("star").fill_null(pl.col("signature_id")))
    )
    total = true_pairs(units)
    within = true_pairs(units.select("n", truth=pl.struct("truth", "star")))
    across = (
        candidates.select(PAIR_KEY)
        .join(units, left_on="signature_l", right_on="signature_id")
        .join(units, left_on=["signature_r", "truth"], right_on=["signature_id", "truth"], suffix="_r")
        .filter(pl.col("star") != pl.col("star_r"))
        .select((pl.col("n") * pl.col("n_r")).sum())
        .item()
    )
    return (within + int(across)) / total if total else None


def _decided(records: pl.DataFrame) -> dict[str, Any]:
    every = _both(records)
    if records["decidable"].null_count() == records.height:
        return every
    return {**_both(records.filter(pl.col("decidable").fill_null(value=True))), "raw": every}


def _both(records: pl.DataFrame) -> dict[str, Any]:
    cells = contingency(records)
    return {"pairwise": pairwise(cells), "exact_entities": exact(cells)["recall"]}
