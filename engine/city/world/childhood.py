"""Births, vaccinations and schools as events."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, NOBODY, day
from engine.city.world.chances import between, near, neighbour, valid
from engine.city.world.core import Core
from engine.city.world.draws import below, chance
from engine.city.world.facts import document, facts
from engine.city.world.numbers import certificate
from engine.city.world.places import DORMITORY
from engine.city.world.schooling import STAGES

VACCINES = (
    ("乙肝疫苗", (0, 30, 180)), ("卡介苗", (1,)), ("脊灰疫苗", (60, 90, 120, 1460)), ("百白破疫苗", (91, 121, 151,
            550)),
    ("流脑疫苗", (183, 275)), ("麻腮风疫苗", (245, 551)), ("乙脑疫苗", (246, 731)), ("甲肝疫苗", (552,)),
)  # fmt: skip
KINDS = ("kindergarten", "primary", "junior", "senior", "vocational", "university", "university")


def births(core: Core) -> list[pl.DataFrame]:
    """Return birth certificates, files and vaccinations."""
    folk, seed = core.people, core.seed
    who = np.flatnonzero((folk.birth > day(1996)) & ~folk.migrant & (core.first <= folk.birth))
    number = pl.Series(certificate(folk)[who])
    weight = 2400 + below(seed, folk.ids[who], "weight", 1800) - np.where(folk.twin[who] >= 0, 600, 0)
    parts = [
        facts("BIR.CERT", who, folk.birth[who] + below(seed, folk.ids[who], "certificate after", 6),
            town=core.town[who],
            other=core.family.mother[who], firm=near(core, "hospital", who), amount=weight, number=number)
    ]  # fmt: skip
    for turn, age in enumerate((3, 42, 180, 365)):
        filed = who[(folk.death[who] > folk.birth[who] + age) & (core.last[who] > folk.birth[who] + age)]
        parts.append(facts("BIR.FILE", filed, folk.birth[filed] + age, town=core.town[filed], firm=near(core,
                "clinic", filed),
                detail=("新生儿筛查", "母子健康手册", "儿童体检", "儿童体检")[turn]))  # fmt: skip
    young = np.flatnonzero(folk.birth > day(1988))
    for vaccine, ages in VACCINES:
        for dose, age in enumerate(ages):
            days = folk.birth[young] + age + below(seed, folk.ids[young], f"{vaccine}{dose}", 20 if age else 1)
            had = valid(core, young, days) & chance(seed, folk.ids[young], f"takes {vaccine}{dose}", 0.96)
            parts.append(facts("BIR.VACC", young[had], days[had], town=core.town[young[had]], firm=near(core,
                    "clinic", young[had]),
                    number=document(seed, folk.ids[young[had]], f"lot{vaccine}{dose}", "Y", 8),
                    detail=f"{vaccine}第{dose + 1}剂"))  # fmt: skip
    return parts


def schools(core: Core) -> list[pl.DataFrame]:
    """Return enrolment, promotion, transfer, suspension, graduation, degrees and aid."""
    parts = []
    for stage, name in enumerate(STAGES):
        start, end = core.school.start[:, stage], core.school.end[:, stage]
        who = np.flatnonzero((start < NEVER) & valid(core, np.arange(core.people.size), np.minimum(start, core.as_of)))
        code = ("EDU.KIN", "EDU.ENR", *("EDU.STG",) * 5)[stage]
        school = near(core, KINDS[stage], who)
        home = school + DORMITORY if KINDS[stage] == "university" else np.full(len(who), NOBODY)
        roll = document(core.seed, core.ids[who], f"roll {min(stage, 2)}", "G", 12)
        parts.append(
            facts(code, who, start[who], town=core.town[who], firm=school, address=home, number=roll, detail=name)
        )
        done = (end[who] < core.last[who]) & (stage > 0)
        parts.append(facts("EDU.GRD", who[done], end[who][done], firm=school[done], town=core.town[who[done]],
                number=document(core.seed, core.ids[who[done]], f"diploma {stage}", "B", 14),
                detail=name))  # fmt: skip
        if name in {"university", "master"}:
            parts.append(facts("EDU.DEG", who[done], end[who][done], firm=school[done], detail=("学士",
                    "硕士")[stage - 5],
                    number=document(core.seed, core.ids[who[done]], f"degree {stage}", "X",
                    14)))  # fmt: skip
        parts += _incidents(core, stage, name, who, school)
    return parts


def _incidents(core: Core, stage: int, name: str, who: np.ndarray, school: np.ndarray) -> list[pl.DataFrame]:
    parts = []
    for code, rate, detail in (("EDU.TRF", 0.03, "转入"), ("EDU.SUS", 0.008, "休学"), ("EDU.AID", 0.06, "助学金")):
        if stage == 0:
            continue
        hit = chance(core.seed, core.ids[who], f"{code} {stage}", rate)
        start, end = core.school.start[who, stage][hit], core.school.end[who, stage][hit]
        days = between(core, f"{code} day {stage}", who[hit], start + 60, end - 60)
        there = valid(core, who[hit], days)
        pupils, days = who[hit][there], days[there]
        new = near(core, KINDS[stage], neighbour(pupils, 7))
        firm = new if code == "EDU.TRF" else school[hit][there]
        amount = 150_000 + below(core.seed, core.ids[pupils], "aid", 250_000) if code == "EDU.AID" else None
        parts.append(
            facts(code, pupils, days, firm=firm, detail=f"{name}{detail}", amount=amount, town=core.town[pupils])
        )
        if code == "EDU.SUS":
            back = days + 365
            again = (back < core.school.end[pupils, stage]) & valid(core, pupils, back)
            parts.append(facts(code, pupils[again], back[again], firm=firm[again], detail=f"{name}复学"))
    return parts
