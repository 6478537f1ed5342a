"""The hukou book, citizen cards, residence permits, travel documents and border crossings as events."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER, birthday, day
from engine.city.world.chances import between, near, some, valid
from engine.city.world.core import Core
from engine.city.world.draws import Ints, below, chance
from engine.city.world.facts import document, facts
from engine.city.world.homes import OUTSIDE, REASON
from engine.city.world.hukou import emigration, of_reason, registered_at
from engine.city.world.numbers import doubles, passport_days, second_township


def book(core: Core, fixes: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the events of the hukou book; `fixes` are corrections of numbers."""
    folk = core.people
    start = of_reason(core.hukou, "birth").filter(pl.col("town") < core.known.inside)
    who, days = start["who"].to_numpy(), start["start"].to_numpy()
    late = (
        chance(core.seed, core.ids[who], "registered late", 0.01) & (folk.death[who] > days + 800) & (days > day(1986))
    )
    on_time = ~late & (days > day(1985))
    parts = [facts("HUK.REG", who[on_time], days[on_time], town=start["town"].to_numpy()[on_time],
            address=start["address"].to_numpy()[on_time], firm=near(core, "police", who[on_time]),
            detail="出生登记")]  # fmt: skip
    belated = days[late] + 366 + below(core.seed, core.ids[who[late]], "how late", 4000)
    parts.append(facts("HUK.LATE", who[late], belated, firm=near(core, "police", who[late]), detail="补登",
            town=start["town"].to_numpy()[late]))  # fmt: skip
    parts += [*_moves(core), *_changes(core, fixes), *_ends(core)]
    return parts


def _moves(core: Core) -> list[pl.DataFrame]:
    """A move of hukou is out of one township and into another; a new household is founded or divided."""
    frame = core.hukou.sort("who", "start").with_columns(
        before=pl.col("town").shift(1).over("who"), from_address=pl.col("address").shift(1).over("who"),
        since=pl.col("start").shift(1).over("who"),
    ).filter(pl.col("before").is_not_null())  # fmt: skip
    crossing = frame.filter(pl.col("before") != pl.col("town"))
    parts = []
    for code, place, address in (("HUK.OUT", "before", "from_address"), ("HUK.IN", "town", "address")):
        rows = crossing.filter(pl.col(place) < core.known.inside)
        who, days = rows["who"].to_numpy(), rows["start"].to_numpy()
        ahead = np.minimum(below(core.seed, core.ids[who], "out before", 15), days - rows["since"].to_numpy() - 1)
        parts.append(facts(code, who, days - (code == "HUK.OUT") * ahead,
                town=rows[place].to_numpy(), address=rows[address].to_numpy(), firm=near(core, "police",
                who),
                number=document(core.seed, core.ids[who] * 31 + days, "permit", "QY", 9),
                detail=np.array(list(REASON))[rows["reason"].to_numpy()]))  # fmt: skip
    house = of_reason(core.hukou, "household", "purchase").filter(pl.col("address") != OUTSIDE)
    who = house["who"].to_numpy()
    parts.append(facts("HUK.HOUSE", who, house["start"].to_numpy(), town=house["town"].to_numpy(),
            address=house["address"].to_numpy(), firm=near(core, "police", who), detail="立户"))  # fmt: skip
    return parts


def _changes(core: Core, fixes: pl.DataFrame) -> list[pl.DataFrame]:
    renamed = np.flatnonzero(core.names.changed < NEVER)
    who = fixes["who"].to_numpy()
    doubled, start, end = doubles(core.people, core.registered, seed=core.seed, as_of=core.as_of)
    found = (end < NEVER) & (end < core.people.death[doubled])
    other = some(core, "ethnicity corrected", 0.002, core.people.status == 0)
    corrected = between(core, "ethnicity fix", other, np.maximum(core.first[other], day(1990)), core.last[other])
    ok = valid(core, other, corrected)
    del start
    return [
        facts("HUK.CHG", renamed, core.names.changed[renamed], town=core.town[renamed], firm=near(core, "police",
                renamed),
            number=pl.Series(core.names.former[renamed], dtype=pl.String), detail="姓名变更"),
        facts("HUK.FIX", who, fixes["date"].to_numpy(), town=core.town[who], firm=near(core, "police", who),
            number=fixes["wrong"], detail=np.where(fixes["reason"].to_numpy() == "shared", "重号更正", "号码更正")),
        facts("HUK.FIX", other[ok], corrected[ok], town=core.town[other[ok]], firm=near(core, "police", other[ok]),
            detail="民族更正"),
        facts("HUK.DUP", doubled[found], end[found], town=second_township(core.known, core.ids[doubled[found]]),
            firm=near(core, "police", doubled[found]), detail="重复户口"),
    ]  # fmt: skip


def _ends(core: Core) -> list[pl.DataFrame]:
    """Cancellation on death, on settling abroad or joining the army; a few are restored, some of the dead stay."""
    folk = core.people
    dead = np.flatnonzero(
        (folk.death < NEVER) & (folk.status == 0) & (core.registered < folk.death) & (folk.death > day(1985))
    )
    done = ~chance(core.seed, core.ids[dead], "never cancelled", 0.012)
    days = folk.death[dead] + 1 + below(core.seed, core.ids[dead], "cancelled after", 28)
    slow = chance(core.seed, core.ids[dead], "cancelled late", 0.04)
    days = days + np.where(slow, 30 + below(core.seed, core.ids[dead], "how late", 900), 0)
    who = dead[done]
    emigrated = emigration(folk, core.move, seed=core.seed, as_of=core.as_of)
    abroad = np.flatnonzero(emigrated < NEVER)
    back = some(core, "restored", 0.002, (core.last > day(2000)) & (folk.birth < day(1999)) & (folk.status == 0))
    gone = between(
        core,
        "cancelled in error",
        back,
        np.maximum(core.first[back], np.maximum(day(1990), core.registered[back])) + 30,
        core.last[back],
    )
    ok = valid(core, back, gone) & (gone + 120 < core.last[back])
    return [
        facts("HUK.CANC", of, days_of, town=registered_at(core.hukou, of, days_of), firm=near(core, "police", of),
            detail=why)
        for of, days_of, why in (
            (who, days[done], "死亡"), (abroad, emigrated[abroad], "出国定居"), (back[ok], gone[ok], "误注销"),
        )
    ] + [
        facts("HUK.REST", back[ok], gone[ok] + 60, town=registered_at(core.hukou, back[ok], gone[ok]),
            firm=near(core, "police", back[ok]), detail="恢复户口"),
    ]  # fmt: skip


def cards(core: Core) -> list[pl.DataFrame]:
    """Return citizen cards at 16, 26, 46 and on loss; from 2004 the second generation for all."""
    parts = []
    citizen = (core.people.status == 0) & (core.registered < NEVER)
    for age, years in ((16, 10), (26, 20), (46, 60)):
        days = birthday(core.people.birth, age) + below(core.seed, core.ids, f"card at {age}", 200)
        parts.append(
            _issue(core, np.flatnonzero(citizen & (days > day(1985))), days, years, "申领" if age == 16 else "换领")
        )
    second = day(2004) + below(core.seed, core.ids, "second generation", 900)
    parts.append(_issue(core, np.flatnonzero(citizen & (core.people.birth < day(1990))), second, 20, "换领"))
    lost = between(core, "card lost", np.arange(core.people.size), np.maximum(core.first, day(1990)) + 6000, core.as_of)
    parts.append(_issue(core, some(core, "loses card", 0.12, citizen), lost, 20, "补领"))
    return parts


def _issue(core: Core, who: Ints, days: Ints, years: int, detail: str) -> pl.DataFrame:
    who = who[valid(core, who, days[who])]
    return facts("ID.ISSUE", who, days[who], town=core.town[who], firm=near(core, "police", who), detail=detail,
        until=days[who] + years * 365)  # fmt: skip


def residence(core: Core) -> list[pl.DataFrame]:
    """Return residence registration of those who live away from their hukou, their permits, and visits of the grid."""
    rows = core.home.filter((pl.col("address") != OUTSIDE) & (pl.col("start") > day(2000)))
    who, days = rows["who"].to_numpy(), rows["start"].to_numpy()
    stranger = core.people.migrant[who] | (core.move.arrived[who] < NEVER)
    told = (stranger & chance(core.seed, rows["address"].to_numpy(), "registers", 0.8)) | chance(
        core.seed, rows["address"].to_numpy() + days, "grid", 0.25
    )
    days = days + below(core.seed, core.ids[who], "registers after", 40)
    told &= days < core.last[who]
    parts = [facts("RES.TEMP", who[told], days[told],
            town=rows["town"].to_numpy()[told], address=rows["address"].to_numpy()[told],
            firm=near(core, "police", who[told]), detail=np.where(stranger[told], "居住登记",
            "网格采集"))]  # fmt: skip
    grown = some(core, "permit", 0.75, (core.move.arrived < NEVER) & (core.people.birth < day(2008)))
    for year in range(6):
        day_of = np.maximum(core.move.arrived[grown] + 190, day(2010)) + year * 365
        ok = (day_of < core.last[grown]) & (day_of < core.move.settled[grown])
        parts.append(facts("RES.PERM", grown[ok], day_of[ok], town=core.town[grown[ok]], firm=near(core, "police",
                grown[ok]),
                number=document(core.seed, core.ids[grown[ok]], "residence permit", "39", 12),
                until=day_of[ok] + 365,
                detail="签注" if year else "签发"))  # fmt: skip
    return parts


def travel(core: Core) -> list[pl.DataFrame]:
    """Return passports and permits, and border crossings with them."""
    holds, first = passport_days(core.people, seed=core.seed, as_of=core.as_of)
    parts = []
    who = np.flatnonzero(holds | (core.people.status > 0))
    kinds = np.array(["普通护照", "港澳通行证", "台湾通行证", "外国人证件"])
    for issue in range(2):
        days = np.where(core.people.status[who] > 0, core.move.arrived[who], first[who]) + issue * 3650
        ok = (days < core.last[who]) & (days >= core.people.birth[who])
        kind = np.minimum(np.array([0, 1, 1, 2, 3])[core.people.status[who]], 3)
        parts.append(
            facts(
                "EXT.DOC",
                who[ok],
                days[ok],
                firm=near(core, "exit_entry", who[ok]),
                detail=kinds[kind][ok],
                until=days[ok] + 3650,
            )
        )
    for trip in range(6):
        go = who[chance(core.seed, core.ids[who], f"trip {trip}", 0.5)]
        days = between(core, f"trip day {trip}", go, np.maximum(first[go] + 20, day(2005)), core.as_of)
        go, days = go[valid(core, go, days)], days[valid(core, go, days)]
        parts.append(facts("EXT.CROSS", go, days, firm=near(core, "exit_entry", go), detail="出境"))
        parts.append(
            facts(
                "EXT.CROSS",
                go,
                days + 3 + below(core.seed, core.ids[go], f"back {trip}", 20),
                firm=near(core, "exit_entry", go),
                detail="入境",
            )
        )
    gone = np.flatnonzero(core.move.abroad < NEVER)
    return [
        *parts,
        facts("EXT.CROSS", gone, core.move.abroad[gone], firm=near(core, "exit_entry", gone), detail="出境"),
    ]
