"""What every command has: `--format`, `--quiet`, and how errors, Ctrl-C and SIGTERM end it."""

from __future__ import annotations

import errno
import functools
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import click

from engine.errors import LifetreeError
from engine.settings import Project
from engine.spelling import nearest
from lifetree.entry import STOPPED

if TYPE_CHECKING:
    from engine.store import Run

P = ParamSpec("P")
R = TypeVar("R")

FAILED = 1
STOPS = (signal.SIGINT, signal.SIGTERM)
DAMAGED = re.compile(r"parquet|zstd|out of specification", re.IGNORECASE)
"""What Polars says of a Parquet file that is not as it was written."""
ROOM = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How the result is printed.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
subject_option = click.option("--subject", "-s", metavar="NAME", help="Only this subject of the project.")
run_option = click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="Answer as this run did; unset: the live one. `lifetree store runs` lists them.",
)
project_argument = click.argument("project", type=click.Path(path_type=Path), metavar="PROJECT")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Return the command with failures told in a sentence: exit 1, or 130 after Ctrl-C, 143 after SIGTERM."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _stops() as noticed:
            try:
                return command(*args, **kwargs)
            except (Exception, KeyboardInterrupt) as error:
                told = _told(error, noticed)
                if told is None:
                    raise
        click.echo(told.text, err=True)
        sys.exit(told.code)

    return run


class _Told(NamedTuple):
    text: str
    code: int


def _told(error: BaseException, noticed: list[int]) -> _Told | None:
    """Return what is said of an error, and the exit code; None for one that nobody foresaw."""
    if noticed or isinstance(error, KeyboardInterrupt):
        return _Told(STOPPED, 128 + (noticed or [signal.SIGINT])[0])
    if isinstance(error, LifetreeError):
        return _Told(f"Error: {error}", FAILED)
    if isinstance(error, BrokenPipeError):
        return None
    reason = _system_reason(error)
    return _Told(f"Error: {reason}", FAILED) if reason else None


def _system_reason(error: BaseException) -> str | None:
    """Return what the operating system refused; Polars tells it in the text of an error of its own."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror.lower()}"
    if found := re.search(r"\(os error (\d+)\)", str(error)):
        number = int(found[1])
        hint = "make room, or choose another folder with `store = …` in the project" if number in ROOM else ""
        return f"a file of the store: {os.strerror(number).lower()}" + (f"\n\nHint: {hint}" if hint else "")
    if type(error).__name__ == "ComputeError" and DAMAGED.search(str(error)):
        return f"a file of the store cannot be read: {error}\n\nHint: `lifetree store check PROJECT` tells which"
    return str(error) if isinstance(error, OSError) and str(error) else None


@contextmanager
def _stops() -> Iterator[list[int]]:
    """Yield a list that holds the signal after Ctrl-C or SIGTERM: DuckDB makes an error of its own of the interrupt."""
    noticed: list[int] = []

    def notice(number: int, _: object) -> None:
        noticed.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield noticed
        return
    before = {number: signal.signal(number, notice) for number in STOPS}
    try:
        yield noticed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def open_project(place: Path) -> Project:
    """Return the project, checked against every room."""
    from engine.settings import load_project
    from lifetree.build import CHECKS

    return load_project(place, checks=CHECKS)


def open_as_of(place: Path, run_id: str | None, *asked: str | None) -> tuple[Project, Run]:
    """Return the project and its live run; of another run, the project as its settings were then.

    `asked`, a subject and an attribute, are looked for in the project before a run is.

    Raises:
        click.UsageError: the project has no such subject or attribute.
        StoreError: there is no such run; those there are stand in the hint.
    """
    from engine.store import open_project_run

    project = open_project(place)
    if run_id is None:
        chosen_subjects(project, *(asked or (None,)))
    run = open_project_run(project, run_id)
    return (run.project(project.folder), run) if run_id else (project, run)


def chosen_subjects(project: Project, subject: str | None, attribute: str | None = None) -> list[str]:
    """Return the subjects to look at: the one named, else all (that have the attribute).

    Raises:
        click.UsageError: the project has no such subject or attribute.
    """
    if subject is not None and subject not in project.subjects:
        raise click.UsageError(f"the project has no subject '{subject}'{nearest(subject, project.subjects)}")
    names = [subject] if subject else list(project.subjects)
    bearing = [name for name in names if attribute is None or attribute in project.subjects[name].attributes]
    if attribute is not None and not bearing:
        known = [known for name in names for known in project.subjects[name].attributes]
        raise click.UsageError(f"no subject has an attribute '{attribute}'{nearest(attribute, known)}")
    return bearing
