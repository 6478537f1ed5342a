"""The worst mistakes of a run, each with both records: their values, what the model found, and what kept them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.settings import Project
from engine.store import Run
from engine.tables import PAIR_KEY, RECORD_KEY, WEIGHT_SCALE
from lifetree.explanation import why, why_not
from matchers.evaluation import errors, group_name

_SIDES = ("", "_other")


def mistakes(
    run: Run, project: Project, records: pl.DataFrame, *, subject: str, groups: Sequence[str], number: int
) -> dict[str, Any]:
    """Return how many true entities are merged (`merges`) and parts of one apart (`misses`), and the `worst` of each.

    `records` are labelled ones, with the columns `groups`; the order is that of `matchers.evaluation.errors`. Each of
    the worst has its two records with their values and groups, the steps of the waterfall, and of a miss the stage that
    kept them apart.
    """
    pairs = run.scan("pairs", subject=subject).select(*PAIR_KEY, "match_weight").collect()
    found = errors(records, pairs, run.read("links", subject=subject))
    worst = {"merges": found.merges.head(number), "misses": found.misses.head(number)}
    bearers = _bearers(records, pl.concat([*worst.values()]), groups)
    values = _values(run, project, subject, list(bearers))
    told = {
        kind: [_told(run, project, subject, one, bearers, values) for one in frame.to_dicts()]
        for kind, frame in worst.items()
    }
    return {"merges": found.merges.height, "misses": found.misses.height, "worst": told}


def _bearers(
    records: pl.DataFrame, shown: pl.DataFrame, groups: Sequence[str]
) -> dict[tuple[int, str], dict[str, Any]]:
    """Return the first record of each signature and true entity that is shown."""
    sides = [shown.select(signature_id=f"signature{side}", truth=f"truth{side}") for side in _SIDES]
    own = records.join(pl.concat(sides).unique(), on=["signature_id", "truth"], how="semi")
    first = own.sort(RECORD_KEY).unique(["signature_id", "truth"], keep="first", maintain_order=True)
    return {
        (row["signature_id"], row["truth"]): {
            **{name: row[name] for name in (*RECORD_KEY, "truth", "entity_id")},
            "groups": {group_name(name): row[name] for name in groups if row[name] is not None},
        }
        for row in first.to_dicts()
    }


def _values(run: Run, project: Project, subject: str, shown: list[tuple[int, str]]) -> dict[int, dict[str, str]]:
    names = list(project.subjects[subject].identity_attributes())
    signatures = run.scan("signatures", subject=subject).select("signature_id", *names)
    own = signatures.filter(pl.col("signature_id").is_in([signature for signature, _ in shown])).collect()
    return {row["signature_id"]: {name: row[name] for name in names if row[name] is not None} for row in own.to_dicts()}


def _told(
    run: Run,
    project: Project,
    subject: str,
    one: dict[str, Any],
    bearers: dict[tuple[int, str], dict[str, Any]],
    values: dict[int, dict[str, str]],
) -> dict[str, Any]:
    keys = [(one[f"signature{side}"], one[f"truth{side}"]) for side in _SIDES]
    sides = [{**bearers[key], "values": values.get(key[0], {})} for key in keys]
    left, right = ({name: side[name] for name in RECORD_KEY} for side in sides)
    found = why(run, project, subject=subject, left=left, right=right)
    apart = one["truth"] == one["truth_other"]
    stopped = why_not(run, project, subject=subject, left=left, right=right) if apart else {}
    weight = one["match_weight"]
    return {
        "pairs": one["pairs"],
        "match_weight": None if weight is None else weight / WEIGHT_SCALE,
        "reason": one["reason"],
        "stage": stopped.get("stage"),
        "because": stopped.get("because"),
        "records": sides,
        "steps": found.get("steps", []),
    }
