"""`lifetree quality`: what cleansing found, and the way of each fault to its department and back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.spelling import nearest
from engine.store import open_live
from lifetree.cli.frame import format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, note, print_rows, print_text
from lifetree.cli.quality_scorecard import scorecard
from lifetree.cli.quality_tickets import COMMANDS, as_of_option, day

SHORT = 60
"""Characters of a value that stand in a table; JSON and CSV hold the whole."""


@click.group()
def quality() -> None:
    r"""Count what cleansing found, feed faults back to their departments, and follow them until they are mended.

    found -> fed back -> fixed, or rejected with a reason -> verified by the rule on the new version -> shared again.

    \b
    Example:
      lifetree quality report demo
      lifetree quality tickets demo --state found
    """


@quality.command()
@project_argument
@click.option("--source", "-s", metavar="NAME", help="Only this source.")
@click.option("--rule", "-r", metavar="CODE", help="Only this rule, such as A5.")
@click.option("--rows", is_flag=True, help="List every finding and every quarantined row.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a page by department, rule and time instead.",
)  # fmt: skip
@as_of_option
@format_option
@guarded
def report(
    project: Path,
    source: str | None,
    rule: str | None,
    rows: bool,
    page: Path | None,
    as_of: datetime | None,
    form: Format,
) -> None:
    r"""Count what cleansing found, by source, rule and field, with an example; or write a page about it.

    Counted are the values that were repaired, emptied (null) or doubted (flag), and the rows that were quarantined.
    Alerts, as of a day, go to stderr. The page also holds alerts, tickets, the score card, overdue data sets, and
    findings over the runs that are kept and the months of delivery; it needs neither a network nor another file.

    \b
    Example:
      lifetree quality report demo
      lifetree quality report demo --source vaccination --rule A1 --rows --format csv
      lifetree quality report demo --html demo/quality.html --as-of 2025-01-31
    """
    from lifetree.alerts import run_alerts
    from lifetree.findings import run_rules
    from lifetree.quality import codes, counted, listed

    settings = open_project(project)
    sources = [one.name for one in settings.sources]
    if source is not None and source not in sources:
        raise click.UsageError(f"the project has no source '{source}'{nearest(source, sources)}")
    run = open_live(settings)
    if page is not None:
        if source or rule or rows:
            raise click.UsageError("the page is of all sources and rules; leave out --source, --rule and --rows")
        from lifetree.report.loop import write_page

        write_page(settings, page, as_of=day(as_of))
        print_text(f"written: {page}")
        return
    if rule is not None and rule not in (known := codes(run)):
        raise click.UsageError(f"there is no rule '{rule}'{nearest(rule, known)}")
    found = (listed if rows else counted)(run, source=source, rule=rule)
    if form == "table":
        found = [_shown(row) for row in found]
        for alert in run_alerts(run, settings, run_rules(run), as_of=day(as_of)):
            note(alert)
    print_rows(found, form, wrap=True)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for people: the record or the line in one column, the change in another."""
    place = f"{row['file']}, line {row['line']}" if row["file"] else row["record_id"]
    before, after = (_short(row[name]) for name in ("before", "after"))
    emptied = "(empty)" if row["action"] == "null" else ""
    change = f"{before} -> {after or emptied}" if not row["file"] and (after or emptied) else before
    number = {"count": row["count"]} if "count" in row else {}
    names = ("source", "rule", "field", "action")
    return {name: row[name] for name in names} | number | {"where": place, "change": change, "told": row["told"]}


def _short(text: str | None) -> str:
    return text if text and len(text) <= SHORT else f"{text[: SHORT - 1]}…" if text else ""


for command in (*COMMANDS, scorecard):
    quality.add_command(command)
