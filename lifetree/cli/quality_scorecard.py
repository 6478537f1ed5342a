"""`lifetree quality scorecard`: how departments supply, mend and use data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.store import open_live
from lifetree.cli.frame import format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, note, print_rows
from lifetree.cli.quality_tickets import as_of_option, day, department_option


@click.command()
@project_argument
@department_option
@as_of_option
@format_option
@guarded
def scorecard(project: Path, department: str | None, as_of: datetime | None, form: Format) -> None:
    r"""Score each department: 3 indicators of the first level, 6 of the second, each with numerator and denominator.

    Scores are in percent, in JSON and CSV in tenths of one. What is not measured says so and does not count. The
    formulas are in docs/guide/quality.md.

    \b
    Example:
      lifetree quality scorecard demo
      lifetree quality scorecard demo --as-of 2025-01-31 --format json
    """
    from lifetree.scorecard import WHOLE
    from lifetree.scorecard import scorecard as scored
    from lifetree.tickets import known_department

    settings = open_project(project)
    if department is not None and department != WHOLE:
        known_department(settings, department)
    cards = scored(open_live(settings), settings, as_of=day(as_of))
    rows = [row for row in cards if department in (None, row["department"])]
    print_rows([_shown(row) for row in rows] if form == "table" else rows, form)
    if form == "table":
        note("no data: nothing was delivered, fed back or recorded that could be measured")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    points = row["score"]
    return {**row, "score": "" if points is None else f"{points // 10}.{points % 10} %"}
