"""Who goes to which stage of school, from which year to which."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.city.world.calendar import NEVER, day, in_month, year_of
from engine.city.world.draws import Flags, Ints, chance, draw
from engine.city.world.people import People

STAGES = ("kindergarten", "primary", "junior", "senior", "vocational", "university", "master")
YEARS = (3, 6, 3, 3, 3, 4, 3)


class Schooling(NamedTuple):
    """One row a person, one column a stage of `STAGES`: first and last day, `NEVER` where not attended."""

    start: Ints
    end: Ints
    level: Ints
    """The last stage finished or attended at as_of, as its place in STAGES; -1 none."""

    def attends(self, stage: int) -> Flags:
        """Return who attends a stage."""
        flags: Flags = self.start[:, stage] < NEVER
        return flags

    def in_school(self, on: Ints) -> Flags:
        """Return who is enrolled on a day, one day for each person."""
        within = (self.start <= on[:, None]) & (on[:, None] < self.end)
        return np.asarray(within.any(axis=1))


def schooling(people: People, *, seed: int, as_of: int) -> Schooling:
    """Return the school career of each person; a stage begins on 1 September and ends on 30 June."""
    ids, birth = people.ids, people.birth
    born = year_of(birth)
    autumn = np.where(birth >= in_month(born, 9), 1, 0)
    entry = born + 6 + autumn
    entry = entry + (chance(seed, ids, "school a year later", 0.06) & (autumn == 0))
    go = _attendance(seed, people)
    starts = np.full((people.size, len(STAGES)), NEVER, dtype=np.int64)
    ends = starts.copy()
    offsets = (-3, 0, 6, 9, 9, 12, 16)
    for stage, (offset, years) in enumerate(zip(offsets, YEARS, strict=True)):
        first = in_month(entry + offset, 9)
        last = in_month(entry + offset + years, 7)
        there = go[:, stage] & (first < np.minimum(people.death, as_of)) & (first > day(1950))
        starts[there, stage] = first[there]
        ends[there, stage] = np.minimum(last, people.death)[there]
    level = np.where(starts < NEVER, np.arange(len(STAGES)), -1).max(axis=1)
    return Schooling(starts, ends, level)


def entry_year(people: People) -> Ints:
    """Return the year in which a person is due at primary school: six years old by the end of August."""
    born = year_of(people.birth)
    return born + 6 + (people.birth >= in_month(born, 9))


def _attendance(seed: int, people: People) -> np.ndarray:
    years = (day(1935), day(1950), day(1965), day(1980), day(1990), day(2000), day(2008))
    u = draw(seed, people.ids, "talent")
    primary = u < np.interp(people.birth, years, (0.55, 0.8, 0.93, 0.99, 0.997, 0.999, 0.999))
    junior = u < np.interp(people.birth, years, (0.15, 0.4, 0.68, 0.9, 0.97, 0.99, 0.995))
    senior = u < np.interp(people.birth, years, (0.05, 0.15, 0.25, 0.32, 0.48, 0.58, 0.6))
    vocational = ~senior & (u < np.interp(people.birth, years, (0.06, 0.18, 0.31, 0.5, 0.75, 0.9, 0.93)))
    university = u < np.interp(people.birth, years, (0.01, 0.02, 0.05, 0.14, 0.3, 0.48, 0.52))
    master = u < np.interp(people.birth, years, (0.0, 0.001, 0.004, 0.02, 0.05, 0.08, 0.09))
    kindergarten = chance(seed, people.ids, "kindergarten", 0.93) & (people.birth > day(1975))
    return np.stack([kindergarten, primary, junior, senior & primary, vocational, university & senior, master], axis=1)
