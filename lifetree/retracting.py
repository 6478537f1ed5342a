"""Accepted deliveries as they stand, and how one is taken back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.errors import InputError, StoreError
from engine.increments.halfway import forget
from engine.io import Delivery, deliveries_of
from engine.io.deliveries import drop
from engine.settings import Project
from engine.store import Run, open_live, writing
from lifetree.increments import CHECKPOINTS

SHOWN = 12
"""Digits of a content hash that are enough to name a delivery."""

WAITING = "not in the run yet"


def accepted(project: Project) -> list[dict[str, Any]]:
    """Return every delivery that `update` accepted: source, delivery (hash), name, mode, delivered_at, bytes, became.

    `became` is what the live run made of it: taken in, refused with the reason, or not read yet. In the order of
    sources, then of delivery dates.
    """
    run = _live(project)
    refused, read = (refusals(run), run.manifest["inputs"]) if run else ({}, {})
    found = [one for source in project.sources for one in _deliveries(project, source.name)]
    return [
        {
            "source": one.source, "delivery": one.content_hash, "name": one.name, "mode": one.mode,
            "delivered_at": one.delivered_at, "bytes": one.bytes,
            "became": _became(refused.get(one.content_hash), read=os.path.relpath(one.file, project.folder) in read),
        }
        for one in found
    ]  # fmt: skip


def retract(project: Project, named: Sequence[str]) -> list[Delivery]:
    """Take back deliveries, and return them: they count no more, and their files are deleted.

    Each is named by its content hash or the beginning of it, or by the name of its file. What follows from it is gone
    with the next build or update, which works everything out anew; the same file can be delivered again.

    Raises:
        InputError: a name fits no delivery, or several; then none is taken back.
        StoreError: another process writes, or the store cannot be written.
    """
    with writing(project.path(project.store)):
        known = [one for source in project.sources for one in _deliveries(project, source.name)]
        chosen = list(dict.fromkeys(_named(known, text) for text in named))
        for one in chosen:
            drop(one)
        forget(project.path(project.store) / CHECKPOINTS)
    return chosen


def refusals(run: Run) -> dict[str, str]:
    """Return why a run refused whole deliveries, by content hash."""
    rows = run.scan("batches").filter(pl.col("rule").is_not_null()).select("batch", "reason", "rule").collect()
    return {batch: f"{reason} (rule {rule})" for batch, reason, rule in rows.iter_rows()}


def _became(refused: str | None, *, read: bool) -> str:
    return (f"refused: {refused}" if refused else "accepted") if read else WAITING


def _live(project: Project) -> Run | None:
    try:
        return open_live(project)
    except StoreError:
        return None


def _deliveries(project: Project, source: str) -> list[Delivery]:
    return sorted(deliveries_of(project, source), key=lambda one: (one.delivered_at or "", one.content_hash))


def _named(known: Sequence[Delivery], text: str) -> Delivery:
    """Return the one delivery that a text names."""
    by_hash = [one for one in known if len(text) >= 4 and one.content_hash.startswith(text)]
    found = by_hash or [one for one in known if one.name == text]
    if len(found) == 1:
        return found[0]
    have = ", ".join(one.content_hash[:SHOWN] for one in (found or known)) or "none"
    what = f"{len(found)} deliveries are named '{text}'" if found else f"no delivery '{text}' was accepted"
    hint = f"name one by the beginning of its hash: {have}" if known else "`lifetree update` accepts deliveries"
    raise InputError(what, hint=hint)
