"""Purging: records are erased from the store by law, from every run and from what was given to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from engine.errors import InputError, StoreError
from engine.io.deliveries import uncounted
from engine.io.purging import purge_deliveries
from engine.io.snapshots import purge_snapshots
from engine.runners.tasks import Progress
from engine.settings import Project
from engine.store import Run, open_live, open_run, writing
from engine.store.erasing import delete_folders, delete_runs, holding_runs, purge_decisions
from engine.store.keeping import RUNS
from engine.store.purges import Erased, add_purge, end_purges, erased, erased_by, purged, purges
from engine.stream.manifest import named
from engine.stream.purging import purge_stream
from engine.tickets.purging import purge_tickets
from lifetree.build import build
from lifetree.estimates import Tell
from lifetree.forgetting import Terms, forgetful, lists, own_terms, own_values
from lifetree.increments import settle
from lifetree.judging import Act
from lifetree.purge_search import Keys, Located, located, outside, sought, texts_of
from lifetree.stream import cleaner

Row = dict[str, Any]


class _Past(NamedTuple):
    """What the runs know of records before they are purged."""

    live: Run
    holders: Mapping[str, frozenset[str]]
    places: list[Located]
    values: list[str]
    terms: Terms


def survey(project: Project, records: Sequence[str]) -> list[Row]:
    """Return where `records` lie, what is there, and what a purge would make of it; nothing is changed.

    Without `records` it is about those of earlier purges.

    Raises:
        InputError: a record is of no source, or is nowhere to be found.
        StoreError: nothing was built yet.
    """
    gone = _erased(project, sought(project, records))
    past = _past(project, gone)
    return [*_erase(project, gone, past, dry=True), *_runs(past), *outside(project, gone, past.terms, past.places)]


def purge(
    project: Project,
    records: Sequence[str],
    act: Act | None,
    *,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Erase records from the store, and return what became of every place that held them.

    A record goes with all its rows, whatever they mention, and all its versions. What stays is a hash of its key, with
    who purged it, when and why: it makes every later reading of a file drop the record, counted as quarantined. Every
    run that has anything of it is deleted, the live one after a build without it under the same calibrations, in which
    values that nobody else bears count as unseen. Without `records`, what earlier purges left is done. A call that was
    stopped goes on with the same call.

    Raises:
        InputError: a record is of no source, or is nowhere to be found; or it is not said who purges and why.
        StoreError: nothing was built yet, another process writes, or the store cannot be written.
        LifetreeError: what the build raises; the purge stands, and the same call goes on.
    """
    store = project.path(project.store)
    keys = sought(project, records)
    with writing(store):
        _add(store, keys, act)
        gone = _erased(project, {})
        past = _past(project, gone)
        told = [*_erase(project, gone, past, dry=False), *_runs(past)]
    if _is_touched(project, past):
        with TemporaryDirectory() as place:
            pinned = _pinned(past, project, Path(place))
            build(project, buckets=past.live.manifest.get("buckets"), calibration=pinned, progress=progress, tell=tell)
    with writing(store):
        live = open_live(project).run_id
        held = holding_runs(store, gone)
        if live in held:
            raise StoreError(f"the live run {live} still holds a purged record", hint="keep the store and report it")
        settle(store, live)
        delete_runs(store, held)
        delete_folders(uncounted(project))
        end_purges(store, [one.name for one in purges(store) if not one.done])
    names = [one.name for one in purges(store) if {key for of in keys.values() for key in of} & _all(one.keys)]
    return {"purges": names, "run_id": live, "places": [*told, *outside(project, gone, past.terms, past.places)]}


def _all(keys: Mapping[str, Iterable[str]]) -> set[str]:
    return {key for hashes in keys.values() for key in hashes}


def _erased(project: Project, keys: Keys) -> Erased:
    """Return these keys and those of earlier purges."""
    before = erased(project)
    known = before.keys if before else {}
    merged = {name: {**known.get(name, {}), **keys.get(name, {})} for name in sorted({*known, *keys})}
    if not merged:
        raise InputError("no record was ever purged here", hint="name the records to purge, as SOURCE:RECORD_ID")
    return erased_by(project, merged)


def _add(store: Path, keys: Keys, act: Act | None) -> None:
    """Write down what no purge has named yet."""
    known = {key for one in purges(store) for key in _all(one.keys)}
    fresh = {name: sorted(set(of) - known) for name, of in keys.items() if set(of) - known}
    if fresh:
        for what, text in (("who purges (--who)", act and act.by), ("why (--why)", act and act.reason)):
            if not (text or "").strip():
                raise InputError(f"a purge needs to say {what}", hint="it is all that is kept of what is erased")
        assert act is not None
        add_purge(store, fresh, by=act.by, at=act.at, reason=act.reason)


def _past(project: Project, gone: Erased) -> _Past:
    store, live = project.path(project.store), open_live(project)
    held = holding_runs(store, gone)
    readable = [run for run_id in held if (run := _opened(store, run_id))]
    places = located(project, gone)
    values = own_values(project, live, readable, gone) + texts_of([live, *readable], project, places)
    return _Past(live, held, places, values, own_terms(project, live, readable, gone))


def _opened(store: Path, run_id: str) -> Run | None:
    try:
        return open_run(store, run_id)
    except StoreError:
        return None


def _erase(project: Project, gone: Erased, past: _Past, *, dry: bool) -> list[Row]:
    """Take what is purged out of all that is no run, and return what was there."""
    store = project.path(project.store)
    counted = {
        "tickets": (purge_tickets(store, gone, past.values, dry=dry), "tickets", "no longer tell of it"),
        "decisions": (purge_decisions(store, gone, dry=dry), "decisions", "no longer name it"),
        "stream": (purge_stream(project, gone, cleaner(project), dry=dry), "rows", "is cleansed anew"),
    }
    rows: list[Row] = []
    for source in (one for one in project.sources if one.name in gone.keys):
        keys = gone.keys[source.name]
        taken = purge_deliveries(source, project, keys, dry=dry) | purge_snapshots(source, project, keys, dry=dry)
        rows += [_row(named(project, file), f"{count:,} rows", "is written anew") for file, count in taken.items()]
    return rows + [
        _row(named(project, store / place), f"{count:,} {what}", becomes)
        for place, (count, what, becomes) in counted.items()
        if count
    ]


def _runs(past: _Past) -> list[Row]:
    told = dict.fromkeys(past.holders, "is deleted")
    if past.live.run_id in told:
        told[past.live.run_id] = "is built anew without it"
    counts = {run_id: f"{len(keys):,} records" if keys else "cannot be read" for run_id, keys in past.holders.items()}
    return [_row(f"{RUNS}/{run_id}", counts[run_id], becomes) for run_id, becomes in told.items()]


def _row(place: str, holds: str, becomes: str) -> Row:
    return {"place": place, "holds": holds, "becomes": becomes}


def _is_touched(project: Project, past: _Past) -> bool:
    """Return whether the live run must be built anew."""
    manifest = past.live.manifest
    listing = (lists(told, past.terms.get(name, {})) for name, told in manifest["calibrations"].items())
    return past.live.run_id in past.holders or manifest.get("purged", 0) != purged(project) or any(listing)


def _pinned(past: _Past, project: Project, folder: Path) -> dict[str, Path]:
    """Write the calibrations of the live run, without what only purged records told, and return their files."""
    files = {}
    for name in past.live.manifest["calibrations"].keys() & project.subjects.keys():
        files[name] = folder / f"{name}.json"
        told = forgetful(past.live.calibration(name), past.terms.get(name, {}))
        files[name].write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return files
