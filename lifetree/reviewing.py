"""Reviewing: the doubts of the live run in the order of what their answers move, and what people said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from engine.hashing import joined
from engine.settings import Project
from engine.store import Run
from engine.store.decisions import append_decisions, decisions
from engine.tables import JUDGEMENT_CONFLICTS, PAIR_KEY, RECORD_KEY
from lifetree.judging import Act, Key, Verdict
from lifetree.lookup import spelt
from lifetree.rows import clusters_of, records_of
from matchers.clustering import UNRESOLVED
from matchers.judgements import given, no_judgements, read_judgements
from matchers.judgements.agreement import agreement
from matchers.judgements.force import SIDES
from matchers.judgements.queue import ALONE, contradicted, queue
from matchers.judgements.seeking import Sought, seek
from matchers.models import Calibration

Row = dict[str, Any]
UNSHOWN = (*RECORD_KEY, "business_key", "delivered_at", "raw")
"""Columns of a record that say nothing of whose it is, or stand elsewhere."""

ENDS = tuple(name for side in SIDES.values() for name in side)


def doubts(run: Run, project: Project, *, subjects: Iterable[str], by: str | None = None) -> pl.DataFrame:
    """Return the open doubts, the largest gain first: subject, ENDS (a record of either side), gain, records, and why.

    Left out is what somebody judged same or different and, with `by`, what that person judged in any way and what
    others took.
    """
    told = standing(project)
    decided = told.filter((pl.col("judgement") != "unsure") | (pl.col("decided_by") == (by or "")))
    if by is not None:
        taken = given(decisions(project.path(project.store)), kind="taken")
        decided = pl.concat([decided, taken.filter(pl.col("decided_by") != by)])
    found = [_of_subject(run, name, decided) for name in subjects]
    return pl.concat(found).sort("gain", "subject", *PAIR_KEY, descending=[True, False, False, False])


def hand_out(project: Project, rows: Iterable[Row], *, by: str, at: str) -> list[str]:
    """Note that one person takes these doubts, so that others are not asked for them; return the decisions' numbers."""
    by_subject: dict[str, list[dict[str, Key]]] = {}
    for row in rows:
        by_subject.setdefault(row["subject"], []).append({"l": key_of(row, "l"), "r": key_of(row, "r")})
    told = [
        {
            "kind": "taken", "judgement": "unsure", "subject": name, "one": "", "other": "", "pairs": pairs,
            "decided_by": by, "decided_at": at, "reason": "to review", "via": "review",
        }
        for name, pairs in sorted(by_subject.items())
    ]  # fmt: skip
    return append_decisions(project.path(project.store), told)


def second(project: Project, *, subjects: Iterable[str], by: str) -> pl.DataFrame:
    """Return the pairs that others judged and `by` did not, in the order in which they were judged first: as `doubts`.

    It holds nothing of what the others said.
    """
    told = standing(project, shown=True)
    ends = (joined(SIDES["l"]), joined(SIDES["r"]))
    paired = told.with_columns(_pair=joined(["subject", pl.min_horizontal(ends), pl.max_horizontal(ends)]))
    mine = paired.filter(pl.col("decided_by") == by)
    others = paired.join(mine, on="_pair", how="anti", maintain_order="left").unique(
        "_pair", keep="first", maintain_order=True
    )
    return others.filter(pl.col("subject").is_in(list(subjects))).select("subject", *ENDS)


def standing(project: Project, *, shown: bool = False) -> pl.DataFrame:
    """Return the judgements that stand, of the project's file and of the store's decisions, with COLUMNS (`given`)."""
    heard = [given(decisions(project.path(project.store)), shown=shown)]
    if project.judgements:
        heard.insert(0, read_judgements(project.path(project.judgements), subjects=project.subjects))
    return pl.concat([no_judgements(), *heard])


def conflicts(run: Run, *, subjects: Iterable[str]) -> pl.DataFrame:
    """Return the JUDGEMENT_CONFLICTS of the live run."""
    found = [run.read("judgement_conflicts", subject=name) for name in subjects]
    return JUDGEMENT_CONFLICTS.conform(pl.concat([JUDGEMENT_CONFLICTS.empty(), *found]))


def agreements(project: Project) -> list[Row]:
    """Return how far every two people agree on the pairs that both judged or labelled; see `agreement`."""
    told = decisions(project.path(project.store))
    return agreement(pl.concat([given(told, kind=kind, shown=True) for kind in ("judgement", "label")]))


def side_by_side(run: Run, row: Mapping[str, Any]) -> list[Row]:
    """Return the attributes of the two records of a doubt: attribute, A, B, `differs` (null where one is missing)."""
    keys = [dict(zip(RECORD_KEY, key_of(row, side), strict=True)) for side in ("l", "r")]
    found = [records_of(run, row["subject"], [key]).drop(*UNSHOWN).to_dicts() for key in keys]
    left, right = (one[0] if one else {} for one in found)
    return [
        {
            "attribute": name,
            "A": left.get(name),
            "B": right.get(name),
            "differs": None if left.get(name) is None or right.get(name) is None else left[name] != right[name],
        }
        for name in (left or right)
        if left.get(name) is not None or right.get(name) is not None
    ]


def named(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two records of a row as the commands take them."""
    return spelt_key(key_of(row, "l")), spelt_key(key_of(row, "r"))


def pair_verdict(row: Mapping[str, Any], word: str) -> Verdict:
    """Return what a reviewer says of the two records of a row."""
    return Verdict(word, row["subject"], *named(row), ((key_of(row, "l"), key_of(row, "r")),))


def verdict_of(run: Run, row: Mapping[str, Any], word: str) -> Verdict:
    """Return what a reviewer says of a doubt: `pair_verdict`, and of what stands alone for all records that say it.

    Nothing ties records of one signature that was compared with nobody, once a judgement gives one of them its own.
    """
    said = pair_verdict(row, word)
    if row.get("reason") != ALONE:
        return said
    ends = {side: row[f"signature_{side}"] for side in ("l", "r")}
    states = dict(zip(ends, clusters_of(run, row["subject"], list(ends.values()))["state"], strict=True))
    own = next((side for side, state in states.items() if state == UNRESOLVED), row["smaller"])
    other = "r" if own == "l" else "l"
    borne = run.scan("record_signature", subject=row["subject"])
    keys = borne.filter(pl.col("signature_id") == ends[own]).select(RECORD_KEY).collect()
    return said._replace(pairs=tuple((key, key_of(row, other)) for key in sorted(keys.rows())))


def reviewed(by: str, at: str, reason: str) -> Act:
    """Return the act of a reviewer."""
    return Act(by, at, reason, "review")


def left_open(run: Run, name: str) -> pl.DataFrame:
    """Return as REVIEW what a build did not decide: its doubts, and the pairs that share an identifier in conflict."""
    review, conflicts = (run.read(table, subject=name) for table in ("review", "conflicts"))
    of_conflicts = pl.col("signature_l").is_in(conflicts["signature_l"].unique().implode())
    pairs = run.scan("pairs", subject=name).filter(of_conflicts).select(*PAIR_KEY, "match_weight").collect()
    return pl.concat([review, contradicted(conflicts, pairs)])


def alone(run: Run, name: str, asked: pl.DataFrame) -> Sought:
    """Return what stands alone in a run, and whom a wider search finds near it (`seek`); no table of it holds them.

    `asked` is what the build left open.
    """
    built = run.project(run.folder).subjects[name]
    values = ("signature_id", "sources", *built.identity_attributes())
    return seek(
        run.scan("signatures", subject=name).select(values).collect(),
        run.read("clusters", subject=name),
        asked,
        run.read("conflicts", subject=name),
        run.read("mass_values", subject=name),
        subject=built,
        calibration=Calibration.model_validate(run.calibration(name)),
    )


def _of_subject(run: Run, name: str, decided: pl.DataFrame) -> pl.DataFrame:
    asked = left_open(run, name)
    asked = pl.concat([asked, alone(run, name, asked).pairs])
    clusters = run.scan("clusters", subject=name).select("signature_id", "cluster_id").collect()
    sizes = run.scan("signatures", subject=name).select("signature_id", "records").collect()
    told = queue(asked, clusters, sizes)
    borne = run.scan("record_signature", subject=name).select(*RECORD_KEY, "signature_id").collect()
    own = decided.filter(pl.col("subject").is_null() | (pl.col("subject") == name))
    places = borne.join(clusters, on="signature_id").drop("signature_id")
    said = own
    for side, keys in SIDES.items():
        said = said.join(places.rename({"cluster_id": f"_{side}"}), left_on=keys, right_on=list(RECORD_KEY))
    settled = pl.concat(
        [said.select(cluster_l="_l", cluster_r="_r"), said.select(cluster_l="_r", cluster_r="_l")]
    ).unique()
    left = told.join(settled, on=["cluster_l", "cluster_r"], how="anti", maintain_order="left")
    ends = pl.concat([left["signature_l"], left["signature_r"]]).unique()
    bearers = borne.filter(pl.col("signature_id").is_in(ends.implode())).sort(RECORD_KEY).unique(
        "signature_id", keep="first", maintain_order=True
    )  # fmt: skip
    for side, keys in SIDES.items():
        own_keys = bearers.rename(dict(zip(RECORD_KEY, keys, strict=True)))
        left = left.join(own_keys, left_on=f"signature_{side}", right_on="signature_id")
    return left.select(
        pl.lit(name).alias("subject"), *ENDS, "gain", "records", "match_weight", "reason", "signature_l", "signature_r",
        "smaller",
    )  # fmt: skip


def key_of(row: Mapping[str, Any], side: str) -> Key:
    """Return the key of the record on a side, l or r."""
    one, two, three = (row[name] for name in SIDES[side])
    return one, two, three


def spelt_key(key: Key) -> str:
    """Return a record key as the commands take it."""
    return spelt(dict(zip(RECORD_KEY, key, strict=True)))
