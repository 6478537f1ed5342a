"""Breaches of the constraints of persons: facts of life and frauds, each with the event that makes it."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.tables import ANOMALIES
from engine.city.world.calendar import NEVER, NOBODY, birthday, dates, day, identities
from engine.city.world.chances import between, near, neighbour, some, valid
from engine.city.world.core import Core
from engine.city.world.draws import below, chance
from engine.city.world.facts import document, facts
from engine.city.world.hukou import registered_at
from engine.city.world.jobs import Jobs
from engine.city.world.numbers import doubles
from engine.city.world.working import INSURANCE
from engine.city.world.young_breaches import Breach, childhood, unions


def made(core: Core, work: Jobs) -> list[Breach]:
    """Return breaches by events of their own, to be added to the ordinary ones."""
    return [
        *_after_death(core),
        *childhood(core),
        *unions(core),
        *_pensioners(core),
        *_lent_cards(core),
        *_working(core, work),
        *_moving(core),
    ]


def found(core: Core, events: list[pl.DataFrame]) -> list[Breach]:
    """Return breaches among the ordinary events: late registrations and certificates, early marriages, foundlings."""
    frame = pl.concat([part for part in events if part.height and part["code"][0] in _WATCHED])
    who, days, code = frame["who"].to_numpy(), frame["day"].to_numpy(), frame["code"].to_numpy()
    detail = frame["detail"].to_numpy()
    lag = days - core.people.birth[who]
    after = days - core.people.death[who]
    married = core.family.married
    early = np.zeros(core.people.size, dtype=bool)
    early[married.wife[married.early]] = early[married.husband[married.early]] = True
    first = detail == "初婚"
    orphan = (
        (core.family.mother < 0)
        & (core.family.father < 0)
        & ~core.people.migrant
        & (core.people.birth > core.as_of - 18 * 365)
    )
    rules = (
        ("C04", ((code == "HUK.REG") & (lag > 30)) | (code == "HUK.LATE")),
        ("C05", (code == "HUK.CANC") & (detail == "死亡") & (after > 30)),
        ("C07", (code == "MAR.REG") & first & early[who]),
        ("C30", np.isin(code, ("HUK.REG", "HUK.LATE")) & orphan[who]),
    )
    return [(constraint, frame.filter(pl.Series(hit))) for constraint, hit in rules]


_WATCHED = {"HUK.REG", "HUK.LATE", "HUK.CANC", "MAR.REG"}


def _after_death(core: Core) -> list[Breach]:
    """Cards and pensions of the dead, second certificates, cremation first, deaths that no register was told of."""
    dead = (core.people.death < core.as_of - 60) & (core.people.death > day(2005)) & (core.move.left == NEVER)
    old = dead & (core.people.death > birthday(core.people.birth, 60))
    death = core.people.death
    breaches: list[Breach] = []
    who = some(core, "card of the dead", 0.012, dead)
    late = np.minimum(death[who] + 95 + below(core.seed, core.ids[who], "card used", 300), core.as_of)
    visit = facts(
        "MED.VIS",
        who,
        late,
        firm=near(core, "clinic", who),
        amount=np.full(len(who), 12_000),
        detail="购药",
        town=core.town[who],
    )
    breaches.append(("C01", visit))
    who = some(core, "pension of the dead", 0.02, old)
    for month in range(1 + 8):
        days = death[who] + 40 + 30 * month
        ok = (days <= core.as_of) & (month < 2 + below(core.seed, core.ids[who], "pension stops", 8))
        drawn = facts("RET.PAY", who[ok], days[ok], firm=near(core, "social_insurance", who[ok]),
            town=core.town[who[ok]],
            amount=np.full(int(ok.sum()), 280_000), detail=INSURANCE[0])  # fmt: skip
        breaches += [("C18", drawn), ("C01", drawn)]
    who = some(core, "second certificate", 0.012, dead)
    twice = facts("DTH.CERT", who, death[who], firm=near(core, "clinic", who), detail="循环系统疾病",
        town=core.town[who],
        number=document(core.seed, core.ids[who], "second death", "39", 11))  # fmt: skip
    breaches.append(("C03", twice))
    who = some(core, "cremated first", 0.012, dead)
    first = facts("DTH.CERT", who, death[who] + 9, firm=near(core, "clinic", who), detail="补开", town=core.town[who],
        number=document(core.seed, core.ids[who], "belated death", "39", 11))  # fmt: skip
    return [*breaches, ("C06", first)]


def _pensioners(core: Core) -> list[Breach]:
    """Two pensions, retirement too early, a pension without certification."""
    folk, seed = core.people, core.seed
    old = (folk.birth < core.as_of - 64 * 365) & (core.last > core.as_of - 200) & (core.move.arrived == NEVER)
    who = some(core, "two pensions", 0.012, old)
    breaches: list[Breach] = []
    office = near(core, "social_insurance", neighbour(who, 5))
    last = this_month(core) - 15
    for month in range(3):
        days = np.full(len(who), last - 30 * month)
        ok = valid(core, who, days)
        amount = np.full(int(ok.sum()), 30_000)
        for kind in INSURANCE:
            paid = facts(
                "RET.PAY", who[ok], days[ok], firm=office[ok], amount=amount, detail=kind, town=core.town[who[ok]]
            )
            breaches.append(("C19", paid))
    who = some(core, "retires early", 0.004, folk.birth < core.as_of - 50 * 365)
    days = birthday(folk.birth[who], 43) + below(seed, core.ids[who], "retires at", 1500)
    ok = valid(core, who, days) & (days > day(1993))
    who, days, number = who[ok], days[ok], document(seed, core.ids[who[ok]], "early pension", "TX", 10)
    office = near(core, "social_insurance", who)
    early = facts("RET.APP", who, days, firm=office, detail="提前退休", town=core.town[who], number=number)
    who = some(core, "never certified", 0.02, old)
    office, amount = near(core, "social_insurance", who), np.full(len(who), 21_000)
    drawn = np.full(len(who), last - 3)
    unseen = facts("RET.PAY", who, drawn, firm=office, detail=INSURANCE[1], amount=amount, town=core.town[who])
    return [*breaches, ("C17", early), ("C20", unseen)]


def _lent_cards(core: Core) -> list[Breach]:
    """A ride far away and a visit to the clinic on one day."""
    who = some(core, "card lent", 0.003, core.people.birth < core.as_of - 12 * 365)
    days = core.as_of - below(core.seed, core.ids[who], "lent on", core.months * 30)
    ok = valid(core, who, days)
    who, days = who[ok], days[ok]
    far, cost = np.full(len(who), core.known.inside + 7), np.full(len(who), 9_000)
    clinic = near(core, "clinic", who)
    return [
        ("C27", facts("TRV.RIDE", who, days, town=far, firm=near(core, "station", who), detail="铁路")),
        ("C27", facts("MED.VIS", who, days, town=core.town[who], firm=clinic, detail="门诊", amount=cost)),
    ]


def this_month(core: Core) -> int:
    """Return the first day of the month of as_of."""
    first = np.datetime64(core.as_of, "D").astype("datetime64[M]").astype("datetime64[D]")
    return int(first.astype(np.int64))


def _working(core: Core, work: Jobs) -> list[Breach]:
    """Insured in two places in one month."""
    now = np.flatnonzero((work.end > core.as_of - 100) & (work.start < core.as_of - 120) & (work.firm != NOBODY))
    now = now[chance(core.seed, core.ids[work.who[now]], "insured twice", 0.012)]
    who = work.who[now]
    last = this_month(core) + 9
    away = core.known.inside + core.ids[who] % (len(core.known.codes) - core.known.inside)
    paid = facts(
        "SOC.PAY",
        who,
        np.full(len(who), min(last, core.as_of)),
        town=away,
        amount=np.full(len(who), 42_000),
        detail=INSURANCE[0],
    )
    return [("C16", paid)]


def _moving(core: Core) -> list[Breach]:
    """Moved in without moving out, and double registrations."""
    who = some(core, "in without out", 0.004, core.people.status == 0)
    days = between(core, "in without out day", who, np.maximum(core.first[who], day(1990)) + 2000, core.last[who])
    ok = valid(core, who, days) & (days > core.registered[who] + 100)
    comes = facts("HUK.IN", who[ok], days[ok], town=registered_at(core.hukou, who[ok], days[ok]),
        firm=near(core, "police", who[ok]), detail="补录迁入",
        number=document(core.seed, core.ids[who[ok]], "in without out", "QY", 9))  # fmt: skip
    twice, start, _ = doubles(core.people, core.registered, seed=core.seed, as_of=core.as_of)
    again = facts("HUK.LATE", twice, start, town=core.known.inside + core.ids[twice] % 4, detail="重复登记")
    return [("C21", comes), ("C22", again)]


def anomaly_table(core: Core, breaches: list[Breach]) -> pl.DataFrame:
    """Return the breaches of persons as rows of the table of anomalies; one row a constraint, code and day."""
    frames = [frame.with_columns(constraint=pl.lit(constraint)) for constraint, frame in breaches]
    frame = pl.concat(frames).filter(pl.col("day") <= core.as_of)
    who, other = frame["who"].to_numpy(), frame["other"].to_numpy()
    rows = frame.with_columns(
        subject=pl.lit("person"),
        subject_id=pl.Series(core.ids[who]),
        date=dates(frame["day"].to_numpy()),
        other_id=identities(np.where(other >= 0, core.ids[np.maximum(other, 0)], NOBODY)),
    )
    return ANOMALIES.conform(rows.unique(list(ANOMALIES.key), keep="first", maintain_order=True))
