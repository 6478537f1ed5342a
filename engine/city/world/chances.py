"""Choosing persons and days for the events of a batch."""

from __future__ import annotations

import numpy as np

from engine.city.world.core import Core
from engine.city.world.draws import Flags, Floats, Ints, chance, draw
from engine.city.world.people import CELL
from engine.city.world.places import serving


def some(core: Core, purpose: str, rate: float | Floats, among: Flags | None = None) -> Ints:
    """Return the places of the persons whom a rate hits."""
    hit = chance(core.seed, core.ids, purpose, rate)
    return np.flatnonzero(hit if among is None else hit & among)


def between(core: Core, purpose: str, who: Ints, first: Ints | int, last: Ints | int) -> Ints:
    """Return a day of `first` (included) to `last` for each person; `first` itself when the interval is empty."""
    span = np.maximum(np.asarray(last) - np.asarray(first), 1)
    days: Ints = np.asarray(first) + (draw(core.seed, core.ids[who], purpose) * span).astype(np.int64)
    return days


def near(core: Core, kind: str, who: Ints) -> Ints:
    """Return the institution of a kind that serves each person's township."""
    return serving(core.known, kind, core.town[who], core.ids[who])


def neighbour(who: Ints, step: int) -> Ints:
    """Return the person so many places further in the same cell."""
    return who // CELL * CELL + (who + step) % CELL


def valid(core: Core, who: Ints, days: Ints) -> Flags:
    """Return which days lie within the persons' time in the city."""
    within: Flags = (days >= core.first[who]) & (days < core.last[who])
    return within
