"""`lifetree show`: all that is known of one entity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.store import open_live
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.lookup import life, resolve, spelt


@click.command()
@project_argument
@click.argument("reference", metavar="ENTITY_ID|SOURCE:RECORD_ID")
@subject_option
@format_option
@guarded
def show(project: Path, reference: str, subject: str | None, form: Format) -> None:
    r"""Show the profile of an entity and where it comes from.

    Printed are the surviving values with their origin, the values that lost, and the records.

    The entity is named by its id, or by any of its records: SOURCE:RECORD_ID, or SOURCE:RECORD_ID:ROLE.

    \b
    Example:
      lifetree show demo civil:1024
    """
    settings = open_project(project)
    run = open_live(settings)
    mentions = resolve(run, reference, subjects=chosen_subjects(settings, subject))
    lives = [life(run, mention) for mention in {mention.entity_id: mention for mention in mentions}.values()]
    if form == "json":
        print_json(lives[0] if len(lives) == 1 else lives)
    elif form == "csv":
        print_rows(
            [
                {"subject": one["subject"], "entity_id": one["entity_id"], **row}
                for one in lives
                for row in one["profile"]
            ],
            form,
        )
    else:
        for one in lives:
            _print_life(one)


def _print_life(one: dict[str, Any]) -> None:
    head = f"{one['subject']} {one['entity_id']} ({one['state']})"
    print_text(f"{head}, {len(one['records'])} records of {', '.join(one['sources'])}")
    print_text()
    print_rows([_origin(row) for row in one["profile"]], "table", title="profile")
    if one["others"]:
        print_text()
        print_rows(one["others"], "table", title="other values")
    print_text()
    kept = [name for name in one["records"][0] if any(record[name] for record in one["records"])]
    print_rows(
        [{name: record[name] for name in kept if name != "delivered_at"} for record in one["records"]],
        "table",
        title="records",
    )


def _origin(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "attribute": row["attribute"],
        "value": row["value"],
        "chosen as": row["rule"],
        "from": spelt(row),
        "records": row["records"],
        "sources": row["sources"],
        "alternatives": row["alternatives"],
    }
