"""The content of an address: its township, road and number, estate, building, unit and room, all drawn from its id."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.draws import Ints, below, chance
from engine.city.world.places import DORMITORY, Places

_FIRST = (
    "人民 解放 中山 建设 文化 和平 新华 胜利 朝阳 滨江 长安 东风 光明 青年 迎宾 "
    "学院 兴业 科技 花园 望湖 凤起 金鸡 紫荆 翠微 玉泉 石桥 龙井 梅岭 松涛 云栖"
).split()
_SECOND = ("路", "大道", "街", "巷")
_ESTATE = "锦绣 阳光 翠湖 金色 碧水 御景 丽都 书香 枫林 滨河 世纪 和谐 明珠 桃源 紫金 星河 东方 绿城 怡景 春江".split()
_ESTATE_END = ("花园", "小区", "家园", "公寓", "苑", "新村", "华庭", "里")
_VILLAGE = "上 下 前 后 大 小 东 西 新 老".split()
_VILLAGE_END = "王 李 张 陈 庄 桥 塘 坞 湾 岭 坪 溪".split()
ESTATES, BUILDINGS = 60, 16


def addresses(seed: int, ids: Ints, towns: Ints, known: Places, *, premises: bool = False) -> pl.DataFrame:
    """Return the table of addresses; `towns` are places in `known.codes`. `premises`: of firms, on roads only."""
    rural = known.rural[towns] & ~np.full(len(ids), premises)
    institution = ids < 0
    estate = below(seed, ids, "estate", ESTATES)
    building = 1 + below(seed, ids, "building", BUILDINGS)
    block = towns * 1_000 + estate
    street = below(seed, block, "road", len(_FIRST) * 4)
    road = np.array([a + b for b in _SECOND for a in _FIRST])[street]
    number = 1 + below(seed, block, "road number", 600)
    homes = np.array([a + b for b in _ESTATE_END for a in _ESTATE])[below(seed, block, "estate name", len(_ESTATE) * 8)]
    hamlet = below(seed, towns * 64 + estate % 12, "village", 120)
    village = np.array([a + b + "村" for b in _VILLAGE_END for a in _VILLAGE])[hamlet]
    quarter = np.array([a + "社区" for a in _FIRST])[below(seed, towns * 64 + estate % 8, "quarter", len(_FIRST))]
    floor, door = 1 + below(seed, ids, "floor", 18), 1 + below(seed, ids, "door", 4)
    room = pl.Series(floor * 100 + door).cast(pl.String)
    flat = ~rural & ~institution & ~(np.full(len(ids), premises) & chance(seed, ids, "street front", 0.5))
    team = below(seed, ids, "group", 12)
    group = np.array([f"{n}组" for n in range(1, 13)])[team]
    house = 1 + below(seed, ids, "house number", 180)
    hut = rural & ~institution
    number = np.where(hut, house, np.where(flat, number, number + building))
    place = np.where(hut, 2_000 + hamlet * 12 + team, 1_000 + street)
    frame = pl.DataFrame(
        {
            "address_id": ids,
            "township": known.codes[towns],
            "community": np.where(rural, village, quarter),
            "road": np.where(hut, group, road),
            "number": number.astype(np.int32),
            "estate": homes,
            "building": building.astype(np.int32),
            "unit": (1 + below(seed, ids, "unit", 3)).astype(np.int32),
            "room": room,
            "building_id": towns * 10_000_000 + np.where(flat, estate * 100 + building, place * 1_000 + number),
            "collective": ids <= DORMITORY,
        },
    )
    inside = pl.Series(flat)
    return frame.with_columns(
        pl.when(inside).then(pl.col(name)).alias(name) for name in ("estate", "building", "unit", "room")
    )
