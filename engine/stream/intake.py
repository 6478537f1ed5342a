"""One file of the inbox, opened: its content hash, where it will be kept, and its rows in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.errors import InputError
from engine.io.facts import inspect_file
from engine.io.faults import file_faults, time_fault
from engine.io.ingest import Ingested, ingest_file
from engine.runners.seals import content_hash
from engine.settings import Project, Source
from engine.store.purges import purged_keys
from engine.stream.inbox import DONE, Arrived, arrived
from engine.stream.manifest import named

UNDATED = (
    "map `recorded_at`, or give dates by file name in `delivered_at` of the source, and put the file into the inbox "
    "again; or give it to `lifetree update` with --delivered-at"
)


class Opened(NamedTuple):
    """A file of which nothing is taken yet: the first chunks (two of a big file), and the rest."""

    file: Arrived
    source: Source
    content_hash: str
    place: Path
    first: list[Ingested]
    rest: Iterator[Ingested]


def content_of(file: Arrived) -> str | None:
    """Return the content hash of a file; None when it is gone.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return content_hash(file.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{file.path}: {error.strerror or error}") from error


def place_of(inbox: Path, file: Arrived, content: str) -> Path:
    """Return where a file is kept once it is taken: under its own name, in a folder of its own."""
    return inbox / DONE / (file.source or "") / content / file.path.name


def open_file(project: Project, source: Source, file: Arrived, *, content: str, place: Path, chunk_rows: int) -> Opened:
    """Return a file with its first chunks of `chunk_rows` read.

    Rows bear the name and the delivery date of the place where the file is kept, as a build finds them later.

    Raises:
        InputError: the file cannot be read as the source declares it, or nothing says when its versions were told.
    """
    dated = not isinstance(source.delivered_at, str) and source.delivery_of(place) is not None
    if fault := time_fault(source, source.mode_of(place), dated=dated):
        raise InputError(fault, hint=UNDATED)
    source = source.settled(place)
    facts = inspect_file(source, file.path)
    if faults := file_faults(source, facts, kept=place):
        raise InputError("; ".join(faults), hint="mend the file or the mapping, and put the file into the inbox again")
    purged = purged_keys(project.path(project.store)).get(source.name)
    chunks = ingest_file(
        source, file.path, project_folder=project.folder, chunk_rows=chunk_rows, facts=facts, purged=purged
    )
    shown = named(project, place)
    name, date = shown if not Path(shown).is_absolute() else place.name, source.delivery_of(place)
    delivered = (_kept(chunk, name, date) for chunk in chunks)
    return Opened(file, source, content, place, list(islice(delivered, 2)), delivered)


def is_unchanged(file: Arrived) -> bool:
    """Return whether the file is as it was when it was looked at: what was read of it is its whole content."""
    now = arrived(file.path, file.source)
    return now is not None and (now.size, now.modified) == (file.size, file.modified)


def _kept(chunk: Ingested, name: str, delivered_at: str | None) -> Ingested:
    told = pl.lit(name).alias("file")
    dated = pl.lit(delivered_at, pl.String).alias("delivered_at")
    return Ingested(chunk.rows.with_columns(told, dated), chunk.rejects.with_columns(told))
