"""How long explanations take in a project that is built, of which size soever."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from engine.hashing import hash64
from engine.settings import load_project
from engine.store import Run, open_live
from engine.tables import RECORD_KEY
from lifetree.assembly import how
from lifetree.build import CHECKS
from lifetree.explanation import why, why_not
from lifetree.lookup import spelt

ASKED = 20
"""Questions of each sort; the first of all is asked once before, unmeasured: it loads what Python loads once."""


def latency(folder: Path) -> dict[str, Any]:
    """Return the median and the largest seconds of each question, as functions on an open run and as commands.

    Why-not is asked of records of different entities, why of records of one, how of an entity, drawn by hash.
    """
    project = load_project(folder, checks=CHECKS)
    run = open_live(project)
    subject = next(iter(project.subjects))
    same, apart = _pairs(run, subject)
    asked: dict[str, list[Callable[[], Any]]] = {
        "why": [lambda a=a, b=b: why(run, project, subject=subject, left=a, right=b) for a, b in same],
        "why-not": [lambda a=a, b=b: why_not(run, project, subject=subject, left=a, right=b) for a, b in apart],
        "how": [lambda a=a: how(run, subject=subject, record=a) for a, _ in same],
    }
    totals = run.manifest["subjects"][subject]
    answer: dict[str, Any] = {"records": totals["records"], "entities": totals["entities"], "subject": subject}
    for name, calls in asked.items():
        calls[0]()
        answer[name] = _summed([_seconds(call) for call in calls])
    answer["command why"] = _summed([_seconds(lambda a=a, b=b: _command(folder, a, b)) for a, b in same[:3]])
    return answer


def _pairs(run: Run, subject: str) -> tuple[list[Any], list[Any]]:
    """Return pairs of record keys of one entity, and of two."""
    rows = (
        run.scan("record_entity", subject=subject)
        .drop_nulls("entity_id")
        .with_columns(order=hash64(pl.concat_str(*RECORD_KEY, separator="|")))
    )
    drawn = rows.bottom_k(4 * ASKED, by="order").sort("order").collect()
    entities = drawn["entity_id"].unique(maintain_order=True).head(ASKED)
    members = rows.filter(pl.col("entity_id").is_in(entities.implode())).sort("entity_id", "order").collect()
    same = []
    for group in members.partition_by("entity_id", maintain_order=True):
        ends = group.unique("signature_id", keep="first", maintain_order=True).select(RECORD_KEY).to_dicts()
        if len(ends) > 1:
            same.append((ends[0], ends[-1]))
    firsts = [pair[0] for pair in same]
    return same, list(itertools.pairwise(firsts))


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _summed(seconds: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(seconds), 4), "largest": round(max(seconds), 4), "asked": len(seconds)}


def _command(folder: Path, left: dict[str, str], right: dict[str, str]) -> None:
    words = ["explain", "why", str(folder), spelt(left), spelt(right), "--format", "json"]
    subprocess.run([sys.executable, "-m", "lifetree", *words], check=True, capture_output=True)
