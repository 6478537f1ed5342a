"""What became of an entity id or of a record, run by run, and where a retired id leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.hashing import hash64
from engine.settings import Project
from engine.store import Run
from engine.tables import RECORD_KEY
from lifetree.lookup import resolve, spelt
from lifetree.registry import numbered_runs
from lifetree.rows import bearers_of
from matchers.identity import ALPHABET, valid_entity_id

Row = dict[str, Any]

LENGTH = 16


class Followed(NamedTuple):
    """The live id that a reference leads to, and what is to be said of it, "" where it leads to itself."""

    reference: str
    told: str


def follow(run: Run, reference: str, *, subjects: Iterable[str], text: bool = False) -> Followed:
    """Return the id that took over where `reference` is a retired entity id; anything else stays as it is.

    With `text`, what looks like an id and is none is a text and stays as well; else an id may be typed in lower case
    and with hyphens.

    Raises:
        StoreError: the check character is wrong, no run ever issued the id, or it is retired and nothing took over.
    """
    typed = reference.replace("-", "").upper()
    if typed != reference and not text and valid_entity_id(typed):
        return follow(run, typed, subjects=subjects)
    if ":" in reference or len(reference) != LENGTH or not set(reference) <= set(ALPHABET):
        return Followed(reference, "")
    if not valid_entity_id(reference):
        if text:
            return Followed(reference, "")
        raise StoreError(
            f"'{reference}' is no entity id: its check character does not fit",
            hint="a character is wrong, or two are swapped; `lifetree find PROJECT TEXT` looks for values",
        )
    keeping = [subject for subject in subjects if f"{subject}/ledger" in run.manifest["tables"]]
    for subject in keeping:
        if _events(run, subject, reference).is_empty():
            continue
        found = _leads(run, subject, reference)
        if found is None:
            return Followed(reference, "")
        since, to = found
        place = _place(since, _runs(run))
        if to is None:
            raise StoreError(
                f"entity {reference} is retired since {place}: none of its records is in an entity any more",
                hint=f"`lifetree history PROJECT {reference}` tells what became of it",
            )
        return Followed(to, f"{reference} is retired since {place}; {to} took over")
    if keeping and not text:
        raise StoreError(
            f"no entity '{reference}' was ever in this store up to run {run.run_id}; the id itself is well formed",
            hint="is it of another project or store?",
        )
    return Followed(reference, "")


def history(run: Run, project: Project, reference: str, *, subjects: Iterable[str]) -> list[Row]:
    """Return what happened to an entity id, live or retired, or to a record and the entities that it bore.

    One object per subject that knows it: `subject`, `reference`, `entity_id` (of a record: that it bears or bore last),
    `state` (live, retired; of a record: also unresolved, withdrawn), `leads_to` (the live id), and `events` in order:
    run, run_id, published_at, event, entity_id, other_id, cause, links (left, right, reason).

    Raises:
        StoreError: nothing bears that name, or the store was built before ids were registered.
    """
    names = list(subjects)
    known = [subject for subject in names if f"{subject}/ledger" in run.manifest["tables"]]
    if not known:
        raise StoreError(f"run {run.run_id} has no registry of ids", hint="`lifetree build` makes it")
    told = [one for subject in known for one in _of_records(run, subject, reference)]
    if ":" not in reference:
        told = [one for subject in known for one in _of_id(run, subject, reference)]
        if not told:
            follow(run, reference, subjects=known)
    if not told:
        resolve(run, project, reference, subjects=names)
    return told


def _of_id(run: Run, subject: str, entity_id: str) -> list[Row]:
    rows = _events(run, subject, entity_id)
    if rows.is_empty():
        return []
    return [
        {
            "subject": subject,
            "reference": entity_id,
            **_state(run, subject, entity_id),
            "events": _told(run, subject, rows),
        }
    ]


def _of_records(run: Run, subject: str, reference: str) -> list[Row]:
    """Return the history of a record in each of its roles, or in the one that the reference names."""
    source, _, rest = reference.partition(":")
    record_id, _, role = rest.rpartition(":")
    for key in [{"record_id": rest}, {"record_id": record_id, "role": role}] if rest else []:
        part = run.part("record_history", subject=subject, key=hash64(pl.lit(key["record_id"])), first=source)
        tests = [pl.col(name) == value for name, value in {"source": source, **key}.items()]
        rows = part.filter(*tests).collect().sort(*RECORD_KEY, "since")
        if rows.height:
            return [_of_record(run, subject, one) for one in rows.partition_by(RECORD_KEY, maintain_order=True)]
    return []


def _of_record(run: Run, subject: str, rows: pl.DataFrame) -> Row:
    borne = rows.drop_nulls("entity_id")["entity_id"]
    ids = list(dict.fromkeys(borne))
    events = pl.concat([_events(run, subject, one) for one in ids] or [_events(run, subject, "")])
    last = rows.row(-1, named=True)
    state = {"entity_id": borne[-1] if ids else None, "state": "unresolved", "leads_to": None}
    if last["signature_id"] is None:
        state["state"] = "withdrawn"
    elif last["entity_id"]:
        state = _state(run, subject, last["entity_id"])
    steps = [*_steps(rows, _runs(run)), *_told(run, subject, events)]
    return {
        "subject": subject, "reference": spelt(last), **state, "events": sorted(steps, key=lambda row: row["run"]),
    }  # fmt: skip


def _steps(rows: pl.DataFrame, runs: Mapping[int, Row]) -> list[Row]:
    """Return what happened to a record: added, moved, in no entity (left), withdrawn, judged or corrected."""
    steps, before = [], None
    for row in rows.iter_rows(named=True):
        event = _step(row, before)
        steps.append(_row(runs, row["since"], event, row["entity_id"], before["entity_id"] if before else None))
        before = row
    return steps


def _step(row: Row, before: Row | None) -> str:
    if row["signature_id"] is None:
        return "record withdrawn"
    if before is None or before["signature_id"] is None:
        return "record added"
    if row["entity_id"] != before["entity_id"]:
        return "record moved" if row["entity_id"] else "record left"
    return "record judged" if row["judged"] != before["judged"] else "record corrected"


def _events(run: Run, subject: str, entity_id: str) -> pl.DataFrame:
    """Return the LEDGER of an id, by run; what ended it stands last."""
    part = run.part("ledger", subject=subject, key=hash64(pl.lit(entity_id)), first=entity_id)
    return part.filter(pl.col("entity_id") == entity_id).collect().sort("since", "action", "other_id")


def _state(run: Run, subject: str, entity_id: str) -> Row:
    found = _leads(run, subject, entity_id)
    leads_to = entity_id if found is None else found[1]
    return {"entity_id": entity_id, "state": "live" if found is None else "retired", "leads_to": leads_to}


def _leads(run: Run, subject: str, entity_id: str) -> tuple[int, str | None] | None:
    """Return since which run an id is retired, and the live id that took over; None where it is live."""
    found = _redirect(run, subject, entity_id)
    if found is None:
        return None
    since, to = found
    while to is not None and (onward := _redirect(run, subject, to)):
        to = onward[1]
    return since, to


def _redirect(run: Run, subject: str, entity_id: str) -> tuple[int, str | None] | None:
    """Return since which run an id is retired, and the id that took over then; None where it is live."""
    rows = run.scan("redirects", subject=subject).filter(pl.col("entity_id") == entity_id).collect().sort("since")
    if rows.is_empty() or rows["to"][-1] == entity_id:
        return None
    return rows["since"][-1], rows["to"][-1]


def _told(run: Run, subject: str, rows: pl.DataFrame) -> list[Row]:
    """Return rows of LEDGER as events, the ends of links as records that bear them or, where none does, once did."""
    pairs = [link.split(" ") for links in rows["links"] for link in links]
    names = _names(run, subject, {int(end) for left, right, _ in pairs for end in (left, right)})
    runs, told = _runs(run), []
    for row in rows.iter_rows(named=True):
        links = []
        for left, right, reason in (link.split(" ") for link in row["links"]):
            links.append({"left": names.get(int(left), left), "right": names.get(int(right), right), "reason": reason})
        event = _row(runs, row["since"], row["action"], row["entity_id"], row["other_id"])
        told.append({**event, "cause": row["cause"], "links": links})
    return told


def _names(run: Run, subject: str, signatures: set[int]) -> dict[int, str]:
    """Return for each signature the first record that bears it, or once did; purged records are in neither place.

    Cost: where none bears one any more, a scan of that column of the whole history.
    """
    now = bearers_of(run, subject, sorted(signatures)).select("signature_id", *RECORD_KEY)
    gone = signatures.difference(now["signature_id"])
    rows = [now]
    if gone:
        past = run.scan("record_history", subject=subject).filter(pl.col("signature_id").is_in(sorted(gone)))
        rows.append(past.select(now.columns).collect().sort(RECORD_KEY).unique("signature_id", keep="first"))
    return {row["signature_id"]: spelt(row) for row in pl.concat(rows).iter_rows(named=True)}


def _row(runs: Mapping[int, Row], since: int, event: str, entity_id: str | None, other_id: str | None) -> Row:
    known = runs.get(since, {})
    return {
        "run": since, "run_id": known.get("run_id"), "published_at": known.get("published_at"), "event": event,
        "entity_id": entity_id, "other_id": other_id, "cause": [], "links": [],
    }  # fmt: skip


def _runs(run: Run) -> dict[int, Row]:
    return {one["ordinal"]: one for one in numbered_runs(run)}


def _place(since: int, runs: Mapping[int, Row]) -> str:
    known = runs.get(since)
    return f"run {since}" + (f" ({known['run_id']}, {known['published_at']})" if known else "")
