"""Health, dwellings, vehicles, journeys, licences, law and welfare as events."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import polars as pl

from engine.city.world.calendar import birthday, day
from engine.city.world.chances import between, near, some, valid
from engine.city.world.core import Core
from engine.city.world.draws import Flags, Ints, below, chance
from engine.city.world.facts import document, facts
from engine.city.world.homes import OUTSIDE
from engine.city.world.hukou import of_reason


def health(core: Core) -> list[pl.DataFrame]:
    """Return enrolment in medical insurance, visits of the months stated and yearly ones before, care elsewhere."""
    folk, seed = core.people, core.seed
    joined = np.maximum(np.maximum(folk.birth + 60, core.first + 30), day(2003)) + below(
        seed, core.ids, "health card", 900
    )
    who = np.flatnonzero((joined < core.last) & chance(seed, core.ids, "insured", 0.955))
    parts = [facts("MED.ENR", who, joined[who], town=core.town[who], firm=near(core, "medical_insurance", who),
            detail=np.where(folk.birth[who] > day(1965), "城乡居民医保", "职工医保"))]  # fmt: skip
    age = (core.as_of - folk.birth) / 365
    often = np.where(age < 6, 0.7, np.where(age > 60, 0.8, 0.32))
    kinds = np.array(["门诊", "门诊", "门诊", "住院", "购药"])
    for visit in range(9):
        back = core.months * 31 if visit < 6 else 365 * 9
        hit = who[chance(seed, core.ids[who], f"visit {visit}", often[who])]
        days = core.as_of - below(seed, core.ids[hit], f"visited {visit}", back)
        ok = (days > joined[hit]) & (days < core.last[hit])
        hit, days = hit[ok], days[ok]
        kind = kinds[below(seed, core.ids[hit], f"kind {visit}", 5)]
        clinic = np.where(kind == "住院", near(core, "hospital", hit), near(core, "clinic", hit))
        cost = 3_000 + below(seed, core.ids[hit], f"cost {visit}", 40_000) * np.where(kind == "住院", 30, 1)
        parts.append(facts("MED.VIS", hit, days, town=core.town[hit], firm=clinic, amount=cost, detail=kind,
                number=document(seed, core.ids[hit] * 16 + visit, "settlement", "JS", 12)))  # fmt: skip
    return [*parts, simple(core, "MED.REM", 0.02, 20, 2015, "medical_insurance", ("异地长期居住", "转诊转院"))]


def simple(
    core: Core, code: str, rate: float, age: int, since: int, office: str, details: Iterable[str], *, number: str = "",
    amount: tuple[int, int] = (0, 0), among: Flags | None = None, years: int = 0, turn: int = 0,
) -> pl.DataFrame:  # fmt: skip
    """Return one event at a rate: at a day of adult life from a year on, at an office that serves the township."""
    key = f"{code} {turn}"
    who = some(core, key, rate, among)
    days = between(
        core,
        f"{key} day",
        who,
        np.maximum(np.maximum(birthday(core.people.birth[who], age), core.first[who]), day(since)),
        core.last[who],
    )
    ok = valid(core, who, days)
    who, days = who[ok], days[ok]
    words = np.array(list(details))
    return facts(
        code, who, days, town=core.town[who], firm=near(core, office, who),
        detail=words[below(core.seed, core.ids[who], f"{key} detail", len(words))],
        number=document(core.seed, core.ids[who], f"{key} number", number) if number else None,
        amount=amount[0] + below(core.seed, core.ids[who], f"{key} amount", amount[1]) if amount[1] else None,
        until=days + years * 365 if years else None,
    )  # fmt: skip


def dwellings(core: Core) -> tuple[list[pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """Return events of property and rent, and who owns and who rents which address from when to when."""
    bought = of_reason(core.home, "purchase", "marriage").filter(
        (pl.col("address") != OUTSIDE) & (pl.col("start") > day(1994))
    )
    address = bought["address"].to_numpy()
    owns = chance(core.seed, address, "owned", 0.72)
    both = chance(core.seed, address * 2 + bought["who"].to_numpy() % 2, "on the deed", 0.7)
    grown = bought["start"].to_numpy() > core.people.birth[bought["who"].to_numpy()] + 18 * 366
    own = bought.filter(pl.Series(owns & both & grown))
    who, start, address = own["who"].to_numpy(), own["start"].to_numpy(), own["address"].to_numpy()
    estate = near(core, "estate", who)
    price = 20_000_000 + below(core.seed, address, "price", 300_000_000)
    deed = document(core.seed, address, "deed", "澜州不动产权第", 8)
    parts = [
        facts(
            "HOU.OWN",
            who,
            start - 30,
            town=own["town"].to_numpy(),
            address=address,
            amount=price,
            number=deed,
            firm=estate,
            detail="购买",
        )
    ]
    loan = chance(core.seed, address, "mortgage", 0.5)
    parts.append(facts("HOU.MORT", who[loan], start[loan] - 20, address=address[loan], amount=price[loan] * 6 // 10,
            firm=estate[loan],
            number=document(core.seed, address[loan], "mortgage", "DY", 9),
            until=start[loan] + 20 * 365))  # fmt: skip
    let = of_reason(core.home, "rent", "arrival").filter((pl.col("address") != OUTSIDE) & (pl.col("start") > day(2000)))
    tenant, since, place = let["who"].to_numpy(), let["start"].to_numpy(), let["address"].to_numpy()
    public = chance(core.seed, place, "public housing", 0.06)
    for code, among in (("HOU.RENT", ~public), ("HOU.PUB", public)):
        parts.append(facts(code, tenant[among], since[among], town=let["town"].to_numpy()[among], address=place[among],
                amount=100_000 + below(core.seed, place[among], "rent", 400_000), until=since[among] + 365,
                firm=near(core, "estate", tenant[among]), number=document(core.seed, place[among],
                "lease", "ZL", 9)))  # fmt: skip
    return parts, own, let.filter(pl.Series(~public))


def mobility(core: Core) -> list[pl.DataFrame]:
    """Return driving licences, vehicles and journeys under one's name."""
    folk = core.people
    drives = np.where(folk.sex == 1, 0.55, 0.35)
    who = some(core, "drives", drives, (folk.birth > day(1945)) & (folk.birth < core.as_of - 18 * 366))
    first = np.maximum(np.maximum(birthday(folk.birth[who], 18) + 30, core.first[who]), day(1992))
    got = between(core, "licence", who, first, core.last[who])
    ok = valid(core, who, got)
    who, got = who[ok], got[ok]
    traffic = near(core, "traffic", who)
    classes = np.array(["C1", "C1", "C2", "B2"])[core.ids[who] % 4]
    again = (got + 6 * 365 < core.last[who]) & (got > day(1998))
    renewed, until = got[again] + 6 * 365 - 20, got[again] + 16 * 365
    parts = [
        facts("DRV.LIC", who, got, firm=traffic, detail=classes, until=got + 6 * 365),
        facts("DRV.LIC", who[again], renewed, firm=traffic[again], detail="换证", until=until),
    ]
    return [*parts, *_vehicles(core, who, got), *_rides(core)]


def _vehicles(core: Core, drivers: Ints, got: Ints) -> list[pl.DataFrame]:
    parts = []
    for car in range(2):
        days = got + 100 + below(core.seed, core.ids[drivers], f"car bought {car}", 5000)
        buys = chance(core.seed, core.ids[drivers], f"car {car}", 0.5) & valid(core, drivers, days)
        who, ids = drivers[buys], core.ids[drivers[buys]]
        letters = np.array(list("ABCDEFGHJKLMNPQRSTUVWXYZ"))[below(core.seed, ids, f"plate {car}", 24)]
        digits = pl.Series(below(core.seed, ids, f"plate number {car}", 100_000)).cast(pl.String).str.zfill(5)
        plate = pl.select(pl.concat_str(pl.lit("澜"), pl.Series(letters), digits)).to_series()
        traffic = near(core, "traffic", who)
        parts.append(facts("VEH.REG", who, days[buys], firm=traffic, number=plate, detail="小型汽车"))
    return parts


def _rides(core: Core) -> list[pl.DataFrame]:
    parts = []
    adult = core.people.birth < core.as_of - 12 * 365
    for ride in range(4):
        who = some(core, f"ride {ride}", 0.45, adult)
        days = core.as_of - below(core.seed, core.ids[who], f"ride day {ride}", core.months * 31)
        ok = valid(core, who, days)
        who, days = who[ok], days[ok]
        far = core.known.inside + below(
            core.seed, core.ids[who], f"rides to {ride}", len(core.known.codes) - core.known.inside
        )
        parts.append(facts("TRV.RIDE", who, days, town=far, firm=near(core, "station", who),
                number=document(core.seed, core.ids[who] + ride, "ticket", "E", 9),
                detail=np.array(["铁路", "铁路", "公路", "民航"])[core.ids[who] % 4]))  # fmt: skip
    return parts


def law_and_welfare(core: Core) -> list[pl.DataFrame]:
    """Return licences, penalties, judgements, credit scores, disability, minimum allowance, care of the old."""
    make = partial(simple, core)
    old = core.people.birth < core.as_of - 75 * 365
    licences = ("食品经营许可", "道路运输从业资格", "烟草专卖零售许可")
    penalties = ("交通违法", "治安处罚", "行政处罚")
    degrees = ("肢体四级", "视力三级", "听力二级", "智力二级", "精神二级")
    allowances = ("城市低保", "农村低保")
    care = ("高龄津贴", "居家养老服务", "养老院入住")
    fine, debt, office = (5_000, 200_000), (1_000_000, 90_000_000), "civil_affairs"
    return [
        make("LIC.GRANT", 0.03, 20, 2000, "market", licences, number="XK", years=5),
        make("CRE.SCORE", 0.25, 18, 2018, "market", ("信用评价",), amount=(500, 390)),
        make("LAW.JDG", 0.011, 22, 2010, "court", ("失信被执行人",), number="(39)执", amount=debt),
        make("LAW.PEN", 0.06, 18, 2000, "police", penalties, number="PN", amount=fine),
        make("LAW.PEN", 0.06, 18, 2000, "police", penalties, number="PN", amount=fine, turn=1),
        make("WEL.DIB", 0.035, 3, 1995, office, degrees, number="39", years=10),
        make("WEL.MIN", 0.025, 18, 2000, office, allowances, amount=(60_000, 60_000), years=1),
        make("WEL.CARE", 0.5, 75, 2012, office, care, amount=(5_000, 40_000), among=old),
    ]
