"""The drawing of a threshold curve: precision, recall and F1 by threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

WIDTH, HEIGHT = 520, 220
LINES = ("precision", "recall", "f1")
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
MARKS = 6
"""Marks on the upright axis, at most."""

BITS = 5


class Line(NamedTuple):
    """One figure: its points as SVG wants them, and the height of its last one."""

    key: str
    points: str
    y: float


class Curve(NamedTuple):
    """Lines over thresholds in bits; `chosen` is the place of the project's threshold. Pixels from the upper left."""

    lines: list[Line]
    bits: list[tuple[str, float]]
    shares: list[tuple[str, float]]
    chosen: float


def drawing(rows: Sequence[Mapping[str, Any]], *, threshold: float) -> Curve:
    """Return the drawing of `matchers.evaluation.threshold_curve`; what has no value is left out of its line.

    >>> rows = [{"threshold": t, "precision": p, "recall": 0.9, "f1": None} for t, p in ((0.0, 0.95), (1.0, 1.0))]
    >>> [(line.key, line.points) for line in drawing(rows, threshold=0.0).lines]
    [('precision', '0.0,110.0 520.0,0.0'), ('recall', '0.0,220.0 520.0,220.0')]
    """
    first, last = (float(rows[place]["threshold"]) for place in (0, -1))
    known = [row[key] for row in rows for key in LINES if row[key] is not None]
    step, low = _scale(min(known, default=0.0))

    def place(bits: float) -> float:
        return round(WIDTH * (bits - first) / (last - first), 1)

    def height(share: float) -> float:
        return round(HEIGHT * (1 - share) / (1 - low), 1)

    lines = []
    for key in LINES:
        points = [(place(row["threshold"]), height(row[key])) for row in rows if row[key] is not None]
        if points:
            lines.append(Line(key, " ".join(f"{x},{y}" for x, y in points), points[-1][1]))
    ticks = [bits for bits in range(math.ceil(first), math.floor(last) + 1) if bits % BITS == 0]
    marks = [1 - place * step for place in range(round((1 - low) / step) + 1)]
    return Curve(
        lines,
        [(f"{bits}", place(bits)) for bits in ticks],
        [(f"{100 * mark:.4g} %", height(mark)) for mark in marks],
        place(threshold),
    )


def _scale(lowest: float) -> tuple[float, float]:
    """Return the distance of the marks, and the share at the bottom: a mark at or below the lowest one."""
    for step in STEPS:
        marks = max(1, math.ceil(round((1 - lowest) / step, 6)))
        if marks <= MARKS:
            return step, 1 - marks * step
    return STEPS[-1], 0.0
