"""`lifetree quality tickets|feedback|answer|judge`: the way of a fault to its department and back."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click
import polars as pl

from lifetree.cli.frame import FAILED, format_option, guarded, open_project, project_argument
from lifetree.cli.output import Format, note, print_rows

SHOWN = ("ticket", "department", "source", "rule", "state", "record_id", "field", "before", "due", "overdue")
"""Columns of a table for people; JSON and CSV hold all."""

SHORT = 40
"""Characters of a delivered value that stand in a table."""

MOVES = ("found", "reopened", "fixed", "rejected", "verified", "withdrawn", "dismissed", "fed_back")
STATES = (*MOVES, "re_shared")
WORK = (
    "ticket", "source", "record_id", "role", "field", "delivered", "against", "rule", "wrong", "severity", "opened_at",
    "reopened", "due", "answer", "reason",
)  # fmt: skip

as_of_option = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The day it is, YYYY-MM-DD; unset: today."
)
department_option = click.option("--department", "-d", metavar="NAME", help="Only this department (steward).")


def day(as_of: datetime | None) -> str:
    """Return the day asked for, else today's."""
    return (as_of or datetime.now().astimezone()).date().isoformat()


@click.command()
@project_argument
@department_option
@click.option("--rule", "-r", metavar="CODE", help="Only this rule.")
@click.option("--state", type=click.Choice(STATES), help="Only tickets in this state.")
@click.option("--overdue", is_flag=True, help="Only tickets whose due day has passed.")
@click.option("--count", "counting", is_flag=True, help="Count by department, rule and state instead.")
@click.option("--limit", "-n", type=click.IntRange(1), default=50, show_default=True, help="Rows of a table at most.")
@as_of_option
@format_option
@guarded
def tickets(
    project: Path,
    department: str | None,
    rule: str | None,
    state: str | None,
    overdue: bool,
    counting: bool,
    limit: int,
    as_of: datetime | None,
    form: Format,
) -> None:
    r"""Open tickets for new faults, verify or reopen old ones against the live run, and list them, earliest due first.

    A ticket is one fault of one field of one record. It is verified only when its rule passes on a new version of the
    record; a record that vanished is withdrawn, never verified. Run it after each build; twice changes nothing.

    \b
    Example:
      lifetree quality tickets demo
      lifetree quality tickets demo --rule A1 --state found --format csv
      lifetree quality tickets demo --count
    """
    from lifetree.tickets import known_department, update
    from lifetree.tickets import tickets as listed

    settings = open_project(project)
    if department is not None:
        known_department(settings, department)
    moved = update(settings, as_of=day(as_of))
    note(_told(moved) or "no ticket has moved")
    asked = {"department": department, "rule": rule, "state": state, "overdue": overdue or None}
    found = listed(settings, as_of=day(as_of)).filter(
        *(pl.col(column) == value for column, value in asked.items() if value is not None)
    )
    if counting:
        by = ["department", "rule", "state"]
        found = found.group_by(by).agg(pl.len().alias("tickets"), pl.col("overdue").sum()).sort(by)
        print_rows(found.to_dicts(), form, empty="no tickets")
        return
    cut = pl.col("before").str.slice(0, SHORT)
    shown = found.head(limit).select(SHOWN).with_columns(cut) if form == "table" else found
    print_rows(shown.to_dicts(), form, empty="no tickets")
    if shown.height < found.height:
        note(f"{found.height:,} tickets, {limit} shown; --limit shows more, --format csv all")


@click.command()
@project_argument
@department_option
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="PATH",
    help="With --department a file, .csv or .json; else a folder for a file of each department.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Into a folder: JSON instead of CSV.")
@click.option("--again", is_flag=True, help="List also what was fed back before and is not mended yet.")
@click.option("--by", default="lifetree", show_default=True, metavar="WHO", help="Who feeds back.")
@as_of_option
@guarded
def feedback(
    project: Path, department: str | None, out: Path, as_json: bool, again: bool, by: str, as_of: datetime | None
) -> None:
    r"""Write the work list of each department, with the evidence and the day due, and mark its tickets as fed back.

    The last two columns, answer and reason, are for the department: `fixed` (已修改), or `rejected` (驳回) with a
    reason. `lifetree quality answer` reads them back. Days until due: `[rules.deadlines]` of the project.

    \b
    Example:
      lifetree quality feedback demo --out demo/lists
      lifetree quality feedback demo --out demo/again --again --json
    """
    from lifetree.tickets import feed_back, known_department, mark_fed_back, update

    settings = open_project(project)
    if department is not None:
        known_department(settings, department)
        if out.suffix.lower() not in (".csv", ".json"):
            raise click.UsageError(f"--out {out}: with --department, name a .csv or .json file")
    update(settings, as_of=day(as_of))
    work = feed_back(settings, as_of=day(as_of), department=department, again=again)
    files = {name: out if department else out / f"{_safe(name)}{'.json' if as_json else '.csv'}" for name in work}
    for name, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(work[name].select(WORK), file)
    marked = mark_fed_back(settings, work, as_of=day(as_of), by=by)
    rows = [{"department": name, "tickets": work[name].height, "file": str(file)} for name, file in files.items()]
    print_rows(rows, "table", empty="nothing to feed back")
    note(f"{marked:,} tickets fed back")


@click.command()
@project_argument
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@department_option
@as_of_option
@format_option
@guarded
def answer(project: Path, file: Path, department: str | None, as_of: datetime | None, form: Format) -> None:
    r"""Read the answers of a department: FILE is its work list, CSV or JSON, with answer and reason filled in.

    Good answers count; bad ones are listed with their lines, change nothing, and make the exit code 1. `fixed` waits
    for the next delivery, in which the rule must pass; `rejected` waits for `lifetree quality judge`.

    \b
    Example:
      lifetree quality answer demo police.csv --department 公安局
    """
    from lifetree.tickets import answer as noted
    from lifetree.tickets import known_department

    settings = open_project(project)
    if department is not None:
        known_department(settings, department)
    judged = noted(settings, file, as_of=day(as_of), department=department)
    told = _told(judged.moved) or "no new answer"
    note(f"{told}; {judged.empty} without an answer, {len(judged.faults)} not accepted")
    _refused(judged.faults, "line", form)


@click.command()
@project_argument
@click.argument("tickets", nargs=-1, required=True, metavar="TICKET...")
@click.option(
    "--accept-rejection/--refuse-rejection", "accepted", default=None, required=True,
    help="The fault is none, the ticket is dismissed; or it is one, the ticket is reopened.",
)  # fmt: skip
@click.option("--by", required=True, metavar="WHO", help="Who judges: the data authority, not the department.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@as_of_option
@guarded
def judge(
    project: Path, tickets: tuple[str, ...], accepted: bool, by: str, reason: str, as_of: datetime | None
) -> None:
    r"""Judge tickets that their department rejected.

    A rejected ticket stays open until then. A dismissed one is counted apart from those that were verified, and is
    reopened when another value of the same field is faulty.

    \b
    Example:
      lifetree quality judge demo T01 --accept-rejection --by 数据局 --reason "as on the card"
    """
    from lifetree.tickets import judge as decided

    told = decided(open_project(project), tickets, as_of=day(as_of), accepted=accepted, by=by, reason=reason)
    note(_told(told.moved) or "no ticket has moved")
    _refused(told.faults, "argument", "table")


COMMANDS = (tickets, feedback, answer, judge)


def _told(moved: Mapping[str, int]) -> str:
    return ", ".join(f"{moved[name]:,} {name.replace('_', ' ')}" for name in MOVES if Counter(moved)[name])


def _refused(faults: list[tuple[int, str]], place: str, form: Format) -> None:
    if faults:
        print_rows([{place: line, "fault": fault} for line, fault in faults], form, wrap=True)
        sys.exit(FAILED)


def _write(work: pl.DataFrame, file: Path) -> None:
    """Write a work list; a mark at the beginning of CSV tells spreadsheet programs that it is UTF-8."""
    if file.suffix.lower() == ".json":
        file.write_text(work.write_json(), encoding="utf-8")
    else:
        work.write_csv(file, include_bom=True)


def _safe(name: str) -> str:
    return re.sub(r'[\\/:*?"<>|\s]+', "_", name).strip("._") or "_"
