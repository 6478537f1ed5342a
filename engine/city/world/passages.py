"""Marriages, adoptions, guardians and deaths as events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, NOBODY, day
from engine.city.world.chances import between, near, some
from engine.city.world.core import Core
from engine.city.world.couples import DIVORCE
from engine.city.world.draws import Flags, Ints, below, chance
from engine.city.world.facts import document, facts


def weddings(core: Core) -> list[pl.DataFrame]:
    """Return registrations of marriage and divorce (each spouse's own) and annulments of marriages under age."""
    married = core.family.married
    ids = core.ids[married.wife] * 2 + married.second
    shown = married.start > day(1950)
    certificate = document(core.seed, ids, "wedding", "J39", 11)
    decree = document(core.seed, ids, "divorce", "L39", 11)
    parted = married.ending == DIVORCE
    void = annulled(core)
    parts = []
    for one, two in ((married.wife, married.husband), (married.husband, married.wife)):
        office = near(core, "civil_affairs", one)
        for code, among, days, number in (
            ("MAR.REG", shown, married.start, certificate), ("MAR.DIV", parted & ~void, married.end, decree),
            ("MAR.ANN", void, married.end, decree),
        ):  # fmt: skip
            parts.append(facts(code, one[among], days[among], town=core.town[one[among]], other=two[among],
                    firm=office[among],
                    number=number.filter(pl.Series(among)),
                    detail=np.where(married.second[among], "再婚", "初婚")))  # fmt: skip
    return parts


def annulled(core: Core) -> Flags:
    """Return which of the divorces are annulments: of marriages under age or by fraud."""
    married = core.family.married
    rate = np.where(married.early, 0.5, 0.03)
    void: Flags = (married.ending == DIVORCE) & chance(core.seed, core.ids[married.wife], "annulled", rate)
    return void


class Wards(NamedTuple):
    """Events of adoption or guardianship, and the ties: who looks after whom, from when to when."""

    events: list[pl.DataFrame]
    keeper: Ints
    ward: Ints
    start: Ints
    end: Ints


def adoptions(core: Core) -> Wards:
    """Return adoptions of minors since 1992, and those undone."""
    folk, seed = core.people, core.seed
    rate = np.where(core.family.father < 0, 0.2, 0.004)
    child = some(core, "adopted", rate, (folk.birth > day(1980)) & (folk.status == 0))
    parent = _guardian(core, child, "adopter")
    since = np.maximum(folk.birth[child], day(1992)) + 200
    days = between(core, "adoption", child, since, since + 2800)
    ok = (parent >= 0) & (days < core.last[child]) & (days < core.last[parent]) & (days > core.first[child])
    child, parent, days = child[ok], parent[ok], days[ok]
    ids = core.ids[child]
    ends = days + 800 + below(seed, ids, "adoption lasts", 4000)
    undone = chance(seed, ids, "undone", 0.45) & (ends < core.last[child]) & (ends < core.last[parent])
    ends = np.where(undone, ends, NEVER)
    office = near(core, "civil_affairs", parent)
    number = document(seed, ids, "adoption", "SY", 9)
    ended = number.filter(pl.Series(undone))
    town = core.town[parent]
    parts = [
        facts("ADP.REG", child, days, town=town, other=parent, firm=office, number=number, detail="收养登记"),
        facts("ADP.END", child[undone], ends[undone], other=parent[undone], firm=office[undone], number=ended),
    ]
    return Wards(parts, parent, child, days, np.minimum(ends, folk.death[child]))


def guardians(core: Core) -> Wards:
    """Return guardians of children whose parents are away or unknown, and of the very old."""
    folk = core.people
    rate = np.where(core.family.mother < 0, 0.3, 0.01)
    child = some(core, "left behind", rate, (folk.birth > day(1995)) & (folk.status == 0))
    keeper = _guardian(core, child, "guardian")
    since = between(core, "guarded", child, folk.birth[child] + 700, folk.birth[child] + 5500)
    ok = (keeper >= 0) & (since < core.last[child]) & (since > core.first[child]) & (since < core.last[keeper])
    old = some(core, "incapable", 0.03, folk.birth < core.as_of - 80 * 365)
    aged = folk.birth[old] + 78 * 365
    helped = (core.child[old] >= 0) & (aged < core.last[old])
    ward = np.concatenate([child[ok], old[helped]])
    by = np.concatenate([keeper[ok], core.child[old[helped]]])
    start = np.concatenate([since[ok], aged[helped]])
    grown = folk.birth[child[ok]] + 18 * 365 + 5
    end = np.minimum(np.concatenate([grown, folk.death[old[helped]]]), folk.death[ward])
    office = near(core, "civil_affairs", ward)
    part = facts("GRD.SET", ward, start, town=core.town[ward], other=by, firm=office, until=end, detail="监护")
    return Wards([part], by, ward, start, end)


def _guardian(core: Core, child: Ints, purpose: str) -> Ints:
    """An adult of the cell 25 to 55 years older, of the child's own choosing by hash; -1 if eight draws find none."""
    chosen = np.full(len(child), -1, dtype=np.int64)
    base = child // 1000 * 1000
    for attempt in range(8):
        place = base + below(core.seed, core.ids[child], f"{purpose} {attempt}", 1000)
        gap = (core.people.birth[child] - core.people.birth[place]) / 365
        fits = (
            (gap > 30)
            & (gap < 55)
            & (core.last[place] > core.people.birth[child] + 3000)
            & (core.people.status[place] == 0)
        )
        fits &= (place != core.family.mother[child]) & (place != core.family.father[child])
        chosen = np.where((chosen < 0) & fits, place, chosen)
    return chosen


def deaths(core: Core) -> list[pl.DataFrame]:
    """Return death certificates, cremations and declarations by a court."""
    folk = core.people
    who = np.flatnonzero(
        (folk.death < NEVER) & (folk.death > day(1990)) & (core.move.left == NEVER) & (folk.death >= core.first)
    )
    declared = chance(core.seed, core.ids[who], "declared dead", 0.006) & (folk.birth[who] + 30 * 365 < folk.death[who])
    certified = ~declared & chance(core.seed, core.ids[who], "certified dead", 0.97)
    cremated = ~declared & chance(core.seed, core.ids[who], "cremated", np.where(folk.death[who] > day(2000), 0.9, 0.6))
    body, ash, lost = who[certified], who[cremated], who[declared]
    causes = np.array(["循环系统疾病", "恶性肿瘤", "呼吸系统疾病", "损伤和中毒", "内分泌疾病"])
    return [
        facts("DTH.CERT", body, folk.death[body], town=core.town[body], firm=near(core, "hospital", body),
            detail=causes[core.ids[body] % 5],
            number=document(core.seed, core.ids[body], "death", "39", 11)),
        facts("DTH.CREM", ash, folk.death[ash] + 1 + below(core.seed, core.ids[ash], "cremated after", 4),
            firm=near(core, "funeral", ash),
            number=document(core.seed, core.ids[ash], "cremation", "HH", 9), detail="火化",
            address=np.full(len(ash), NOBODY)),
        facts("DTH.DECL", lost, folk.death[lost], firm=near(core, "court", lost), number=document(core.seed,
                core.ids[lost], "decree", "(39)民特", 6),
            detail="宣告死亡"),
    ]  # fmt: skip
