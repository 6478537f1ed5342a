"""`lifetree evaluate`: the entities of a build against known ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from engine.settings import Project
from lifetree.cli.evaluated import print_figures
from lifetree.cli.frame import chosen_subjects, format_option, guarded, open_project, project_argument, subject_option
from lifetree.cli.output import Format, note, print_json, print_rows

DRAWN = ("entities", "records", "pairs")
PLOTS = (".svg", ".html")
SHOWN = 10
"""Mistakes of either kind in a gallery, unless --errors says how many."""


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
@click.option(
    "--groups",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV or Parquet with record_id or entity_id and columns that are groups: figures of each are told.",
)
@click.option("--by", multiple=True, metavar="COLUMN", help="A column of --groups, or of the truth without it.")
@click.option(
    "--sample",
    type=click.Choice(DRAWN),
    help="The truth is a sample: of entities, each labelled whole, drawn as entities or by drawing records; or of "
    "pairs, drawn by `lifetree review PROJECT sample` and labelled there.",
)
@click.option("--thresholds", is_flag=True, help="Tell what thresholds around the project's would come to.")
@click.option("--curve", type=click.Path(path_type=Path), metavar="FILE", help="Draw --thresholds as .svg or .html.")
@click.option(
    "--errors", type=click.IntRange(min=0), default=0, metavar="N", help="Tell the N worst false merges and misses."
)
@click.option(
    "--gallery", type=click.Path(path_type=Path), metavar="FILE", help=f"Show --errors ({SHOWN} unless given) as .html."
)
@format_option
@guarded
def evaluate(
    project: Path,
    truth: Path,
    subject: str | None,
    groups: Path | None,
    by: tuple[str, ...],
    sample: Literal["entities", "records", "pairs"] | None,
    thresholds: bool,
    curve: Path | None,
    errors: int,
    gallery: Path | None,
    form: Format,
) -> None:
    r"""Hold the entities of the last build against known ones.

    Misses of blocking count as misses. The threshold is the project's own; --thresholds looks at others and changes
    nothing. Intervals are of 95 %.

    \b
    Example:
      lifetree evaluate demo --truth demo/truth/mentions.parquet
      lifetree evaluate demo --truth demo/truth/mentions.parquet --groups demo/truth/groups.parquet --by twin
      lifetree evaluate demo --truth demo/truth/mentions.parquet --subject person --gallery demo/gallery.html
    """
    from engine.store import open_live
    from lifetree.evaluation import Wanted, evaluate_run
    from lifetree.report.evaluation import write_curve, write_gallery

    if curve and curve.suffix not in PLOTS:
        raise click.BadParameter(f"'{curve}' ends in none of {', '.join(PLOTS)}", param_hint="'--curve'")
    settings = open_project(project)
    if sample == "pairs":
        print_pairs(settings, truth, form, subject=subject)
        return
    wanted = Wanted(groups, by, sample, thresholds or bool(curve), errors or (SHOWN if gallery else 0))
    run = open_live(settings)
    figures = evaluate_run(run, settings, truth, subjects=chosen_subjects(settings, subject), wanted=wanted)
    if curve:
        write_curve(settings, run.run_id, figures, curve)
    if gallery:
        write_gallery(settings, run.run_id, figures, gallery)
    print_figures(figures, form, alone=subject)
    for file in filter(None, (curve, gallery)):
        note(f"written: {file}")


def print_pairs(project: Project, sample: Path, form: Format, *, subject: str | None) -> None:
    """Print what a labelled sample of pairs says of the links of the live run."""
    from engine.store import open_live
    from lifetree.sampling import evaluate_pairs

    found = evaluate_pairs(open_live(project), project, sample, subjects=chosen_subjects(project, subject))
    if form == "json":
        print_json(found[subject] if subject else {"subjects": found})
        return
    rows = []
    for name, one in found.items():
        pairs = one["pairs"]
        for figure in ("precision", "recall", "f1"):
            low, high = pairs["intervals"][figure] or (None, None)
            told = {"estimate": pairs[figure], "from": low, "to": high}
            counts = {key: value for key, value in one["sample"].items() if key != "drawn"}
            rows.append({"subject": name, "of compared pairs": figure, **told, **counts})
    print_rows(rows, form)
