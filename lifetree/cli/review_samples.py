"""`lifetree review PROJECT sample`: pairs to label for an evaluation."""

from __future__ import annotations

from pathlib import Path

import click

from engine.store import open_live
from lifetree.cli.frame import chosen_subjects, guarded, open_project, subject_option
from lifetree.cli.output import print_text


@click.command()
@click.option("--pairs", "-n", type=click.IntRange(1), default=200, show_default=True, help="About how many.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws other pairs.")
@subject_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Where the sample is written, as CSV.",
)
@click.pass_obj
@guarded
def sample(project: Path, pairs: int, seed: int, subject: str | None, output: Path) -> None:
    r"""Draw compared pairs for labelling, as many of every band of weight; the file tells nothing of the weights.

    `ask --sample FILE` asks for the labels, blind. They have no force: a sample that moves what it measures tells
    nothing. `lifetree evaluate PROJECT --truth FILE --sample pairs` reads them.

    \b
    Example:
      lifetree review demo sample --subject person --pairs 100 --output demo/sample.csv
    """
    from lifetree import sampling

    settings = open_project(project)
    [name, *others] = chosen_subjects(settings, subject)
    if others:
        raise click.UsageError("say of which subject with --subject")
    drawn = sampling.drawn(open_live(settings), subject=name, pairs=pairs, seed=seed)
    drawn.write_csv(output)
    print_text(f"{output}: {drawn.height:,} pairs; `lifetree review {project} ask --sample {output}` asks for labels")
