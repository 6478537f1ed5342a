"""`lifetree watch`: files are cleansed as they arrive."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from lifetree.cli.frame import format_option, guarded, open_project, project_argument, quiet_option
from lifetree.cli.output import Format, note, print_json, print_rows, print_text


@click.command()
@project_argument
@click.option(
    "--inbox",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where files arrive. Unset: the folder `inbox` of the project.",
)
@click.option("--once", is_flag=True, help="Take what is complete now, then end.")
@click.option("--until-idle", is_flag=True, help="End when nothing is left to take.")
@click.option(
    "--interval",
    type=click.FloatRange(0.05),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks into the inbox; a file that did not change in between is complete.",
)
@click.option("--update", is_flag=True, help="Bring the live run up to what was taken, as `lifetree update` does.")
@click.option("--memory", metavar="SIZE", help="With --update: memory to stay within, such as 4GB.")
@click.option("--status", is_flag=True, help="Tell how the stream does, and take nothing.")
@quiet_option
@format_option
@guarded
def watch(
    project: Path,
    inbox: Path | None,
    once: bool,
    until_idle: bool,
    interval: float,
    update: bool,
    memory: str | None,
    status: bool,
    quiet: bool,
    form: Format,
) -> None:
    r"""Cleanse the files that arrive for PROJECT, each content once.

    A file belongs to the source whose name its folder in the inbox bears, or its own name up to the first dot, or whose
    `files` it fits. It is taken whole or not at all and then kept in the inbox's `done`, where `lifetree build` reads
    it; a repeated one goes to `repeated`, one that cannot be read to `failed` with the reason beside it. With --update
    what was taken reaches entities, profiles and look-up too: a build must be there. Stop it with Ctrl-C: the same
    command goes on.

    \b
    Example:
      lifetree watch demo --once
      lifetree watch demo --until-idle --interval 0.5
      lifetree watch demo --once --update
      lifetree watch demo --status --format json
    """
    from lifetree import stream
    from lifetree.update import follower

    settings = open_project(project)
    tell = (lambda _: None) if quiet else _tell
    if not status:
        stream.watch(
            settings,
            inbox=inbox,
            interval=interval,
            once=once,
            until_idle=until_idle,
            tell=tell,
            follow=follower(settings, memory=memory, tell=tell) if update else None,
        )
    _print(stream.stream_status(settings, inbox=inbox), form)


def _tell(text: str) -> None:
    note(f"{time.strftime('%H:%M:%S')} {text}")


def _print(status: dict[str, Any], form: Format) -> None:
    """Print a row per source, then one sentence each on the whole and on the inbox; as JSON everything."""
    if form == "json":
        print_json(status)
        return
    fates = {one["source"]: one for one in status["accounts"]}
    rows = [{**one, **{key: fates[one["source"]][key] for key in _FATES}} for one in status["sources"]]
    print_rows(rows, form, empty="no file was taken yet")
    if form == "table":
        for sentence in _sentences(status):
            print_text(sentence)


_FATES = ("kept", "quarantined", "exact_duplicates", "superseded")


def _sentences(status: dict[str, Any]) -> list[str]:
    told = []
    if status["batches"]:
        seconds = status["latency"]
        taken = f"{_counted(status['files'], 'file')} in {_counted(status['batches'], 'batch', 'es')}"
        told += [
            f"\n{status['rows']:,} rows of {taken}, the last at {status['last_commit']}",
            f"watermark: {status['watermark'] or 'none, no row tells a time'}",
            f"seconds from arrival to clean: p50 {seconds['p50']}, p95 {seconds['p95']}, max {seconds['max']}",
        ]
    names = {"waiting": status["waiting"], "repeated": status["repeated"]}
    told += [f"{count:,} {name}" for name, count in names.items() if count]
    told += [f"failed: {name}" for name in status["failed"]]
    told += [f"of no source: {name}" for name in status["unknown"]]
    return told


def _counted(number: int, thing: str, ending: str = "s") -> str:
    return f"{number:,} {thing}{ending if number != 1 else ''}"
