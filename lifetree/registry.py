"""The registry of ids: what the run before knew goes into the naming of clusters, and what happened is written down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import StoreError
from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task, merged
from engine.settings import Project
from engine.store import Run, open_run
from engine.store.keeping import RUNS, kept_runs
from engine.store.publishing import is_whole
from engine.store.purges import Erased, erased
from engine.store.runs import LIVE, live_id
from engine.version import code_version
from matchers.models import Calibration

Tables = dict[str, Parts]

REGISTRY = ("record_history", "ledger", "redirects")


class Before(NamedTuple):
    """The store, and its live run, None before the first; `lost` says why a run that is there cannot be read."""

    store: Path
    run: Run | None
    lost: tuple[str, ...] = ()


class Past(NamedTuple):
    """What a run names the clusters of a subject by.

    `run` holds the registry, None where there is none yet; `ordinal` is the number of the run that is made, `basis`
    the digest of what it names.
    """

    run: Run | None
    ordinal: int
    basis: str = ""


class Settled(NamedTuple):
    """What decides the names besides the clusters."""

    name: str
    salt: str
    past: Past
    changed: tuple[str, ...]
    buckets: int
    purged: Erased | None = None


def live_before(project: Project) -> Before:
    """Return the run whose ids a build goes on from: the live one, else the newest of those that can be read."""
    store = project.path(project.store)
    run_id = live_id(store)
    if run_id and (live := _readable(store, run_id)):
        return Before(store, live)
    newest = next(
        (open_run(store, one.run_id) for one in kept_runs(store) if is_whole(store / RUNS / one.run_id)), None
    )
    if run_id is None and not (store / LIVE).exists():
        return Before(store, newest)
    lost = f"the live run {run_id} could not be read" if run_id else "the store no longer says which run is live"
    if newest:
        return Before(store, newest, (f"{lost}: ids go on from run {newest.run_id}, the newest that can be read",))
    return Before(store, None, (f"{lost}: ids are made of founding records anew, and none redirects",))


def _readable(store: Path, run_id: str) -> Run | None:
    try:
        return open_run(store, run_id)
    except StoreError:
        return None


def past_of(before: Before | None, name: str, basis: str) -> Past:
    """Return what the clusters of a subject are named by: the registry of the live run.

    Where the live run named the very same (`basis`), its own past: so an unchanged build makes the same run again.
    """
    live = before.run if before else None
    told = live.manifest.get("registry", {}) if live else {}
    own = told.get("subjects", {}).get(name)
    if before is None or own is None:
        return Past(None, told.get("ordinal", 0) + 1, basis)
    if own["basis"] == basis and own["previous"] is None:
        return Past(None, own["ordinal"], basis)
    if own["basis"] == basis and is_whole(before.store / "runs" / own["previous"]):
        return Past(open_run(before.store, own["previous"]), own["ordinal"], basis)
    return Past(live, told["ordinal"] + 1, basis)


def registry_entry(past: Past) -> dict[str, Any]:
    """Return what the manifest keeps of the past of a subject."""
    return {"ordinal": past.ordinal, "previous": past.run.run_id if past.run else None, "basis": past.basis}


def registry_of(live: Run | None, subjects: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return `registry` of a manifest: the run's number, its subjects', and which run each earlier number was.

    `subjects` holds `registry_entry` by subject. Where no subject changed, the number is that of the live run, and
    stays with it.
    """
    ordinal = max((one["ordinal"] for one in subjects.values()), default=1)
    return {"ordinal": ordinal, "subjects": dict(subjects), "runs": numbered_runs(live) if live else []}


def numbered_runs(run: Run) -> list[dict[str, Any]]:
    """Return number, run_id and time of every run up to this one that changed the registry, the first of a number."""
    told = run.manifest.get("registry")
    if told is None:
        return []
    known: list[dict[str, Any]] = told["runs"]
    if any(one["ordinal"] == told["ordinal"] for one in known):
        return known
    own = {"ordinal": told["ordinal"], "run_id": run.run_id, "published_at": run.manifest.get("published_at")}
    return [*known, own]


def changes_since(run: Run | None, project: Project, name: str, calibration: Calibration) -> tuple[str, ...]:
    """Return what changed for all records of a subject since a run: calibration, rules (settings or code)."""
    if run is None:
        return ()
    before = run.manifest["calibrations"].get(name)
    rules = run.project(project.folder).subjects.get(name) != project.subjects[name]
    told = {
        "calibration": before != calibration.model_dump(mode="json"),
        "rules": rules or run.manifest["code"] != code_version(),
    }
    return tuple(cause for cause, changed in told.items() if changed)


def name_clusters(
    flow: Flow, name: str, base: Tables, linked: Tables, judgements: Parts, *, settled: Settled
) -> Tables:
    """Return the entities of clusters, the entity of each record (by record), and the registry of ids."""
    each, of = range(settled.buckets), {"name": name}
    signed, clusters, told = base["record_signature"], linked["clusters"], judgements.all()
    mentioning = [Task(b, {"record_signature": signed.of(b), "clusters": clusters.of(b)}, {}) for b in each]
    mentions = flow.run("mention", mentioning, subject=name)["mentions"]
    salted = {"salt": f"{settled.salt}/{name}"}
    founded = flow.run("found", [Task(b, {"mentions": mentions.of(b)}, salted) for b in each], subject=name)
    past = _remember(flow, name, settled.past.run, purged=settled.purged, buckets=settled.buckets)
    decided = _decide(flow, name, founded, linked, told, past, settled=settled) if past else {}
    numbered = {"ordinal": settled.past.ordinal, "changed": settled.changed}
    shown = [
        Task(b, {"mentions": mentions.of(b), "founded": founded["founded"].of(b), **_known(decided, b)}, numbered)
        for b in each
    ]
    named = flow.run("identify", shown, subject=name)
    history = [
        Task(
            b,
            {"record_entity": named["record_entity"].of(b), "judgements": told}
            | ({"record_history": past["record_history"].of(b)} if past else {}),
            {**of, "ordinal": settled.past.ordinal},
        )
        for b in each
    ]
    made = {**named, **flow.run("inscribe", history, subject=name)}
    return {**made, **{table: _grown(table, past, decided, made) for table in REGISTRY}}


def _known(decided: Tables, bucket: int) -> dict[str, tuple[Path, ...]]:
    if not decided:
        return {}
    return {
        "plain": decided["plain"].of(bucket), "fresh": decided["fresh"].of(bucket), "named": decided["named"].all(),
    }  # fmt: skip


def _grown(table: str, *several: Tables) -> Parts:
    return merged(one[table] for one in several if table in one)


def _remember(flow: Flow, name: str, run: Run | None, *, purged: Erased | None, buckets: int) -> Tables:
    """Return the registry of a run, cut into buckets; nothing where it has none of the subject."""
    if run is None or f"{name}/ledger" not in run.manifest["tables"]:
        return {}
    tasks = []
    for table in REGISTRY:
        by_removals: dict[tuple[Path, ...], list[Path]] = {}
        for one in run.slices(table, subject=name):
            by_removals.setdefault(one.removed, []).append(one.file)
        for removed, files in by_removals.items():
            gone = {"removed": removed} if removed else {}
            cuts = min(buckets, len(files))
            told = {"table": table, **({"purged": purged} if purged and table == "record_history" else {})}
            tasks += [Task(0, {"rows": tuple(files[n::cuts]), **gone}, told) for n in range(cuts)]
    return flow.run("remember", tasks, subject=name)


def _decide(
    flow: Flow,
    name: str,
    founded: Tables,
    linked: Tables,
    judgements: tuple[Path, ...],
    past: Tables,
    *,
    settled: Settled,
) -> Tables:
    """Return which clusters keep their id, which have another, and what that means for ids."""
    each = range(settled.buckets)
    redirects = past["redirects"].all()
    recalling = [
        Task(
            b,
            {
                "members": founded["members"].of(b), "record_history": past["record_history"].of(b),
                "redirects": redirects, "judgements": judgements,
            },
            {"name": name},
        )
        for b in each
    ]  # fmt: skip
    recalled = flow.run("recall", recalling, subject=name)
    borne, left = recalled["borne"], recalled["left"]
    compared = flow.run("compare", [Task(b, {"borne": borne.of(b)}, {}) for b in each], subject=name)
    sifting = [
        Task(b, {"kin": compared["kin"].of(b), "left": left.of(b), "ledger": past["ledger"].of(b)}, {}) for b in each
    ]
    sifted = flow.run("sift", sifting, subject=name)
    contested = sifted["contested"].all()
    attesting = [
        Task(b, {"borne": borne.of(b), "founded": founded["founded"].of(b), "contested": contested}, {}) for b in each
    ]
    attested = flow.run("attest", attesting, subject=name)
    inputs = {table: sifted[table].all() for table in ("contested", "lost")}
    inputs |= {table: parts.all() for table, parts in attested.items()}
    inputs |= {table: linked[table].all() for table in ("links", "conflicts", "review")}
    told = {"salt": f"{settled.salt}/{name}", "ordinal": settled.past.ordinal, "changed": settled.changed}
    assigned = flow.run("assign", [Task(0, {**inputs, "redirects": redirects}, told)], subject=name)
    return {**compared, **sifted, **assigned}


def settle(
    flow: Flow,
    project: Project,
    name: str,
    before: Before | None,
    calibration: Calibration,
    named: Tables,
    *,
    buckets: int,
) -> Settled:
    """Return what decides the names of a subject's clusters; `named` are the tables that say what is named."""
    salt = project.salt or project.name
    basis = flow.digest({one: parts.all() for one, parts in named.items()}, [salt, name]) if before else ""
    past = past_of(before, name, basis)
    changed = changes_since(past.run, project, name, calibration)
    return Settled(name, salt, past, changed, buckets, erased(project))
