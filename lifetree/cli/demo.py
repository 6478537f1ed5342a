"""`lifetree demo`: from an invented city's files to residents, companies, a count and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifetree.cli.evaluated import print_figures
from lifetree.cli.frame import format_option, guarded, quiet_option
from lifetree.cli.generate import city_options, print_city
from lifetree.cli.output import Format, note, print_json, print_rows, print_text
from lifetree.cli.progress import progress_on_stderr

if TYPE_CHECKING:
    from lifetree.demo import Demo


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="[DIR]", default="demo")
@city_options
@quiet_option
@format_option
@guarded
def demo(folder: Path, persons: int, seed: int, error_scale: float, quiet: bool, form: Format) -> None:
    r"""Make a synthetic city in DIR, build it, and report.

    The files of 63 departments' data sets on persons and 56 on legal entities become residents and companies, which are
    held against the truth and counted. DIR/report.html (default: demo) shows it; everybody in it is invented.

    DIR is a project like any other: the other commands take it.

    \b
    Example:
      lifetree demo demo
      lifetree demo city --persons 100000 --seed 2 --error-scale 2 --format json
    """
    from lifetree.city import Asked
    from lifetree.demo import run_demo

    with progress_on_stderr(quiet=quiet) as progress:
        done = run_demo(folder, Asked(persons, seed, error_scale), progress=progress, say=None if quiet else note)
    if form == "json":
        print_json(done.result)
    elif form == "csv":
        print_figures(done.figures, form)
    else:
        _print_demo(done, folder)


def _print_demo(done: Demo, folder: Path) -> None:
    print_city(done.city)
    print_text()
    print_rows([{"subject": name, **own} for name, own in done.summary["subjects"].items()], "table", title="built")
    print_text()
    print_figures(done.figures, "table")
    print_text()
    print_rows([_count(one) for one in done.counts], "table", title="counted", empty="no count is configured")
    seconds, memory = done.result["seconds"], done.result["peak_memory_mb"]
    print_text(f"\n{done.result['records']:,} records in {seconds:.1f} s, {memory:,} MB at most")
    print_text(f"report: {done.result['report']}")
    print_text("\nnext:")
    for question in (f"count {folder}", f"find {folder} 王芳", f"show {folder} SOURCE:RECORD_ID"):
        print_text(f"  lifetree {question}")


def _count(one: dict[str, Any]) -> dict[str, Any]:
    truth = one["truth"]
    return {
        "definition": one["definition"],
        "as of": one["as_of"],
        "agreed": one["agreed"],
        "truth": truth,
        "difference": f"{one['agreed'] / truth - 1:+.2%}" if truth else None,
        "bridges": len(one["bridges"]),
    }
