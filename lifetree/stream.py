"""A project's stream: files that arrive are cleansed as they come, and read as one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from engine.cleanse import project_rulebook
from engine.errors import LifetreeError, StoreError
from engine.settings import Project
from engine.store import writing
from engine.stream import figures, reading
from engine.stream.inbox import FAILED, REPEATED, Arrived, held, is_settled, look, prepare
from engine.stream.manifest import (
    read_manifests,
    require_same_settings,
    settings_digests,
    stream_folder,
)
from engine.stream.parts import Clean
from engine.stream.taking import Stream, recover, take
from engine.tables import ACCOUNTS, FINDINGS, RECORDS, REJECTS, TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, Table
from lifetree import receiving

INBOX = "inbox"
RETRY = 60.0
"""Seconds after which a live run that could not be brought up to what was taken is tried again."""
TABLES: dict[str, Table] = {
    "records": RECORDS, "findings": FINDINGS, "rejects": REJECTS, "events": TOLD_EVENTS,
    "relations": TOLD_RELATIONS, "spells": TOLD_SPELLS,
}  # fmt: skip


def watch(
    project: Project,
    *,
    inbox: Path | None = None,
    interval: float = 1.0,
    once: bool = False,
    until_idle: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    follow: Callable[[], None] | None = None,
) -> None:
    """Take the files that arrive in the inbox (of the project's folder, unless given), look by look, without end.

    A file is complete when two looks, `interval` seconds apart, find it unchanged. `once`: takes what is complete now,
    and returns; `until_idle`: returns when nothing is left that can be taken. `tell` is given a sentence for each
    micro-batch, and for each file that is set aside or whose source is unknown. `follow` is called after the second
    look and after each that took something, and brings the live run up to what was taken; when it fails, as while
    another process writes to the store, that is told and it is called again later.

    Raises:
        StoreError: another process watches, the store or the inbox cannot be written, or settings changed.
        LifetreeError: what `follow` raised last, when it is time to return.
    """
    place = inbox or project.folder / INBOX
    folder = stream_folder(project)
    prepare(place, [source.name for source in project.sources])
    with writing(folder):
        stream = open_stream(project, place, folder, tell)
        recover(stream)
        unknown: set[Path] = set()
        before: dict[Path, Arrived] = {}
        looks, due = 0, 0.0 if follow else math.inf
        while True:
            began = time.monotonic()
            seen = look(place, file_names(project))
            _tell_unknown(seen, unknown, tell)
            known = [one for one in seen if one.source]
            taken = len(stream.manifests)
            take(stream, [one for one in known if is_settled(one, before)])
            looks += 1
            last = looks > 1 and (once or (until_idle and not known))
            new = len(stream.manifests) > taken
            if follow and looks > 1 and (new or began >= due or (last and due < math.inf)):
                due = _followed(follow, tell, last=last)
            if last:
                return
            before = {one.path: one for one in seen}
            time.sleep(max(0.0, interval - (time.monotonic() - began)))


def _followed(follow: Callable[[], None], tell: Callable[[str], None], *, last: bool) -> float:
    """Bring the live run up to what was taken, and return when (monotonic) to try again: never, once it is done."""
    try:
        follow()
    except LifetreeError as error:
        if last:
            raise
        tell(f"the run is not brought up to what was taken: {error}")
        return time.monotonic() + RETRY
    return math.inf


def read_stream(project: Project, table: str, subject: str | None = None) -> pl.DataFrame:
    """Return a clean table of everything that was taken, in primary-key order: as one cleansing of all rows makes it.

    `table` is records, events or spells of a `subject`, or findings, rejects, relations or accounts. Of each record it
    holds the latest version; identical rows count once.

    Raises:
        StoreError: nothing was taken yet, settings changed since, or there is no such table.
    """
    stream = _committed(project)
    if table == ACCOUNTS.name:
        return reading.accounts(stream)
    if table not in TABLES or (table in ("records", "events", "spells") and subject not in project.subjects):
        known = ", ".join([*TABLES, ACCOUNTS.name])
        raise StoreError(
            f"a stream has no table '{table}' of subject '{subject}'",
            hint=f"it has {known}; records, events and spells are those of a subject: {', '.join(project.subjects)}",
        )
    attributes = project.subjects[subject].attributes if subject else ()
    frame = reading.clean_table(stream, f"{table}.{subject}" if subject else table)
    return TABLES[table].empty(attributes) if frame is None else TABLES[table].conform(frame, attributes)


def stream_status(project: Project, *, inbox: Path | None = None) -> dict[str, Any]:
    """Return what was taken, how late it was, how far each source is, and what lies in the inbox.

    `latency` are seconds from a file's arrival to its clean rows, of the last 1,000 files. Times are ISO 8601, in UTC.
    """
    place = inbox or project.folder / INBOX
    manifests = read_manifests(stream_folder(project))
    seen = look(place, file_names(project))
    last = time.gmtime(manifests[-1]["committed"]) if manifests else None
    return {
        "batches": len(manifests),
        "files": sum(len(one["files"]) for one in manifests),
        "rows": sum(file["rows"] for one in manifests for file in one["files"]),
        "last_commit": time.strftime("%Y-%m-%dT%H:%M:%SZ", last) if last else None,
        "watermark": figures.watermark(manifests),
        "latency": figures.latency(manifests),
        "waiting": sum(1 for one in seen if one.source),
        "unknown": [one.path.relative_to(place).as_posix() for one in seen if not one.source],
        "failed": [path.relative_to(place).as_posix() for path in held(place, FAILED)],
        "repeated": len(held(place, REPEATED)),
        "sources": figures.by_source(manifests),
        "accounts": reading.accounts(_committed(project)).to_dicts() if manifests else [],
    }


def cleaner(project: Project) -> Clean:
    """Return the cleansing of a project's rows, source by source."""
    return partial(receiving.clean, subjects=project.subjects, rulebook=project_rulebook(project))


def open_stream(project: Project, inbox: Path, folder: Path, tell: Callable[[str], None]) -> Stream:
    """Return the stream in `folder` as it was left, to be written by a process that holds its lock.

    Raises:
        StoreError: files were taken under other settings.
    """
    manifests = read_manifests(folder)
    require_same_settings(project, manifests)
    known = {(file["source"], file["content_hash"]): file["place"] for one in manifests for file in one["files"]}
    marks = figures.marks_of(manifests)
    return Stream(project, inbox, folder, cleaner(project), settings_digests(project), tell, manifests, known, marks)


def _committed(project: Project) -> reading.Committed:
    folder = stream_folder(project)
    manifests = read_manifests(folder)
    if not manifests:
        raise StoreError(f"nothing was taken into {folder}", hint="`lifetree watch` takes what lies in the inbox")
    require_same_settings(project, manifests)
    return reading.Committed(folder, manifests, {one.name: one for one in project.sources}, cleaner(project))


def file_names(project: Project) -> dict[str, list[str]]:
    """Return the globs of file names of each source that is delivered in files."""
    return {
        source.name: [project.path(pattern).name for pattern in source.files]
        for source in project.sources
        if source.files
    }


def _tell_unknown(seen: list[Arrived], told: set[Path], tell: Callable[[str], None]) -> None:
    for one in seen:
        if not one.source and one.path not in told:
            told.add(one.path)
            tell(f"left where it is: {one.path} is of no source; put it into a folder of the source's name")
