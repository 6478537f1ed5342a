"""From delivered files to records and judgements, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from engine.batches import judge_batches, refuse, survey_batches, tally
from engine.cleanse import KnownValues, Rulebook, cleanse
from engine.io import ingest_file, shown_name
from engine.io.measures import Declared
from engine.runners.seals import content_hash
from engine.settings import Source, Subject
from engine.store.decisions import read_decisions
from engine.store.purges import Erased
from matchers.judgements import given, in_force, no_judgements, read_judgements

Frames = dict[str, pl.DataFrame]


def ingest(
    *,
    source: Source,
    file: Path,
    project_folder: Path,
    declared: Declared | None = None,
    increment: bool = False,
    purged: dict[str, str] | None = None,
) -> Iterator[Frames]:
    """Yield the rows of one file in chunks, those that could not be read, and what the chunk adds to its batch.

    `increment`: the file was accepted by `lifetree update`, and its size is not held against deliveries before. What is
    `purged` is not read, see `ingest_file`.
    """
    batch, name = content_hash(file), shown_name(file, project_folder)
    for chunk in ingest_file(source, file, project_folder=project_folder, declared=declared, purged=purged):
        counted = tally(chunk, source, file=file, name=name, batch=batch, increment=increment)
        told = {"tallies": counted, "measures": chunk.measures}
        yield {f"rows.{source.name}": chunk.rows, "unread": chunk.rejects, **told}


def survey(
    tallies: pl.DataFrame,
    measures: pl.DataFrame,
    *,
    cycles: dict[str, int | None],
    declared: dict[str, Declared],
    rulebook: Rulebook,
) -> Frames:
    """Return all deliveries with the rule that refuses each, and what the batch rules say of them."""
    batches = survey_batches(tallies, measures, cycles=cycles, declared=declared)
    return judge_batches(batches, rulebook=rulebook)._asdict()


def clean(
    rows: pl.DataFrame,
    *,
    source: Source,
    subjects: dict[str, Subject],
    rulebook: Rulebook,
    refused: dict[str, tuple[str, str]] | None = None,
    replaced: str | None = None,
    known: KnownValues | None = None,
) -> Frames:
    """Return the records of each subject that the rows of one source mention.

    `refused` files give none, nor do rows delivered before `replaced` (see `latest_replacements`).
    `known`: see `known_values`.
    """
    taken = refuse(rows, refused or {}, source=source)
    cleansed = cleanse(taken.rows, source=source, subjects=subjects, rulebook=rulebook, replaced=replaced, known=known)
    records = {f"records.{name}": frame for name, frame in cleansed.records.items()}
    told = {**records, **cleansed.told, "findings": cleansed.findings}
    rejects = pl.concat([cleansed.rejects, taken.rejects])
    return {**told, "rejects": rejects, "accounts": pl.concat([cleansed.accounts, taken.accounts])}


def hear(
    *,
    file: Path | None,
    subjects: tuple[str, ...],
    decisions: Path | None = None,
    length: int = 0,
    purged: Erased | None = None,
) -> Frames:
    """Return the judgements that have force, and those in conflict: of the project's file and of the store's decisions.

    Of the decisions the first `length` bytes are heard; what names a `purged` record is not.
    """
    told = read_judgements(file, subjects=subjects) if file else no_judgements()
    added = given(read_decisions(decisions, length=length)) if decisions else no_judgements()
    whole = pl.concat([told, added])
    if purged:
        about = (purged.names("source_l", "record_l"), purged.names("source_r", "record_r"))
        whole = whole.filter(~pl.any_horizontal(about))
    heard = in_force(whole, subjects=subjects)
    return {"judgements": heard.judgements, "disputed": heard.disputed}
