"""`lifetree suggest`: a project drafted from data files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifetree.cli.frame import format_option, guarded, quiet_option
from lifetree.cli.output import Format, note, print_json, print_rows, print_text

if TYPE_CHECKING:
    from lifetree.suggest import Draft, SubjectDraft


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default="project",
    show_default=True,
    help="The folder that becomes the project.",
)
@click.option("--subject", "-s", metavar="NAME", help="What every row tells of. Unset: what its columns say.")
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="PAIRS",
    help="Pairs that may be compared, a record. Unset: 30, and at least 1,000,000 in all.",
)
@click.option("--force", is_flag=True, help="Replace the lifetree.toml that is in the folder.")
@quiet_option
@format_option
@guarded
def suggest(
    files: tuple[Path, ...],
    output: Path,
    subject: str | None,
    budget: float | None,
    force: bool,
    quiet: bool,
    form: Format,
) -> None:
    r"""Draft a project from data FILEs.

    What each column holds is told by its name and its values; columns of several files are laid onto common attributes.
    The project says how they are compared and where candidates are found, with the pairs that each rule proposes. It
    can be built as it is, and is written to be read and edited.

    \b
    Example:
      lifetree suggest demo/data/hukou.csv demo/data/medical_enrolment.parquet --output linked
      lifetree suggest customers.csv leads.xlsx --subject customer --budget 10
    """
    from lifetree.suggest import draft_of, project_text, refuse_existing, write_project

    refuse_existing(output, force=force)
    draft = draft_of(files, subject=subject, budget=budget, say=None if quiet else note)
    if len(draft.subjects) > 1 and not quiet:
        names = " and ".join(one.name for one in draft.subjects)
        note(f"the files tell of {names}, which are never linked; if all rows tell of one, name it with --subject")
    written = write_project(output, project_text(draft, folder=output))
    if form == "json":
        print_json({"project": str(written), "subjects": [_told(one) for one in draft.subjects]})
    elif form == "csv":
        print_rows([row for one in draft.subjects for row in _columns(one)], form)
    else:
        _print_tables(draft)
        print_text(f"\nwritten: {written}\nnext:\n  lifetree build {output}")


def _print_tables(draft: Draft) -> None:
    for one in draft.subjects:
        print_rows(list(_columns(one)), "table", title=f"{one.name}: columns")
        print_text()
        print_rows(list(_comparisons(one)), "table", title=f"{one.name}: comparisons")
        print_text()
        rules = [{**row, "pairs": f"{row['pairs']:,}"} for row in _rules(one)]
        print_rows(rules, "table", title=f"{one.name}: blocking rules")
        total = sum(row["pairs"] for row in _rules(one))
        print_text(f"\n{total:,} pairs for {one.records:,} records")
        if one.between_sources:
            print_text("neither file seems to hold a subject twice: only records of different files are compared")
        print_text()


def _told(subject: SubjectDraft) -> dict[str, Any]:
    return {
        "subject": subject.name,
        "records": subject.records,
        "between_sources": subject.between_sources,
        "columns": list(_columns(subject)),
        "comparisons": list(_comparisons(subject)),
        "rules": list(_rules(subject)),
        "training": [list(one) for one in subject.training],
    }


def _columns(subject: SubjectDraft) -> Iterator[dict[str, Any]]:
    """Yield a row per column of each file: what it became, or why nothing."""
    left = {(source, column): why for source, column, why in subject.left_out}
    for file in subject.files:
        source = file.sample.name
        held = {
            column: one
            for one in reversed(subject.attributes)
            for column in (one.places[source].columns if source in one.places else ())
        }
        for column in file.columns:
            one = held.get(column.name)
            yield {
                "source": source,
                "column": column.name,
                "filled": f"{column.filled:.0%}",
                "distinct": column.distinct,
                "attribute": "the key" if column.name == file.key else one.name if one else "",
                "kind": one.kind if one else "",
                "why not": left.get((source, column.name), ""),
            }


def _comparisons(subject: SubjectDraft) -> Iterator[dict[str, Any]]:
    for one in subject.comparisons:
        yield {
            "attribute": list(one.attribute),
            "comparison": one.kind,
            "rare values weigh more": one.term_frequency,
        }


def _rules(subject: SubjectDraft) -> Iterator[dict[str, Any]]:
    for rule in subject.rules:
        yield {"rule": " & ".join(rule.parts), "max_block": rule.max_block, "pairs": round(rule.pairs)}
