"""`lifetree store`: the runs that a store keeps, and its care."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.settings import load_project
from lifetree.cli.frame import FAILED, format_option, guarded, project_argument
from lifetree.cli.output import Format, note, print_rows, print_text
from lifetree.cli.purge import purge


@click.group()
def store() -> None:
    r"""List the runs of a store, check, prune and compact it, back it up and put it back; purge records.

    \b
    Example:
      lifetree store runs demo
      lifetree store check demo
    """


store.add_command(purge)


@store.command()
@project_argument
@format_option
@guarded
def runs(project: Path, form: Format) -> None:
    r"""List the runs, the newest first: which is live, when each was published, its layers, what it takes on disk.

    Runs share files: `own_bytes` is what the disk would get back if this run alone were deleted. The id stands for
    `--run` of find, show, explain and count, which then answer as they did when the run was live.

    \b
    Example:
      lifetree store runs demo
      lifetree store runs demo --format json
    """
    from engine.store.keeping import kept_runs

    rows = [run._asdict() for run in kept_runs(_folder(project))]
    shown = [row | {name: size(row[name]) for name in ("bytes", "own_bytes")} for row in rows]
    print_rows(shown if form == "table" else rows, form, empty="no finished build")


@store.command()
@project_argument
@click.option("--keep", "-k", type=click.IntRange(0), required=True, metavar="N", help="Keep the newest N runs.")
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@guarded
def prune(project: Path, keep: int, dry_run: bool) -> None:
    r"""Delete all runs but the newest N and the live one, and what killed writers and compactions left behind.

    The run whose ids the live one took over stays too. Judgements, tickets and deliveries are no part of a run.

    \b
    Example:
      lifetree store prune demo --keep 30 --dry-run
      lifetree store prune demo --keep 30
    """
    from engine.store import writing
    from engine.store.keeping import gathered
    from engine.store.keeping import prune as pruned

    folder = _folder(project)
    if dry_run:
        gone = pruned(folder, keep=keep, dry_run=True)
    else:
        with writing(folder):
            gone = pruned(folder, keep=keep, dry_run=False)
    for run_id in gone.runs:
        print_text(f"run {run_id}")
    for place, number in gathered(folder, gone.leftovers).items():
        print_text(f"left over: {place}" + (f", {number:,} files" if number else ""))
    what = f"{len(gone.runs)} runs and {len(gone.leftovers)} leftovers, {size(gone.bytes)}"
    note(f"would be deleted: {what}" if dry_run else f"deleted: {what} freed")


@store.command()
@project_argument
@format_option
@guarded
def check(project: Path, form: Format) -> None:
    r"""Read every file of every run and compare it with its hash; list what is damaged or left over, and what to do.

    The exit code is 1 when something is damaged. What is left over does no harm and takes room.

    \b
    Example:
      lifetree store check demo
    """
    from engine.store.checking import DAMAGED
    from engine.store.checking import check as checked

    faults = checked(_folder(project))
    rows: list[dict[str, Any]] = [
        {"state": one.state, "place": one.place, "what": one.told, "what to do": one.remedy} for one in faults
    ]
    print_rows(rows, form, empty="every file is as it was written", wrap=True)
    if any(one.state == DAMAGED for one in faults):
        sys.exit(FAILED)


@store.command()
@project_argument
@guarded
def compact(project: Path) -> None:
    r"""Rewrite the layers that updates added to the live run into one; look-ups read fewer files, answers stay.

    The run keeps its id and every table its hash. The files before stay until `lifetree store prune` for those who
    read them; twice changes nothing.

    \b
    Example:
      lifetree store compact demo
    """
    from engine.store import open_live, writing
    from engine.store.compacting import compact as compacted

    with writing(_folder(project)):
        done = compacted(open_live(load_project(project)))
    told = f"{done.tables} tables rewritten, {done.files_before:,} files became {done.files_after:,}"
    print_text(told if done.tables else "the live run has no layers")


@store.command()
@project_argument
@click.argument("target", type=click.Path(path_type=Path), metavar="DIR")
@guarded
def backup(project: Path, target: Path) -> None:
    r"""Copy the store of PROJECT into DIR, a new folder, and compare the copy with every hash.

    A build, an update or a reader may go on meanwhile. Copied are the runs, judgements, tickets and deliveries; not
    the checkpoints, which a build makes anew, and not the project's own files.

    \b
    Example:
      lifetree store backup demo demo-backup
    """
    from engine.store.copying import backup as copied

    done = copied(_folder(project), target)
    print_text(f"{target}: {done.runs} runs, {done.files:,} files, {size(done.bytes)}, live is {done.live}")


@store.command()
@project_argument
@click.argument("saved", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), metavar="FOLDER",
    help="Put it there; unset: where the project has its store.",
)  # fmt: skip
@guarded
def restore(project: Path, saved: Path, folder: Path | None) -> None:
    r"""Put the backup DIR back as the store of PROJECT, or into another folder, and compare it with every hash.

    Nothing is written over: a store that is there is moved away first, by you.

    \b
    Example:
      lifetree store restore demo demo-backup --to demo-restored
    """
    from engine.store.copying import restore as copied

    target = folder or _folder(project)
    done = copied(saved, target)
    print_text(f"{target}: {done.runs} runs, {done.files:,} files, {size(done.bytes)}, live is {done.live}")


def size(number: int) -> str:
    """Return bytes for people.

    >>> size(999), size(1_234_000)
    ('999 B', '1.2 MB')
    """
    amount, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def _folder(place: Path) -> Path:
    """Return the folder of a project's store; the project need not be free of faults that only a build looks for."""
    project = load_project(place)
    return project.path(project.store)
