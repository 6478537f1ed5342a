"""`lifetree explain`: why two records are one entity, or why not; what a number or a name says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.errors import StoreError
from engine.settings import Project
from engine.store import Run, open_live
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.name import name
from lifetree.cli.number import number
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.lookup import Mention, resolve


@click.group()
def explain() -> None:
    r"""Tell why two records are one entity, or why not, and what a number or a name says.

    \b
    Example:
      lifetree explain why demo hukou:101000000000002 health_record:114000000000002
      lifetree explain why-not demo hukou:101000000000002 hukou:101000000000003
      lifetree explain number 11010519491231002X
      lifetree explain name 欧阳娜娜
    """


explain.add_command(number)
explain.add_command(name)


@explain.command()
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@subject_option
@format_option
@guarded
def why(project: Path, one: str, other: str, subject: str | None, form: Format) -> None:
    r"""Show what each comparison of two records found and weighs.

    A and B are SOURCE:RECORD_ID, SOURCE:RECORD_ID:ROLE or an entity id. Weights are bits and add up to the match
    weight.

    \b
    Example:
      lifetree explain why demo hukou:101000000000002 health_record:114000000000002
    """
    from lifetree.explanation import why as explanation

    settings = open_project(project)
    run = open_live(settings)
    left, right = pair_of(run, settings, one, other, subject)
    told = explanation(run, settings, subject=left.subject, left=left.key(), right=right.key())
    print_why(told, form, left.subject, one, other)


@explain.command(name="why-not")
@project_argument
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@subject_option
@format_option
@guarded
def why_not(project: Path, one: str, other: str, subject: str | None, form: Format) -> None:
    r"""Show the one stage that kept two records apart.

    Told are the stage (standardise, junk, not blocked, weight, constraint, same source, split), the reason, and the
    smallest change that would join them. A and B are as for `explain why`.

    \b
    Example:
      lifetree explain why-not demo hukou:101000000000002 hukou:101000000000003
    """
    from lifetree.explanation import why_not as explanation

    settings = open_project(project)
    run = open_live(settings)
    left, right = pair_of(run, settings, one, other, subject, rejects=True)
    told = explanation(run, settings, subject=left.subject, left=left.key(), right=right.key())
    head = f"{left.subject}: {one} and {other}: {told['because']}"
    _print(told, form, f"{head}\nstage: {told['stage']}; {told['change']}" if told["stage"] else head)


def pair_of(
    run: Run, project: Project, one: str, other: str, subject: str | None, *, rejects: bool = False
) -> tuple[Mention, Mention]:
    """Return the mentions of one subject that two references name; with `rejects`, quarantined rows are named too.

    Raises:
        StoreError: a reference names nothing, or the two name no subject in common.
    """
    subjects = chosen_subjects(project, subject)
    lefts, rights = (resolve(run, project, reference, subjects=subjects, rejects=rejects) for reference in (one, other))
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
        print_rows(rows or [{key: value for key, value in told.items() if key != "steps"}], form)
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
