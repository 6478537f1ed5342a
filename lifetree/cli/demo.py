"""`lifetree demo`: the shipped example, built and looked at."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
import polars as pl

from engine.errors import StoreError
from engine.settings import Project
from engine.settings.project import PROJECT_FILE
from engine.settings.shipped import shipped
from engine.store import Run, open_live
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.cli.build import print_summary
from lifetree.cli.evaluate import print_figures
from lifetree.cli.explain import print_why
from lifetree.cli.frame import format_option, guarded, open_project, quiet_option
from lifetree.cli.output import Format, print_json, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr
from lifetree.lookup import spelt, with_profiles

TRUTH = "truth.csv"
SHOWN = 3
COPIED = "civil:1024 social_insurance:S5011"
"""Two records of one person, one of them with a number that is another's."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="[DIR]", default="demo")
@quiet_option
@format_option
@guarded
def demo(folder: Path, quiet: bool, form: Format) -> None:
    r"""Link the shipped example of persons and firms in DIR.

    DIR (default: demo) becomes a copy of the example, built and evaluated; its people, firms and numbers are invented.
    It is a project like any other: change its files and build again.

    \b
    Example:
      lifetree demo demo
    """
    from lifetree.build import build as run_stages
    from lifetree.evaluation import evaluate_run

    copy_example(folder)
    settings = open_project(folder)
    with progress_on_stderr(quiet=quiet) as progress:
        summary = run_stages(settings, progress=progress)
    run = open_live(settings)
    figures = evaluate_run(run, settings, folder / TRUTH, subjects=settings.subjects)
    if form == "table":
        print_summary(summary, form)
        print_text()
        print_figures(figures, form)
        print_tour(run, settings, folder)
    else:
        print_outcome(summary, figures, form)


def copy_example(folder: Path) -> None:
    """Copy the shipped example to `folder`; one that was copied before stays as it is.

    Raises:
        StoreError: the folder holds something else.
    """
    if (folder / PROJECT_FILE).is_file():
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise StoreError(
            f"{folder} is not empty and holds no {PROJECT_FILE}", hint="name a new folder: lifetree demo DIR"
        )
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"), dirs_exist_ok=True)


def print_outcome(summary: dict[str, Any], figures: dict[str, dict[str, Any]], form: Format) -> None:
    """Print the demo's figures as one object, or the scores as CSV."""
    if form == "csv":
        print_figures(figures, form)
        return
    outcome = {
        "records": summary["records"],
        "persons": figures["person"]["true_entities"],
        "entities": summary["entities"],
        "evaluation": {"subjects": figures},
        "seconds": summary["seconds"],
        "peak_memory_mb": summary["peak_memory_mb"],
    }
    print_json(outcome)


def print_tour(run: Run, project: Project, folder: Path) -> None:
    """Print the entities with most records of each subject, and what to ask next."""
    for name, subject in project.subjects.items():
        largest = (
            run.scan("entities", subject=name).sort(["records", "entity_id"], descending=[True, False]).head(SHOWN)
        )
        profiles = run.scan("profiles", subject=name).join(largest, on="entity_id", how="semi")
        print_text()
        print_rows(
            with_profiles(largest.collect(), profiles.collect(), subject), "table", title=f"{name}: most records"
        )
    print_explanation(run, project)
    place = f"{folder} "
    print_text("\nnext:")
    for question in ("find DIR 王芳", "show DIR civil:1024", f"explain why-not DIR {COPIED}"):
        print_text(f"  lifetree {question.replace('DIR ', place)}")


def print_explanation(run: Run, project: Project) -> None:
    """Print why the first pair that the model linked is one entity."""
    from lifetree.explanation import why

    subject = next(iter(project.subjects))
    link = run.scan("links", subject=subject).filter(pl.col("reason") == "model").sort(PAIR_KEY).head(1).collect()
    signatures = run.scan("record_signature", subject=subject)
    records = [signatures.filter(pl.col("signature_id") == link[side].item()).sort(RECORD_KEY) for side in PAIR_KEY]
    left, right = (record.select(RECORD_KEY).head(1).collect().row(0, named=True) for record in records)
    print_text()
    print_why(why(run, project, subject=subject, left=left, right=right), "table", subject, spelt(left), spelt(right))
