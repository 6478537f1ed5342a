"""The places of the city: townships, institutions and their premises. All depend on the seed alone."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.world.calendar import dates, day
from engine.city.world.credit import credit_code
from engine.city.world.draws import Ints, below, draw, pick
from engine.settings.shipped import shipped

Texts = np.ndarray

DORMITORY = -100_000
"""Added to an institution's number: the address of its collective household."""

KINDS = (
    ("kindergarten", "township", 2, "事业单位", "中心幼儿园", "12"),
    ("primary", "township", 1, "事业单位", "中心小学", "12"),
    ("junior", "township", 1, "事业单位", "初级中学", "12"),
    ("clinic", "township", 1, "事业单位", "社区卫生服务中心", "12"),
    ("police", "township", 1, "政府机构", "派出所", "11"),
    ("hospital", "district", 2, "事业单位", "人民医院", "12"),
    ("senior", "district", 2, "事业单位", "高级中学", "12"),
    ("vocational", "district", 1, "事业单位", "职业技术学校", "12"),
    ("civil_affairs", "district", 1, "政府机构", "民政局", "11"),
    ("social_insurance", "district", 1, "政府机构", "人力资源和社会保障局", "11"),
    ("medical_insurance", "district", 1, "政府机构", "医疗保障局", "11"),
    ("tax", "district", 1, "政府机构", "税务局", "11"),
    ("market", "district", 1, "政府机构", "市场监督管理局", "11"),
    ("estate", "district", 1, "政府机构", "自然资源和规划局", "11"),
    ("court", "district", 1, "政府机构", "人民法院", "11"),
    ("education", "district", 1, "政府机构", "教育局", "11"),
    ("health", "district", 1, "政府机构", "卫生健康局", "11"),
    ("welfare", "district", 1, "事业单位", "社会福利院", "12"),
    ("army", "district", 1, "政府机构", "人民武装部", "11"),
    ("housing_fund", "city", 1, "事业单位", "住房公积金管理中心", "12"),
    ("funeral", "city", 2, "事业单位", "殡仪馆", "12"),
    ("traffic", "city", 1, "政府机构", "公安局交通警察支队", "11"),
    ("exit_entry", "city", 1, "政府机构", "公安局出入境管理支队", "11"),
    ("staffing", "city", 1, "政府机构", "机构编制委员会办公室", "11"),
    ("station", "city", 3, "企业", "客运站有限公司", "91"),
    ("university", "city", 4, "事业单位", "大学", "12"),
    ("plant", "city", 8, "企业", "产业园管理有限公司", "91"),
)
UNIVERSITIES = ("澜州大学", "澜州师范学院", "澜州理工学院", "东屏医学院")
PLANTS = tuple(
    f"澜州{word}产业园管理有限公司" for word in ("东屏", "临湖", "青屏", "北桥", "云溪", "望江", "安澜", "澜西")
)


class Places(NamedTuple):
    """Townships in force, those of the city first, and which institutions of a kind serve each."""

    codes: Texts
    names: Texts
    districts: Texts
    district_names: Texts
    cities: Texts
    rural: np.ndarray
    inside: int
    weight: np.ndarray
    serving: dict[str, Ints]
    townships: pl.DataFrame
    institutions: pl.DataFrame


@cache
def townships() -> pl.DataFrame:
    """Return the table of townships, former codes included."""
    frame = pl.read_csv(shipped("city", "divisions.csv"), infer_schema=False)
    return frame.with_columns(
        pl.col("rural", "outside") == "1", pl.col("valid_from", "valid_to").str.to_date(strict=False)
    )


@cache
def places(seed: int) -> Places:
    """Return the city's places; townships in force, the city's own first."""
    current = townships().filter(pl.col("valid_to").is_null()).sort("outside", "township")
    inside = current.filter(~pl.col("outside"))
    order = np.arange(current.height)
    weight = np.where(current["rural"].to_numpy(), 0.5, 1.0) * (0.4 + 1.2 * draw(seed, order, "township size"))
    institutions, serving = _institutions(seed, inside)
    column = {name: current[name].to_numpy() for name in current.columns}
    return Places(
        codes=column["township"],
        names=column["name"],
        districts=column["district"],
        district_names=column["district_name"],
        cities=column["city_name"],
        rural=column["rural"],
        inside=inside.height,
        weight=weight,
        serving=serving,
        townships=townships(),
        institutions=institutions,
    )


def _institutions(seed: int, inside: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Ints]]:
    rows: list[tuple[str, str, str, str, int]] = []
    serving: dict[str, Ints] = {}
    districts = inside["district"].to_list()
    firsts = {district: districts.index(district) for district in dict.fromkeys(districts)}
    number = 0
    for kind, level, count, subject_kind, suffix, prefix in KINDS:
        seats = {"township": list(range(inside.height)), "district": list(firsts.values()), "city": [0]}[level]
        table = np.zeros((inside.height, count), dtype=np.int64)
        for seat in seats:
            served = _served(level, seat, districts)
            for place in range(count):
                number += 1
                rows.append((kind, subject_kind, _title(inside, seat, level, suffix, place), prefix, seat))
                table[served, place] = -number
        serving[kind] = table
    ids = -np.arange(1, number + 1)
    seats_of = np.array([row[4] for row in rows])
    spread = np.where(
        [row[0] in {"plant", "university"} for row in rows], below(seed, ids, "seat", inside.height), seats_of
    )
    codes = inside["township"].to_numpy()[spread]
    divisions = [code[:6] for code in codes]
    frame = pl.DataFrame(
        {
            "firm_id": ids,
            "kind": [row[0] for row in rows],
            "subject_kind": [row[1] for row in rows],
            "name": [row[2] for row in rows],
            "uscc": credit_code(np.array([row[3] for row in rows]), np.array(divisions), 30_000_000 - ids),
            "township": codes,
            "address_id": ids,
            "phone": [f"0599{8_000_000 - int(i) * 7}" for i in ids],
            "established": dates(day(1952) + below(seed, ids, "established", 18_000)),
        }
    )
    return frame, serving


def _served(level: str, seat: int, districts: list[str]) -> list[int]:
    if level == "township":
        return [seat]
    if level == "city":
        return list(range(len(districts)))
    return [place for place, district in enumerate(districts) if district == districts[seat]]


def _title(inside: pl.DataFrame, seat: int, level: str, suffix: str, place: int) -> str:
    row = inside.row(seat, named=True)
    if suffix == "大学":
        return UNIVERSITIES[place]
    if suffix.startswith("产业园"):
        return PLANTS[place]
    ordinal = ("", "第二", "第三", "第四")[place]
    stem: str = {"township": row["name"][:2], "district": row["district_name"], "city": "澜州市"}[level]
    if suffix == "派出所":
        return f"澜州市公安局{row['district_name'][:-1]}分局{stem}{suffix}"
    return f"{stem}{ordinal}{suffix}" if level != "district" else f"澜州市{stem}{ordinal}{suffix}"


def township(seed: int, ids: Ints, purpose: str, known: Places) -> Ints:
    """Return a township of the city for each id, as its place in `known.codes`, in proportion to size."""
    return pick(seed, ids, purpose, known.weight[: known.inside])


def elsewhere(seed: int, ids: Ints, purpose: str, known: Places) -> Ints:
    """Return a township outside the city for each id."""
    return known.inside + below(seed, ids, purpose, len(known.codes) - known.inside)


def serving(known: Places, kind: str, towns: Ints, ids: Ints) -> Ints:
    """Return the institution of a kind that serves each township, one of several by the id."""
    table = known.serving[kind]
    inside = np.where(towns < known.inside, towns, 0)
    chosen: Ints = table[inside, ids % table.shape[1]]
    return chosen
