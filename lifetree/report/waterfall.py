"""The drawing of a bridge: a total, the steps that change it, and the total that they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

PLOT = 300
MARGIN = 12


class Bar(NamedTuple):
    """One line: a total is a dot at `x`, a step a bar from `x` of `width`. Pixels from the left of the plot."""

    key: str
    persons: int
    total: bool
    x: float
    width: float


def waterfall(bridge: Mapping[str, Any]) -> list[Bar]:
    """Return the lines of one bridge, steps of nobody left out.

    >>> bars = waterfall({"claimed": 10, "steps": [{"step": "dead", "persons": -2}], "agreed": 8})
    >>> [(bar.key, bar.persons, bar.total) for bar in bars]
    [('claimed', 10, True), ('dead', -2, False), ('agreed', 8, True)]
    """
    steps = [(one["step"], one["persons"]) for one in bridge["steps"] if one["persons"]]
    running = [bridge["claimed"]]
    for _, persons in steps:
        running.append(running[-1] + persons)
    low, high = min(running), max(running)

    def place(value: int) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(MARGIN + share * (PLOT - 2 * MARGIN), 1)

    bars = [
        Bar(key, persons, False, min(place(before), place(after)), max(abs(place(after) - place(before)), 1.0))
        for (key, persons), before, after in zip(steps, running, running[1:], strict=False)
    ]
    return [
        Bar("claimed", bridge["claimed"], True, place(running[0]), 0),
        *bars,
        Bar("agreed", bridge["agreed"], True, place(bridge["agreed"]), 0),
    ]
