"""Working lives: spells of employment at the cell's firms and the city's institutions, and retirement by law."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.city.world.calendar import NEVER, NOBODY, YEAR, birthday, day, year_of
from engine.city.world.core import Core
from engine.city.world.draws import Ints, below, chance, draw
from engine.city.world.firms import PER_CELL, Firms, staff_weights
from engine.city.world.people import CELL
from engine.city.world.places import serving

SPELLS = 5
OFFICES = ("primary", "junior", "hospital", "clinic", "police", "tax", "university", "plant", "plant", "plant")


class Jobs(NamedTuple):
    """One entry a spell: the person's place, first and last day, employer (`NOBODY` of the self-employed)."""

    who: Ints
    start: Ints
    end: Ints
    firm: Ints
    wage: Ints
    """A month, in fen."""


def retirement(core: Core) -> Ints:
    """Return the day on which each person reaches the statutory age, delayed by law from 2025-01-01.

    Base ages and steps: men 60 (born from 1965-01, a month for every four, at most 36), women of half the posts 55
    (1970-01, four, 36) and of the others 50 (1975-01, two, 60).
    """
    birth, sex = core.people.birth, core.people.sex
    cadre = chance(core.seed, core.ids, "woman's post", 0.35)
    kind = np.where(sex == 1, 0, np.where(cadre, 1, 2))
    age = np.array((60, 55, 50))[kind]
    base, step, cap = np.array((1965, 1970, 1975))[kind], np.array((4, 4, 2))[kind], np.array((36, 36, 60))[kind]
    stamp = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    since = stamp - (base - 1970) * 12
    delay = np.where(since < 0, 0, np.minimum(cap, since // step + 1))
    return delayed(birth, age, delay)


def delayed(birth: Ints, age: Ints, months: Ints) -> Ints:
    """Return the day of an age in years and further months."""
    stamp = birth.astype("datetime64[D]").astype("datetime64[M]")
    within = birth - stamp.astype("datetime64[D]").astype(np.int64)
    days: Ints = (stamp + 12 * age + months).astype("datetime64[D]").astype(np.int64) + within
    return days


def jobs(core: Core, known: Firms) -> Jobs:
    """Return the spells of employment, at most five a person; a quarter never works for an employer."""
    folk, seed = core.people, core.seed
    schooled = np.where(core.school.end < NEVER, core.school.end, 0).max(axis=1)
    start = np.maximum(np.maximum(schooled, birthday(folk.birth, 17)) + 60, np.maximum(core.first, day(1978)))
    start = start + below(seed, folk.ids, "looks for work", 500)
    stop = np.minimum(retirement(core), core.last)
    works = chance(seed, folk.ids, "works", 0.76)
    parts = []
    for turn in range(SPELLS):
        lasts = 120 + (-np.log1p(-draw(seed, folk.ids, f"job lasts {turn}")) * 6.5 * 365).astype(np.int64)
        lasts = np.where(turn == SPELLS - 1, NEVER, lasts)
        end = np.minimum(start + lasts, stop)
        who = np.flatnonzero(works & (start < stop) & (end > start + 30))
        firm, closes = _employer(core, known, who, start[who], turn)
        last = np.minimum(end[who], closes)
        parts.append((who, start[who], last, firm))
        gap = np.where(chance(seed, folk.ids, f"jobless {turn}", 0.3), below(seed, folk.ids, f"gap {turn}", 700), 5)
        start = np.minimum(np.where(works, end, start) + gap, NEVER)
    who, start, end, firm = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = end > start
    years = year_of(start)
    wage = 60_000 * np.exp((np.minimum(years, 2024) - 1985) * 0.062) * np.exp(1.1 * draw(seed, folk.ids[who], "wage"))
    return Jobs(who[keep], start[keep], end[keep], firm[keep], (wage[keep] // 1000 * 1000).astype(np.int64))


def _employer(core: Core, known: Firms, who: Ints, on: Ints, turn: int) -> tuple[Ints, Ints]:
    """An institution for an eighth, else a firm of the cell that exists on the day, by staff; else none."""
    seed, ids = core.seed, core.ids[who]
    weights = staff_weights(known).reshape(-1, PER_CELL)
    cumulative = np.cumsum(weights, axis=1)
    first = int(core.ids[0]) // CELL
    row = core.people.cell[who] - first
    firm = np.full(len(who), NOBODY)
    closes = np.full(len(who), NEVER)
    for attempt in range(5):
        aim = draw(seed, ids, f"employer {turn} {attempt}") * cumulative[row, -1]
        place = row * PER_CELL + (cumulative[row] <= aim[:, None]).sum(axis=1)
        fits = (firm == NOBODY) & known.running(place, on)
        firm = np.where(fits, known.ids[place], firm)
        closes = np.where(fits, known.ended[place], closes)
    office = chance(seed, ids, f"institution {turn}", 0.12)
    kind = below(seed, ids, f"office {turn}", len(OFFICES))
    seats = np.stack([serving(core.known, name, core.town[who], ids) for name in OFFICES])
    firm = np.where(office, seats[kind, np.arange(len(who))], firm)
    return firm, np.where(office, NEVER, closes)


def entitled(core: Core, work: Jobs) -> Ints:
    """Return the day of retirement of those who have worked for ten years in all, `NEVER` for the others."""
    worked = np.zeros(core.people.size)
    np.add.at(worked, work.who, (work.end - work.start) / YEAR)
    retires = retirement(core)
    return np.where((worked > 10) & (retires < core.last), retires, NEVER)
