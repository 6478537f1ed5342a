"""`lifetree find`: entities that bear a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.store import open_live
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.lookup import find_entities


@click.command()
@project_argument
@click.argument("text", metavar="TEXT")
@subject_option
@click.option("--attribute", "-a", metavar="NAME", help="Look in this attribute only.")
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="Entities per subject.")
@format_option
@guarded
def find(project: Path, text: str, subject: str | None, attribute: str | None, limit: int, form: Format) -> None:
    r"""List the entities that bear TEXT.

    TEXT is part of a value, surviving or not, or the id of a record.

    Case, width and spacing do not matter, as in matching.

    \b
    Example:
      lifetree find demo 王芳
      lifetree find demo 2023 --subject legal_entity --attribute founded
    """
    settings = open_project(project)
    subjects = chosen_subjects(settings, subject, attribute)
    found = find_entities(open_live(settings), settings, text, subjects=subjects, attribute=attribute, limit=limit)
    if form == "table":
        _print_tables(found, text)
        return
    rows = [{"subject": name, **row} for name, entities in found.items() for row in entities]
    if form == "json":
        print_json(rows)
    else:
        columns = dict.fromkeys(key for row in rows for key in row)
        print_rows([{key: row.get(key) for key in columns} for row in rows], form)


def _print_tables(found: dict[str, list[dict[str, Any]]], text: str) -> None:
    for name, entities in found.items():
        print_rows(entities, "table", title=name)
    if not found:
        print_text(f"no entity bears '{text}'")
