"""`lifetree generate`: a synthetic city with its truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import click

from lifetree.cli.frame import format_option, guarded, quiet_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr

FIRST_DAY = datetime(2000, 1, 1)
"""Before it the city has no departments that would tell of it."""


def _finite(_context: click.Context, _option: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number to multiply by")
    return value


def _late_enough(_context: click.Context, _option: click.Parameter, value: datetime) -> datetime:
    if value < FIRST_DAY:
        raise click.BadParameter(f"the city's last day is {FIRST_DAY:%Y-%m-%d} or later")
    return value


def city_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with the options that decide a city."""
    options = (
        click.option(
            "--persons", type=click.IntRange(1), default=20_000, show_default=True, help="Rounded up to thousands."
        ),
        click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another city."),
        click.option(
            "--error-scale",
            type=click.FloatRange(0),
            default=1.0,
            show_default=True,
            callback=_finite,
            help="Multiplies every error rate.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@city_options
@click.option(
    "--errors",
    type=click.Choice(["per-registration", "per-row"]),
    default="per-registration",
    show_default=True,
    help="An error is made once a person and source, and carried by its rows, or anew in each row.",
)
@click.option("--days", type=click.IntRange(0), default=0, show_default=True, help="Daily batches after --as-of.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2024-12-31",
    show_default=True,
    callback=_late_enough,
    help="The city's last day, 2000-01-01 or later.",
)
@click.option(
    "--months",
    type=click.IntRange(1, 120),
    default=2,
    show_default=True,
    help="Payments and rides of so many months: the more, the more rows a person.",
)
@click.option(
    "--error-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Error rates in place of the shipped ones, in the form of configs/city/errors.toml.",
)
@quiet_option
@format_option
@guarded
def generate(
    folder: Path,
    persons: int,
    seed: int,
    error_scale: float,
    errors: Literal["per-registration", "per-row"],
    days: int,
    as_of: datetime,
    months: int,
    error_file: Path | None,
    quiet: bool,
    form: Format,
) -> None:
    r"""Make the files of an invented city in DIR, with the truth.

    DIR becomes a project: data/ holds what the departments deliver, sources/ and lifetree.toml how to read it. truth/
    holds the true answers, which no build reads. A smaller city is a prefix of a larger one of the same seed.

    \b
    Example:
      lifetree generate city --persons 20000 --seed 1
      lifetree generate city --persons 200000 --error-scale 2 --days 30
    """
    from lifetree.city import Asked, make_city

    asked = Asked(persons, seed, error_scale, errors, days, as_of.date(), months, error_file)
    with progress_on_stderr(quiet=quiet) as progress:
        summary = make_city(folder, asked, progress=progress)
    if form == "json":
        print_json(summary)
        return
    rows = [
        {"source": name, "rows": rows, "undecidable": summary["undecidable_by_source"].get(name, 0.0)}
        for name, rows in summary["sources"].items()
    ]
    print_rows(rows, form)
    if form == "table":
        print_city(summary)


def print_city(summary: dict[str, Any]) -> None:
    """Print the size of a city in a few sentences."""
    entities = ", ".join(f"{count:,} {subject}" for subject, count in summary["entities"].items())
    shares = ", ".join(f"{share:.2%} of {subject}" for subject, share in summary["undecidable"].items())
    print_text(f"\n{summary['rows']:,} rows of {len(summary['sources'])} sources; true entities: {entities}")
    print_text(f"undecidable mentions: {shares}")
    told = "was there already" if summary.get("reused") else f"made in {summary['seconds']:.1f} s"
    print_text(f"{told}: {summary['folder']}")
