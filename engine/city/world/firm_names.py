"""Names of legal entities: region, trade name, industry, form; groups share one, dead firms' names return."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.calendar import NEVER
from engine.city.world.core import Core
from engine.city.world.draws import Ints, below, chance
from engine.city.world.firms import (
    BRANCH,
    COOPERATIVE,
    FOUNDATION,
    INDUSTRIES,
    MASS,
    OFFICE,
    PARTNERS,
    PRIVATE,
    PUBLIC,
    SOCIETY,
    SOLE,
    STOCK,
    TRADER,
    Firms,
)  # fmt: skip
from engine.city.world.people import CELL

_HEADS = (
    "恒 鑫 瑞 泰 宏 盛 嘉 永 华 博 利 祥 丰 兴 达 信 诚 德 安 康 顺 荣 昌 "
    "隆 远 创 智 汇 聚 亿 优 凯 奥 佳 卓 锦 金 天 海 中 新 东 星 明 润 源"
).split()
_TAILS = (
    "达 丰 源 泰 通 盛 华 瑞 兴 隆 顺 和 安 邦 宇 辉 腾 翔 越 锋 诺 迪 卡 伦 特 维 佰 创 航 景 润 泽 庆 合 鼎 铭"
).split()
_SHOPS = "便利店 超市 餐馆 理发店 服装店 五金店 水果店 药店 汽修店 快餐店 面馆 茶叶店 建材店 文具店 副食店".split()
_TOPICS = "餐饮 物流 象棋 书法 摄影 太极拳 志愿者 老年书画 电子商务 养蜂 女企业家 足球 环保 茶文化 中医药 园艺".split()
_FARMS = "蔬菜种植 水果种植 生猪养殖 茶叶 水产养殖 粮油 农机 苗木 食用菌 养蜂".split()
_SCHOOLS = "培训学校 幼儿园 养老服务中心 艺术学校 社工服务中心 康复医院 托育中心".split()
_PUBLIC = (
    "图书馆 文化馆 农业技术推广站 疾病预防控制中心 妇幼保健院 体育中心 "
    "档案馆 水利站 公路养护中心 公证处 博物馆 第二中学 实验小学"
).split()
_OFFICES = (
    "发展和改革局 财政局 司法局 住房和城乡建设局 交通运输局 水利局 "
    "农业农村局 商务局 文化广电旅游局 统计局 应急管理局 信访局 审计局"
).split()
_MASS = "总工会 妇女联合会 残疾人联合会 科学技术协会 工商业联合会 红十字会".split()

RENAMES = 3


def trade_names(core: Core, known: Firms, turn: int) -> np.ndarray:
    """Return the trade name of each firm after `turn` renames; a group's firms bear their leader's first."""
    seed = core.seed
    leader = np.where((known.group >= 0) & (turn == 0), known.ids[known.group], known.ids)
    head = np.array(_HEADS, dtype=object)[below(seed, leader, f"trade name {turn} 1", len(_HEADS))]
    tail = np.array(_TAILS, dtype=object)[below(seed, leader, f"trade name {turn} 2", len(_TAILS))]
    third = np.array(_TAILS, dtype=object)[below(seed, leader, f"trade name {turn} 3", len(_TAILS))]
    longer = chance(seed, leader, f"three characters {turn}", 0.12)
    trade: np.ndarray = np.where(longer, head + tail + third, head + tail)
    return trade


def full_names(core: Core, known: Firms, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """Return names and trade names after `turn` renames."""
    trade = trade_names(core, known, turn)
    name = _composed(core, known, trade)
    if turn == 0:
        again = _predecessor(core, known)
        name = np.where(again >= 0, name[again], name)
        trade = np.where(again >= 0, trade[again], trade)
    place = core.known.district_names[known.town].astype(object)
    branch = name[known.parent] + place + "分公司"
    return np.where(known.form == BRANCH, branch, name), np.where(known.form == BRANCH, trade[known.parent], trade)


def _composed(core: Core, known: Firms, trade: np.ndarray) -> np.ndarray:
    seed, ids, form = core.seed, known.ids, known.form

    def word(words: list[str], purpose: str) -> np.ndarray:
        chosen: np.ndarray = np.array(words, dtype=object)[below(seed, ids, purpose, len(words))]
        return chosen

    city = np.where(chance(seed, ids, "full city name", 0.2), "澜州市", "澜州").astype(object)
    district = core.known.district_names[known.town].astype(object)
    town = core.known.names[known.town].astype(object)
    stem = np.array([name[:2] for name in town], dtype=object)
    trade_of = np.array(INDUSTRIES, dtype=object)[known.industry]
    limited = np.where(chance(seed, ids, "long form", 0.15), "有限责任公司", "有限公司").astype(object)
    owner = core.names.surname[np.maximum(known.head, 0)].astype(object)
    name: np.ndarray = city + trade + trade_of + limited
    choices = (
        (STOCK, city + trade + trade_of + "股份有限公司"),
        (SOLE, city + trade + trade_of + "厂"),
        (PARTNERS, city + trade + "企业管理合伙企业（有限合伙）"),
        (TRADER, district + np.where(chance(seed, ids, "owner's shop", 0.3) & (known.head >= 0), "老" + owner,
                trade) + word(_SHOPS, "shop")),
        (COOPERATIVE, district + stem + trade + word(_FARMS, "farm") + "专业合作社"),
        (SOCIETY, np.where(chance(seed, ids, "city's", 0.5), "澜州市", district) + word(_TOPICS, "topic") + "协会"),
        (PRIVATE, district + trade + word(_SCHOOLS, "school")),
        (FOUNDATION, "澜州市" + trade + "慈善基金会"),
        (PUBLIC, "澜州市" + district + stem + word(_PUBLIC, "public")),
        (OFFICE, "澜州市" + district + np.where(chance(seed, ids, "town hall", 0.25), town + "办事处",
                word(_OFFICES, "office"))),
        (MASS, "澜州市" + district + word(_MASS, "mass")),
    )  # fmt: skip
    for kind, text in choices:
        name = np.where(form == kind, text, name)
    return name


def _predecessor(core: Core, known: Firms) -> Ints:
    """Return the dead firm of the same form in the cell whose name a new firm takes; -1 for nearly all."""
    first = int(core.ids[0]) // CELL
    base = (known.cell - first) * 85
    chosen = np.full(known.size, -1, dtype=np.int64)
    wants = chance(core.seed, known.ids, "name again", 0.06) & (known.form < SOCIETY) & (known.form != BRANCH)
    for attempt in range(24):
        place = base + below(core.seed, known.ids, f"predecessor {attempt}", 85)
        fits = (
            (known.form[place] == known.form) & (known.ended[place] < known.established) & (known.form[place] != BRANCH)
        )
        chosen = np.where((chosen < 0) & fits, place, chosen)
    resolved = np.where(wants, chosen, -1)
    return np.where((resolved >= 0) & (resolved[np.maximum(resolved, 0)] < 0), resolved, -1)


def rename_days(core: Core, known: Firms) -> Ints:
    """Return the days of each firm's renames, one column a turn, `NEVER` where there is none."""
    last = np.minimum(np.minimum(known.ended, known.revoked), core.as_of)
    days = np.full((known.size, RENAMES), NEVER, dtype=np.int64)
    since = known.established + 150
    may = (known.form != BRANCH) & (known.form != TRADER)
    for turn, rate in enumerate((0.24, 0.35, 0.4)):
        day = since + below(core.seed, known.ids, f"renamed {turn}", 2600)
        may = may & chance(core.seed, known.ids, f"renames {turn}", rate) & (day < last)
        days[may, turn] = day[may]
        since = day + 120
    return days


def name_table(core: Core, known: Firms) -> tuple[pl.DataFrame, list[tuple[Ints, Ints, np.ndarray]]]:
    """Return the intervals of names as columns of places and days, and the renames (`who`, day, new name)."""
    days = rename_days(core, known)
    frames, changes = [], []
    start = known.established
    for turn in range(RENAMES + 1):
        who = np.flatnonzero(start < NEVER)
        end = days[:, turn] if turn < RENAMES else np.full(known.size, NEVER)
        name, trade = full_names(core, known, turn)
        texts = {"name": pl.Series(name[who], dtype=pl.String), "core": pl.Series(trade[who], dtype=pl.String)}
        frames.append(
            pl.DataFrame({"who": who, **texts, "start": start[who], "end": np.minimum(end, known.ended)[who]})
        )
        if turn:
            changes.append((who, start[who], name[who]))
        start = end
    return pl.concat(frames), changes
