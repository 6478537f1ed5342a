"""Where a project's files and the catalogue's entries have drifted apart, and which columns no mapping reads."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import polars as pl

from engine.catalogue.entry import plain_code
from engine.catalogue.tables import Catalogue
from engine.errors import InputError
from engine.io import inspect_file, source_files
from engine.settings import Project, Source

DRIFT = {
    "no_entry": "the source names no entry; set `catalogue` of the source to the entry's code",
    "unknown_entry": "the catalogue has no entry of this code",
    "unreadable": "the file cannot be read",
    "not_in_catalogue": "the file has a column that the entry does not list",
    "not_in_file": "the entry lists an item that the file does not have",
    "unmapped": "no mapping of the project reads the column",
}
"""What can be found, and what it means; `no_entry` and `unmapped` are no drift but worth knowing."""

HARMLESS = ("no_entry", "unmapped")


class Finding(NamedTuple):
    """One difference: of which source and entry, of what kind, the column or item, and the files it is in."""

    source: str
    entry: str | None
    finding: str
    field: str | None
    files: tuple[str, ...]
    told: str


def drift(project: Project, catalogue: Catalogue) -> list[Finding]:
    """Return every finding, in the project's order of sources.

    A column is an item when their names agree but for width, case and blanks around them. Of JSON lines the columns are
    the names in the first 1,000 objects. Values are not looked at.
    """
    return [finding for source in project.sources for finding in _of_source(source, project, catalogue)]


def closest(code: str, catalogue: Catalogue) -> list[str]:
    """Return up to three codes of the catalogue that are written like `code`, the nearest first."""
    return difflib.get_close_matches(plain_code(code), catalogue.entries["code"].to_list(), n=3, cutoff=0.5)


def _of_source(source: Source, project: Project, catalogue: Catalogue) -> Iterator[Finding]:
    code = plain_code(source.catalogue) if source.catalogue else None
    known = code is not None and not catalogue.entries.filter(pl.col("code") == code).is_empty()
    if code is None:
        yield Finding(source.name, None, "no_entry", None, (), DRIFT["no_entry"])
    elif not known:
        near = closest(code, catalogue)
        told = DRIFT["unknown_entry"] + (f"; near: {', '.join(near)}" if near else "")
        yield Finding(source.name, code, "unknown_entry", None, (), told)
    columns, faults = _columns(source, project)
    for file, told in faults:
        yield Finding(source.name, code, "unreadable", None, (file,), told)
    if known:
        items = catalogue.items.filter(pl.col("code") == code).sort("position")["name"].to_list()
        yield from _differences(source, str(code), items, columns)
    mapped = set(source.columns())
    unmapped = {file: [name for name in names if name not in mapped] for file, names in columns.items()}
    yield from _findings(source, code, "unmapped", unmapped)


def _columns(source: Source, project: Project) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Return the columns of every readable file, and why the others cannot be read."""
    columns, faults = dict[str, list[str]](), list[tuple[str, str]]()
    try:
        files = source_files(source, project)
    except InputError as error:
        return {}, [(", ".join(source.files), _first_line(error))]
    for file in files:
        try:
            columns[file.name] = list(inspect_file(source, file).columns)
        except InputError as error:
            faults.append((file.name, _first_line(error)))
    return columns, faults


def _differences(source: Source, code: str, items: list[str], columns: dict[str, list[str]]) -> Iterator[Finding]:
    listed = {_plain(item) for item in items}
    extra = {file: [name for name in names if _plain(name) not in listed] for file, names in columns.items()}
    yield from _findings(source, code, "not_in_catalogue", extra, near=items)
    held = {file: {_plain(name) for name in names} for file, names in columns.items()}
    missing = {file: [item for item in items if _plain(item) not in names] for file, names in held.items()}
    yield from _findings(source, code, "not_in_file", missing)


def _findings(
    source: Source, code: str | None, finding: str, found: dict[str, list[str]], *, near: Iterable[str] = ()
) -> Iterator[Finding]:
    """Yield one finding per column or item, with all files that it is found in."""
    files: dict[str, list[str]] = {}
    for file, names in found.items():
        for name in names:
            files.setdefault(name, []).append(file)
    for name, where in files.items():
        close = difflib.get_close_matches(name, list(near), n=1, cutoff=0.6)
        told = DRIFT[finding] + (f"; near: {close[0]}" if close else "")
        yield Finding(source.name, code, finding, name, tuple(where), told)


def _plain(name: Any) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip().lower()


def _first_line(error: InputError) -> str:
    return str(error).partition("\n")[0]
