"""`lifetree blocking`: what the blocking rules cost, what they lost, and the rules that would find more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, print_json, print_rows, print_text

DEMOTED = 10


@click.command()
@project_argument
@subject_option
@click.option("--sample", type=click.IntRange(min=100), metavar="N", help="Signatures to look at (default 20,000).")
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    metavar="N",
    help="Pairs that new rules may add together (default: as many as are compared today).",
)
@format_option
@guarded
def blocking(project: Path, subject: str | None, sample: int | None, budget: int | None, form: Format) -> None:
    r"""Tell what the blocking rules of the last build cost and lost, and suggest more rules.

    The loss is estimated without labels: a hash-drawn sample of clusters is compared with all that share any one value,
    and what the weight of a pair and the other members of its cluster show of each other's misses is counted. `lower`
    is a 95 % lower bound of the share of true pairs of signatures that were brought together.

    \b
    Example:
      lifetree blocking demo
      lifetree blocking demo --subject person --budget 2000
    """
    from engine.store import open_live
    from lifetree.blocking_loss import blocking_figures
    from matchers.blocking.loss import SAMPLE

    settings = open_project(project)
    run = open_live(settings)
    names = chosen_subjects(settings, subject)
    told = {
        name: blocking_figures(run, settings, subject=name, sample=sample or SAMPLE, budget=budget) for name in names
    }
    if form == "json":
        print_json(told[subject] if subject else {"subjects": told})
        return
    print_rows([{"subject": name, **row} for name, own in told.items() for row in own["rules"]], form)
    if form == "table":
        for name, own in told.items():
            _print_subject(name, own)


def _print_subject(name: str, figures: dict[str, Any]) -> None:
    print_text(f"\n{name}: {figures['pairs']:,} distinct pairs compared")
    for row in figures["generic_values"][:DEMOTED]:
        print_text(f"  demoted: {row['value']} ({row['signatures']:,} signatures; {row['blocking_rule']})")
    print_text(f"  {_estimated(figures['estimate'])}")
    misses = figures["misses"]
    if misses["sampled"]:
        print_text(f"  {misses['sampled']:,} misses in the sample, {misses['apart']:,} of them keep entities apart")
    for row in misses["caught_by"]:
        told = f"{row['rule']} ({row['pairs']:,} pairs)" if row["rule"] else "no rule within the budget"
        print_text(f"    {row['misses']:,} would have been caught by {told}")
    if figures["suggestion"]:
        one = figures["suggestion"]
        print_text(
            f"  to add {one['pairs']:,} pairs and recover {one['recovers']:.0%} of the sampled misses:\n\n{one['toml']}"
        )


def _estimated(estimate: dict[str, Any]) -> str:
    if estimate["recall"] is None:
        return "no match was found, so that no loss can be estimated"
    lost = estimate["missed"] + estimate["hidden"]
    return (
        f"brought together: {estimate['recall']:.2%} of the true pairs of signatures, at least {estimate['lower']:.2%} "
        f"(95 %); about {lost:,} lost, seen from {estimate['sampled']:,} of {estimate['signatures']:,} signatures"
    )
