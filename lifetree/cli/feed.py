"""`lifetree feed`: what happened to entities, as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import click

from lifetree.cli.frame import chosen_subjects, guarded, open_as_of, project_argument, run_option, subject_option
from lifetree.cli.output import print_text
from lifetree.feed import feed as told_of


@click.command()
@project_argument
@click.option("--since", metavar="RUN", help="Only what happened after this run (an id or a number); unset: all.")
@subject_option
@run_option
@guarded
def feed(project: Path, since: str | None, subject: str | None, run_id: str | None) -> None:
    r"""Print what happened to entities, one JSON object a line, oldest first.

    Events are created, revived, merged, split, changed (members came or went) and retired. Read once in order they
    give the members of every entity and where each retired id leads.

    \b
    Example:
      lifetree feed demo --subject legal_entity
      lifetree feed demo --since 1
    """
    settings, run = open_as_of(project, run_id)
    for line in told_of(run, subjects=chosen_subjects(settings, subject), since=since):
        print_text(json.dumps(line, ensure_ascii=False))
