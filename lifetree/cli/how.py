"""`lifetree explain how`: the steps that built an entity."""

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
from lifetree.cli.reference import followed
from lifetree.lookup import resolve, spelt


@click.command()
@project_argument
@click.argument("reference", metavar="ENTITY_ID|SOURCE:RECORD_ID")
@subject_option
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE", help="Also draw it, as .svg or .html.")
@run_option
@format_option
@guarded
def how(
    project: Path, reference: str, subject: str | None, picture: Path | None, run_id: str | None, form: Format
) -> None:
    r"""Show the steps that built an entity.

    Told are the signatures with their records, the links that united them in order of precedence (judgement,
    identifier, model, each by descending weight), those that were not kept, and what was held apart. JSON holds all
    steps; played again they build the same entity. CSV has a row per step. The table leaves out the links within a
    group.

    \b
    Example:
      lifetree explain how demo hukou:101000000000002
      lifetree explain how demo hukou:101000000000002 --picture demo/entity.svg
    """
    from lifetree.assembly import how as explanation
    from lifetree.report.evidence import draw_how, write_picture

    settings, run = open_as_of(project, run_id)
    subjects = chosen_subjects(settings, subject)
    mention = resolve(run, settings, followed(run, reference, subjects), subjects=subjects)[0]
    told = explanation(run, subject=mention.subject, record=mention.key())
    if form == "json":
        print_json(told)
    else:
        rows = [_row(number, step, told["names"]) for number, step in enumerate(told["steps"], start=1)]
        if form == "table":
            print_text(_head(told, reference))
            rows = [row for row in rows if row["what"] != "confirm"]
        print_rows(rows, form)
    if picture is not None:
        write_picture(picture, draw_how(told, title=_head(told, reference)))


def _head(told: dict[str, Any], reference: str) -> str:
    counts = {
        name: sum(step["step"] == name for step in told["steps"]) for name in ("sign", "merge", "confirm", "refuse")
    }
    records = sum(len(step["records"]) for step in told["steps"] if step["step"] == "sign")
    return (
        f"{told['subject']} {told['entity_id'] or reference} ({told['state']}): {records} records, "
        f"{counts['sign']} signatures, {counts['merge']} links that united, {counts['confirm']} within, "
        f"{counts['refuse']} refused"
    )


def _row(number: int, step: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """Return a step as a row, signatures named by a record that bears them."""

    def name(signature: int | None) -> str | None:
        return None if signature is None else names[signature]

    if step["step"] == "sign":
        records = [spelt(one) for one in step["records"]]
        more = f" and {len(records) - 1} more" if len(records) > 1 else ""
        told = {"one": records[0] + more, "other": None, "reason": None, "match_weight": None}
    else:
        weight = step.get("match_weight")
        told = {
            "one": name(step["signature_l"]),
            "other": name(step["signature_r"]),
            "reason": step["reason"],
            "match_weight": None if weight is None else f"{weight:+.2f}",
        }
    into = name(step["groups"][0]) if step["step"] == "merge" else None
    return {"step": number, "what": step["step"], **told, "into": into}
