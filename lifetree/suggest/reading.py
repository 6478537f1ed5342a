"""A sample of a data file, whatever its format, delimiter and encoding, read as a build would read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.errors import InputError
from engine.hashing import hash64
from engine.io.facts import FileFacts, inspect_file
from engine.io.ingest import ingest_file, row_column
from engine.settings.source import Source

RECORDS = 200_000
"""Rows that are looked at, of all files together; larger files are sampled by the hash of their rows."""


class Sample(NamedTuple):
    """The rows of a file that are looked at, in the order of their hashes; `rows` is how many the file has."""

    name: str
    file: Path
    facts: FileFacts
    frame: pl.DataFrame
    rows: int
    unreadable: int


def read_samples(files: Sequence[Path], *, records: int = RECORDS) -> list[Sample]:
    """Return a sample of each file, all in the same proportion to the file.

    Raises:
        InputError: a file that is missing, empty, damaged, without rows, or twice among the files.
    """
    twice = sorted({str(file) for file in files if [one.resolve() for one in files].count(file.resolve()) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)} is given more than once", hint="name every file once")
    names = _source_names(files)
    each = max(1_000, records // len(files))
    read = [_sampled(name, file, each) for name, file in zip(names, files, strict=True)]
    share = min(one.frame.height / one.rows for one in read)
    return [one._replace(frame=one.frame.head(round(share * one.rows))) for one in read]


def _sampled(name: str, file: Path, most: int) -> Sample:
    bare = Source.model_validate(
        {"name": name, "files": str(file), "mention": [{"subject": "record", "fields": {"key": "key"}}]}
    )
    facts = inspect_file(bare, file)
    fields = {f"column_{number}": column for number, column in enumerate(facts.columns)}
    if not fields:
        raise InputError(f"{file} has no columns", hint="ask for the delivery again")
    source = Source.model_validate(
        {"name": name, "files": str(file), "mention": [{"subject": "record", "fields": fields}]}
    )
    kept: pl.DataFrame | None = None
    rows = unreadable = 0
    for part in ingest_file(source, file, project_folder=file.parent, facts=facts):
        rows, unreadable = rows + part.rows.height, unreadable + part.rejects.height
        hashed = part.rows.select(
            hash64(pl.col("content_hash")).alias(" hash"),
            pl.col("line").alias(" line"),
            *(pl.col(row_column(column)).alias(column) for column in facts.columns),
        )
        joined = hashed if kept is None else pl.concat([kept, hashed])
        kept = joined.sort(" hash", " line").head(most)
    if kept is None or not rows:
        raise InputError(f"{file} has a header and no rows that can be read", hint="ask for the delivery again")
    return Sample(name, file, facts, kept.drop(" hash", " line"), rows, unreadable)


def _source_names(files: Sequence[Path]) -> list[str]:
    """Return the name of each file without its suffixes; a name that is taken gets a number."""
    names: list[str] = []
    for file in files:
        stem = re.sub(r"(?:\.(?:csv|txt|tsv|tab|jsonl|ndjson|parquet|xlsx|gz|zst))+$", "", file.name, flags=re.I)
        base = re.sub(r"[^\w.-]+", "_", stem).strip("_") or "file"
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names
