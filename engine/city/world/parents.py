"""Who is whose mother: births are given to the women of the cell whose age fits, a year or more between siblings."""

from __future__ import annotations

import numpy as np

from engine.city.world.calendar import YEAR, day
from engine.city.world.draws import Flags, Ints, below, chance, draw, normal
from engine.city.world.people import People

_ROUNDS = 12
_WIDTH = 1 << 22
"""More days than any two births lie apart: cells follow one another on one number line."""


def mothers(people: People, *, seed: int) -> Ints:
    """Return the place of each person's mother, -1 where she does not belong to the cell."""
    order, line = _women(people, seed=seed)
    limit = _limit(people, seed=seed)
    seeking = ~people.migrant & (people.twin < 0) & (people.birth > day(1938))
    mother = np.full(people.size, -1, dtype=np.int64)
    for attempt in range(_ROUNDS):
        seekers = np.flatnonzero(seeking & (mother < 0))
        ids = people.ids[seekers]
        spread = 4.4 + 0.4 * attempt
        age = np.clip(normal(seed, ids, f"mother's age {attempt}", 26.5, spread), 18.6, 43.5)
        target = people.cell[seekers] * _WIDTH + people.birth[seekers] + _WIDTH // 2 - (age * YEAR).astype(np.int64)
        at = np.searchsorted(line, target) + below(seed, ids, f"mother's place {attempt}", 3) - 1
        chosen = order[np.clip(at, 0, len(order) - 1)]
        known = (at >= 0) & (at < len(order))
        mother[seekers] = np.where(known & _fit(people, chosen, seekers), chosen, -1)
        mother[_too_close(people, mother, limit)] = -1
    younger = people.twin >= 0
    mother[younger] = mother[people.twin[younger]]
    return mother


def _women(people: People, *, seed: int) -> tuple[Ints, Ints]:
    """The women who may have children, by cell and birth, and their place on the number line."""
    fertile = (people.sex == 2) & chance(seed, people.ids, "mother at all", 0.93) & (people.status == 0)
    women = np.flatnonzero(fertile)
    line = people.cell[women] * _WIDTH + people.birth[women] + _WIDTH // 2
    rank = np.argsort(line, kind="stable")
    return women[rank], line[rank]


def _limit(people: People, *, seed: int) -> Ints:
    """The most children of a woman: more before family planning (1980), two or three since, some only one."""
    last = np.interp(people.birth, (day(1935), day(1948), day(1958), day(1970), day(1990)), (6.9, 5.5, 3.0, 2.6, 3.3))
    return np.maximum(1, (last - 1.5 * draw(seed, people.ids, "children wanted") + 0.5).astype(np.int64))


def _fit(people: People, mother: Ints, child: Ints) -> Flags:
    age = people.birth[child] - people.birth[mother]
    fits = (age > 18.2 * YEAR) & (age < 44.5 * YEAR) & (people.death[mother] > people.birth[child] + 40)
    flags: Flags = fits & (people.cell[mother] == people.cell[child])
    return flags


def _too_close(people: People, mother: Ints, limit: Ints) -> Ints:
    """Return the children born within 330 days of an elder sibling, or beyond the mother's limit; the eldest stay."""
    children = np.flatnonzero(mother >= 0)
    order = children[np.lexsort((people.ids[children], people.birth[children], mother[children]))]
    own = mother[order]
    first = np.r_[True, own[1:] != own[:-1]]
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    gap = np.r_[0, np.diff(people.birth[order])]
    close: Ints = order[(~first & (gap < 330)) | (rank >= limit[own])]
    return close
