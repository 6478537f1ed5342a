"""Where a project's files and the catalogue's entries have drifted apart, and which columns no mapping reads."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import polars as pl

from engine.catalogue.entry import plain_code
from engine.catalogue.expected import expected_items
from engine.catalogue.tables import Catalogue
from engine.cleanse.rules import Rulebook, project_rulebook
from engine.errors import InputError
from engine.io import delivered_columns, inspect_file, source_files
from engine.io.ingest import measure_file
from engine.io.measures import MEASURES, plain_name
from engine.settings import Project, Source

DRIFT = {
    "no_entry": "the source names no entry; set `catalogue` of the source to the entry's code",
    "unknown_entry": "the catalogue has no entry of this code",
    "unreadable": "the file cannot be read",
    "not_in_catalogue": "the file has a column that the entry does not list",
    "not_in_file": "the entry lists an item that the file does not have",
    "type_differs": "values are not of the data type that the entry declares",
    "length_differs": "values are longer than the entry declares",
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
    the names in the first 1,000 objects. Type and length of an item differ where more of its values do not fit than
    rule S6 lets pass. Reads every file of a source that names an entry.
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
        yield from _misfits(source, str(code), project, catalogue)
    mapped = set(source.columns())
    unmapped = {file: [name for name in names if name not in mapped] for file, names in columns.items()}
    yield from _findings(source, code, "unmapped", unmapped)


def _columns(source: Source, project: Project) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Return the columns of every readable file, and why the others cannot be read."""
    columns, faults = delivered_columns(source, project)
    told = [(file, text.partition("\n")[0]) for file, text in faults]
    return {file: list(names) for file, names in columns.items()}, told


def _differences(source: Source, code: str, items: list[str], columns: dict[str, list[str]]) -> Iterator[Finding]:
    listed = {plain_name(item) for item in items}
    extra = {file: [name for name in names if plain_name(name) not in listed] for file, names in columns.items()}
    yield from _findings(source, code, "not_in_catalogue", extra, near=items)
    may_lack = {plain_name(name) for name in source.optional}
    held = {file: {plain_name(name) for name in names} | may_lack for file, names in columns.items()}
    missing = {file: [item for item in items if plain_name(item) not in names] for file, names in held.items()}
    yield from _findings(source, code, "not_in_file", missing)


def _misfits(source: Source, code: str, project: Project, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield the items whose values do not fit, with all files that they are in; files that cannot be read are left."""
    book = project_rulebook(project)
    declared = expected_items(source, catalogue, rulebook=book)
    if declared is None or source.uri:
        return
    measured = [MEASURES.to_frame()]
    with suppress(InputError):
        for file in source_files(source, project):
            with suppress(InputError):
                measured.append(measure_file(source, inspect_file(source, file), declared, name=file.name))
    whole = pl.concat(measured, how="diagonal")
    shown = {item.name: item.asked() for item in declared.items}
    for finding, count in (("type_differs", "of_other_type"), ("length_differs", "too_long")):
        beyond = whole.filter(pl.col(count) > _share(book) * pl.col("values"))
        for row in _by_item(beyond, [item.name for item in declared.items], count):
            told = f"{row[count]} of {row['values']} values are no {shown[row['item']]}, such as '{row['example']}'"
            yield Finding(source.name, code, finding, row["item"], tuple(row["file"]), f"{DRIFT[finding]}: {told}")


def _by_item(measures: pl.DataFrame, items: list[str], count: str) -> list[dict[str, Any]]:
    counted = measures.sort("file").group_by("item").agg("file", pl.col("values", count).sum(), pl.col("example").min())
    return sorted(counted.to_dicts(), key=lambda row: items.index(row["item"]))


def _share(book: Rulebook) -> float:
    """Return which share of misfits rule S6 lets pass."""
    limits = (look.rule.limit_of(look.test) for look in book.on("batch") if look.test.field == "drift")
    return next((limit for limit in limits if limit is not None), 0.0)


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
