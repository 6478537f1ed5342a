"""`lifetree catalog import|search|entry|export|check`: a catalogue of resources, kept in a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from engine.catalogue import (
    CORE,
    DRIFT,
    HARMLESS,
    Catalogue,
    Entry,
    as_json_lines,
    as_rows,
    closest,
    drift,
    entries_of,
    holds_catalogue,
    merge,
    open_catalogue,
    plain_code,
    published,
    read_catalogue,
    search,
    write_catalogue,
)
from engine.errors import InputError
from lifetree.cli.frame import FAILED, format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, note, print_json, print_rows, print_text

FAULTS_SHOWN = 20

catalogue_argument = click.argument("catalogue", type=click.Path(path_type=Path), metavar="CATALOGUE")


@click.command("import")
@catalogue_argument
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--sheet", metavar="NAME", help="Of an Excel file; unset: the first.")
@click.option("--draft", is_flag=True, help="New and changed entries are drafts, to be registered and published.")
@format_option
@guarded
def import_(catalogue: Path, file: Path, sheet: str | None, draft: bool, form: Format) -> None:
    r"""Import the entries of FILE (CSV, TSV, JSON lines, Excel) into the folder CATALOGUE.

    An entry takes the place of the one with the same code; others stay. Rows that are in no entry are listed with every
    reason, and kept in CATALOGUE/catalogue_faults.parquet until the next import. Exit code 1: no entry was imported,
    and nothing written.

    \b
    Example:
      lifetree catalog import catalogue resources.xlsx
      lifetree catalog import catalogue resources.csv --format json
    """
    if catalogue.is_file():
        raise InputError(f"{catalogue} is a file", hint="CATALOGUE is the folder that holds the catalogue, or will")
    before = open_catalogue(catalogue) if holds_catalogue(catalogue) else None
    imported = read_catalogue(file, sheet=sheet)
    merged = merge(before, imported, state="draft" if draft else "published")
    if imported.entries:
        write_catalogue(catalogue, merged.catalogue, imported.faults)
    faults = imported.faults.to_dicts()
    counts = {
        "rows": imported.rows, "imported": imported.imported, "faulty": len(faults),
        "entries": len(imported.entries), "new": merged.new, "changed": merged.changed, "same": merged.same,
        "columns_not_read": list(imported.unread),
    }  # fmt: skip
    if form == "json":
        print_json({**counts, "faults": faults})
    else:
        shown = [{name: row[name] for name in ("line", "code", "reason")} for row in faults[:FAULTS_SHOWN]]
        note("; ".join(f"{name.replace('_', ' ')}: {_joined(value)}" for name, value in counts.items() if value != []))
        if faults or form == "csv":
            print_rows(shown if form == "table" else faults, form, wrap=True)
        if form == "table" and len(faults) > FAULTS_SHOWN:
            note(f"{len(faults) - FAULTS_SHOWN} more faulty rows: --format csv lists all")
    if not imported.entries:
        note("Error: no entry was imported; the catalogue is as it was")
        sys.exit(FAILED)


@click.command("search")
@catalogue_argument
@click.argument("words", nargs=-1)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="Entries at most.")
@format_option
@guarded
def search_(catalogue: Path, words: tuple[str, ...], limit: int, form: Format) -> None:
    r"""List the entries of CATALOGUE in which all WORDS occur, best first; without a word, all entries.

    Looked at are codes, names, providers, classifications, application systems, summaries and the names of items.

    \b
    Example:
      lifetree catalog search catalogue 婚姻 登记
      lifetree catalog search catalogue 身份证号 --limit 100 --format csv
    """
    found = search(open_catalogue(catalogue), " ".join(words))
    print_rows(found.head(limit).to_dicts(), form, wrap=True)
    if found.height > limit:
        note(f"{found.height} entries found, {limit} shown; --limit shows more")


@click.command("entry")
@catalogue_argument
@click.argument("code", metavar="CODE")
@format_option
@guarded
def entry_(catalogue: Path, code: str, form: Format) -> None:
    r"""Show the entry CODE of CATALOGUE: its 12 core metadata, the extension and its items.

    \b
    Example:
      lifetree catalog entry catalogue 1010010001/1
    """
    whole = open_catalogue(catalogue)
    entry = _entry(whole, code)
    if form == "json":
        print_json({**entry.model_dump(mode="json"), "steward": entry.steward})
        return
    print_rows(_metadata(entry), form, wrap=True)
    if form == "table":
        print_text()
        items = [{"item": n, **item.model_dump()} for n, item in enumerate(entry.items, start=1)]
        print_rows(items, form, wrap=True)


@click.command("export")
@catalogue_argument
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE")
@click.option("--chinese", is_flag=True, help="Headings and values in Chinese, as departments write them.")
@click.option("--all", "everything", is_flag=True, help="Also entries that are draft or registered.")
@guarded
def export_(catalogue: Path, file: Path, chinese: bool, everything: bool) -> None:
    r"""Write the published entries of CATALOGUE to FILE, by its suffix.

    .csv has a row per item, .jsonl an entry per line; - is CSV on stdout. What is written can be imported again. A file
    that exists is replaced.

    \b
    Example:
      lifetree catalog export catalogue entries.csv --chinese
      lifetree catalog export catalogue entries.jsonl
    """
    if str(file) != "-" and file.suffix.lower() not in {".csv", ".jsonl"}:
        raise click.UsageError(f"{file}: the suffix is neither .csv nor .jsonl")
    whole = open_catalogue(catalogue)
    whole = whole if everything else published(whole)
    if file.suffix.lower() == ".jsonl":
        text = as_json_lines(whole, chinese=chinese)
    else:
        text = as_rows(whole, chinese=chinese).write_csv(include_bom=chinese and str(file) != "-")
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    if not file.absolute().parent.is_dir():
        raise InputError(f"no folder {file.absolute().parent}", hint="make it, or name another FILE")
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
    note(f"{whole.entries.height} entries with {whole.items.height} items: {file}")


@click.command("check")
@project_argument
@click.argument("catalogue", type=click.Path(path_type=Path), metavar="[CATALOGUE]", required=False)
@format_option
@guarded
def check_(project: Path, catalogue: Path | None, form: Format) -> None:
    r"""Hold the files of PROJECT against the entries of CATALOGUE that its sources name (`catalogue = "CODE"`).

    Found are columns that an entry does not list, items that a file does not have, values that are of another type or
    longer than declared, sources whose entry does not exist, and, without being drift, columns that no mapping reads
    and sources that name no entry. Unset, CATALOGUE is the folder that the project names. Exit code 1: there is drift.

    \b
    Example:
      lifetree catalog check demo catalogue
    """
    settings = open_project(project)
    if catalogue is None and settings.catalogue is None:
        raise click.UsageError('no CATALOGUE is given, and the project names none: `catalogue = "FOLDER"`')
    found = drift(settings, open_catalogue(catalogue or settings.path(str(settings.catalogue))))
    print_rows([row._asdict() for row in found], form, wrap=True, empty="files and entries agree")
    counts = {kind: sum(row.finding == kind for row in found) for kind in DRIFT}
    if found:
        note("; ".join(f"{kind.replace('_', ' ')}: {count}" for kind, count in counts.items() if count))
    if any(row.finding not in HARMLESS for row in found):
        sys.exit(FAILED)


COMMANDS = (import_, search_, entry_, export_, check_)


def _entry(catalogue: Catalogue, code: str) -> Entry:
    """Return the entry of the code.

    Raises:
        click.UsageError: there is none.
    """
    sought = plain_code(code)
    held = Catalogue(*(table.filter(table["code"] == sought) for table in catalogue))
    for entry in entries_of(held):
        return entry
    near = closest(code, catalogue)
    hint = f"near: {', '.join(near)}" if near else "`lifetree catalog search` finds entries by words"
    raise click.UsageError(f"the catalogue has no entry '{code}'; {hint}")


def _metadata(entry: Entry) -> list[dict[str, Any]]:
    raw = entry.model_dump(mode="json")
    rows = list[dict[str, Any]]()
    for number, (name, field) in enumerate(Entry.model_fields.items(), start=1):
        value = raw[name]
        if name == "items":
            value = f"{len(entry.items)} items"
        elif isinstance(value, dict):
            value = "; ".join(f"{key.replace('_', ' ')}: {_joined(part)}" for key, part in value.items() if part != "")
        rows.append({
            "number": str(number) if name in CORE else "extension",
            "metadata": field.description, "name": name, "value": value,
        })  # fmt: skip
    return rows


def _joined(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
