"""What every command has: `--format`, `--quiet`, and how errors and Ctrl-C end it."""

from __future__ import annotations

import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import click

from engine.errors import LifetreeError
from engine.settings import Project
from engine.spelling import nearest

P = ParamSpec("P")
R = TypeVar("R")

FAILED, INTERRUPTED = 1, 130

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
project_argument = click.argument("project", type=click.Path(path_type=Path), metavar="PROJECT")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Return the command with failures told in a sentence: exit 1, or 130 after Ctrl-C; no traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _interrupts() as noticed:
            try:
                return command(*args, **kwargs)
            except (Exception, KeyboardInterrupt) as error:
                told = _told(error, interrupted=bool(noticed))
                if told is None:
                    raise
        click.echo(told.text, err=True)
        sys.exit(told.code)

    return run


class _Told(NamedTuple):
    text: str
    code: int


def _told(error: BaseException, *, interrupted: bool) -> _Told | None:
    """Return what is said of an error, and the exit code; None for one that nobody foresaw."""
    if interrupted or isinstance(error, KeyboardInterrupt):
        return _Told("stopped; the same command continues", INTERRUPTED)
    if isinstance(error, LifetreeError):
        return _Told(f"Error: {error}", FAILED)
    if isinstance(error, OSError) and error.strerror and not isinstance(error, BrokenPipeError):
        return _Told(f"Error: {error.filename or 'a file'}: {error.strerror.lower()}", FAILED)
    return None


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Yield a list that is no longer empty after Ctrl-C: DuckDB turns the interrupt into an error of its own."""
    noticed: list[int] = []

    def notice(number: int, _: object) -> None:
        noticed.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield noticed
        return
    before = signal.signal(signal.SIGINT, notice)
    try:
        yield noticed
    finally:
        signal.signal(signal.SIGINT, before)


def open_project(place: Path) -> Project:
    """Return the project, checked against every room."""
    from engine.settings import load_project
    from lifetree.build import CHECKS

    return load_project(place, checks=CHECKS)


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
