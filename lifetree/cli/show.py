"""`lifetree show`: all that is known of one entity."""

from __future__ import annotations

from datetime import datetime
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
from lifetree.cli.output import Format, note, print_json, print_rows, print_text
from lifetree.cli.reference import followed
from lifetree.lookup import life, resolve, resolved, spelt
from lifetree.tree import draw_tree, tree


@click.command()
@project_argument
@click.argument("reference", metavar="ENTITY_ID|SOURCE:RECORD_ID")
@subject_option
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The tree as of this day; unset: all that is known.")
@run_option
@format_option
@guarded
def show(
    project: Path, reference: str, subject: str | None, as_of: datetime | None, run_id: str | None, form: Format
) -> None:
    r"""Show the profile of an entity and where it comes from.

    Printed are the surviving values with their origin, the values that lost, the life tree where the project maps
    events, relations or spells, and the records.

    The entity is named by its id, or by any of its records: SOURCE:RECORD_ID, or SOURCE:RECORD_ID:ROLE. JSON is a list
    with one object per mention: a record that names a child and its mother gives two.

    \b
    Example:
      lifetree show demo hukou:101000000000002
      lifetree show demo hukou:101000000000002 --as-of 2020-12-31
    """
    settings, run = open_as_of(project, run_id)
    subjects = chosen_subjects(settings, subject)
    named = resolve(run, settings, followed(run, reference, subjects), subjects=subjects)
    mentions = resolved(run, named)
    for mention in named:
        if not mention.entity_id:
            record = f"{mention.subject} {spelt(mention.key())}"
            note(f"{record} is in no entity; `lifetree explain how` tells what was refused")
    day = as_of.date() if as_of else None
    if form != "json":
        mentions = list({mention.entity_id: mention for mention in mentions}.values())
    lives = [
        {"record": spelt(mention.key()), **life(run, mention), **tree(run, mention, as_of=day)} for mention in mentions
    ]
    if form == "json":
        print_json(lives)
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
            _print_life(one, draw_tree(run, settings, one))


def _print_life(one: dict[str, Any], drawn: list[str]) -> None:
    head = f"{one['subject']} {one['entity_id']} ({one['state']})"
    print_text(f"{head}, {len(one['records'])} records of {', '.join(one['sources'])}")
    print_text()
    print_rows([_origin(row) for row in one["profile"]], "table", title="profile")
    if one["others"]:
        print_text()
        print_rows(one["others"], "table", title="other values")
    if one["events"] or one["relations"] or one["spells"]:
        print_text()
        print_text("life tree")
        for line in drawn:
            print_text(line)
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
