"""The change feed: what happened to entities run by run, for systems that keep what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from engine.errors import StoreError
from engine.store import Run, open_run
from engine.tables import RECORD_KEY
from lifetree.lookup import spelt
from lifetree.registry import numbered_runs

Row = dict[str, Any]

EVENTS = {"create": "created", "revive": "revived", "merge": "merged", "split": "split", "retire": "retired"}
ORDER = ("created", "revived", "merged", "split", "changed", "retired")
"""The order of the events of a subject in one run: what is named was created before."""


def feed(run: Run, *, subjects: Iterable[str], since: str | None = None) -> Iterator[Row]:
    """Yield what happened to entities after run `since` (an id or a number; None: ever), by run, subject, event and id.

    Keys: run, run_id, published_at, subject, event, entity_id, other_id, cause, `joined` and `left`, the records that
    came to the entity and went from it (created, revived: all; retired: all that it had; merged and split: none, as
    `changed` tells them). Memory: the history of the records that changed since.

    Raises:
        StoreError: there is no such run, or the store was built before ids were registered.
    """
    known = [subject for subject in subjects if f"{subject}/ledger" in run.manifest["tables"]]
    if not known:
        raise StoreError(f"run {run.run_id} has no registry of ids", hint="`lifetree build` makes it")
    after = _ordinal(run, since) if since else 0
    told = {subject: _lines(run, subject, after) for subject in known}
    for one in numbered_runs(run):
        for subject, lines in told.items():
            for line in lines.get(one["ordinal"], []):
                place = {"run": one["ordinal"], "run_id": one["run_id"], "published_at": one["published_at"]}
                yield {**place, "subject": subject, **line}


def _ordinal(run: Run, since: str) -> int:
    """Return the number of a run that is given by its id or number."""
    runs = numbered_runs(run)
    own: int = run.manifest["registry"]["ordinal"]
    found = {run.run_id: own} | {one["run_id"]: one["ordinal"] for one in runs}
    found = {str(one["ordinal"]): one["ordinal"] for one in runs} | found
    if since in found:
        return int(found[since])
    try:
        told: int = open_run(run.folder.parent.parent, since).manifest["registry"]["ordinal"]
    except (StoreError, KeyError) as error:
        have = ", ".join(f"{one['ordinal']} ({one['run_id']})" for one in runs[-5:])
        raise StoreError(f"no run '{since}' in this store", hint=f"the last ones are {have}") from error
    return told


def _lines(run: Run, subject: str, after: int) -> dict[int, list[Row]]:
    """Return the lines of a subject by the run's number, each in order."""
    moved = _moves(run, subject, after)
    joined, left = _records(moved, "entity_id"), _records(moved, "before")
    acts = run.scan("ledger", subject=subject).filter(pl.col("since") > after).collect()
    lines: dict[int, list[Row]] = {}
    whole = set()
    for row in acts.iter_rows(named=True):
        key = (row["since"], row["entity_id"])
        event = EVENTS[row["action"]]
        took, lost = (joined.get(key, []), left.get(key, [])) if event not in {"merged", "split"} else ([], [])
        whole |= {key} if event not in {"merged", "split"} else set()
        line = {"event": event, "entity_id": row["entity_id"], "other_id": row["other_id"], "cause": row["cause"]}
        lines.setdefault(row["since"], []).append({**line, "joined": took, "left": lost})
    for key in (joined.keys() | left.keys()) - whole:
        line = {"event": "changed", "entity_id": key[1], "other_id": None, "cause": []}
        lines.setdefault(key[0], []).append({**line, "joined": joined.get(key, []), "left": left.get(key, [])})
    return {since: sorted(several, key=_order) for since, several in lines.items()}


def _order(line: Row) -> tuple[int, str, str]:
    return (ORDER.index(line["event"]), line["entity_id"], line["other_id"] or "")


def _moves(run: Run, subject: str, after: int) -> pl.DataFrame:
    """Return the records whose entity changed after a run: `since`, `entity_id` and the one `before`."""
    rows = run.scan("record_history", subject=subject)
    changed = rows.filter(pl.col("since") > after).select(RECORD_KEY).unique()
    known = rows.join(changed, on=RECORD_KEY, how="semi").select(*RECORD_KEY, "since", "entity_id").collect()
    known = known.sort(*RECORD_KEY, "since")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in RECORD_KEY)
    told = known.with_columns(before=pl.when(same).then(pl.col("entity_id").shift(1)))
    return told.filter(pl.col("since") > after, pl.col("entity_id").ne_missing(pl.col("before")))


def _records(moved: pl.DataFrame, column: str) -> dict[tuple[int, str], list[str]]:
    """Return the records, as commands take them, by run and entity of a column."""
    found: dict[tuple[int, str], list[str]] = {}
    for row in moved.filter(pl.col(column).is_not_null()).iter_rows(named=True):
        found.setdefault((row["since"], row[column]), []).append(spelt(row))
    return found
