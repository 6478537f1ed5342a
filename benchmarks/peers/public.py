"""The public data as the peers get it: records, labels of a tenth of the entities, and the run of one mode."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.peers import dedupe_settings, recordlinkage_settings
from benchmarks.peers.environments import NotInstalledError, python_of
from benchmarks.peers.limits import Taken, limited
from benchmarks.peers.splink5_setup import Setup
from engine.hashing import hash64

RUNNERS = Path(__file__).parent / "runners"
PROCESSOR_SECONDS, MEMORY_MB = 1_200, 8_000
"""What one run may take: ten minutes of two cores."""
LISTED = "**"
"""Between the values of a field that holds several."""
DERIVED = ("first_name_surname_concat", "street_name")
"""Columns that one system's configuration makes of the others, left out for the rest."""
SHARE = 10
"""One entity in so many is labelled for the supervised modes."""

Row = dict[str, Any]


class Mode(NamedTuple):
    """One way to run a system; `labels` says what it is told of the truth."""

    system: str
    name: str
    labels: str = ""


SAMPLED, ASKED = "a tenth of the entities", f"{dedupe_settings.ANSWERS} answers"

MODES = (
    Mode("goldenmatch", "zero-config"),
    Mode("goldenmatch", "probabilistic"),
    Mode("goldenmatch", "thorough"),
    Mode("recordlinkage", "guide"),
    Mode("recordlinkage", "rule"),
    Mode("recordlinkage", "ecm"),
    Mode("recordlinkage", "logistic", SAMPLED),
    Mode("dedupe", "labelled", SAMPLED),
    Mode("dedupe", "active", ASKED),
)


class Found(NamedTuple):
    """What a run found: source, record_id and cluster; its version, and what it took. Without clusters it failed."""

    clusters: pl.DataFrame | None
    version: str
    taken: Taken


def modes_of(name: str) -> list[Mode]:
    """Return the modes that a data set is run in: those of a guide where the guide treats it."""
    return [one for one in MODES if one.name != "guide" or name in recordlinkage_settings.GUIDED]


def settings_of(name: str, mode: Mode, *, link: bool) -> Row:
    """Return what the runner of a mode is told."""
    told: Row = {}
    if mode.system == "dedupe":
        told = dedupe_settings.settings(name)
    elif mode.system == "recordlinkage":
        told = recordlinkage_settings.settings(name, mode.name)
    return told | {"mode": mode.name, "link": link}


def records_of(setup: Setup) -> pl.DataFrame:
    """Return the records of all sources in one table: source, record_id and the fields, all as text.

    They are as prepared for Splink: small letters where its configuration asks for them, dates in one form.
    """
    frames = []
    for source, frame in setup.frames.items():
        fields = frame.drop("rec_id", *(name for name in DERIVED if name in frame.columns))
        texts = [_text(name, dtype) for name, dtype in fields.schema.items()]
        frames.append(frame.select(pl.lit(source).alias("source"), pl.col("rec_id").alias("record_id"), *texts))
    return pl.concat(frames)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).list.join(LISTED) if isinstance(dtype, pl.List) else pl.col(name).cast(pl.String)


def labels_of(records: pl.DataFrame, truth: pl.DataFrame, *, every: bool) -> pl.DataFrame:
    """Return row and entity of labelled records: every one, or those of one entity in `SHARE`, drawn by a hash."""
    known = (
        records.select("source", "record_id")
        .with_row_index("row")
        .join(truth.select("source", "record_id", entity="entity_id"), on=["source", "record_id"])
        .sort("row")
        .select("row", "entity")
    )
    return known if every else known.filter(hash64(pl.col("entity")).reinterpret(signed=False) % SHARE == 0)


def run_mode(name: str, mode: Mode, records: pl.DataFrame, truth: pl.DataFrame, folder: Path, *, link: bool) -> Found:
    """Run a mode in the environment of its system, within the limits, and return what it found.

    `folder` is emptied and then holds what the runner reads and writes.
    """
    try:
        python = python_of(mode.system)
    except NotInstalledError as error:
        return Found(None, "", Taken(0.0, 0.0, 0.0, str(error)))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    records.write_csv(folder / "records.csv")
    (folder / "settings.json").write_text(json.dumps(settings_of(name, mode, link=link)), encoding="utf-8")
    if mode.labels:
        labels_of(records, truth, every=mode.labels == ASKED).write_csv(folder / "labels.csv")
    command = [str(python), str(RUNNERS / f"run_{mode.system}.py"), str(folder)]
    taken = limited(command, processor_seconds=PROCESSOR_SECONDS, memory_mb=MEMORY_MB, environment=_environment(folder))
    if taken.failed:
        return Found(None, "", taken)
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    return Found(pl.read_csv(folder / "clusters.csv", infer_schema=False), answer["version"], taken)


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables of a run: nothing is kept for the next one, and no key of a paid service is told.

    The search of goldenmatch for a configuration is bounded by its own count of steps, not by how fast the machine is.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    goldenmatch = {"GOLDENMATCH_AUTOCONFIG_MEMORY": "0", "GOLDENMATCH_AUTOCONFIG_DETERMINISTIC": "1"}
    return kept | goldenmatch | {"HOME": str(folder), "PYTHONHASHSEED": "0"}
