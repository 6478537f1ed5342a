"""Everything that is wrong or unusual about a project's files, at once and before a build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.errors import InputError
from engine.io.databases import database_columns
from engine.io.deliveries import delivered_sources
from engine.io.facts import FileFacts, inspect_file, needed_columns, other_delimiter
from engine.io.files import source_files
from engine.settings.project import Project
from engine.settings.source import Source
from engine.spelling import nearest

LISTED = 10


class Inspection(NamedTuple):
    """The readable files by source and path; what keeps a build from starting; what the user should know."""

    facts: dict[tuple[str, Path], FileFacts]
    faults: list[str]
    notes: list[str]


def time_fault(source: Source, mode: str, *, dated: bool) -> str | None:
    """Return what a later delivery of a source lacks to be told from those before; None where nothing does.

    `dated` is whether the delivery has a date of its own.
    """
    if dated or (mode == "append" and (not source.key or source.recorded_at)):
        return None
    before = "before and after" if mode == "replace" else "versions of a record"
    return f"source {source.name}: no time tells {before} apart"


def inspect_sources(project: Project) -> Inspection:
    """Return the facts of every file of every source, all faults and all notes, in the project's order."""
    found = Inspection({}, [], [])
    for source in project.sources:
        if source.uri:
            _inspect_database(source, project, found)
            continue
        try:
            files, accepted = source_files(source, project), delivered_sources(source, project)
        except InputError as error:
            found.faults.append(_told(error))
            continue
        found.faults.extend(_delivery_faults(source, [file for file in files if file not in accepted]))
        for file in files:
            _inspect_file(accepted.get(file, source), file, found)
    return found


def delivered_columns(source: Source, project: Project) -> tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]:
    """Return the columns of what a source delivers, by file name or table, and what cannot be read and why."""
    columns, faults = dict[str, tuple[str, ...]](), list[tuple[str, str]]()
    try:
        files = [] if source.uri else source_files(source, project)
        columns |= {source.place(): database_columns(source, project)} if source.uri else {}
    except InputError as error:
        return {}, [(source.place(), str(error))]
    for file in files:
        try:
            columns[file.name] = inspect_file(source, file).columns
        except InputError as error:
            faults.append((file.name, str(error)))
    return columns, faults


def source_faults(project: Project) -> list[str]:
    """Return every fault of every file: it cannot be read, or lacks columns that the mapping names."""
    return inspect_sources(project).faults


def source_notes(project: Project) -> list[str]:
    """Return what is unusual about the files that can be read: encoding, no rows, columns that no mapping names."""
    return inspect_sources(project).notes


def file_faults(source: Source, facts: FileFacts, *, kept: Path) -> list[str]:
    """Return what keeps a build from reading one file that is to lie at `kept`: missing columns, no delivery date."""
    undated = source.delivered_at is not None and source.delivery_of(kept) is None
    dates = [f"source {source.name}: delivered_at: no date for {kept.name}"] if undated else []
    return [*_column_faults(source, facts), *dates]


def _inspect_file(source: Source, file: Path, found: Inspection) -> None:
    try:
        facts = inspect_file(source, file)
    except InputError as error:
        found.faults.append(f"source {source.name}: {_told(error)}")
        return
    found.facts[source.name, file] = facts
    found.faults.extend(_column_faults(source, facts))
    found.notes.extend(f"source {source.name}: {file.name}: {note}" for note in _file_notes(source, facts))


def _inspect_database(source: Source, project: Project, found: Inspection) -> None:
    try:
        columns = database_columns(source, project)
    except InputError as error:
        found.faults.append(f"source {source.name}: {_told(error)}")
        return
    own = (source.cursor, source.op if source.mode == "delta" else None)
    asked = dict.fromkeys((*source.columns(), *(name for name in own if name)))
    for name in asked:
        if name not in columns:
            found.faults.append(f"source {source.name}: {source.place()}: no column '{name}'{nearest(name, columns)}")
    for note in _unmapped(source, columns):
        found.notes.append(f"source {source.name}: {source.place()}: {note}")


def _column_faults(source: Source, facts: FileFacts) -> Iterator[str]:
    missing = [name for name in needed_columns(source, facts) if name not in facts.columns]
    if not missing or (facts.format == "jsonl" and not facts.columns):
        return
    where = f"source {source.name}: {facts.file.name}"
    if held := other_delimiter(facts):
        yield f"{where}: one column '{facts.columns[0][:60]}', which looks delimited by {held!r}; hint: set `delimiter`"
        return
    for name in missing:
        yield f"{where}: no column '{name}'{nearest(name, facts.columns)}"


def _delivery_faults(source: Source, files: list[Path]) -> Iterator[str]:
    """Yield the files that `delivered_at` gives no date to, and the names in it that fit no file."""
    if source.delivered_at is None or isinstance(source.delivered_at, str):
        return
    for file in files:
        if source.delivery_of(file) is None:
            patterns = [pattern for pattern, _ in source.delivered_at]
            yield f"source {source.name}: delivered_at: no date for {file.name}{nearest(file.name, patterns)}"
    for pattern, _ in source.delivered_at:
        if not any(file.match(pattern) for file in files):
            yield f"source {source.name}: delivered_at: '{pattern}' fits no file"


def _file_notes(source: Source, facts: FileFacts) -> Iterator[str]:
    yield from facts.notes
    needed = needed_columns(source, facts)
    for name in source.columns() if facts.columns else ():
        if name not in facts.columns and name not in needed:
            yield f"no row has '{name}'{nearest(name, facts.columns)}; it counts as missing in all of them"
    yield from _unmapped(source, facts.columns)


def _unmapped(source: Source, columns: Sequence[str]) -> Iterator[str]:
    mapped = {*source.columns(), source.cursor, source.op}
    unmapped = [name for name in columns if name not in mapped]
    if unmapped:
        more = f" and {len(unmapped) - LISTED} more" if len(unmapped) > LISTED else ""
        yield f"not mapped: {', '.join(unmapped[:LISTED])}{more}"


def _told(error: InputError) -> str:
    return str(error).replace("\n\nHint:", "; hint:")
