"""What becomes of pairs when the causes that parted them are undone: records changed, the subject resolved again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from engine.partitioned import read
from engine.pipeline import FullFlow
from engine.runners.local import LocalRunner
from engine.runners.tasks import Parts
from engine.settings import Project
from engine.store import Run
from engine.tables import RECORD_KEY, RECORDS
from engine.version import code_version
from lifetree.resolve import resolve_subject
from lifetree.stages import stages
from matchers.judgements import COLUMNS, no_judgements, read_judgements
from matchers.models import Calibration

Case = dict[str, Any]


def undone(run: Run, project: Project, subject: str, cases: list[Case]) -> list[bool]:
    """Return, case by case, whether its two records are in one cluster after its `undo`.

    Cases that share no entity are undone together. Each round resolves the whole subject.
    """
    joined = [False] * len(cases)
    for places in rounds(cases):
        clusters = resolved([cases[place] for place in places], run, project, subject)
        for place in places:
            ends = [clusters.get(tuple(cases[place][side].values())) for side in ("left", "right")]
            joined[place] = ends[0] is not None and ends[0] == ends[1]
    return joined


def rounds(cases: list[Case]) -> Iterable[list[int]]:
    """Yield the places of cases in rounds: in one no two share an entity, or want another setting of the project."""
    left = list(range(len(cases)))
    while left:
        taken: set[str] = set()
        chosen: list[int] = []
        setting = _setting(cases[left[0]])
        for place in left:
            if taken.isdisjoint(cases[place]["owners"]) and _setting(cases[place]) == setting:
                chosen.append(place)
                taken |= cases[place]["owners"]
        yield chosen
        left = [place for place in left if place not in chosen]


def _setting(case: Case) -> str:
    undo = case["undo"]
    return repr({name: undo[name] for name in ("max_block", "pairs") if name in undo})


def resolved(cases: list[Case], run: Run, project: Project, subject: str) -> dict[tuple[str, ...], int]:
    """Return the cluster of every record after the cases were undone."""
    settled = _settings(project, subject, cases[0]["undo"])
    records = _changed(run.read("records", subject=subject), cases)
    judgements = _judged(project, cases)
    given = Calibration.model_validate(run.calibration(subject))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shared = {
            f"records.{subject}": _part(records, folder / "records"),
            "judgements": _part(judgements, folder / "j"),
        }
        flow = FullFlow(LocalRunner(folder / "checkpoints", code_version()), stages(settled, buckets=1))
        found = resolve_subject(flow, settled, subject, shared, buckets=1, given=given)
        bearing, clusters = (read(found.tables[name].all()) for name in ("record_signature", "clusters"))
    rows = bearing.join(clusters, on="signature_id").select(*RECORD_KEY, "cluster_id")
    return {row[:3]: row[3] for row in rows.iter_rows()}


def _settings(project: Project, subject: str, undo: dict[str, Any]) -> Project:
    """Return the project as a case wants it: a limit raised, pairs within a source allowed."""
    own = project.subjects[subject]
    caps = undo.get("max_block", {})
    rules = tuple(rule.model_copy(update={"max_block": caps.get(rule.name, rule.max_block)}) for rule in own.blocking)
    changed = own.model_copy(update={"blocking": rules, "pairs": undo.get("pairs", own.pairs)})
    return project.model_copy(update={"subjects": {**project.subjects, subject: changed}})


def _changed(records: pl.DataFrame, cases: list[Case]) -> pl.DataFrame:
    edits = [
        {**edit["record"], "attribute": edit["attribute"], "after": edit["after"]}
        for case in cases
        for edit in case["undo"].get("edits", ())
    ]
    if not edits:
        return records
    wide = pl.DataFrame(edits).pivot("attribute", index=list(RECORD_KEY), values="after")
    names = [name for name in wide.columns if name not in RECORD_KEY]
    attributes = [name for name in records.columns if name not in RECORDS.columns]
    joined = records.join(wide, on=list(RECORD_KEY), how="left", suffix=" after")
    values = (pl.coalesce(f"{name} after", name).alias(name) for name in names)
    return RECORDS.conform(joined.with_columns(values), attributes)


def _judged(project: Project, cases: list[Case]) -> pl.DataFrame:
    """Return the project's judgements with those of the cases; one that parts a pair is withdrawn."""
    known = (
        read_judgements(project.path(project.judgements), subjects=project.subjects)
        if project.judgements
        else no_judgements()
    )
    told = [
        {
            **{f"{name}_{side[0]}": case[side][key] for side in ("left", "right") for name, key in _NAMED},
            "judgement": "same", "decided_by": "benchmark",
        }
        for case in cases
        if case["undo"].get("judgement") == "same"
    ]  # fmt: skip
    if any(case["undo"].get("judgement") == "withdraw" for case in cases):
        known = known.filter(pl.col("judgement") != "different")
    return pl.concat([known, pl.DataFrame(told, schema=dict.fromkeys(COLUMNS, pl.String))])


_NAMED = (("source", "source"), ("record", "record_id"), ("role", "role"))


def _part(frame: pl.DataFrame, place: Path) -> Parts:
    place.mkdir(parents=True)
    frame.write_parquet(place / "all.parquet")
    frame.clear().write_parquet(place / "empty.parquet")
    return Parts({0: (place / "all.parquet",)}, place / "empty.parquet")
