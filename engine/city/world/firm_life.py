"""What happens to legal entities, the persons behind them and the breaches of the rules for firms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.tables import FIRM_EVENTS
from engine.city.world.calendar import NEVER, NOBODY, dates, day, first_of_year, identities, year_of
from engine.city.world.core import Core
from engine.city.world.draws import Flags, Ints, below, chance, draw
from engine.city.world.facts import column, document, texts
from engine.city.world.firms import BRANCH, COMPANY, SOCIETY, STOCK, Firms


class Window(NamedTuple):
    """The firms in question with their first and last day of ordinary life."""

    core: Core
    known: Firms
    last: Ints
    business: Flags


def window(core: Core, known: Firms) -> Window:
    """Return the firms with the last day on which they act: end, revocation or as_of."""
    last = np.minimum(np.minimum(known.ended, known.revoked), core.as_of)
    return Window(core, known, last, known.form < SOCIETY)


def firm_facts(
    code: str, who: Ints, days: Ints, *, other: Ints | None = None, person: Ints | None = None,
    address: Ints | None = None,
    amount: Ints | None = None, number: pl.Series | None = None, detail: str | np.ndarray | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return events of one code; `who`, `other` and `person` are places, -1 nobody."""
    size = len(who)
    return pl.DataFrame(
        {
            "who": pl.Series(who, dtype=pl.Int64),
            "code": texts(code, size),
            "day": pl.Series(days, dtype=pl.Int64),
            "other": column(other, size, -1),
            "person": column(person, size, -1),
            "address": column(address, size, NOBODY),
            "amount": column(amount, size, NOBODY),
            "number": texts(None, size) if number is None else number,
            "detail": texts(detail, size),
        }
    )


def now_and_then(
    span: Window, code: str, rate: float, details: tuple[str, ...], *, since: int = 1984, among: Flags | None = None,
    amount: tuple[int, int] = (0, 0), turn: int = 0,
) -> pl.DataFrame:  # fmt: skip
    """Return one event at a rate, on a day of the firm's ordinary life from a year on."""
    ids, key = span.known.ids, f"{code} {turn}"
    first = np.maximum(span.known.established + 40, day(since))
    hit = chance(span.core.seed, ids, key, rate) & (first < span.last)
    who = np.flatnonzero(hit if among is None else hit & among)
    days = first[who] + (draw(span.core.seed, ids[who], f"{key} day") * (span.last - first)[who]).astype(np.int64)
    words = np.array(details)[below(span.core.seed, ids[who], f"{key} detail", len(details))]
    money = amount[0] + below(span.core.seed, ids[who], f"{key} amount", amount[1]) if amount[1] else None
    return firm_facts(
        code, who, days, detail=words, amount=money, number=document(span.core.seed, ids[who], key, "澜", 9)
    )


def ordinary(span: Window) -> list[pl.DataFrame]:
    """Return the events that come now and then."""
    business = span.business
    plan = (
        ("CHG.CAP", 0.12, ("增资", "减资"), 1994, business, (10_000_000, 900_000_000)),
        ("CHG.SCOPE", 0.25, ("经营范围变更",), 1994, business, (0, 0)),
        ("CHG.TYPE", 0.03, ("有限责任公司变更为股份有限公司", "转企改制", "自然人独资"), 1994, business, (0, 0)),
        ("CHG.DIR", 0.15, ("董事变更", "监事变更", "经理变更"), 1994, business, (0, 0)),
        ("TAX.REG", 0.95, ("税务登记",), 1994, None, (0, 0)),
        ("TAX.KIND", 0.9, ("增值税一般纳税人", "小规模纳税人"), 1994, business, (0, 0)),
        ("TAX.OWE", 0.05, ("欠税公告",), 2000, business, (100_000, 90_000_000)),
        ("TAX.ABN", 0.04, ("非正常户认定",), 2000, business, (0, 0)),
        ("LIC.GRANT", 0.35, ("食品经营许可证", "道路运输经营许可证", "安全生产许可证", "排污许可证"), 1998, None,
            (0, 0)),
        ("LIC.CHG", 0.08, ("许可变更", "许可延续"), 2000, None, (0, 0)),
        ("LIC.END", 0.06, ("许可到期", "许可注销"), 2000, None, (0, 0)),
        ("CRE.BLACK", 0.025, ("失信被执行人", "重大税收违法"), 2012, business, (0, 0)),
        ("SOC.UNIT", 0.85, ("单位参保登记",), 1996, None, (0, 0)),
        ("SOC.EMP", 0.6, ("用工备案",), 2008, None, (0, 0)),
        ("AST.PLEDGE", 0.07, ("动产抵押", "股权出质"), 2000, business, (5_000_000, 900_000_000)),
        ("AST.IP", 0.12, ("商标注册", "发明专利", "实用新型"), 2000, business, (0, 0)),
        ("AST.AWARD", 0.1, ("稳岗补贴", "政府采购中标", "科技补助"), 2008, None, (100_000, 50_000_000)),
        ("MOVE.OUT", 0.02, ("迁往外市",), 2000, business, (0, 0)),
        ("MOVE.IN", 0.02, ("由外市迁入",), 2000, business, (0, 0)),
        ("VOID", 0.02, ("撤销变更登记", "撤销设立登记"), 2005, business, (0, 0)),
        ("RESTORE", 0.02, ("恢复登记",), 2005, business, (0, 0)),
    )  # fmt: skip
    return [now_and_then(span, *entry[:3], since=entry[3], among=entry[4], amount=entry[5]) for entry in plan]


def paired(span: Window) -> list[pl.DataFrame]:
    """Return events that answer others: abnormal list, suspension, penalty and credit repair."""
    parts = []
    for code, answer, rate, since, wait, detail, back in (
        ("ABN.IN", "ABN.OUT", 0.14, 2014, 300, ("未按期公示年报", "通过住所无法联系"), "补报年报"),
        ("SUSP", "RESUME", 0.06, 2022, 150, ("歇业备案",), "恢复营业"),
        ("PEN.ACT", "CRE.REPAIR", 0.16, 2000, 400, ("警告", "罚款", "责令停产停业"), "信用修复"),
    ):  # fmt: skip
        first = now_and_then(span, code, rate, detail, since=since, amount=(100_000,
                9_900_000) if code == "PEN.ACT" else (0, 0),
            among=span.business)  # fmt: skip
        who, days = first["who"].to_numpy(), first["day"].to_numpy() + wait
        ok = chance(span.core.seed, span.known.ids[who], answer, 0.6) & (days < span.last[who])
        parts += [first, firm_facts(answer, who[ok], days[ok], detail=back)]
    return parts


def periodic(span: Window) -> tuple[list[pl.DataFrame], Flags]:
    """Return annual reports since 2014, filings of the stated months, yearly grades; and who skips reports."""
    parts = []
    core, known = span.core, span.known
    lazy = chance(core.seed, known.ids, "skips reports", 0.07) & span.business
    last_year = int(year_of(np.array([core.as_of]))[0])
    for year in range(2014, last_year + 1):
        start = int(first_of_year(np.array([year]))[0])
        days = start + 10 + below(core.seed, known.ids, f"report {year}", 170)
        due = (
            span.business
            & (known.established < start)
            & (days < span.last)
            & (days <= core.as_of)
            & ~(lazy & (year % 6 < 3))
        )
        who = np.flatnonzero(due)
        parts.append(firm_facts("ANN.RPT", who, days[who], detail=f"{year - 1}年度报告"))
        graded = who[chance(core.seed, known.ids[who], "graded", 0.5) & (year > last_year - 3)]
        grade = np.array(list("AABBBMMCD"))[below(core.seed, known.ids[graded], f"grade {year}", 9)]
        parts.append(firm_facts("TAX.GRADE", graded, days[graded], detail=grade))
    for quarter in range(-(-core.months // 3)):
        days = core.as_of - 91 * quarter - below(core.seed, known.ids, "files on", 15)
        who = np.flatnonzero((known.established < days - 40) & (days < span.last))
        amount = below(core.seed, known.ids[who], f"filed {quarter}", 50_000_000)
        parts.append(firm_facts("TAX.FILE", who, days[who], amount=amount, detail="增值税"))
    return parts, lazy


def endings(span: Window) -> list[pl.DataFrame]:
    """Return revocation, liquidation, bankruptcy, clearance of tax and deregistration."""
    core, known = span.core, span.known
    ended = known.ended < NEVER
    revoked = np.flatnonzero(known.revoked < NEVER)
    regular = np.flatnonzero(ended)
    uncleared = chance(core.seed, known.ids[regular], "no clearance", 0.05) & span.business[regular]
    clear = regular[~uncleared]
    broke = regular[chance(core.seed, known.ids[regular], "bankrupt", 0.07) & (known.form[regular] <= STOCK)]
    wind = regular[span.business[regular] & (known.established[regular] + 130 < known.ended[regular])]
    return [
        firm_facts("REVOKE", revoked, known.revoked[revoked], detail="吊销营业执照", number=document(core.seed,
                known.ids[revoked], "revoke", "澜市监罚", 7)),
        firm_facts("LIQ", wind, known.ended[wind] - 60, detail="清算组备案"),
        firm_facts("BKR", broke, known.ended[broke] - 80, detail="破产裁定"),
        firm_facts("TAX.CLEAR", clear, known.ended[clear] - 10, detail="清税证明"),
        firm_facts("DEREG", regular, known.ended[regular], detail=np.where(np.isin(regular, broke), "破产注销",
                "简易注销")),
    ]  # fmt: skip


def uncleared(span: Window) -> Ints:
    """Return the firms that are deregistered without a clearance of tax."""
    missing = chance(span.core.seed, span.known.ids, "no clearance", 0.05)
    return np.flatnonzero((span.known.ended < NEVER) & missing & span.business)


def beginnings(span: Window) -> list[pl.DataFrame]:
    """Return declaration of the name, establishment, and the branches' as seen from their parents."""
    core, known = span.core, span.known
    own = np.arange(known.size)
    business = own[span.business & (known.established > day(1990))]
    branch = own[(known.form == BRANCH) & (known.parent >= 0)]
    closed = branch[known.ended[branch] < NEVER]
    closed = closed[known.ended[closed] < span.last[known.parent[closed]]]
    return [
        firm_facts("NAME", business, known.established[business] - 12, detail="名称预先核准"),
        firm_facts("EST", own, known.established, person=known.head, amount=known.capital * 100,
            number=document(core.seed, known.ids, "establishment", "澜登记", 9)),
        firm_facts("BR.EST", known.parent[branch], known.established[branch], other=branch, detail="设立分支机构"),
        firm_facts("BR.CLOSE", known.parent[closed], known.ended[closed], other=closed, detail="注销分支机构"),
    ]  # fmt: skip


class Mergers(NamedTuple):
    """The event's code, the firm that ends or is divided, its successor, the day."""

    code: np.ndarray
    source: Ints
    target: Ints
    days: Ints


def mergers(span: Window) -> Mergers:
    """Absorbed or split companies end near the day; a new one begins on it. Some of the absorbed end far too late."""
    core, known = span.core, span.known
    source = np.flatnonzero((known.form <= STOCK) & (known.ended < NEVER) & chance(core.seed, known.ids, "merges", 0.5))
    base = source // 85 * 85
    target = np.full(len(source), -1, dtype=np.int64)
    fresh = np.full(len(source), -1, dtype=np.int64)
    for attempt in range(40):
        place = base + below(core.seed, known.ids[source], f"merges with {attempt}", 85)
        company = np.isin(known.form[place], (COMPANY, STOCK))
        lives = (
            company
            & (known.established[place] < known.ended[source] - 600)
            & (span.last[place] > known.ended[source] + 60)
        )
        target = np.where((target < 0) & lives, place, target)
        new = (
            company
            & (np.abs(known.established[place] - known.ended[source]) < 700)
            & (known.established[place] < known.ended[source] + 200)
        )
        fresh = np.where((fresh < 0) & new & (place != source), place, fresh)
    kind = below(core.seed, known.ids[source], "merger", 4)
    kind = np.where((fresh < 0) | (kind == 0), 0, kind)
    chosen = np.where(kind == 0, target, fresh)
    late = chance(core.seed, known.ids[source], "ends late", 0.35)
    near = np.where(late, known.ended[source] - 550, known.ended[source] - 45)
    days = np.where(
        kind == 0, np.maximum(near, known.established[source] + 30), known.established[np.maximum(fresh, 0)]
    )
    ok = (chosen >= 0) & (known.established[source] + 30 < days) & (days < known.ended[source])
    ok |= (chosen >= 0) & (kind == 2) & (known.established[source] + 30 < days) & (days < span.last[source])
    code = np.array(["MRG.ABS", "MRG.NEW", "SPL.CONT", "SPL.DISS"])[kind]
    return Mergers(code[ok], source[ok], chosen[ok], days[ok])


def merger_events(done: Mergers) -> list[pl.DataFrame]:
    """Return a merger or split as an event of both firms."""
    parts = []
    for code in ("MRG.ABS", "MRG.NEW", "SPL.CONT", "SPL.DISS"):
        at = done.code == code
        parts.append(firm_facts(code, done.target[at], done.days[at], other=done.source[at], detail="存续或新设方"))
        parts.append(firm_facts(code, done.source[at], done.days[at], other=done.target[at], detail="被合并或分立方"))
    return parts


def firm_event_table(core: Core, known: Firms, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the table of events of firms, numbered within firm, code and day."""
    frame = pl.concat(parts).filter(pl.col("day") <= core.as_of)
    who, other, person = (frame[name].to_numpy() for name in ("who", "other", "person"))
    frame = frame.with_columns(
        firm_id=pl.Series(known.ids[who]),
        date=dates(frame["day"].to_numpy()),
        other_firm_id=identities(np.where(other >= 0, known.ids[np.maximum(other, 0)], NOBODY)),
        person_id=identities(np.where(person >= 0, core.ids[np.maximum(person, 0)], NOBODY)),
        address_id=identities(frame["address"].to_numpy()),
        amount=identities(frame["amount"].to_numpy()),
    ).sort("firm_id", "code", "date", "detail", "other_firm_id", "person_id", nulls_last=True, maintain_order=True)
    return FIRM_EVENTS.conform(frame.with_columns(ordinal=pl.int_range(pl.len()).over("firm_id", "code", "date")))
