"""Households as of the last day: their heads, and what each member is to the head (GB/T 4761)."""

from __future__ import annotations

import numpy as np

from engine.city.world.calendar import NEVER, YEAR
from engine.city.world.couples import DIVORCE, Marriages
from engine.city.world.draws import Ints, chance
from engine.city.world.people import People


def heads(people: People, mother: Ints, father: Ints, married: Marriages, *, seed: int, as_of: int) -> Ints:
    """Return the place of the head of each person's household: a husband, widow, single adult, parent's head."""
    head = np.arange(people.size)
    lasting = (married.ending != DIVORCE) & (people.death[married.husband] >= people.death[married.wife])
    head[married.wife[lasting]] = married.husband[lasting]
    ever = np.zeros(people.size, dtype=bool)
    ever[married.wife] = ever[married.husband] = True
    age = (np.minimum(people.death, as_of) - people.birth) / YEAR
    parent = np.where(mother >= 0, mother, father)
    dependent = ~ever & (parent >= 0) & (age < 24 + 8 * chance(seed, people.ids, "stays with parents", 0.4))
    head[dependent] = head[parent[dependent]]
    return _with_children(people, mother, head, ever, age, seed=seed)


def _with_children(people: People, mother: Ints, head: Ints, ever: np.ndarray, age: np.ndarray, *, seed: int) -> Ints:
    child = np.full(people.size, -1, dtype=np.int64)
    grown = np.flatnonzero((mother >= 0) & ever & (people.death == NEVER))
    child[mother[grown[::-1]]] = grown[::-1]
    alone = (
        (child >= 0) & (head == np.arange(people.size)) & (age > 68) & chance(seed, people.ids, "with a child", 0.45)
    )
    alone &= np.bincount(head, minlength=people.size) == 1
    moved = head.copy()
    moved[alone] = head[child[alone]]
    return moved


def family_roles(people: People, mother: Ints, father: Ints, head: Ints, spouse: Ints) -> np.ndarray:
    """Return the code of each person's relation to the head."""
    own = np.arange(people.size)
    role = np.full(people.size, "97", dtype="<U2")
    step = (mother == spouse[head]) & (mother >= 0)
    child = (mother == head) | (father == head) | step
    role = np.where(child, np.where(people.sex == 1, "20", "30"), role)
    elder = (mother[head] == own) | (father[head] == own) | (mother[spouse[head]] == own) & (spouse[head] >= 0)
    role = np.where(elder, "50", role)
    role = np.where((spouse == head) & (spouse >= 0), "10", role)
    return np.where(head == own, "01", role)
