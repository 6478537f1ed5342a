"""`lifetree build`: files in, entities and profiles out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from engine.settings import Project
from engine.settings.shipped import SHIPPED, shipped_calibration
from lifetree import quality
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, quiet_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr


@click.command()
@project_argument
@click.option("--buckets", type=click.IntRange(1), help="Parts that the tables are cut into. Unset: from --memory.")
@click.option("--memory", metavar="SIZE", help="Memory to stay within, such as 4GB. Unset: what the machine has.")
@click.option(
    "--calibration",
    "calibrations",
    multiple=True,
    metavar="[SUBJECT=]FILE",
    help="Score with this calibration instead of training one; once per subject. `shipped`: those of lifetree, which "
    "were trained on an invented city.",
)
@quiet_option
@format_option
@guarded
def build(
    project: Path, buckets: int | None, memory: str | None, calibrations: tuple[str, ...], quiet: bool, form: Format
) -> None:
    r"""Link the records of PROJECT into entities with profiles.

    PROJECT is a folder with a lifetree.toml. Finished parts are kept: after Ctrl-C, or with one file changed, the same
    command does only what is left.

    \b
    Example:
      lifetree build demo
      lifetree build demo --memory 4GB --calibration person=person.json
      lifetree build demo --calibration shipped
    """
    from lifetree.build import build as run_stages

    settings = open_project(project)
    given = calibration_files(settings, calibrations)
    with progress_on_stderr(quiet=quiet) as progress:
        tell = None if quiet else partial(click.echo, err=True)
        summary = run_stages(settings, buckets=buckets, memory=memory, calibration=given, progress=progress, tell=tell)
    print_summary(summary, form)
    if form == "table" and (told := left_out(settings, project)):
        print_text(told)


def calibration_files(project: Project, texts: tuple[str, ...]) -> dict[str, Path]:
    """Return the calibration file of each subject from `SUBJECT=FILE`, or `FILE` in a project of one subject.

    `shipped` stands for the shipped file of the subject; without a subject, for those of all.
    """
    given: dict[str, Path] = {}
    for text in texts:
        subject, told, file = text.rpartition("=")
        if file == SHIPPED:
            chosen = chosen_subjects(project, subject) if told else list(project.subjects)
            given |= {name: shipped_calibration(name) for name in chosen}
            continue
        if not told and len(project.subjects) > 1:
            raise click.UsageError(f"--calibration {text}: say for which subject: SUBJECT={text}")
        [name] = chosen_subjects(project, subject) if told else list(project.subjects)
        if not Path(file).is_file():
            raise click.UsageError(f"--calibration {text}: no such file")
        given[name] = Path(file)
    return given


def print_summary(summary: dict[str, Any], form: Format) -> None:
    """Print what a build made: tables by source and by subject, the same in one as CSV, or everything as JSON."""
    if form == "json":
        print_json(summary)
    elif form == "csv":
        print_rows(_flat(summary), form)
    else:
        _print_tables(summary)


def left_out(project: Project, place: Path) -> str:
    """Return a sentence on the rows that were quarantined and the values that were emptied; empty without any."""
    lost = quality.lost(project)
    named = {"rows quarantined": lost.rows, "values emptied": lost.values}
    parts = [f"{count:,} {what}" for what, count in named.items() if count]
    return f"{', '.join(parts)}: see `lifetree quality report {place}`" if parts else ""


def _flat(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row per source and a row per subject, with the columns of both."""
    named = [("source", row) for row in _rows(summary["accounts"], "name")]
    named += [("subject", row) for row in _rows(summary["subjects"], "name")]
    rows = [{"of": of, "name": row.get("name", row.get(of)), **row} for of, row in named]
    columns = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in {"source", "subject"}]
    return [{key: row.get(key) for key in columns} for row in rows]


def _print_tables(summary: dict[str, Any]) -> None:
    print_rows(_rows(summary["accounts"], "source"), "table", title="rows")
    print_text()
    print_rows(_rows(summary["subjects"], "subject"), "table", title="subjects")
    for told in summary.get("notes", ()):
        print_text(f"\nnote: {told}")
    made = f"{summary['entities']:,} entities of {summary['records']:,} records"
    print_text(f"\n{made} in {summary['seconds']:.1f} s, {summary['peak_memory_mb']:.0f} MB at most")


def _rows(value: Any, name: str) -> list[dict[str, Any]]:
    """Return rows of a table that came as a list of rows or as an object of rows by name."""
    return [{name: key, **row} for key, row in value.items()] if isinstance(value, dict) else list(value)
