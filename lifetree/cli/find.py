"""`lifetree find`: entities that bear a text."""

from __future__ import annotations

from pathlib import Path

import click

from lifetree.cli.frame import (
    chosen_subjects,
    format_option,
    guarded,
    open_as_of,
    project_argument,
    run_option,
    subject_option,
)
from lifetree.cli.output import Format, note, print_json, print_rows, print_text
from lifetree.cli.reference import followed
from lifetree.lookup import Found, find_entities
from lifetree.shared_numbers import shared_numbers


@click.command()
@project_argument
@click.argument("text", metavar="TEXT")
@subject_option
@click.option("--attribute", "-a", metavar="NAME", help="Look in this attribute only.")
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="Entities per subject.")
@run_option
@format_option
@guarded
def find(
    project: Path, text: str, subject: str | None, attribute: str | None, limit: int, run_id: str | None, form: Format
) -> None:
    r"""List the entities that bear TEXT.

    TEXT is part of a value, surviving or not, the id of a record or an entity, or SOURCE:RECORD_ID. What an id names
    comes first, then whole values.

    Case, width and spacing do not matter, as in matching.

    \b
    Example:
      lifetree find demo 王芳
      lifetree find demo hukou:101000000000000
      lifetree find demo 2023 --subject legal_entity --attribute founded
    """
    settings, run = open_as_of(project, run_id, subject, attribute)
    subjects = chosen_subjects(settings, subject, attribute)
    text = followed(run, text, subjects, text=True)
    found = find_entities(run, settings, text, subjects=subjects, attribute=attribute, limit=limit)
    rows = [{"subject": name, **row} for name, one in found.items() for row in one.rows]
    if form == "table":
        _print_tables(found, text)
    elif form == "json":
        print_json(rows)
    else:
        columns = dict.fromkeys(key for row in rows for key in row)
        print_rows([{key: row.get(key) for key in columns} for row in rows], form)
    for warning in shared_numbers(run, settings, text, subjects=found):
        note(warning)
    for name, one in found.items():
        if one.total > len(one.rows):
            note(f"{name}: {len(one.rows):,} of {one.total:,} shown; --limit N shows more")


def _print_tables(found: dict[str, Found], text: str) -> None:
    for place, (name, one) in enumerate(found.items()):
        if place:
            print_text()
        known = [key for key in one.rows[0] if any(row[key] is not None for row in one.rows)]
        print_rows([{key: row[key] for key in known} for row in one.rows], "table", title=name)
    if not found:
        print_text(f"no entity bears '{text}'")
