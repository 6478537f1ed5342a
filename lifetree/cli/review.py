"""`lifetree review`: the doubts of a build, for people to decide."""

from __future__ import annotations

from pathlib import Path

import click

from engine.store import open_live
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.judge import now
from lifetree.cli.output import Format, print_rows, print_text
from lifetree.cli.review_ask import ask, by_option, converse
from lifetree.cli.review_files import give_out, take
from lifetree.cli.review_samples import sample


@click.group(invoke_without_command=True)
@project_argument
@click.pass_context
def review(context: click.Context, project: Path) -> None:
    r"""Decide what the build left open, the doubts first whose answer moves most.

    Without a command it asks in the terminal, as `ask` does: both records side by side, one key an answer.

    \b
    Example:
      lifetree review demo list --limit 5
      lifetree review demo next --by 周 --blind
      lifetree review demo conflicts
      lifetree review demo agreement
    """
    context.obj = project
    if context.invoked_subcommand is None:
        guarded(converse)(project, by=None)


review.add_command(ask)
review.add_command(give_out)
review.add_command(take)
review.add_command(sample)


@review.command(name="list")
@by_option
@subject_option
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="Doubts that are listed.")
@click.option("--blind", is_flag=True, help="Without weights, reasons and gain.")
@format_option
@click.pass_obj
@guarded
def listed(project: Path, by: str | None, subject: str | None, limit: int, blind: bool, form: Format) -> None:
    r"""List the doubts by descending gain.

    Gain is the number of records that an answer moves times its uncertainty in bits. With --by, what WHO judged before
    is left out; what anybody judged same or different always is.

    \b
    Example:
      lifetree review demo list --limit 5
      lifetree review demo list --subject person --format csv
    """
    from lifetree import reviewing
    from matchers.judgements.queue import BIT

    settings = open_project(project)
    names = chosen_subjects(settings, subject)
    found = reviewing.doubts(open_live(settings), settings, subjects=names, by=by)
    rows = []
    for row in found.head(limit).iter_rows(named=True):
        one, other = reviewing.named(row)
        told = {"gain": row["gain"] / BIT, "bits": row["match_weight"] / 1e9, "reason": row["reason"]}
        shown = {"subject": row["subject"], "A": one, "B": other, "records": row["records"]}
        rows.append(shown if blind else shown | told)
    print_rows(rows, form, empty="nothing is open", title=f"{min(limit, found.height):,} of {found.height:,} doubts")


@review.command(name="next")
@by_option
@subject_option
@click.option("--blind", is_flag=True, help="Without weights, reasons and gain.")
@click.pass_obj
@guarded
def following(project: Path, by: str | None, subject: str | None, blind: bool) -> None:
    r"""Show the doubt of the largest gain, both records side by side; `lifetree judge` answers it.

    \b
    Example:
      lifetree review demo next --by 周 --blind
    """
    from lifetree import reviewing
    from lifetree.cli.review_ask import show

    settings = open_project(project)
    run = open_live(settings)
    found = reviewing.doubts(run, settings, subjects=chosen_subjects(settings, subject), by=by)
    if found.is_empty():
        print_text("nothing is open")
    else:
        show(run, found.row(0, named=True), blind=blind, place=f"1 of {found.height:,}")


@review.command(name="take")
@click.option("--by", required=True, metavar="WHO", help="Who reviews.")
@subject_option
@click.option("--limit", "-n", type=click.IntRange(1), default=20, show_default=True, help="Doubts that are taken.")
@click.pass_obj
@guarded
def taken(project: Path, by: str, subject: str | None, limit: int) -> None:
    r"""Take the first doubts for WHO: others who say who they are are not asked for them.

    `lifetree judge PROJECT NUMBER --withdraw` gives them back.

    \b
    Example:
      lifetree review demo take --by 周 --limit 10
    """
    from lifetree import reviewing

    settings = open_project(project)
    found = reviewing.doubts(open_live(settings), settings, subjects=chosen_subjects(settings, subject), by=by)
    rows = found.head(limit).to_dicts()
    numbers = reviewing.hand_out(settings, rows, by=by, at=now())
    print_text(f"{len(rows):,} doubts taken by {by}: {', '.join(numbers)}" if rows else "nothing is open")


@review.command()
@subject_option
@format_option
@click.pass_obj
@guarded
def conflicts(project: Path, subject: str | None, form: Format) -> None:
    r"""List the judgements that contradict each other; none of them has force until one is withdrawn.

    `dispute` is the judgement `different`; beside it stand those that say the same of its two records, if need be
    through others.

    \b
    Example:
      lifetree review demo conflicts
    """
    from lifetree import reviewing

    settings = open_project(project)
    found = reviewing.conflicts(open_live(settings), subjects=chosen_subjects(settings, subject))
    rows = []
    for row in found.iter_rows(named=True):
        one, other = reviewing.named(row)
        rows.append({**{name: row[name] for name in ("subject", "dispute", "judgement_id")}, "A": one, "B": other,
                     **{name: row[name] for name in ("judgement", "decided_by", "decided_at", "reason")}})  # fmt: skip
    print_rows(rows, form, empty="no judgements contradict each other")


@review.command()
@format_option
@click.pass_obj
@guarded
def agreement(project: Path, form: Format) -> None:
    r"""Tell how far every two people agree on the pairs that both judged: in percent, and beyond chance (kappa).

    \b
    Example:
      lifetree review demo agreement
    """
    from lifetree import reviewing

    print_rows(reviewing.agreements(open_project(project)), form, empty="no two people judged one pair")
