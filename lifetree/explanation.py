"""Explanations of two records from what a finished run keeps."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.errors import StoreError
from engine.settings import Project, Subject
from engine.store import Run
from engine.tables import RECORD_KEY, WEIGHT_SCALE
from lifetree.lookup import set_aside
from matchers.explain import chain, separation, waterfall
from matchers.masses import silence
from matchers.models import Calibration


def why(run: Run, project: Project, *, subject: str, left: dict[str, str], right: dict[str, str]) -> dict[str, Any]:
    """Return the waterfall of two records' signatures, their entities, and the reasons of the links between them.

    `left` and `right` are record keys (source, record_id, role).
    """
    rows = [_row(run, subject, side) for side in (left, right)]
    base = {"entities": [row["entity_id"] for row in rows], "same_entity": _same(rows)}
    ids = [row["signature_id"] for row in rows]
    if ids[0] == ids[1]:
        return {**base, "same_signature": True}
    links = _of_pair(run.scan("links", subject=subject), ids)
    return {
        **base,
        "same_signature": False,
        "links": links["reason"].to_list(),
        "chain": _chain(run, subject, rows) if base["same_entity"] and links.is_empty() else [],
        **_as_asked(waterfall(_sides(run, subject, ids), **_model(run, project, subject)), ids),
    }


def why_not(run: Run, project: Project, *, subject: str, left: dict[str, str], right: dict[str, str]) -> dict[str, Any]:
    """Return the one stage that separated two records, and what would join them.

    Stage `standardise`: one of them never became a record; the reason of its quarantine is told. Stage `unresolved`:
    they are linked, but make no entity.
    """
    absent = [side for side in (left, right) if _mention(run, subject, side).is_empty()]
    told = [set_aside(run, source=side["source"], record_id=side["record_id"]) for side in absent]
    quarantined = [sentence for sentence in told if sentence]
    if quarantined:
        return {
            "same_entity": False,
            "stage": "standardise",
            "because": "; ".join(quarantined),
            "change": "correct the row",
        }
    rows = [_row(run, subject, side) for side in (left, right)]
    if _same(rows):
        return {
            "same_entity": True,
            "stage": None,
            "because": f"both are entity {rows[0]['entity_id']}",
            "change": None,
        }
    ids = [row["signature_id"] for row in rows]
    if _one_cluster(run, subject, ids):
        return {
            "same_entity": False,
            "stage": "unresolved",
            "because": "they belong together, but neither these records nor those linked to them can found an entity",
            "change": f"give one of them {_any_of(project.subjects[subject].founding)}",
        }
    sides = _sides(run, subject, ids)
    apart = separation(
        sides,
        **_model(run, project, subject),
        generic=run.read("generic_values", subject=subject),
        conflicts=_conflicts(run, project.subjects[subject], sides, subject=subject),
        links=_of_pair(run.scan("links", subject=subject), ids),
    )
    return {"same_entity": False, **_as_asked(apart, ids)}


def _same(rows: list[dict[str, Any]]) -> bool:
    return rows[0]["entity_id"] is not None and rows[0]["entity_id"] == rows[1]["entity_id"]


def _one_cluster(run: Run, subject: str, ids: list[int]) -> bool:
    own = run.scan("clusters", subject=subject).filter(pl.col("signature_id").is_in(ids)).select("cluster_id").collect()
    return own["cluster_id"].n_unique() == 1


def _any_of(sets: tuple[tuple[str, ...], ...]) -> str:
    return ", or ".join(" and ".join(names) for names in sets)


def _as_asked(told: dict[str, Any], ids: list[int]) -> dict[str, Any]:
    """Return the waterfall with the first record's values on the left; it comes with the smaller signature there."""
    if ids[0] < ids[1]:
        return told
    return {**told, "steps": [{**step, "left": step["right"], "right": step["left"]} for step in told["steps"]]}


def _chain(run: Run, subject: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the links that lead from the first record to the second, each with a record of either side."""
    own = run.scan("record_entity", subject=subject).filter(pl.col("entity_id") == rows[0]["entity_id"]).collect()
    members = own.select("signature_id").unique().lazy()
    links = run.scan("links", subject=subject)
    for side in ("signature_l", "signature_r"):
        links = links.join(members, left_on=side, right_on="signature_id", how="semi")
    bearer = own.sort(RECORD_KEY).unique("signature_id", keep="first", maintain_order=True)
    shown = dict(bearer.select("signature_id", pl.concat_str("source", "record_id", separator=":")).iter_rows())
    return [
        {
            "left": shown[step["signature_l"]],
            "right": shown[step["signature_r"]],
            "match_weight": step["match_weight"] / WEIGHT_SCALE,
            "reason": step["reason"],
        }
        for step in chain(links.collect(), *(row["signature_id"] for row in rows))
    ]


def _model(run: Run, project: Project, subject: str) -> dict[str, Any]:
    settings: Subject = project.subjects[subject]
    calibration = Calibration.model_validate(run.calibration(subject))
    return {
        "subject": settings,
        "calibration": calibration,
        "signatures": run.manifest["subjects"][subject]["signatures"],
    }


def _row(run: Run, subject: str, key: dict[str, str]) -> dict[str, Any]:
    found = _mention(run, subject, key)
    if found.is_empty():
        shown = ":".join(filter(None, (key[name] for name in RECORD_KEY)))
        raise StoreError(
            f"no {subject} record '{shown}' in run {run.run_id}", hint="`lifetree find` looks records up by a value"
        )
    return found.row(0, named=True)


def _mention(run: Run, subject: str, key: dict[str, str]) -> pl.DataFrame:
    tests = (pl.col(name) == key[name] for name in RECORD_KEY)
    return run.scan("record_entity", subject=subject).filter(*tests).collect()


def _sides(run: Run, subject: str, ids: list[int]) -> pl.DataFrame:
    """Return two signatures as matching reads them: without the values that too many bear."""
    sides = run.scan("signatures", subject=subject).filter(pl.col("signature_id").is_in(ids)).collect()
    return silence(sides, run.read("mass_values", subject=subject))


def _conflicts(run: Run, settings: Subject, sides: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return the conflicts of these two, and those between the groups of an identifier value that both bear."""
    one, other = sides.sort("signature_id").to_dicts()
    tests = [(pl.col("signature_l") == one["signature_id"]) & (pl.col("signature_r") == other["signature_id"])]
    for item in settings.identifiers:
        value = one[item.attribute]
        if value is not None and value == other[item.attribute]:
            tests.append((pl.col("attribute") == item.attribute) & (pl.col("value") == value))
    return run.scan("conflicts", subject=subject).filter(pl.any_horizontal(tests)).collect()


def _of_pair(table: pl.LazyFrame, ids: list[int]) -> pl.DataFrame:
    return table.filter(pl.col("signature_l") == min(ids), pl.col("signature_r") == max(ids)).collect()
