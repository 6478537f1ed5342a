"""How a stream does: rows and files by source, watermarks, and the time from a file's arrival to its clean rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from engine.stream.manifest import Manifest
from engine.stream.watermark import Mark, of_project

RECENT = 1_000
"""Files, the last, of which latency is told."""


def marks_of(manifests: Iterable[Manifest]) -> dict[str, Mark]:
    """Return the watermark of each source, and its late rows, after all of the micro-batches."""
    marks: dict[str, Mark] = {}
    for manifest in manifests:
        for name, one in manifest["sources"].items():
            marks[name] = Mark(one["watermark"], marks.get(name, Mark(None, 0)).late + one["late"])
    return marks


def latencies(manifests: Iterable[Manifest]) -> list[float]:
    """Return the seconds from arrival to commit of each file, in the order of commits."""
    return [manifest["committed"] - file["arrived"] for manifest in manifests for file in manifest["files"]]


def latency(manifests: Iterable[Manifest], *, recent: int | None = RECENT) -> dict[str, float | None]:
    """Return median, 95th percentile (nearest rank) and maximum of the seconds of the last files, or of all."""
    seconds = sorted(latencies(manifests)[-(recent or 0) :])
    return {"p50": _rank(seconds, 0.5), "p95": _rank(seconds, 0.95), "max": _rank(seconds, 1)}


def by_source(manifests: Sequence[Manifest]) -> list[dict[str, Any]]:
    """Return files, rows, late rows and the watermark of each source, by name."""
    files, rows = Counter[str](), Counter[str]()
    for manifest in manifests:
        for file in manifest["files"]:
            files[file["source"]] += 1
            rows[file["source"]] += file["rows"]
    return [
        {"source": name, "files": files[name], "rows": rows[name], "late": mark.late, "watermark": mark.watermark}
        for name, mark in sorted(marks_of(manifests).items())
    ]


def watermark(manifests: Iterable[Manifest]) -> str | None:
    """Return the lowest watermark of all sources that have one."""
    return of_project(marks_of(manifests).values())


def _rank(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else None
