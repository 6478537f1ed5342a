"""Explanations of two records from what a finished run keeps."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import polars as pl

from engine.errors import StoreError
from engine.settings import Project
from engine.store import Run
from engine.tables import CONFLICTS, PAIR_KEY, RECORD_KEY, WEIGHT_SCALE
from lifetree.lookup import set_aside, spelt
from lifetree.remedy import remedy, voided
from lifetree.rows import clusters_of, links_of, members_at, members_of, mentions_at, records_of, signatures_of
from lifetree.thresholds import as_decided
from matchers.explain import Evidence, Known, Parted, Side, chain, meeting, separation, waterfall
from matchers.masses import silence
from matchers.models import Calibration
from matchers.models.calibration import TermFrequency
from matchers.realtime import forgetful, weigher

UNDECIDED = ("junk", "not blocked", "weight")
"""The stages at which a value that cleansing set aside may have been what was missing."""

OPEN = 4
"""Subjects of open runs of which what explanations need of them all is kept."""


class Half(NamedTuple):
    """One of two records: its row of RECORD_ENTITY, and the rows and SIGNATURES of its entity, its own first."""

    row: dict[str, Any]
    members: pl.DataFrame
    signatures: pl.DataFrame


def why(run: Run, project: Project, *, subject: str, left: dict[str, str], right: dict[str, str]) -> dict[str, Any]:
    """Return the waterfall of two records' signatures, their entities, and the reasons of the links between them.

    `left` and `right` are record keys (source, record_id, role).
    """
    rows = _rows(run, subject, left, right)
    base = {"entities": [row["entity_id"] for row in rows], "same_entity": _same(rows)}
    ids = [row["signature_id"] for row in rows]
    if ids[0] == ids[1]:
        return {**base, "same_signature": True}
    links = links_of(run, subject, ids)
    return {
        **base,
        "same_signature": False,
        "links": links["reason"].to_list(),
        "chain": _chain(run, subject, rows) if base["same_entity"] and links.is_empty() else [],
        **_weights(signatures_of(run, subject, ids), known_of(run, project, subject)),
    }


def why_not(run: Run, project: Project, *, subject: str, left: dict[str, str], right: dict[str, str]) -> dict[str, Any]:
    """Return the one stage that separated two records, and the smallest change that would join them.

    Stage `standardise`: one of them never became a record, or cleansing emptied what both say; `unresolved`: they are
    linked, but make no entity; the others as `matchers.explain.separation` tells. `nearest` names the two records at
    which it was decided: where their entities came nearest, with their waterfall. `change` tells in words what would
    join them, `undo` the same for programs: `edits` (record, attribute, before, after), `judgement`, `max_block`.
    """
    found = mentions_at(run, subject, [left, right])
    absent = [key for key, rows in zip((left, right), found, strict=True) if rows.is_empty()]
    told = [set_aside(run, source=one["source"], record_id=one["record_id"]) for one in absent]
    if quarantined := [sentence for sentence in told if sentence]:
        return _answer("standardise", "; ".join(quarantined), "correct the row", {"row": "correct"})
    rows = [_row(run, subject, key, one) for key, one in zip((left, right), found, strict=True)]
    if _same(rows):
        return {**_answer(None, f"both are entity {rows[0]['entity_id']}", None, {}), "same_entity": True}
    clusters = clusters_of(run, subject, [row["signature_id"] for row in rows])
    if clusters["cluster_id"].n_unique() == 1:
        told_why = "they belong together, but neither these records nor those linked to them can found an entity"
        needed = f"give one of them {_any_of(project.subjects[subject].founding)}"
        return _answer("unresolved", told_why, needed, {"founding": project.subjects[subject].founding})
    return _apart(run, project, subject, rows, tuple(clusters["state"]))


def _apart(
    run: Run, project: Project, subject: str, rows: list[dict[str, Any]], states: tuple[str, ...]
) -> dict[str, Any]:
    """Return why two entities are two."""
    known = known_of(run, project, subject)
    halves = halves_of(run, subject, rows)
    held, within = _evidence(run, subject, halves, states, known)
    met = meeting(held.one, held.other, known=known, compared=held.compared)
    parted = separation(held, known=known, met=met)
    sides = _sides(run, subject, halves, parted)
    if parted.stage in UNDECIDED:
        parted = voided(project, subject, sides, parted, held, known=known) or parted
    change, undo = remedy(parted, sides, held, within, known=known)
    pair = pl.concat(half.signatures.filter(signature_id=one) for half, one in zip(halves, parted.pair, strict=True))
    nearest = [spelt(side.records.row(-1, named=True)) for side in sides]
    return {**_answer(parted.stage, parted.because, change, undo), "nearest": nearest, **_weights(pair, known)}


def _answer(stage: str | None, because: str, change: str | None, undo: dict[str, Any]) -> dict[str, Any]:
    return {"same_entity": False, "stage": stage, "because": because, "change": change, "undo": undo}


def halves_of(run: Run, subject: str, rows: list[dict[str, Any]]) -> list[Half]:
    """Return records with their entities, all looked up at once; an unresolved record stands for itself."""
    entities = dict.fromkeys(row["entity_id"] for row in rows if row["entity_id"])
    members = dict(zip(entities, members_at(run, subject, entities), strict=True))
    own = [members[row["entity_id"]] if row["entity_id"] else pl.DataFrame([row]) for row in rows]
    ids = [list(dict.fromkeys([row["signature_id"], *one["signature_id"]])) for row, one in zip(rows, own, strict=True)]
    signatures = signatures_of(run, subject, [one for some in ids for one in some])
    starts = accumulate((len(some) for some in ids), initial=0)
    return [
        Half(row, one, signatures.slice(start, len(some)))
        for row, one, some, start in zip(rows, own, ids, starts, strict=False)
    ]


def _evidence(
    run: Run, subject: str, halves: list[Half], states: tuple[str, ...], known: Known
) -> tuple[Evidence, Evidence]:
    """Return what the run holds between two entities, and all that it holds of them, what is within included."""
    one, other = (half.signatures for half in halves)
    ids = [*one["signature_id"], *other["signature_id"]]
    links, conflicts = links_of(run, subject, ids), _conflicts(run, subject, one, other, known)
    left = pl.col("signature_l").is_in(one["signature_id"].implode())
    right = pl.col("signature_r").is_in(one["signature_id"].implode())
    inside = pl.col("signature_l").is_in(ids) & pl.col("signature_r").is_in(ids) & (left == right)
    review = links_of(run, subject, ids, table="review")
    bridged = review.filter(left != right, pl.col("reason") == "bridge").height > 0
    refined = any(rule.refine for rule in known.subject.blocking)
    compared = links_of(run, subject, ids, table="pairs").select(PAIR_KEY) if refined else None
    held = Evidence(one, other, links.filter(left != right), conflicts.filter(~inside), states, bridged, compared)
    return held, held._replace(links=links, conflicts=conflicts)


def _conflicts(run: Run, subject: str, one: pl.DataFrame, other: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return the conflicts among two entities, and those of an identifier value that the two asked for both bear."""
    found = [links_of(run, subject, [*one["signature_id"], *other["signature_id"]], table="conflicts")]
    shared = [
        (pl.col("attribute") == item.attribute) & (pl.col("value") == value)
        for item in known.subject.identifiers
        if (value := one[item.attribute][0]) is not None and value == other[item.attribute][0]
    ]
    if shared:
        found.append(run.scan("conflicts", subject=subject).filter(pl.any_horizontal(shared)).collect())
    return CONFLICTS.conform(pl.concat(found).unique())


def _sides(run: Run, subject: str, halves: list[Half], parted: Parted) -> tuple[Side, Side]:
    """Return both entities with the records that may be changed: the one asked for, and one of the nearest pair."""
    chosen = []
    for half, signature in zip(halves, parted.pair, strict=True):
        near = half.members.filter(pl.col("signature_id") == signature).head(1).to_dicts()
        chosen.append([half.row, *(near or [half.row])])
    if all(keys[0]["signature_id"] == keys[1]["signature_id"] for keys in chosen):
        chosen = [keys[:1] for keys in chosen]
    keys = [key for some in chosen for key in some]
    own = pl.Series([key["signature_id"] for key in keys], dtype=pl.Int64)
    records = records_of(run, subject, keys).with_columns(signature_id=own)
    number = len(chosen[0])
    return Side(halves[0].signatures, records.head(number)), Side(halves[1].signatures, records.slice(number))


def known_of(run: Run, project: Project, subject: str) -> Known:
    """Return what the run knows beside the signatures; its weigher remembers no pairs yet."""
    known = _known(_Opened(run, project), subject)
    return known._replace(weigher=forgetful(known.weigher)) if known.weigher else known


class _Opened(NamedTuple):
    """A run and a project that are open: the same as these two themselves, not as what equals them."""

    run: Run
    project: Project

    def __hash__(self) -> int:
        return hash((id(self.run.manifest), id(self.project)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opened) and self.run.manifest is other.run.manifest and self.project is other.project


@lru_cache(maxsize=OPEN)
def _known(opened: _Opened, subject: str) -> Known:
    """Return what an open run knows of a subject, worked out for the first question about it."""
    run = opened.run
    settings, calibration = as_decided(opened.project, run).subjects[subject], _calibration(run, subject)
    number = run.manifest["subjects"][subject]["signatures"]
    generic, masses = (run.read(table, subject=subject) for table in ("generic_values", "mass_values"))
    return Known(settings, calibration, number, generic, masses, weigher(settings, calibration, number))


def _calibration(run: Run, subject: str) -> Calibration:
    """Return the calibration of the run; its hundred thousands of frequencies are not validated once more."""
    kept = run.calibration(subject)
    frequencies = tuple(TermFrequency.model_construct(**one) for one in kept["term_frequencies"])
    bare = Calibration.model_validate({**kept, "term_frequencies": ()})
    return bare.model_copy(update={"term_frequencies": frequencies})


def _weights(pair: pl.DataFrame, known: Known) -> dict[str, Any]:
    """Return the waterfall of two signatures, the values of the first on the left."""
    told = waterfall(
        silence(pair, known.masses), subject=known.subject, calibration=known.calibration,
        signatures=known.signatures, weighing=known.weigher,
    )  # fmt: skip
    if pair["signature_id"].is_sorted():
        return told
    return {**told, "steps": [{**step, "left": step["right"], "right": step["left"]} for step in told["steps"]]}


def _same(rows: list[dict[str, Any]]) -> bool:
    return rows[0]["entity_id"] is not None and rows[0]["entity_id"] == rows[1]["entity_id"]


def _any_of(sets: tuple[tuple[str, ...], ...]) -> str:
    return ", or ".join(" and ".join(names) for names in sets)


def _chain(run: Run, subject: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the links that lead from the first record to the second, each with a record of either side."""
    own = members_of(run, subject, rows[0]["entity_id"])
    links = links_of(run, subject, own["signature_id"].unique().to_list())
    bearer = own.sort(RECORD_KEY).unique("signature_id", keep="first", maintain_order=True)
    shown = {row["signature_id"]: f"{row['source']}:{row['record_id']}" for row in bearer.to_dicts()}
    return [
        {
            "left": shown[step["signature_l"]],
            "right": shown[step["signature_r"]],
            "match_weight": step["match_weight"] / WEIGHT_SCALE,
            "reason": step["reason"],
        }
        for step in chain(links, *(row["signature_id"] for row in rows))
    ]


def _rows(run: Run, subject: str, *keys: dict[str, str]) -> list[dict[str, Any]]:
    """Return the row of RECORD_ENTITY of each record key."""
    return [_row(run, subject, key, one) for key, one in zip(keys, mentions_at(run, subject, keys), strict=True)]


def _row(run: Run, subject: str, key: dict[str, str], found: pl.DataFrame) -> dict[str, Any]:
    if found.is_empty():
        raise StoreError(
            f"no {subject} record '{spelt(key)}' in run {run.run_id}",
            hint="`lifetree find` looks records up by a value",
        )
    return found.row(0, named=True)
