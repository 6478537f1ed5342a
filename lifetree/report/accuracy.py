"""The accuracy section: the figures of an evaluation with their intervals, groups, and phantom entities by source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from lifetree.report.curve import drawing
from lifetree.report.words import Words, source_words, word
from matchers.evaluation import label_records, read_truth

MEASURES = ("bcubed", "cluster")


def accuracy(run: Run, project: Project, truth: Path, figures: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per subject of `figures` (those of `lifetree.evaluation.evaluate_run` with the same truth)."""
    labels = read_truth(truth)
    return [_subject(run, project, labels, name, own) for name, own in figures.items()]


def _subject(
    run: Run, project: Project, labels: pl.DataFrame, subject: str, figures: Mapping[str, Any]
) -> dict[str, Any]:
    records = label_records(run.read("record_entity", subject=subject), labels, subject=subject).records
    by_source = records.group_by("source").agg(records=pl.len(), undecidable=(~pl.col("decidable")).sum())
    told = {row["source"]: row for row in by_source.to_dicts()}
    for source, own in told.items():
        own["phantoms"] = figures["phantoms_by_source"].get(source, 0)
        own["numberless"] = figures["without_identifier"].get(source, {"records": 0, "joined": None})
    return {
        **figures,
        "subject": word("subject", subject),
        "measures": list(_measures(figures)),
        "stated": records["decidable"].null_count() < records.height,
        "sources": [{**told[name], "title": title} for name, title in source_words(project).items() if name in told],
        "group_rows": list(_groups(figures)),
        "drawing": drawing(figures["curve"], threshold=figures["threshold"]) if "curve" in figures else None,
    }


def _measures(figures: Mapping[str, Any]) -> Iterator[tuple[Words, Mapping[str, float | None], Mapping[str, Any]]]:
    """Yield each measure with its intervals, the headline first."""
    intervals, raw = figures["intervals"], figures.get("raw")
    yield word("accuracy", "pairwise_signatures"), figures["pairwise_signatures"], intervals["pairwise_signatures"]
    yield word("accuracy", "pairwise" if raw else "pairwise_plain"), figures["pairwise"], intervals["pairwise"]
    if raw:
        yield word("accuracy", "pairwise_raw"), raw["pairwise"], {}
    yield from ((word("accuracy", name), figures[name], intervals[name]) for name in MEASURES)


def _groups(figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the groups; of one that is yes or no those that are."""
    for name, values in figures.get("groups", {}).items():
        for value, own in values.items():
            if value != "false":
                title = word("group", name)
                shown = title if value == "true" else Words(f"{title.zh}：{value}", f"{title.en}: {value}")
                yield {**own, "title": shown}
