"""The files of the truth folder, written a batch at a time and settled when the whole city is known."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from engine.city.delivery import Delivery
from engine.city.files import Open, append
from engine.city.settings import BUILDING, Catalogue
from engine.city.tables import City, World
from engine.city.truth import (
    SUBJECTS,
    Evidence,
    firm_evidence,
    firm_keys,
    mentions,
    person_evidence,
    person_keys,
    residents,
    spelt,
)
from engine.city.truth_buildings import building_evidence
from engine.city.truth_groups import groups

WORLD_FILES = ("persons", "names", "identifiers", "stays", "events", "relations", "firms", "firm_events", "anomalies")


PARTS = "parts"
"""The folder of what waits to be settled: a file of each kind a batch, so that memory does not grow with the city."""


def write_world(
    pool: Executor, folder: Path, files: Open, lived: World, shared: City, *, as_of: date, batch: int
) -> list[Future[None]]:
    """Write the batch's true tables, residents and groups, and aside the keys that the whole city must compare."""
    (folder / "truth" / PARTS).mkdir(exist_ok=True)
    keys = {"person": partial(person_keys, lived), "legal_entity": partial(firm_keys, lived, shared)}
    return [
        *(
            pool.submit(append, files, folder / "truth" / f"{name}.parquet", getattr(lived, name))
            for name in WORLD_FILES
        ),
        pool.submit(_residents, folder, files, lived, shared, as_of),
        pool.submit(_groups, folder, files, lived, shared, as_of),
        *(pool.submit(_aside, folder, f"keys-{subject}", batch, made) for subject, made in keys.items()),
    ]


def write_truth(
    pool: Executor, folder: Path, files: Open, told: Delivery, lived: World, *, catalogue: Catalogue, batch: int
) -> list[Future[None]]:
    """Write the batch's errors, and aside what only the whole city can settle."""
    evidence = {"person": partial(person_evidence, told, lived), "legal_entity": partial(firm_evidence, told)}
    return [
        pool.submit(_mentions_and_errors, folder, files, told, catalogue, batch),
        *(pool.submit(_evidence, folder, subject, batch, made) for subject, made in evidence.items()),
        pool.submit(_aside, folder, f"settled-{BUILDING}", batch, partial(building_evidence, told)),
    ]


def _residents(folder: Path, files: Open, lived: World, shared: City, as_of: date) -> None:
    append(files, folder / "truth" / "residents.parquet", residents(lived, shared, as_of=as_of))


def _groups(folder: Path, files: Open, lived: World, shared: City, as_of: date) -> None:
    append(files, folder / "truth" / "groups.parquet", groups(lived, shared, as_of=as_of))


def _mentions_and_errors(folder: Path, files: Open, told: Delivery, catalogue: Catalogue, batch: int) -> None:
    named = mentions(told, catalogue)
    for number, errors in enumerate((told.errors, told.firm_errors)):
        append(files, folder / "truth" / "errors.parquet", _errors(errors, named, number, catalogue))
    _aside(folder, "mentions", batch, lambda: named)


def _evidence(folder: Path, subject: str, batch: int, made: Callable[[], Evidence]) -> None:
    evidence = made()
    _aside(folder, f"settled-{subject}", batch, lambda: evidence.settled)
    _aside(folder, f"evidence-{subject}", batch, lambda: evidence.keys)


def _aside(folder: Path, name: str, batch: int, made: Callable[[], pl.DataFrame]) -> None:
    made().write_parquet(folder / "truth" / PARTS / f"{name}-{batch:06d}.parquet", compression="lz4")


def _errors(errors: pl.DataFrame, named: pl.DataFrame, number: int, catalogue: Catalogue) -> pl.DataFrame:
    """Return every error of every record that carries it, with its true and its delivered value."""
    bearers = named.filter(pl.col("subject_number") == number)
    return spelt(bearers.join(errors, on="registration"), catalogue).select(
        "source", "record_id", "role", "subject", "field", "kind", "true_value", "delivered_value"
    )


def settle(pool: Executor, folder: Path, files: Open, catalogue: Catalogue) -> dict[str, Any]:
    """Write truth/mentions.parquet with `decidable`, and return the shares that are not, in all and by source."""
    aside = folder / "truth" / PARTS
    ambiguous = {subject: _ambiguous(aside, subject) for subject in SUBJECTS if subject != BUILDING}
    counted, buildings = [], []
    for part in sorted(aside.glob("mentions-*.parquet")):
        batch = part.stem.removeprefix("mentions-")
        named = pl.read_parquet(part)
        labelled = pl.concat(
            named.filter(pl.col("subject_number") == number).join(
                _decided(aside, subject, batch, ambiguous.get(subject)),
                on="registration",
                how="left",
                maintain_order="left",
            )
            for number, subject in enumerate(SUBJECTS)
        )
        texts = spelt(labelled, catalogue)
        columns = texts.select("source", "record_id", "role", "subject", "entity_id", "decidable")
        written = pool.submit(append, files, folder / "truth" / "mentions.parquet", columns)
        counted.append(_counts(texts, batch))
        buildings.append(texts.filter(pl.col("subject") == BUILDING)["entity"].unique())
        written.result()
    shutil.rmtree(aside)
    return _shares(pl.concat(counted), buildings=pl.concat(buildings).n_unique())


def _decided(aside: Path, subject: str, batch: str, ambiguous: pl.DataFrame | None) -> pl.DataFrame:
    """Return registration and decidable; without `ambiguous`, the batch has settled all by itself."""
    settled = pl.read_parquet(aside / f"settled-{subject}-{batch}.parquet")
    if ambiguous is None:
        return settled
    evidence = pl.read_parquet(aside / f"evidence-{subject}-{batch}.parquet")
    telling = evidence.join(ambiguous, on="key", how="anti").select("registration").unique().with_columns(told=True)
    joined = settled.join(telling, on="registration", how="left")
    return joined.select("registration", decidable=pl.coalesce("decidable", "told", pl.lit(value=False)))


def _ambiguous(aside: Path, subject: str) -> pl.DataFrame:
    """Return the keys that more than one of the city had; each batch lists a key of a subject once."""
    every = pl.scan_parquet(aside / f"keys-{subject}-*.parquet").group_by("key").agg(pl.len())
    return every.filter(pl.col("len") > 1).select("key").collect(engine="streaming")


def _counts(truth: pl.DataFrame, batch: str) -> pl.DataFrame:
    """Return mentions, undecidable ones and entities by subject and source; only a building is in two batches."""
    entities = truth.group_by("subject").agg(entities=pl.col("entity").n_unique().cast(pl.Int64))
    counted = truth.group_by("subject", "source").agg(
        mentions=pl.len().cast(pl.Int64), undecidable=(~pl.col("decidable")).sum().cast(pl.Int64)
    )
    return counted.join(entities, on="subject").with_columns(batch=pl.lit(batch))


def _shares(counted: pl.DataFrame, *, buildings: int) -> dict[str, Any]:
    mentions, undecidable = pl.col("mentions").sum(), pl.col("undecidable").sum()
    share = (undecidable / mentions).round(5)
    by_subject = counted.group_by("subject").agg(mentions, share=share).sort("subject")
    known = counted.unique(["subject", "batch"])
    entities = dict(known.group_by("subject").agg(pl.col("entities").sum()).iter_rows()) | {BUILDING: buildings}
    by_source = counted.group_by("source", "subject").agg(share=share).filter(pl.col("share") > 0)
    return {
        "mentions": int(by_subject["mentions"].sum()),
        "entities": dict(sorted(entities.items())),
        "undecidable": dict(by_subject.select("subject", "share").iter_rows()),
        "undecidable_by_source": {
            f"{source} ({subject})": value
            for source, subject, value in by_source.sort("share", "source", descending=[True, False]).iter_rows()
        },
    }
