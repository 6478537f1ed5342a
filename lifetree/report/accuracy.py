"""The accuracy section: the figures of an evaluation, and phantom entities by source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from lifetree.report.words import Words, source_words, word
from matchers.evaluation import label_records, read_truth, surplus

MEASURES = ("pairwise_signatures", "bcubed", "cluster")


def accuracy(run: Run, project: Project, truth: Path, figures: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per subject of `figures` (those of `lifetree.evaluation.evaluate_run` with the same truth)."""
    labels = read_truth(truth)
    return [_subject(run, project, labels, name, own) for name, own in figures.items()]


def _subject(
    run: Run, project: Project, labels: pl.DataFrame, subject: str, figures: Mapping[str, Any]
) -> dict[str, Any]:
    records = label_records(run.read("record_entity", subject=subject), labels, subject=subject).records
    extra = surplus(records)
    founded = run.scan("entities", subject=subject).select("entity_id", source="founding_source").collect()
    phantoms = founded.join(extra.phantoms, on="entity_id", how="semi").group_by("source").agg(phantoms=pl.len())
    by_source = (
        records.group_by("source")
        .agg(records=pl.len(), undecidable=(~pl.col("decidable")).sum())
        .join(phantoms, on="source", how="left")
        .with_columns(pl.col("phantoms").fill_null(0))
    )
    told = {row["source"]: row for row in by_source.to_dicts()}
    return {
        **figures,
        "subject": word("subject", subject),
        "measures": list(_measures(figures)),
        "phantoms": extra.phantoms.height,
        "merged": extra.merged,
        "lost": extra.lost,
        "stated": records["decidable"].null_count() < records.height,
        "sources": [{**told[name], "title": title} for name, title in source_words(project).items() if name in told],
    }


def _measures(figures: Mapping[str, Any]) -> Iterator[tuple[Words, Mapping[str, float | None]]]:
    raw = figures.get("raw")
    yield word("accuracy", "pairwise" if raw else "pairwise_plain"), figures["pairwise"]
    if raw:
        yield word("accuracy", "pairwise_raw"), raw["pairwise"]
    yield from ((word("accuracy", name), figures[name]) for name in MEASURES)
