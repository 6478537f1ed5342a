"""Employment, insurance, housing fund and pay as events."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, NOBODY, birthday, day
from engine.city.world.chances import between, near, some, valid
from engine.city.world.core import Core
from engine.city.world.draws import Ints, below, chance, draw
from engine.city.world.facts import document, facts
from engine.city.world.hukou import registered_at
from engine.city.world.jobs import Jobs

INSURANCE = ("职工基本养老保险", "城乡居民基本养老保险")


def employment(core: Core, work: Jobs) -> list[pl.DataFrame]:
    """Return registration, contract and end of each job, unemployment between jobs, certificates, talent, service."""
    who, ids = work.who, core.ids[work.who]
    job = ids * 8 + work.start % 8
    modern = work.start > day(1995)
    ended = modern & (work.end < core.as_of)
    jobless = ended & chance(core.seed, job, "registers jobless", 0.18) & (work.end + 70 < core.last[who])
    parts = [
        facts("WRK.REG", who[modern], work.start[modern] + 10, town=core.town[who[modern]], firm=work.firm[modern],
            detail="就业登记"),
        facts("WRK.CON", who[modern], work.start[modern], firm=work.firm[modern], amount=work.wage[modern],
            number=document(core.seed, job[modern], "contract", "HT", 11), until=work.start[modern] + 1095),
        facts("WRK.END", who[ended], work.end[ended], firm=work.firm[ended],
            detail=np.where(work.end[ended] >= core.last[who[ended]], "终止", "解除")),
        facts("WRK.UNE", who[jobless], work.end[jobless] + 20, town=core.town[who[jobless]], firm=near(core,
                "social_insurance", who[jobless]),
            detail="失业登记"),
        facts("SOC.UNB", who[jobless], work.end[jobless] + 45, amount=np.full(int(jobless.sum()), 150_000),
            firm=near(core, "social_insurance", who[jobless]), detail="失业保险金"),
    ]  # fmt: skip
    hurt = chance(core.seed, job, "injured", 0.008) & modern
    parts.append(facts("SOC.INJ", who[hurt], between(core, "injury", who[hurt], work.start[hurt],
            np.minimum(work.end[hurt], core.as_of)),
            firm=work.firm[hurt], detail="工伤认定", number=document(core.seed, job[hurt], "injury",
            "GS", 9)))  # fmt: skip
    trades = np.array(["电工", "会计", "教师资格", "护士", "焊工", "社会工作者", "建造师", "厨师"])
    for code, rate, words in (
        ("WRK.CERT", 0.13, trades),
        ("WRK.TAL", 0.02, np.array(["高层次人才D类", "高层次人才E类", "青年英才引进"])),
    ):
        able = core.school.level >= (1 if code == "WRK.CERT" else 5)
        got = some(core, code, rate, able)
        days = between(
            core, f"{code} day", got, np.maximum(birthday(core.people.birth[got], 20), day(1995)), core.last[got]
        )
        ok = valid(core, got, days)
        parts.append(facts(code, got[ok], days[ok], town=core.town[got[ok]], firm=near(core, "social_insurance",
                got[ok]),
                number=document(core.seed, core.ids[got[ok]], code, "Z", 12),
                detail=words[core.ids[got[ok]] % len(words)]))  # fmt: skip
    return [*parts, *_service(core)]


def _service(core: Core) -> list[pl.DataFrame]:
    young = (core.people.status == 0) & (core.people.birth > day(1960))
    who = some(core, "serves", np.where(core.people.sex == 1, 0.035, 0.002), young)
    year = birthday(core.people.birth[who], 18) + below(core.seed, core.ids[who], "enlists at", 900)
    ok = (
        (year >= core.first[who])
        & (year + 760 < core.last[who])
        & ~core.school.in_school(_spread(core, who, year))[who]
    )
    who, year = who[ok], year[ok]
    office, town = near(core, "army", who), registered_at(core.hukou, who, year + 20)
    return [
        facts("WRK.MIL", who, year, town=core.town[who], firm=office, detail="义务兵"),
        facts("HUK.CANC", who, year + 20, town=town, firm=near(core, "police", who), detail="参军"),
        facts("WRK.VET", who, year + 731, town=core.town[who], firm=office, detail="退役"),
        facts("HUK.REST", who, year + 750, town=town, firm=near(core, "police", who), detail="退役恢复户口"),
    ]


def _spread(core: Core, who: Ints, days: Ints) -> Ints:
    spread = np.zeros(core.people.size, dtype=np.int64)
    spread[who] = days
    return spread


def insurance(core: Core, work: Jobs) -> list[pl.DataFrame]:
    """Return enrolment at every job, yearly-paid residents' insurance, transfers, contributions month by month."""
    who = work.who
    paid = (work.firm != NOBODY) & (work.end > day(1993))
    start = np.maximum(work.start, day(1993))
    parts = [
        facts(
            "SOC.ENR", who[paid], start[paid] + 15, town=core.town[who[paid]], firm=work.firm[paid], detail=INSURANCE[0]
        ),
    ]
    moved = paid & chance(core.seed, core.ids[who] * 8 + work.start % 8, "insured elsewhere", 0.06)
    moved &= start + 200 < np.minimum(work.end, core.as_of)
    parts.append(facts("SOC.TRF", who[moved], start[moved] + 100, town=core.town[who[moved]], detail="转移接续",
            firm=near(core, "social_insurance", who[moved]),
            amount=1_200_000 + start[moved] * 10))  # fmt: skip
    employed = np.zeros(core.people.size, dtype=bool)
    employed[who[paid & (work.end >= core.as_of - 400)]] = True
    resident = some(core, "residents' insurance", 0.7, ~employed & (core.people.birth < core.as_of - 16 * 366))
    joined = np.maximum(np.maximum(birthday(core.people.birth[resident], 16), day(2010)), core.first[resident])
    joined = joined + below(core.seed, core.ids[resident], "joins", 700)
    ok = joined < core.last[resident]
    parts.append(facts("SOC.ENR", resident[ok], joined[ok], town=core.town[resident[ok]], detail=INSURANCE[1],
            firm=near(core, "social_insurance", resident[ok])))  # fmt: skip
    return [*parts, *_monthly(core, work, paid)]


def month_days(core: Core, of_month: int) -> list[int]:
    """Return that day of each of the last months, the latest first."""
    last = np.datetime64(core.as_of, "D").astype("datetime64[M]")
    days = [(last - back).astype("datetime64[D]").astype(np.int64).item() + of_month - 1 for back in range(core.months)]
    return [value for value in days if value <= core.as_of]


def _monthly(core: Core, work: Jobs, paid: np.ndarray) -> list[pl.DataFrame]:
    """Contributions on the 10th, housing fund on the 15th, income tax on the 5th, for the months stated."""
    parts = []
    fund = paid & chance(core.seed, core.ids[work.who] * 8 + work.start % 8, "housing fund", 0.55)
    taxed = paid & (work.wage > 500_000)
    for code, of_month, among, detail in (
        ("SOC.PAY", 10, paid, INSURANCE[0]), ("HPF.PAY", 15, fund, "汇缴"), ("TAX.IIT", 5, taxed, "工资薪金")
    ):  # fmt: skip
        for month_day in month_days(core, of_month):
            now = among & (work.start <= month_day) & (work.end > month_day)
            who, firm = work.who[now], work.firm[now]
            base = np.maximum(work.wage[now], 380_000)
            amount = (
                (base - 400_000) * 3 // 100 if code == "TAX.IIT" else base * (8 if code == "SOC.PAY" else 24) // 100
            )
            paid_on = np.full(len(who), month_day)
            part = facts(code, who, paid_on, town=core.town[who], firm=firm, amount=amount, detail=detail)
            parts.append(part)
    draws = some(core, "draws fund", 0.09, core.people.birth < day(2000))
    days = between(
        core, "fund drawn", draws, np.maximum(birthday(core.people.birth[draws], 24), day(2003)), core.last[draws]
    )
    ok = valid(core, draws, days)
    parts.append(facts("HPF.DRW", draws[ok], days[ok], firm=near(core, "housing_fund", draws[ok]), detail="购房提取",
            amount=1_000_000 + below(core.seed, core.ids[draws[ok]], "drawn", 9_000_000)))  # fmt: skip
    return parts


def pensions(core: Core, retires: Ints) -> list[pl.DataFrame]:
    """Return applications, monthly pensions and yearly certifications; residents draw theirs from 60."""
    seed, folk = core.seed, core.people
    resident = (retires == NEVER) & chance(seed, core.ids, "resident pension", 0.7)
    begins = np.where(resident, np.maximum(birthday(folk.birth, 60), day(2010)), retires)
    who = np.flatnonzero((begins < core.last) & (begins >= core.first - 40_000))
    who = who[(begins[who] >= day(1993)) & (core.first[who] < core.last[who])]
    kind = np.where(resident[who], INSURANCE[1], INSURANCE[0])
    office = near(core, "social_insurance", who)
    parts = [facts("RET.APP", who, np.maximum(begins[who], core.first[who]), town=core.town[who], firm=office,
            detail=kind,
            number=document(seed, core.ids[who], "pension", "TX", 10))]  # fmt: skip
    amount = np.where(resident, 25_000, 250_000) + (
        draw(seed, core.ids, "pension amount") * np.where(resident, 8_000, 400_000)
    ).astype(np.int64)
    for month_day in month_days(core, 20):
        now = (begins[who] < month_day) & (core.last[who] > month_day)
        drawer, paid_on = who[now], np.full(int(now.sum()), month_day)
        pay, town = amount[drawer], core.town[drawer]
        parts.append(facts("RET.PAY", drawer, paid_on, firm=office[now], amount=pay, town=town, detail=kind[now]))
    ways = np.array(["人脸认证", "现场认证", "比对认证"])
    for year in range(3):
        days = core.as_of - 365 * year - below(seed, core.ids[who], f"certified {year}", 360)
        now = (begins[who] + 300 < days) & (core.last[who] > days) & ~chance(seed, core.ids[who], "uncertified", 0.03)
        parts.append(facts("RET.CERT", who[now], days[now], firm=office[now], detail=ways[core.ids[who[now]] % 3]))
    return parts
