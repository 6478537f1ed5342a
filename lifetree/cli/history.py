"""`lifetree history`: what became of an entity id or of a record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.history import history as told_of

COLUMNS = ("run", "published_at", "event", "entity_id", "other_id", "cause", "links", "run_id")


@click.command()
@project_argument
@click.argument("reference", metavar="ENTITY_ID|SOURCE:RECORD_ID")
@subject_option
@run_option
@format_option
@guarded
def history(project: Path, reference: str, subject: str | None, run_id: str | None, form: Format) -> None:
    r"""Show what became of an entity id or of a record, run by run.

    An id is created, takes in others (merge), loses parts (split), retires and can live again (revive). Told are the
    run, what changed (cause) and the pairs of records that joined or parted entities (links). A record is told with
    the entities that it belonged to. A retired id works as well as a live one.

    \b
    Example:
      lifetree history demo hukou:101000000000002
      lifetree history demo hukou:101000000000002 --format json
    """
    settings, run = open_as_of(project, run_id)
    found = told_of(run, settings, reference, subjects=chosen_subjects(settings, subject))
    if form == "json":
        print_json(found)
    elif form == "csv":
        print_rows([_flat(one, event) for one in found for event in one["events"]], form)
    else:
        for place, one in enumerate(found):
            if place:
                print_text()
            print_text(_head(one))
            print_rows([_cells(event) for event in one["events"]], form)


def _head(one: dict[str, Any]) -> str:
    head = f"{one['subject']} {one['reference']}: "
    if one["reference"] != one["entity_id"] and one["entity_id"]:
        head += f"entity {one['entity_id']}, "
    if one["state"] != "retired":
        return head + str(one["state"])
    return head + (f"retired, {one['leads_to']} took over" if one["leads_to"] else "retired, nothing took over")


def _cells(event: dict[str, Any]) -> dict[str, Any]:
    links = [f"{link['left']} - {link['right']} ({link['reason']})" for link in event["links"]]
    return {name: {**event, "links": links}[name] for name in COLUMNS}


def _flat(one: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    return {"subject": one["subject"], "reference": one["reference"], "state": one["state"], **_cells(event)}
