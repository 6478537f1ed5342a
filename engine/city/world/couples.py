"""Marriages within the cell: who with whom, from when to when; divorces and second marriages; fathers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.city.world.calendar import NEVER, YEAR, birthday, day
from engine.city.world.draws import Flags, Ints, below, chance, draw
from engine.city.world.people import People, marriage_age

_WIDTH = 1 << 22
LAW_OF_1980 = day(1981)
"""From this day men marry at 22 and women at 20, before at 20 and 18."""

DIVORCE, DEATH, LASTS = 1, 2, 0


class Marriages(NamedTuple):
    """One entry a marriage: places of wife and husband, first and last day, how it ended, which of hers it is."""

    wife: Ints
    husband: Ints
    start: Ints
    end: Ints
    ending: Ints
    second: Flags
    early: Flags
    """Against the law on age."""


def marriages(people: People, mother: Ints, *, seed: int, as_of: int) -> Marriages:
    """Return the marriages, first ones before second ones."""
    first_child = _first_births(people, mother)
    ready = people.birth + (marriage_age(seed, people.ids, people.sex, people.birth) * YEAR).astype(np.int64)
    wants = chance(seed, people.ids, "marries", np.where(people.sex == 2, 0.96, 0.95)) | (first_child < NEVER)
    wants &= np.minimum(ready, first_child) < np.minimum(people.death, as_of)
    pairs = _paired(people, mother, np.flatnonzero(wants), first_child < NEVER, seed=seed, purpose="first")
    first = _first(people, pairs, ready, first_child, seed=seed, as_of=as_of)
    return _join(first, _second(people, mother, first, seed=seed, as_of=as_of))


def legal_day(people: People, places: Ints) -> Ints:
    """Return the first day on which each may marry."""
    men = people.sex[places] == 1
    old = birthday(people.birth[places], np.where(men, 20, 18))
    new = birthday(people.birth[places], np.where(men, 22, 20))
    return np.where(old < LAW_OF_1980, old, np.maximum(new, LAW_OF_1980))


def fathers(people: People, mother: Ints, married: Marriages) -> Ints:
    """Return the place of each person's father: the mother's husband of the time, -1 where none can be."""
    order = np.lexsort((married.start, married.wife))
    line = married.wife[order] * _WIDTH + married.start[order] + _WIDTH // 2
    known = np.flatnonzero(mother >= 0)
    target = mother[known] * _WIDTH + people.birth[known] + 200 + _WIDTH // 2
    at = np.searchsorted(line, target, side="right") - 1
    before = (at >= 0) & (married.wife[order[np.maximum(at, 0)]] == mother[known])
    at = np.minimum(np.where(before, at, at + 1), len(order) - 1)
    chosen = order[at]
    father = married.husband[chosen]
    fits = (married.wife[chosen] == mother[known]) & (people.death[father] > people.birth[known] - 260)
    fits &= people.birth[known] - people.birth[father] > 16.5 * YEAR
    fits &= (married.end[chosen] > people.birth[known] - 300) & (married.start[chosen] < people.birth[known] + 5 * 365)
    result = np.full(people.size, -1, dtype=np.int64)
    result[known] = np.where(fits, father, -1)
    return result


def _first_births(people: People, mother: Ints) -> Ints:
    first = np.full(people.size, NEVER, dtype=np.int64)
    known = mother >= 0
    np.minimum.at(first, mother[known], people.birth[known])
    return first


def _paired(people: People, mother: Ints, pool: Ints, eager: Flags, *, seed: int, purpose: str) -> tuple[Ints, Ints]:
    """Pair neighbours by age, a man some two years the elder; mothers before the other women; siblings never."""
    wives, husbands = [], []
    free = np.zeros(people.size, dtype=bool)
    free[pool] = True
    for attempt in range(16):
        able = free & ((people.sex == 1) | eager) if attempt < 9 else free
        left = np.flatnonzero(able)
        if len(left) < 2:
            break
        lag = np.where(people.sex[left] == 2, 800, 0)
        noise = below(seed, people.ids[left], f"{purpose} match {attempt}", 500 + 150 * attempt)
        age = people.birth[left] - lag + noise
        order = np.argsort(people.cell[left] * _WIDTH + age, kind="stable")
        one, two = left[order[:-1]], left[order[1:]]
        fits = (people.cell[one] == people.cell[two]) & (people.sex[one] != people.sex[two])
        fits &= np.abs(age[order[1:]] - age[order[:-1]]) < (3 + attempt // 2) * 365
        fits &= (mother[one] != mother[two]) | (mother[one] < 0)
        fits &= (people.birth[one] < people.death[two]) & (people.birth[two] < people.death[one])
        fits &= ~np.r_[False, fits[:-1]]
        one, two = one[fits], two[fits]
        woman = people.sex[one] == 2
        wives.append(np.where(woman, one, two))
        husbands.append(np.where(woman, two, one))
        free[one] = free[two] = False
    none = np.empty(0, dtype=np.int64)
    return np.concatenate([*wives, none]), np.concatenate([*husbands, none])


def _first(
    people: People, pairs: tuple[Ints, Ints], ready: Ints, first_child: Ints, *, seed: int, as_of: int
) -> Marriages:
    wife, husband = pairs
    ids = people.ids[wife]
    legal = np.maximum(legal_day(people, wife), legal_day(people, husband))
    wished = np.maximum(ready[wife], ready[husband])
    child = first_child[wife]
    before = child - 240 - below(seed, ids, "wedding before birth", 800)
    start = np.where(child < NEVER, np.where(wished < child - 200, np.maximum(wished, before - 700), before), wished)
    early = chance(seed, ids, "marries early", 0.004) & (legal > day(1985))
    start = np.where(early, legal - 60 - below(seed, ids, "how early", 500), np.maximum(start, legal + 1))
    start = start + (start % 7 == 3)
    ends = np.minimum(people.death[wife], people.death[husband])
    valid = (start < np.minimum(ends, as_of)) & (start > day(1935))
    rate = np.interp(start, (day(1965), day(1985), day(1995), day(2010)), (0.02, 0.10, 0.17, 0.17))
    return _ended(people, wife[valid], husband[valid], start[valid], early[valid], rate[valid], seed=seed, as_of=as_of)


def _ended(
    people: People, wife: Ints, husband: Ints, start: Ints, early: Flags, rate: np.ndarray, *, seed: int, as_of: int,
    second: bool = False,
) -> Marriages:  # fmt: skip
    ids = people.ids[wife] * 2 + second
    lasted = 200 - (np.log1p(-draw(seed, ids, "years married")) * 8 * 365).astype(np.int64)
    death = np.minimum(people.death[wife], people.death[husband])
    divorced = chance(seed, ids, "divorces", rate) & (start + lasted < np.minimum(death, as_of))
    end = np.where(divorced, start + lasted, death)
    ending = np.where(divorced, DIVORCE, np.where(death < NEVER, DEATH, LASTS))
    return Marriages(wife, husband, start, end, ending, np.full(len(wife), second), early)


def _second(people: People, mother: Ints, first: Marriages, *, seed: int, as_of: int) -> Marriages:
    free_from = np.full(people.size, NEVER, dtype=np.int64)
    for partner in (first.wife, first.husband):
        single = first.end < people.death[partner]
        free_from[partner[single]] = first.end[single]
    divorced = np.zeros(people.size, dtype=bool)
    divorced[first.wife[first.ending == DIVORCE]] = divorced[first.husband[first.ending == DIVORCE]] = True
    rate = np.where(divorced, 0.65, np.where(free_from - people.birth < 55 * 365, 0.4, 0.06))
    pool = np.flatnonzero((free_from < as_of - 400) & chance(seed, people.ids, "marries again", rate))
    wife, husband = _paired(people, mother, pool, divorced, seed=seed, purpose="second")
    start = np.maximum(free_from[wife], free_from[husband])
    start = start + 90 + below(seed, people.ids[wife], "time alone", 1800)
    start = start + (start % 7 == 3)
    valid = start < np.minimum(np.minimum(people.death[wife], people.death[husband]), as_of)
    none = np.zeros(int(valid.sum()), dtype=bool)
    rate = np.full(len(none), 0.15)
    return _ended(people, wife[valid], husband[valid], start[valid], none, rate, seed=seed, as_of=as_of, second=True)


def _join(first: Marriages, second: Marriages) -> Marriages:
    return Marriages(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))
