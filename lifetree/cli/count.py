"""`lifetree count`: how many there are by a definition, and who makes the difference between two departments."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.settings import Count, Project
from engine.spelling import nearest
from engine.store import Run
from lifetree.cli.frame import format_option, guarded, open_as_of, run_option
from lifetree.cli.output import Format, print_json, print_rows, print_text

DIFF = "diff"
WORDS = {1: "PROJECT", 4: "diff PROJECT SOURCE_A SOURCE_B"}


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[diff] PROJECT [SOURCE_A SOURCE_B]")
@click.option(
    "--definition", "-d", metavar="CODE", help="Who counts, such as HUKOU or CZ_CENSUS; unset: as configured."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day counted; unset: as configured.")
@click.option("--area", multiple=True, metavar="CODE", help="Only this division, or codes that begin so; repeatable.")
@click.option("--step", metavar="STEP", help="With `diff`: only this step of the bridges.")
@run_option
@format_option
@guarded
def count(
    words: tuple[str, ...],
    definition: str | None,
    as_of: datetime | None,
    area: tuple[str, ...],
    step: str | None,
    run_id: str | None,
    form: Format,
) -> None:
    r"""Count the persons of PROJECT by a definition on a day, or list who makes a difference.

    The agreed number stands above the bridges: from the figure of each department, step by step, to the agreed list.

    With `diff`, the persons are listed whom a step of the bridges names for one of two sources alone.

    \b
    Example:
      lifetree count demo --definition CZ_CENSUS --as-of 2024-12-31
      lifetree count demo -d HUKOU --as-of 2024-12-31 --area 390102 --format json
      lifetree count diff demo hukou medical_enrolment --step dead
    """
    differs = words[0] == DIFF and len(words) > 1
    if len(words) != (4 if differs else 1):
        raise click.UsageError(f"write `lifetree count {WORDS[4 if differs else 1]}`")
    project, run = open_as_of(Path(words[1] if differs else words[0]), run_id)
    wanted = _wanted(project, definition, as_of, area)
    if differs:
        _print_difference(run, project, wanted[0], words[2], words[3], step, form)
        return
    from lifetree.counting import count as counted

    results = [counted(run, project, one) for one in wanted]
    if form == "json":
        print_json(results[0] if len(results) == 1 else results)
    elif form == "csv":
        print_rows([row for one in results for row in _flat(one)], form)
    else:
        for one in results:
            _print_count(one)


def _print_difference(
    run: Run, project: Project, wanted: Count, left: str, right: str, step: str | None, form: Format
) -> None:
    from lifetree.counting import count_diff

    rows = count_diff(run, project, wanted, left=left, right=right, step=step)
    print_rows(rows, form, empty=f"{left} and {right} do not differ")


def _wanted(project: Project, definition: str | None, as_of: datetime | None, area: tuple[str, ...]) -> list[Count]:
    """Return the counts asked for: those configured, of the definition if one is given, with the options in place."""
    from trees.census import definitions

    countable = [code for code, one in definitions().items() if one.predicate]
    if definition is not None and definition not in countable:
        raise click.UsageError(f"'{definition}' cannot be counted{nearest(definition, countable)}")
    given: dict[str, Any] = {"as_of": as_of.date()} if as_of else {}
    given |= {"area": area} if area else {}
    configured = [one for one in project.counts if definition in {None, one.definition}]
    if configured:
        return list(dict.fromkeys(one.model_copy(update=given) for one in configured))
    if as_of is None:
        raise click.UsageError("say the day with --as-of, or write a [[count]] into the project")
    return [Count.model_validate({"definition": code, **given}) for code in ([definition] if definition else countable)]


def _print_count(one: dict[str, Any]) -> None:
    place = f" in {', '.join(one['area'])}" if one["area"] else ""
    print_text(f"{one['definition']} on {one['as_of']}{place}: {one['agreed']:,} (expected {one['expected']:,.1f})")
    print_text()
    print_rows(one["by"], "table", title="by county")
    print_text()
    print_rows([_wide(bridge) for bridge in one["bridges"]], "table", title="from claimed to agreed")
    print_text()


def _wide(bridge: dict[str, Any]) -> dict[str, Any]:
    steps = {step["step"].replace("_", " "): step["persons"] for step in bridge["steps"]}
    return {"source": bridge["source"], "claimed": bridge["claimed"], **steps, "agreed": bridge["agreed"]}


def _flat(one: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row per step of each bridge, its figure at both ends among them."""
    head = {"definition": one["definition"], "as_of": one["as_of"]}
    return [
        {**head, "source": bridge["source"], "step": step, "persons": persons}
        for bridge in one["bridges"]
        for step, persons in [
            ("claimed", bridge["claimed"]),
            *((step["step"], step["persons"]) for step in bridge["steps"]),
            ("agreed", bridge["agreed"]),
        ]
    ]
