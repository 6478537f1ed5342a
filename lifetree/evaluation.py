"""A run held against known entities."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.errors import InputError
from engine.settings import Project
from engine.store import Run
from engine.tables import PAIR_KEY
from lifetree.mistakes import mistakes
from lifetree.reviewing import alone, left_open
from lifetree.thresholds import as_decided
from matchers.clustering import founds, sure_values
from matchers.evaluation import (
    REPLICATES,
    Drawn,
    Labelled,
    decided,
    estimate,
    group_figures,
    grouped,
    label_records,
    labelled_figures,
    missed,
    names_of,
    numberless,
    phantoms_by_source,
    read_groups,
    read_truth,
    surplus,
    tallied,
    threshold_curve,
    units_of,
    with_members,
)
from matchers.masses import silence


class Wanted(NamedTuple):
    """What an evaluation tells beside its figures.

    `groups`: a file of groups, `by` its columns (else all); `sample`: how the labelled entities were drawn, when they
    are a sample; `curve`: whether other thresholds are looked at; `mistakes`: how many false merges and misses are
    shown.
    """

    groups: Path | None = None
    by: tuple[str, ...] = ()
    sample: Drawn | None = None
    curve: bool = False
    mistakes: int = 0


PLAIN = Wanted()


def evaluate_run(
    run: Run, project: Project, file: Path, *, subjects: Iterable[str], wanted: Wanted = PLAIN
) -> dict[str, dict[str, Any]]:
    """Return the figures of each subject that the truth file labels, in the order of `subjects`.

    Raises:
        InputError: a file cannot be read, or the truth labels none of the subjects.
    """
    truth = read_truth(file)
    groups = read_groups(wanted.groups or file, by=wanted.by) if wanted.groups or wanted.by else None
    asked = list(subjects)
    labelled = set(truth["subject"].unique())
    chosen = [name for name in asked if name in labelled or None in labelled]
    if not chosen:
        raise InputError(
            f"{file} labels no record of {', '.join(asked)}",
            hint="its column `subject` must hold names of the project's subjects",
        )
    decided_by = as_decided(project, run)
    return {name: _subject(run, decided_by, truth, groups, name, wanted) for name in chosen}


def _subject(
    run: Run, project: Project, truth: pl.DataFrame, groups: pl.DataFrame | None, name: str, wanted: Wanted
) -> dict[str, Any]:
    entities = run.read("record_entity", subject=name)
    labelled = label_records(entities, truth, subject=name)
    records = with_members(labelled.records, entities) if wanted.sample else labelled.records
    units = None if wanted.sample else units_of(records)
    found = estimate(tallied(records), units=units, drawn=wanted.sample)
    told = labelled_figures(
        labelled,
        candidates=run.scan("pairs", subject=name).select(PAIR_KEY).collect(),
        links=run.read("links", subject=name),
        threshold=project.subjects[name].model.threshold,
    )
    if wanted.sample:
        told = {key: value for key, value in told.items() if key != "raw"} | found.figures
        told["sample"] = {
            "drawn": wanted.sample,
            "unlabelled": found.unknown,
            "precision_bounds": _bounds(told, found.unknown),
        }
    names = names_of(groups) if groups is not None else []
    if groups is not None:
        records = grouped(records, groups, subject=name)
        told["groups"] = group_figures(records, names, units=units, drawn=wanted.sample)
    return {
        **told,
        "intervals": {
            **found.intervals,
            "drawn": "entities" if wanted.sample else "clusters",
            "replicates": REPLICATES,
        },
        **_by_source(run, project, labelled, name),
        "missed": where_missed(run, labelled, name),
        **({"curve": _curve(run, project, records, name, wanted.sample)} if wanted.curve else {}),
        **({"mistakes": _mistakes(run, project, records, name, names, wanted.mistakes)} if wanted.mistakes else {}),
    }


def _bounds(figures: dict[str, Any], unknown: dict[str, float]) -> dict[str, list[float]]:
    """Return the precision if each record without a label is wrongly where it is, and if each is rightly there."""
    known = {name: figures[name]["precision"] for name in unknown}
    return {name: [value, min(1.0, value + unknown[name])] for name, value in known.items() if value is not None}


def _by_source(run: Run, project: Project, labelled: Labelled, name: str) -> dict[str, Any]:
    extra = surplus(labelled.records)
    founded = run.scan("entities", subject=name).select("entity_id", "founding_source").collect()
    numbers = [one.attribute for one in project.subjects[name].identifiers]
    alone: dict[str, Any] = {}
    if numbers:
        bearing = run.scan("signatures", subject=name).filter(
            pl.any_horizontal(pl.col(number).is_not_null() for number in numbers)
        )
        alone = numberless(decided(labelled.records), bearing=bearing.select("signature_id").collect())
    return {
        "phantoms": extra.phantoms.height,
        "merged": extra.merged,
        "lost": extra.lost,
        "phantoms_by_source": phantoms_by_source(extra.phantoms, founded),
        "without_identifier": alone,
    }


def where_missed(run: Run, labelled: Labelled, name: str) -> dict[str, dict[str, Any]]:
    """Return where the true pairs of decidable records that a run misses stand (`matchers.evaluation.missed`)."""
    clusters, review, conflicts = (run.read(table, subject=name) for table in ("clusters", "review", "conflicts"))
    sought = alone(run, name, left_open(run, name))
    return missed(
        decided(labelled.records), clusters=clusters, review=review, conflicts=conflicts, sought=sought.pairs,
        lone=sought.lone,
    )  # fmt: skip


def _curve(run: Run, project: Project, records: pl.DataFrame, name: str, drawn: Drawn | None) -> list[dict[str, Any]]:
    subject = project.subjects[name]
    signatures = silence(run.read("signatures", subject=name), run.read("mass_values", subject=name))
    links, pairs, conflicts, generic = (
        run.read(table, subject=name) for table in ("links", "pairs", "conflicts", "generic_values")
    )
    return threshold_curve(
        records,
        signatures.with_columns(*sure_values(signatures, subject), founds=founds(subject)),
        links,
        pairs,
        conflicts,
        subject=subject,
        generic=generic,
        drawn=drawn,
    )


def _mistakes(
    run: Run, project: Project, records: pl.DataFrame, name: str, groups: list[str], number: int
) -> dict[str, Any]:
    return mistakes(run, project, decided(records).drop_nulls("truth"), subject=name, groups=groups, number=number)
