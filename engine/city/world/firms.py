"""Legal entities of the cells: forms, life spans, branches, groups, and who stands behind them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.city.world.calendar import NEVER, day
from engine.city.world.core import Core
from engine.city.world.draws import Flags, Floats, Ints, below, chance, draw, pick
from engine.city.world.people import CELL
from engine.city.world.places import township

PER_CELL = 85
FORMS = (
    "有限责任公司", "股份有限公司", "个人独资企业", "合伙企业", "分公司", "个体工商户", "农民专业合作社",
    "社会团体", "民办非企业单位",
    "基金会", "事业单位", "机关", "群团",
)  # fmt: skip
_SHARES = (0.36, 0.025, 0.03, 0.025, 0.06, 0.29, 0.04, 0.035, 0.045, 0.012, 0.045, 0.023, 0.01)
SUBJECTS = ("企业",) * 7 + ("社会组织",) * 3 + ("事业单位",) + ("政府机构",) * 2
PREFIXES = ("91", "91", "91", "91", "91", "92", "93", "51", "52", "53", "12", "11", "13")
COMPANY, STOCK, SOLE, PARTNERS, BRANCH, TRADER, COOPERATIVE, SOCIETY, PRIVATE, FOUNDATION, PUBLIC, OFFICE, MASS = range(
    13
)
_STAFF = (6, 30, 2, 3, 3, 1, 3, 1, 4, 1, 14, 16, 2)

INDUSTRIES = (
    "科技", "贸易", "商贸", "建筑工程", "装饰工程", "餐饮管理", "物流", "电子", "机械", "纺织", "服饰", "食品",
    "医药", "房地产开发", "物业管理",
    "广告传媒", "文化传播", "教育咨询", "环保科技", "农业开发", "汽车服务", "信息技术", "投资管理", "旅游", "家居",
)  # fmt: skip
CODES = ("I65", "F51", "F52", "E47", "E50", "H62", "G54", "C39", "C34", "C17", "C18", "C13", "C27", "K70", "K70", "L72",
    "R88", "P83", "N77", "A01", "O81", "I64", "L72", "L72", "C21")  # fmt: skip
"""GB/T 4754 divisions of INDUSTRIES."""


class Firms(NamedTuple):
    """One entry a firm; places of firms and persons, -1 for none."""

    ids: Ints
    cell: Ints
    form: Ints
    industry: Ints
    established: Ints
    ended: Ints
    revoked: Ints
    town: Ints
    capital: Ints
    parent: Ints
    group: Ints
    head: Ints
    """The person who is the first legal representative, owner or director; alive and of age at the start."""

    @property
    def size(self) -> int:
        """The number of firms."""
        return len(self.ids)

    def running(self, place: Ints, on: Ints) -> Flags:
        """Return which firms (by place) exist on a day."""
        there: Flags = (self.established[place] <= on) & (self.ended[place] > on)
        return there


def firms(core: Core, cells: range) -> Firms:
    """Return the legal entities of the cells."""
    seed, as_of = core.seed, core.as_of
    number = np.arange(PER_CELL)
    cell = np.repeat(np.asarray(cells, dtype=np.int64), PER_CELL)
    ids = cell * 100 + np.tile(number, len(cells))
    form = pick(seed, ids, "form", _SHARES)
    old = form >= PUBLIC
    age = np.where(old, 0.2 + 0.8 * draw(seed, ids, "age"), draw(seed, ids, "age") ** 1.6)
    established = as_of - 20 - (age * (as_of - np.where(old, day(1955), day(1984)))).astype(np.int64)
    yearly = np.where(old, 0.004, np.where(form >= SOCIETY, 0.03, 0.065))
    lasts = 200 + (-np.log1p(-draw(seed, ids, "lasts")) / yearly * 365).astype(np.int64)
    ended = np.where(established + lasts < as_of, established + lasts, NEVER)
    kind = (form < SOCIETY) & (form != BRANCH)
    revoked = np.where(
        kind & chance(seed, ids, "revoked", 0.075), established + 400 + below(seed, ids, "revocation", 4000), NEVER
    )
    revoked = np.where(revoked < np.minimum(ended, as_of), revoked, NEVER)
    closed = np.where(chance(seed, ids, "closed after revocation", 0.4), revoked + 400, NEVER)
    ended = np.where(revoked < NEVER, np.where(closed < as_of, closed, NEVER), ended)
    parent = _of_cell(seed, ids, form, established, ended, (COMPANY, STOCK), "parent")
    parent = np.where(form == BRANCH, parent, -1)
    form = np.where((form == BRANCH) & (parent < 0), COMPANY, form)
    group = _of_cell(seed, ids, form, established, ended, (STOCK,), "group")
    group = np.where((form == COMPANY) & chance(seed, ids, "of a group", 0.5), group, -1)
    money = (
        np.array((10, 30, 50, 100, 200, 500, 1000, 5000))[pick(seed, ids, "capital", (8, 10, 22, 25, 12, 14, 7, 2))]
        * 10_000
    )
    capital = np.where(form == TRADER, money // 20, np.where(form == BRANCH, 0, money))
    town = township(seed, ids, "firm's town", core.known)
    industry = below(seed, np.where(group >= 0, ids[group], ids), "industry", len(INDUSTRIES))
    head = adults(core, ids, cell, established, "head")
    return Firms(ids, cell, form, industry, established, ended, revoked, town, capital, parent, group, head)


def adults(core: Core, ids: Ints, cell: Ints, on: Ints, purpose: str, oldest: int = 66) -> Ints:
    """Return for each firm a person of its cell aged 22 to `oldest` and present on a day; -1 if none is found."""
    first = int(core.ids[0]) // CELL
    chosen = np.full(len(ids), -1, dtype=np.int64)
    for attempt in range(16):
        place = (cell - first) * CELL + below(core.seed, ids, f"{purpose} {attempt}", CELL)
        age = on - core.people.birth[place]
        fits = (age > 22 * 366) & (age < oldest * 365) & (core.last[place] > on + 200) & (core.first[place] < on)
        chosen = np.where((chosen < 0) & fits, place, chosen)
    return chosen


def _of_cell(
    seed: int, ids: Ints, form: Ints, established: Ints, ended: Ints, forms: tuple[int, ...], purpose: str
) -> Ints:
    chosen = np.full(len(ids), -1, dtype=np.int64)
    base = np.arange(len(ids)) // PER_CELL * PER_CELL
    for attempt in range(30):
        place = base + below(seed, ids, f"{purpose} {attempt}", PER_CELL)
        fits = np.isin(form[place], forms) & (established[place] < established) & (ended[place] > established + 30)
        chosen = np.where((chosen < 0) & fits, place, chosen)
    return chosen


def staff_weights(known: Firms) -> Floats:
    """Return how many work at each firm, roughly."""
    return np.array(_STAFF, dtype=np.float64)[known.form]
