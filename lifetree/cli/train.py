"""`lifetree train`: estimate calibrations without building."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifetree.cli.frame import (
    chosen_subjects,
    format_option,
    guarded,
    open_project,
    project_argument,
    quiet_option,
    subject_option,
)
from lifetree.cli.output import Format, note, print_json, print_rows
from lifetree.cli.progress import progress_on_stderr

if TYPE_CHECKING:
    from matchers.models import Calibration


@click.command()
@project_argument
@subject_option
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the calibration to FILE.",
)
@click.option("--labels", is_flag=True, help="Learn from the project's judgements too.")
@click.option(
    "--trainer",
    type=click.Choice(["lifetree", "splink"]),
    default="lifetree",
    show_default=True,
    help="Who runs expectation maximisation; Splink finds the same and takes longer.",
)
@quiet_option
@format_option
@guarded
def train(
    project: Path, subject: str | None, output: Path | None, labels: bool, trainer: str, quiet: bool, form: Format
) -> None:
    r"""Estimate match weights from the project's own records.

    Expectation maximisation runs on a sample of the signatures; no labels are needed. Judgements of review are used as
    labels with --labels alone: a build never learns from them, so that one judgement does not change all weights.

    `lifetree build --calibration FILE` scores with the result; `calibration = "FILE"` under [subject.NAME.model] does
    so for good.

    \b
    Example:
      lifetree train demo --subject person --output person.json
    """
    from lifetree.build import train as run_training
    from matchers.models import Trainer, save_calibration

    settings = open_project(project)
    subjects = chosen_subjects(settings, subject)
    if labels and trainer == "splink":
        raise click.UsageError("--labels are for the trainer lifetree; Splink's EM takes none")
    if output is not None and len(subjects) > 1:
        raise click.UsageError(f"--output takes one calibration; choose with --subject: {', '.join(subjects)}")
    with progress_on_stderr(quiet=quiet) as progress:
        trained = run_training(settings, subjects=subjects, trainer=Trainer(trainer), labels=labels, progress=progress)
    if output is not None:
        save_calibration(trained[subjects[0]], output)
        note(f"written: {output}")
    if form == "json":
        print_json({name: calibration.model_dump(mode="json") for name, calibration in trained.items()})
    else:
        print_rows([row for name, calibration in trained.items() for row in _weights(name, calibration)], form)


def _weights(subject: str, calibration: Calibration) -> Iterator[dict[str, Any]]:
    for comparison in calibration.comparisons:
        for level in comparison.levels:
            yield {
                "subject": subject,
                "comparison": comparison.label,
                "level": level.label,
                "m": level.m,
                "u": level.u,
                "match_weight": level.weight,
                "term_frequency": level.tf_u is not None,
            }
