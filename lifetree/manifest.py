"""What a run publishes, and what it says of itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.batches import catalogue_hashes
from engine.pipeline import Flow
from engine.settings import Project
from engine.sizing import peak_memory_mb
from engine.store import SHARED, Run
from engine.store.purges import purged
from engine.version import code_version
from lifetree.resolve import Resolved, Tables

TOTALS = ("records", "signatures", "pairs", "links", "entities")

HIDDEN = {"judged", "orphans", "moved", "judged_signatures", "owners", "placed", "mass_findings"}
"""Tables of a subject that stages pass on and nobody else reads."""


def published(
    shared: Tables, resolved: Mapping[str, Resolved], grown: Tables, found: tuple[Path, ...]
) -> dict[str, tuple[Path, ...]]:
    """Return the files of every table of a run by `subject/table`; `found` are those of findings about entities."""
    common = {f"{SHARED}/{name}": shared[name].all() for name in ("accounts", "batches", "findings")}
    told = (one.tables["mass_findings"].all() for one in resolved.values() if "mass_findings" in one.tables)
    common[f"{SHARED}/findings"] += sum(told, found)
    common[f"{SHARED}/rejects"] = shared["unread"].all() + shared["rejects"].all()
    index = {f"{name}/record_index": one.tables["owners"].all() for name, one in resolved.items()}
    own = {
        f"{name}/{table}": parts.all()
        for name, one in resolved.items()
        for table, parts in one.tables.items()
        if table not in HIDDEN
    }
    return common | own | index | {name: parts.all() for name, parts in grown.items()}


def described(
    flow: Flow,
    project: Project,
    inputs: Mapping[str, str],
    shared: Tables,
    resolved: Mapping[str, Resolved],
    *,
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return what decides a run and what it found; no time, no measurement of the machine."""
    return {
        "project": project.model_dump(mode="json", by_alias=True),
        "inputs": dict(inputs),
        "catalogue": catalogue_hashes(project),
        "code": code_version(),
        "calibrations": {name: one.calibration.model_dump(mode="json") for name, one in resolved.items()},
        "subjects": {name: one.totals for name, one in resolved.items()},
        "accounts": flow.read(shared["accounts"]).to_dicts(),
        "notes": list(notes),
        **({"purged": told} if (told := purged(project)) else {}),
    }


def summary_of(run: Run, timings: Sequence[Mapping[str, Any]], began: float) -> dict[str, Any]:
    """Return the summary of a command that left `run` live; `began` is its beginning by the monotonic clock."""
    subjects = run.manifest["subjects"]
    return {
        "run_id": run.run_id,
        **{name: sum(one[name] for one in subjects.values()) for name in TOTALS},
        "seconds": round(time.monotonic() - began, 3),
        "peak_memory_mb": peak_memory_mb(),
        "buckets": run.manifest.get("buckets", 1),
        "stages": list(timings),
        **{name: run.manifest[name] for name in ("subjects", "accounts", "notes")},
    }
