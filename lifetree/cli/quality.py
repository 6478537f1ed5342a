"""`lifetree quality`: what cleansing mended, emptied, doubted and set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.spelling import nearest
from engine.store import open_live
from lifetree.cli.frame import format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, print_rows

SHORT = 60
"""Characters of a value that stand in a table; JSON and CSV hold the whole."""


@click.command()
@project_argument
@click.option("--source", "-s", metavar="NAME", help="Only this source.")
@click.option("--rule", "-r", metavar="CODE", help="Only this rule, such as A5.")
@click.option("--rows", is_flag=True, help="List every finding and every quarantined row.")
@format_option
@guarded
def quality(project: Path, source: str | None, rule: str | None, rows: bool, form: Format) -> None:
    r"""Count what cleansing found, by source, rule and field, with an example.

    Counted are the values that were repaired, emptied (null) or doubted (flag), and the rows that were quarantined.

    \b
    Example:
      lifetree quality demo
      lifetree quality demo --source vaccination --rule A1 --rows --format csv
    """
    from lifetree.quality import codes, counted, listed

    settings = open_project(project)
    sources = [one.name for one in settings.sources]
    if source is not None and source not in sources:
        raise click.UsageError(f"the project has no source '{source}'{nearest(source, sources)}")
    run = open_live(settings)
    if rule is not None and rule not in (known := codes(run)):
        raise click.UsageError(f"there is no rule '{rule}'{nearest(rule, known)}")
    found = (listed if rows else counted)(run, source=source, rule=rule)
    if form == "table":
        found = [_shown(row) for row in found]
    print_rows(found, form, wrap=True)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for people: the record or the line in one column, the change in another."""
    place = f"{row['file']}, line {row['line']}" if row["file"] else row["record_id"]
    before, after = (_short(row[name]) for name in ("before", "after"))
    change = before if row["file"] else f"{before} -> {after or '(empty)'}"
    number = {"count": row["count"]} if "count" in row else {}
    names = ("source", "rule", "field", "action")
    return {name: row[name] for name in names} | number | {"where": place, "change": change, "told": row["told"]}


def _short(text: str | None) -> str:
    return text if text and len(text) <= SHORT else f"{text[: SHORT - 1]}…" if text else ""
