"""`lifetree evaluate`: the entities of a build against known ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, print_json, print_rows, print_text

MEASURES = ("pairwise", "pairwise_signatures", "bcubed", "cluster")


@click.command()
@project_argument
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="CSV or Parquet: source, record_id, [role,] [subject,] entity_id; entity -1 or empty is not labelled.",
)
@subject_option
@format_option
@guarded
def evaluate(project: Path, truth: Path, subject: str | None, form: Format) -> None:
    r"""Hold the entities of the last build against known ones.

    Misses of blocking count as misses. The threshold is the project's own: no threshold is tried out on the truth.

    \b
    Example:
      lifetree evaluate demo --truth demo/truth/mentions.parquet
    """
    from engine.store import open_live
    from lifetree.evaluation import evaluate_run

    settings = open_project(project)
    figures = evaluate_run(open_live(settings), settings, truth, subjects=chosen_subjects(settings, subject))
    print_figures(figures, form, alone=subject)


def print_figures(figures: dict[str, dict[str, Any]], form: Format, *, alone: str | None = None) -> None:
    """Print the figures of each subject; as JSON those of `alone` by themselves."""
    if form == "json":
        print_json(figures[alone] if alone else {"subjects": figures})
        return
    print_rows([row for name, own in figures.items() for row in _rows(name, own)], form)
    if form == "table":
        for name, own in figures.items():
            print_text(f"\n{name}: {_sentence(own)}")


def _rows(subject: str, figures: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for measure in MEASURES:
        yield {"subject": subject, "measure": measure} | {
            name: None if value is None else f"{value:.4f}" for name, value in figures[measure].items()
        }


def _sentence(figures: dict[str, Any]) -> str:
    parts = [
        f"{figures['entities']:,} entities of labelled records for {figures['true_entities']:,} true ones",
        f"{_share(figures['exact_entities'])} exact",
        f"blocking finds {_share(figures['blocking_recall'])} of the true pairs",
        f"threshold {figures['threshold']:g}",
    ]
    for name, words in (("unresolved", "records unresolved"), ("unmatched", "labels without a record")):
        if figures.get(name):
            parts.append(f"{figures[name]:,} {words}")
    return "; ".join(parts)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
