"""The loop from a run to the departments and back: tickets are opened, fed back, answered, judged and verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.cleanse import project_rulebook
from engine.errors import InputError
from engine.settings import Project, Rule
from engine.spelling import nearest
from engine.store import open_live
from engine.tickets import (
    Answers,
    Ledger,
    append_events,
    compared,
    ledger,
    observe,
    open_ledger,
    opened,
    read_answers,
    record_versions,
)
from lifetree.findings import run_rules
from lifetree.stewards import department_of, stewards

FED = ("found", "reopened")
"""States of which the department does not know yet."""

OUTSTANDING = (*FED, "fed_back", "fixed")
SHOWN = (
    "ticket", "department", "source", "rule", "severity", "state", "record_id", "role", "field", "before", "after",
    "opened_at", "since", "fed_back_at", "due", "overdue", "reopened", "verified_at", "shared_run", "by", "reason",
)  # fmt: skip


class Judged(NamedTuple):
    """How many tickets moved, and `(line, why)` of each that did not."""

    moved: Counter[str]
    faults: list[tuple[int, str]]
    empty: int = 0


def update(project: Project, *, as_of: str) -> Counter[str]:
    """Hold the live run against the tickets and return how many events of each kind followed; none the second time."""
    with ledger(project.path(project.store), as_of=as_of) as before:
        after = _updated(before, project, as_of=as_of)
    return _counted(after.events[before.events.height :])


def tickets(project: Project, *, as_of: str) -> pl.DataFrame:
    """Return every ticket with its department as it stood at the end of a day, the earliest due first."""
    found = open_ledger(project.path(project.store)).tickets(as_of=as_of)
    named = found.with_columns(department=department_of(stewards(project)))
    return named.select(SHOWN).sort("due", "department", "source", "rule", "ticket", nulls_last=True)


def feed_back(
    project: Project, *, as_of: str, department: str | None = None, again: bool = False
) -> dict[str, pl.DataFrame]:
    """Return the work list of each department (or of one) without marking anything.

    `again` lists also what was fed back before and is not mended yet. Departments without work are left out.
    """
    rules = {rule.code: rule for rule in project_rulebook(project).rules}
    wanted = OUTSTANDING if again else FED
    listed = tickets(project, as_of=as_of).filter(pl.col("state").is_in(wanted))
    if department is not None:
        listed = listed.filter(pl.col("department") == department)
    days = {name: project.rules.deadlines.days(name) for name in ("E", "W", "I")}
    due = {name: (date.fromisoformat(as_of) + timedelta(span)).isoformat() for name, span in days.items()}
    told = {code: _wrong(rule) for code, rule in rules.items()}
    new = pl.col("state").is_in(FED)
    work = listed.select(
        "ticket", "department", "source", "record_id", "role", "field",
        pl.col("before").alias("delivered"),
        pl.col("after").alias("against"),
        "rule",
        pl.col("rule").replace_strict(told, default="the row could not be read", return_dtype=pl.String).alias("wrong"),
        "severity", "opened_at", "reopened",
        pl.when(new).then(pl.col("severity").replace_strict(due, return_dtype=pl.String)).otherwise("due").alias("due"),
        pl.lit("").alias("answer"),
        pl.lit("").alias("reason"),
        new.alias("new"),
    )  # fmt: skip
    parts = work.sort("department", "due", "source", "rule", "ticket").partition_by("department", as_dict=True)
    return {str(name): part for (name,), part in parts.items()}


def mark_fed_back(project: Project, work: Mapping[str, pl.DataFrame], *, as_of: str, by: str) -> int:
    """Note that the new tickets of work lists were handed over, with their due days; return how many."""
    if not work:
        return 0
    new = pl.concat(work.values()).filter("new").select("ticket", "due", at=pl.lit(as_of), event=pl.lit("fed_back"))
    with ledger(project.path(project.store), as_of=as_of) as before:
        standing = before.tickets(as_of=as_of).filter(pl.col("state").is_in(FED))
        events = new.join(standing, on="ticket", how="semi", maintain_order="left")
        append_events(before, events.with_columns(by=pl.lit(by)))
    return events.height


def answer(project: Project, file: Path, *, as_of: str, department: str | None = None) -> Judged:
    """Note what a department answered; bad answers are told and change nothing, good ones count all the same.

    Only what was fed back can be answered; a ticket that says already what the answer says stays as it is.
    """
    with ledger(project.path(project.store), as_of=as_of) as before:
        answers = read_answers(file)
        standing = _standing(before, project, [one.ticket for one in answers.given], as_of=as_of)
        events, faults = _answered(answers, standing, department)
        after = append_events(before, _events(events, as_of))
    told = sorted([*answers.faults, *faults])
    return Judged(_counted(after.events[before.events.height :]), told, answers.empty)


def judge(project: Project, names: Sequence[str], *, as_of: str, accepted: bool, by: str, reason: str) -> Judged:
    """Dismiss rejected tickets where the data authority accepts the rejection, else reopen them."""
    events: list[dict[str, Any]] = []
    faults: list[tuple[int, str]] = []
    with ledger(project.path(project.store), as_of=as_of) as before:
        standing = _standing(before, project, names, as_of=as_of)
        for place, name in enumerate(dict.fromkeys(names), start=1):
            state = standing.get(name, {}).get("state")
            if state != "rejected":
                faults.append((place, f"{name} is {state or 'no ticket'}; only a rejected ticket can be judged"))
            elif by == standing[name]["department"]:
                faults.append((place, f"{name} is of {by}, and nobody judges a rejection of its own"))
            else:
                event = "dismissed" if accepted else "reopened"
                events.append({"ticket": name, "event": event, "by": by, "reason": reason, **_seen(standing[name])})
        after = append_events(before, _events(events, as_of))
    return Judged(_counted(after.events[before.events.height :]), faults)


def known_department(project: Project, department: str) -> str:
    """Return the department.

    Raises:
        InputError: no source of the project is its.
    """
    names = sorted({one.department for one in stewards(project).values()})
    if department not in names:
        unknown = f"no source has the steward '{department}'{nearest(department, names)}"
        raise InputError(unknown, hint=f"there are {', '.join(names)}")
    return department


def _wrong(rule: Rule) -> str:
    return f"{rule.title}: {rule.message}" + (f" ({rule.standard})" if rule.standard else "")


def _updated(before: Ledger, project: Project, *, as_of: str) -> Ledger:
    run = open_live(project)
    standing = before.tickets(as_of=as_of)
    seen = observe(run, project, rules=run_rules(run), known=standing["rule"].unique().to_list())
    fresh = seen.faults.filter("wanted").join(standing, on="ticket", how="anti")
    versions = record_versions(run, project, pl.concat([frame.select(_VERSIONED) for frame in (standing, fresh)]))
    events = [opened(seen, standing, versions, at=as_of), compared(seen, standing, versions, at=as_of)]
    return append_events(before, pl.concat(events, how="diagonal"))


_VERSIONED = ("ticket", "subject", "source", "record_id", "role")


def _standing(found: Ledger, project: Project, names: Sequence[str], *, as_of: str) -> dict[str, dict[str, Any]]:
    asked = found.tickets(as_of=as_of).filter(pl.col("ticket").is_in(list(names)))
    rows = asked.with_columns(department=department_of(stewards(project)))
    return {row["ticket"]: row for row in rows.iter_rows(named=True)}


def _answered(
    answers: Answers, standing: Mapping[str, Mapping[str, Any]], department: str | None
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    events: list[dict[str, Any]] = []
    faults: list[tuple[int, str]] = []
    for one in answers.given:
        row = standing.get(one.ticket)
        if row is None:
            faults.append((one.line, f"there is no ticket {one.ticket}"))
        elif department not in (None, row["department"]):
            faults.append((one.line, f"{one.ticket} is of {row['department']}, not of {department}"))
        elif row["state"] == one.answer and (row["reason"] == one.reason or one.reason is None):
            continue
        elif row["state"] not in ("fed_back", "fixed", "rejected"):
            faults.append((one.line, f"{one.ticket} is {row['state'].replace('_', ' ')}: there is nothing to answer"))
        else:
            events.append(
                {"ticket": one.ticket, "event": one.answer, "by": row["department"], "reason": one.reason, **_seen(row)}
            )
    return events, faults


def _seen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("before", "after", "version")}


def _events(rows: list[dict[str, Any]], as_of: str) -> pl.DataFrame:
    columns = ("ticket", "event", "by", "reason", "before", "after", "version")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)).with_columns(at=pl.lit(as_of))


def _counted(events: pl.DataFrame) -> Counter[str]:
    return Counter(dict(events.group_by("event").len().iter_rows()))
