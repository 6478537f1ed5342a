"""`lifetree deliveries`: what `update` accepted, and how it is taken back."""

from __future__ import annotations

from pathlib import Path

import click

from lifetree.cli.frame import format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, print_rows, print_text


@click.command()
@project_argument
@click.option("--retract", "gone", multiple=True, metavar="DELIVERY", help="Take this one back; can be repeated.")
@format_option
@guarded
def deliveries(project: Path, gone: tuple[str, ...], form: Format) -> None:
    r"""List the deliveries that `lifetree update` accepted into PROJECT, or take some back.

    A DELIVERY is the beginning of its hash, as the list shows it, or the name of its file where only one has it. One
    that is taken back is deleted from the store and counts no more: the next update or build works everything out
    anew without it. A delivery that the checks refused, or on which a build fails, is taken back in the same way.

    \b
    Example:
      lifetree deliveries demo
      lifetree deliveries demo --retract 3f9ac0d1
      lifetree deliveries demo --retract civil.2024-05-02.csv
    """
    from lifetree.retracting import SHOWN, accepted, retract

    settings = open_project(project)
    if gone:
        taken = retract(settings, gone)
        rows = [{"source": one.source, "delivery": one.content_hash, "name": one.name} for one in taken]
        if form == "table":
            for one in taken:
                print_text(f"taken back: {one.name} of {one.source} ({one.content_hash[:SHOWN]})")
            print_text(f"`lifetree update {project}` brings the run up to it: everything is built anew")
        else:
            print_rows(rows, form)
        return
    rows = accepted(settings)
    shown = [row | {"delivery": row["delivery"][:SHOWN]} for row in rows]
    print_rows(shown if form == "table" else rows, form, empty="no delivery was accepted")
