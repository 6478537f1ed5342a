"""`lifetree update`: new deliveries in, the live run brought up to them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from lifetree.cli.build import print_summary
from lifetree.cli.frame import format_option, guarded, open_project, project_argument, quiet_option
from lifetree.cli.output import Format, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr


@click.command()
@project_argument
@click.argument("batches", nargs=-1, type=click.Path(path_type=Path), metavar="BATCH...")
@click.option("--source", metavar="NAME", help="Whose files these are. Unset: told by their names.")
@click.option(
    "--mode",
    type=click.Choice(["append", "delta", "replace"]),
    help="What they say of the records before. Unset: the source's `mode`.",
)
@click.option("--delivered-at", metavar="DATE", help="When they were delivered, ISO 8601. Unset: by the source.")
@click.option("--buckets", type=click.IntRange(1), help="Parts that the tables are cut into. Unset: as the live run.")
@click.option("--memory", metavar="SIZE", help="Memory to stay within, such as 4GB. Unset: what the machine has.")
@quiet_option
@format_option
@guarded
def update(
    project: Path,
    batches: tuple[Path, ...],
    source: str | None,
    mode: str | None,
    delivered_at: str | None,
    buckets: int | None,
    memory: str | None,
    quiet: bool,
    form: Format,
) -> None:
    r"""Add, correct and withdraw records of PROJECT by new deliveries.

    Each BATCH is a file of one of the sources, looked at as a build looks at it and then kept in the store, where every
    later build reads it too; a content that the source has already adds nothing. The weights are those of the last
    build. Without a BATCH, what `lifetree watch` took and what is new among the project's files is brought in.

    In a `delta` the column `op` of the source says what each row does: U or I, that it adds or replaces its record; D,
    that it withdraws it. A `replace` delivery is the whole source: what was delivered before counts no more.

    \b
    Example:
      lifetree update demo
      lifetree update demo new/civil.csv --delivered-at 2024-05-02
      lifetree update demo changes.csv --source civil --mode delta --delivered-at 2024-05-02
    """
    from lifetree.update import update as bring_in

    settings = open_project(project)
    with progress_on_stderr(quiet=quiet) as progress:
        summary = bring_in(
            settings,
            batches,
            source=source,
            mode=mode,
            delivered_at=delivered_at,
            buckets=buckets,
            memory=memory,
            progress=progress,
            tell=None if quiet else partial(click.echo, err=True),
        )
    if form == "table" and summary["deliveries"]:
        print_rows([_row(one) for one in summary["deliveries"]], form, title="deliveries")
        print_text()
    print_summary(summary, form)


def _row(told: dict[str, str | None]) -> dict[str, str | None]:
    """Return what became of a batch, as a row of a table."""
    repeats, refused, name = told["repeats"], told["refused"], (told["delivery"] or "")[:12]
    became = f"repeats {repeats}, adds nothing" if repeats else f"accepted as {name}"
    if refused:
        became = f"{f'repeats {repeats}' if repeats else f'kept as {name}'}, and REFUSED: {refused}"
    return {**{key: told[key] for key in ("file", "source", "mode", "delivered_at")}, "became": became}
