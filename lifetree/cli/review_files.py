"""`lifetree review PROJECT export|import`: judgements and open doubts as CSV files."""

from __future__ import annotations

import io
from pathlib import Path

import click
import polars as pl

from engine.store import open_live
from lifetree.cli.frame import chosen_subjects, guarded, open_project, subject_option
from lifetree.cli.judge import now
from lifetree.cli.output import print_text


@click.command(name="export")
@click.option(
    "--open", "doubts", is_flag=True, help="The open doubts as a form to fill in, with the values of both records."
)
@subject_option
@click.option("--limit", "-n", type=click.IntRange(1), help="Doubts at most.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Instead of stdout.")
@click.pass_obj
@guarded
def give_out(project: Path, doubts: bool, subject: str | None, limit: int | None, output: Path | None) -> None:
    r"""Write the judgements that stand as CSV, or the open doubts; `import` reads both.

    \b
    Example:
      lifetree review demo export
      lifetree review demo export --open --limit 50 --output demo/doubts.csv
    """
    from lifetree import judgement_files, reviewing
    from matchers.judgements import COLUMNS

    settings = open_project(project)
    names = chosen_subjects(settings, subject)
    if doubts:
        run = open_live(settings)
        found = reviewing.doubts(run, settings, subjects=names)
        rows = list(judgement_files.forms(run, found.head(limit) if limit else found))
        columns = list(dict.fromkeys(name for row in rows for name in row))
        frame = pl.DataFrame(rows, schema=dict.fromkeys(columns or COLUMNS, pl.String))
    else:
        told = reviewing.standing(settings)
        frame = told.filter(pl.col("subject").is_null() | pl.col("subject").is_in(names)).head(limit or told.height)
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    if output:
        output.write_bytes(buffer.getvalue())
        print_text(f"written: {output} ({frame.height:,} lines)")
    else:
        click.echo(buffer.getvalue().decode(), nl=False)


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True), metavar="FILE")
@click.option("--by", metavar="WHO", help="Who decided where a line does not say.")
@click.pass_obj
@guarded
def take(project: Path, file: Path, by: str | None) -> None:
    r"""Add the judgements of a CSV file; lines without a judgement are left out.

    Columns: source_l, record_l, source_r, record_r, judgement, decided_by (or --by), and if wanted role_l, role_r,
    subject, decided_at, reason. With a fault in the file nothing is added.

    \b
    Example:
      lifetree review demo import demo/doubts.csv --by 周
    """
    from lifetree import judgement_files

    settings = open_project(project)
    added = judgement_files.take_in(open_live(settings), settings, file, by=by, at=now())
    told = f"{added[0]} to {added[-1]}" if len(added) > 1 else "".join(added)
    print_text(
        f"{len(added):,} judgements added{f': {told}' if told else ''}; `lifetree update {project}` takes them up"
    )
