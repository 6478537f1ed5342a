"""Breaches of the constraints of family and youth: too early, too close, too many."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, birthday, day, in_month
from engine.city.world.chances import between, near, neighbour, some, valid
from engine.city.world.core import Core
from engine.city.world.draws import Ints, below, chance
from engine.city.world.facts import document, facts
from engine.city.world.schooling import entry_year

Breach = tuple[str, pl.DataFrame]
"""A constraint and the events that break it."""


def childhood(core: Core) -> list[Breach]:
    """Two schools at once, the wrong age, a transfer from nowhere, a skipped stage, work and service too early."""
    return [*_schools(core), *_too_early(core)]


def _schools(core: Core) -> list[Breach]:
    since = core.school.start[:, 1]
    pupils = (since < NEVER) & (core.people.birth > day(1985)) & (core.last > since + 900)
    due = in_month(entry_year(core.people), 9)
    breaches: list[Breach] = []
    for constraint, code, rate, offset, words, school in (
        ("C11", "EDU.ENR", 0.006, 1100, "primary", "primary"),
        ("C11", "EDU.ENR", 0.004, -700, "primary", "primary"),
        ("C12", "EDU.ENR", 0.006, 400, "primary", "primary"),
        ("C13", "EDU.TRF", 0.006, 2600, "junior转入", "junior"),
        ("C14", "EDU.STG", 0.006, 500, "senior", "senior"),
    ):
        who = some(core, f"{constraint}{offset}", rate, pupils)
        who = who[valid(core, who, due[who] + offset)]
        firm = near(core, school, neighbour(who, 11))
        roll = document(core.seed, core.ids[who] + offset, "second roll", "G", 12)
        part = facts(code, who, due[who] + offset, firm=firm, detail=words, town=core.town[who], number=roll)
        breaches.append((constraint, part))
    return breaches


def _too_early(core: Core) -> list[Breach]:
    folk = core.people
    student = core.school.attends(5) & (core.school.start[:, 5] > day(1985))
    enrolled = np.where(core.school.attends(5), core.school.start[:, 5] + 400, NEVER)
    breaches: list[Breach] = []
    for constraint, code, rate, among, days, office, detail in (
        ("C15", "WRK.CON", 0.005, folk.birth > day(1982), birthday(folk.birth, 14), "plant", "童工"),
        ("C28", "DRV.LIC", 0.005, folk.birth > day(1975), birthday(folk.birth, 16), "traffic", "C1"),
        ("C29", "WRK.MIL", 0.03, student, enrolled, "army", "在校入伍"),
    ):
        who = some(core, f"{constraint} too early", rate, among)
        on = days[who] + below(core.seed, core.ids[who], f"{constraint} how early", 600)
        who, on = who[valid(core, who, on)], on[valid(core, who, on)]
        part = facts(code, who, on, firm=near(core, office, who), detail=detail, town=core.town[who])
        breaches.append((constraint, part))
    return breaches


def unions(core: Core) -> list[Breach]:
    """Bigamy, a divorce of a marriage registered elsewhere, a spouse who is kin."""
    married = core.family.married
    folk = core.people
    lasting = np.flatnonzero(
        (married.end > day(1995)) & (married.start > day(1980)) & (married.end - married.start > 2500)
    )
    lasting = lasting[chance(core.seed, core.ids[married.wife[lasting]], "bigamy", 0.06)]
    man = married.husband[lasting]
    again = np.maximum(married.start[lasting] + 900, day(1985)) + below(core.seed, core.ids[man], "bigamy day", 1400)
    other = (man // 1000) * 1000 + below(core.seed, core.ids[man], "second wife", 1000)
    ok = (
        (again < married.end[lasting])
        & valid(core, man, again)
        & (folk.sex[other] == 2)
        & (folk.birth[other] + 8000 < again)
        & valid(core, other, again)
    )
    bigamy = facts("MAR.REG", man[ok], again[ok], other=other[ok], firm=near(core, "civil_affairs", man[ok]),
        detail="初婚", town=core.town[man[ok]],
        number=document(core.seed, core.ids[man[ok]], "bigamy", "J39", 11))  # fmt: skip
    adult = folk.birth < core.as_of - 30 * 365
    who = some(core, "divorce alone", 0.0035, adult & (folk.status == 0))
    days = between(core, "divorce alone day", who, np.maximum(birthday(folk.birth[who], 25), day(1985)), core.last[who])
    ok = valid(core, who, days)
    divorce = facts("MAR.DIV", who[ok], days[ok], firm=near(core, "civil_affairs", who[ok]), detail="外地登记",
        town=core.town[who[ok]],
        number=document(core.seed, core.ids[who[ok]], "divorce alone", "L39", 11))  # fmt: skip
    who = some(core, "marries kin", 0.004, (core.family.mother >= 0) & (folk.birth > day(1960)))
    days = birthday(folk.birth[who], 23)
    parent = np.where(folk.sex[who] == 1, core.family.mother[who], np.maximum(core.family.father[who], 0))
    ok = valid(core, who, days) & (days < core.last[parent]) & ((folk.sex[who] == 1) | (core.family.father[who] >= 0))
    kin = facts(
        "MAR.REG",
        who[ok],
        days[ok],
        other=parent[ok],
        firm=near(core, "civil_affairs", who[ok]),
        detail="误登",
        town=core.town[who[ok]],
    )
    return [("C08", bigamy), ("C09", divorce), ("C10", kin), *_mothers(core)]


def _mothers(core: Core) -> list[Breach]:
    """Second birth certificates: of a woman too young or old, of one who bore a child within months, of the father."""
    folk = core.people
    base = np.arange(folk.size) // 1000 * 1000
    young = (folk.birth > day(1996)) & (core.family.mother >= 0) & (core.first <= folk.birth)
    breaches: list[Breach] = []
    for constraint, low, high, rate in (("C23", 8, 14, 0.03), ("C23", 51, 66, 0.03)):
        who = some(core, f"mother of {low}", rate, young)
        chosen = np.full(len(who), -1, dtype=np.int64)
        for attempt in range(25):
            place = base[who] + below(core.seed, core.ids[who], f"mother of {low} {attempt}", 1000)
            age = (folk.birth[who] - folk.birth[place]) / 365.25
            fits = (age > low) & (age < high) & (folk.sex[place] == 2) & (folk.death[place] > folk.birth[who])
            chosen = np.where((chosen < 0) & fits, place, chosen)
        ok = chosen >= 0
        breaches.append((constraint, _certified(core, who[ok], chosen[ok])))
    known = np.flatnonzero(young)
    order = known[np.lexsort((folk.birth[known], folk.cell[known]))]
    one, two = order[:-1], order[1:]
    gap = folk.birth[two] - folk.birth[one]
    close = (
        (gap > 10)
        & (gap < 180)
        & (folk.cell[one] == folk.cell[two])
        & (core.family.mother[one] != core.family.mother[two])
    )
    close &= chance(core.seed, core.ids[two], "two mothers", 0.012)
    breaches.append(("C25", _certified(core, two[close], core.family.mother[one[close]])))
    exchanged = some(core, "parents exchanged", 0.012, young & (core.family.father >= 0))
    breaches.append(("C24", _certified(core, exchanged, core.family.father[exchanged])))
    return [*breaches, *(("C03", frame) for _, frame in breaches)]


def _certified(core: Core, who: Ints, mother: Ints) -> pl.DataFrame:
    return facts("BIR.CERT", who, core.people.birth[who] + 30, other=mother, firm=near(core, "hospital", who),
        town=core.town[who],
        detail="补发", number=document(core.seed, core.ids[who], "second birth", "R", 9))  # fmt: skip
