"""The files of the truth folder, written a batch at a time and settled when the whole city is known."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from engine.city.delivery import Delivery
from engine.city.files import Open, append
from engine.city.settings import Catalogue
from engine.city.tables import City, World
from engine.city.truth import (
    firm_evidence,
    firm_keys,
    mentions,
    person_evidence,
    person_keys,
    residents,
)

WORLD_FILES = ("persons", "names", "identifiers", "stays", "events", "relations", "firms", "firm_events", "anomalies")


PARTS = "parts"
"""The folder of what waits to be settled: a file of each kind a batch, so that memory does not grow with the city."""

SUBJECTS = {"person": 0, "legal_entity": 1}


def write_truth(
    folder: Path, files: Open, told: Delivery, lived: World, shared: City, *, catalogue: Catalogue, as_of: date,
    batch: int,
) -> None:  # fmt: skip
    """Write the batch's true tables, residents and errors, and aside what only the whole city can settle."""
    for name in WORLD_FILES:
        append(files, folder / "truth" / f"{name}.parquet", getattr(lived, name))
    append(files, folder / "truth" / "residents.parquet", residents(lived, shared, as_of=as_of))
    parts = [
        mentions(told, name=name, shape=catalogue.shapes[source.shape], place=place)
        for place, (name, source) in enumerate(catalogue.sources.items())
    ]
    named = pl.concat(parts)
    for errors, number in ((told.errors, 0), (told.firm_errors, 1)):
        append(files, folder / "truth" / "errors.parquet", _errors(errors, named, number))
    aside = folder / "truth" / PARTS
    aside.mkdir(exist_ok=True)
    named.write_parquet(aside / f"mentions-{batch:06d}.parquet")
    evidence = {"person": person_evidence(told, lived), "legal_entity": firm_evidence(told)}
    keys = {"person": person_keys(lived), "legal_entity": firm_keys(lived, shared)}
    for subject in SUBJECTS:
        evidence[subject].settled.write_parquet(aside / f"settled-{subject}-{batch:06d}.parquet")
        evidence[subject].keys.write_parquet(aside / f"evidence-{subject}-{batch:06d}.parquet")
        keys[subject].write_parquet(aside / f"keys-{subject}-{batch:06d}.parquet")


def _errors(errors: pl.DataFrame, named: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return every error of every record that carries it, with its true and its delivered value."""
    bearers = named.filter(pl.col("subject_number") == number)
    return bearers.join(errors, on="registration").select(
        "source", "record_id", "role", "subject", "field", "kind", "true_value", "delivered_value"
    )


def settle(folder: Path, files: Open) -> dict[str, Any]:
    """Write truth/mentions.parquet with `decidable`, and return the shares that are not, in all and by source."""
    aside = folder / "truth" / PARTS
    ambiguous = {subject: _ambiguous(aside, subject) for subject in SUBJECTS}
    counted = []
    for part in sorted(aside.glob("mentions-*.parquet")):
        batch = part.stem.removeprefix("mentions-")
        named = pl.read_parquet(part)
        labelled = pl.concat(
            named.filter(pl.col("subject_number") == number)
            .join(
                _decided(aside, subject, batch, ambiguous[subject]),
                on="registration",
                how="left",
                maintain_order="left",
            )
            .select("source", "record_id", "role", "subject", "entity_id", "decidable")
            for subject, number in SUBJECTS.items()
        )
        append(files, folder / "truth" / "mentions.parquet", labelled)
        counted.append(_counts(labelled, batch))
    shutil.rmtree(aside)
    return _shares(pl.concat(counted))


def _decided(aside: Path, subject: str, batch: str, ambiguous: pl.DataFrame) -> pl.DataFrame:
    settled = pl.read_parquet(aside / f"settled-{subject}-{batch}.parquet")
    evidence = pl.read_parquet(aside / f"evidence-{subject}-{batch}.parquet")
    telling = evidence.join(ambiguous, on="key", how="anti").select("registration").unique().with_columns(told=True)
    joined = settled.join(telling, on="registration", how="left")
    return joined.select("registration", decidable=pl.coalesce("decidable", "told", pl.lit(value=False)))


def _ambiguous(aside: Path, subject: str) -> pl.DataFrame:
    """Return the keys that more than one of the city had; each batch lists a key of a subject once."""
    every = pl.scan_parquet(aside / f"keys-{subject}-*.parquet").group_by("key").agg(pl.len())
    return every.filter(pl.col("len") > 1).select("key").collect(engine="streaming")


def _counts(truth: pl.DataFrame, batch: str) -> pl.DataFrame:
    """Return mentions, undecidable ones and entities by subject and source; no entity is in two batches."""
    entities = truth.group_by("subject").agg(entities=pl.col("entity_id").n_unique().cast(pl.Int64))
    counted = truth.group_by("subject", "source").agg(
        mentions=pl.len().cast(pl.Int64), undecidable=(~pl.col("decidable")).sum().cast(pl.Int64)
    )
    return counted.join(entities, on="subject").with_columns(batch=pl.lit(batch))


def _shares(counted: pl.DataFrame) -> dict[str, Any]:
    mentions, undecidable = pl.col("mentions").sum(), pl.col("undecidable").sum()
    share = (undecidable / mentions).round(5)
    by_subject = counted.group_by("subject").agg(mentions, share=share).sort("subject")
    known = counted.unique(["subject", "batch"])
    by_source = counted.group_by("source", "subject").agg(share=share).filter(pl.col("share") > 0)
    return {
        "mentions": int(by_subject["mentions"].sum()),
        "entities": dict(known.group_by("subject").agg(pl.col("entities").sum()).sort("subject").iter_rows()),
        "undecidable": dict(by_subject.select("subject", "share").iter_rows()),
        "undecidable_by_source": {
            f"{source} ({subject})": value
            for source, subject, value in by_source.sort("share", "source", descending=[True, False]).iter_rows()
        },
    }
