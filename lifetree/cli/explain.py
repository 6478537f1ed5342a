"""`lifetree explain`: why two records are one entity, or why not; how an entity came about; numbers and names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.errors import StoreError
from engine.settings import Project
from engine.store import Run
from lifetree.cli.frame import (
    chosen_subjects,
    format_option,
    guarded,
    open_as_of,
    project_argument,
    run_option,
    subject_option,
)
from lifetree.cli.how import how
from lifetree.cli.name import name
from lifetree.cli.number import number
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.cli.reference import followed
from lifetree.lookup import Mention, resolve


@click.group()
def explain() -> None:
    r"""Tell why two records are one entity, or why not, how it came about, and what a number or a name says.

    \b
    Example:
      lifetree explain why demo hukou:101000000000002 health_record:114000000000002
      lifetree explain why-not demo hukou:101000000000002 hukou:101000000000003
      lifetree explain how demo hukou:101000000000002
      lifetree explain number 11010519491231002X
      lifetree explain name 欧阳娜娜
    """


picture_option = click.option(
    "--picture", type=click.Path(path_type=Path), metavar="FILE", help="Also draw it, as .svg or .html."
)

explain.add_command(how)
explain.add_command(number)
explain.add_command(name)


@explain.command()
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@subject_option
@picture_option
@run_option
@format_option
@guarded
def why(
    project: Path, one: str, other: str, subject: str | None, picture: Path | None, run_id: str | None, form: Format
) -> None:
    r"""Show what each comparison of two records found and weighs.

    A and B are SOURCE:RECORD_ID, SOURCE:RECORD_ID:ROLE or an entity id. Weights are bits and add up to the match
    weight.

    \b
    Example:
      lifetree explain why demo hukou:101000000000002 health_record:114000000000002
      lifetree explain why demo hukou:101000000000002 health_record:114000000000002 --picture demo/pair.svg
    """
    from lifetree.explanation import why as explanation

    settings, run = open_as_of(project, run_id)
    left, right = pair_of(run, settings, one, other, subject)
    told = explanation(run, settings, subject=left.subject, left=left.key(), right=right.key())
    print_why(told, form, left.subject, one, other)
    _draw(told, picture, f"{one} and {other}")


@explain.command(name="why-not")
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@subject_option
@picture_option
@run_option
@format_option
@guarded
def why_not(
    project: Path, one: str, other: str, subject: str | None, picture: Path | None, run_id: str | None, form: Format
) -> None:
    r"""Show the one stage that kept two records apart.

    Told are the stage (standardise, junk, not blocked, weight, constraint, same source, ambiguous, split, unresolved),
    the reason, and the smallest change that would join them: as few fields of one record as will do. The weights are
    those of the two records, one of either entity, that came nearest. A and B are as for `explain why`.

    \b
    Example:
      lifetree explain why-not demo hukou:101000000000002 hukou:101000000000003
    """
    from lifetree.explanation import why_not as explanation

    settings, run = open_as_of(project, run_id)
    left, right = pair_of(run, settings, one, other, subject, rejects=True)
    told = explanation(run, settings, subject=left.subject, left=left.key(), right=right.key())
    head = f"{left.subject}: {one} and {other}: {told['because']}"
    near = f"\nnearest: {' and '.join(told['nearest'])}" if "nearest" in told else ""
    _print(
        told,
        form,
        f"{head}\nstage: {told['stage']}; would join them: {told['change']}{near}" if told["stage"] else head,
    )
    _draw(told, picture, f"{' and '.join(told.get('nearest', (one, other)))}")


def _draw(told: dict[str, Any], picture: Path | None, title: str) -> None:
    """Write the picture of a waterfall, if one is wanted.

    Raises:
        StoreError: there are no weights to draw.
    """
    from lifetree.report.evidence import draw_why, write_picture

    if picture is None:
        return
    if "steps" not in told:
        raise StoreError("there are no weights to draw: the records were never compared", hint="leave out `--picture`")
    write_picture(picture, draw_why(told, title=title))


def pair_of(
    run: Run, project: Project, one: str, other: str, subject: str | None, *, rejects: bool = False
) -> tuple[Mention, Mention]:
    """Return the mentions of one subject that two references name; with `rejects`, quarantined rows are named too.

    Raises:
        StoreError: a reference names nothing, or the two name no subject in common.
    """
    subjects = chosen_subjects(project, subject)
    named = [followed(run, reference, subjects) for reference in (one, other)]
    lefts, rights = (resolve(run, project, reference, subjects=subjects, rejects=rejects) for reference in named)
    for left in lefts:
        for right in rights:
            if left.subject == right.subject:
                return left, right
    raise StoreError(
        f"{one} is a {lefts[0].subject}, {other} is a {rights[0].subject}",
        hint="two records of one subject can be compared",
    )


def print_why(told: dict[str, Any], form: Format, subject: str, one: str, other: str) -> None:
    """Print why two records are one entity, or how far they are from it."""
    _print(told, form, f"{subject}: {_why(told, one, other)}")
    if form == "table" and told.get("chain"):
        print_text("\nhow they hang together, by the way whose weakest link is strongest")
        print_rows([{**step, "match_weight": f"{step['match_weight']:+.2f}"} for step in told["chain"]], form)


def _why(told: dict[str, Any], one: str, other: str) -> str:
    if told["same_entity"]:
        head = f"{one} and {other} are one entity ({told['entities'][0]})"
    else:
        names = " and ".join(entity or "unresolved" for entity in told["entities"])
        head = f"{one} and {other} are not one entity ({names})"
    if told["same_signature"]:
        return f"{head}; they bear the same values and were never compared"
    reasons = ", ".join(told["links"])
    if reasons:
        return f"{head}; linked by {reasons}"
    return f"{head}; connected through others" if told["same_entity"] else head


def _print(told: dict[str, Any], form: Format, sentence: str) -> None:
    rows = waterfall_rows(told) if "steps" in told else []
    if form == "json":
        print_json(told)
    elif form == "csv":
        print_rows(rows or [{key: told[key] for key in told if key not in {"steps", "undo"}}], form)
    else:
        print_text(sentence)
        if rows:
            print_text()
            print_rows(rows, form)


def waterfall_rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a waterfall: prior, one per comparison, the sum, and the threshold it is held against."""
    steps = [
        {
            "comparison": step["comparison"],
            "level": step["label"],
            "A": step["left"],
            "B": step["right"],
            "weight": f"{step['weight']:+.2f}",
            "term frequency": f"{step['term_frequency']:+.2f}" if step["term_frequency"] else None,
        }
        for step in told["steps"]
    ]
    blank = {"level": None, "A": None, "B": None}
    first = {"comparison": "prior", **blank, "weight": f"{told['prior']:+.2f}", "term frequency": None}
    total = {"comparison": "match weight", **blank, "weight": f"{told['match_weight']:+.2f}", "term frequency": None}
    bar = {"comparison": "threshold", **blank, "weight": f"{told['threshold']:+.2f}", "term frequency": None}
    return [first, *steps, total, bar]
