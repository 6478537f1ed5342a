"""`lifetree store purge`: a record erased from the store, by law."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from lifetree.cli.frame import format_option, guarded, open_project, project_argument, quiet_option
from lifetree.cli.judge import now
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr


@click.command()
@project_argument
@click.argument("records", nargs=-1, metavar="[RECORD]...")
@click.option("--who", metavar="WHO", help="Who purges.")
@click.option("--why", metavar="WHY", help="By what right: it is kept, so name no person here.")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased, and what cannot be.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@quiet_option
@format_option
@guarded
def purge(
    project: Path,
    records: tuple[str, ...],
    who: str | None,
    why: str | None,
    dry_run: bool,
    yes: bool,
    quiet: bool,
    form: Format,
) -> None:
    r"""Erase records of PROJECT from every run and from all that the store keeps; tell what else holds them.

    A RECORD is SOURCE:RECORD_ID: the whole row with all its versions, quarantined ones too. The live run is built anew
    without it; older runs that hold it are deleted, so that `--run` no longer answers for them. Accepted files,
    judgements and tickets are rewritten. Left is a hash of the key with who, why and when: by it every later build and
    update drops the record, counted as quarantined. The project's own files and backups stay as they are, and are
    told. A purge that was stopped goes on with the same command; without RECORD, what earlier ones left is done.

    \b
    Example:
      lifetree store purge demo hukou:101000000000002 --dry-run
      lifetree store purge demo hukou:101000000000002 --who 周 --why "request 17 of 2024" --yes
    """
    from lifetree.judging import Act
    from lifetree.purging import purge as erase
    from lifetree.purging import survey

    settings = open_project(project)
    if dry_run:
        print_rows(survey(settings, records), form, wrap=True)
        return
    if records and not (who and why):
        raise click.UsageError("say who purges and by what right: --who and --why")
    if not yes:
        print_rows(survey(settings, records), "table", wrap=True)
        click.confirm("\nThis cannot be undone. Purge?", abort=True, err=True)
    act = Act(who, now(), why, "purge") if who and why else None
    with progress_on_stderr(quiet=quiet) as progress:
        tell = None if quiet else partial(click.echo, err=True)
        done = erase(settings, records, act, progress=progress, tell=tell)
    if form == "table":
        print_rows(done["places"], form, wrap=True)
        print_text(f"\npurged ({', '.join(done['purges']) or 'nothing new'}); run {done['run_id']} is live")
    elif form == "csv":
        print_rows(done["places"], form)
    else:
        print_json(done)
