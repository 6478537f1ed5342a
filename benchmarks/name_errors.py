"""Pairs of Chinese names: of one person, half of them spoilt, and of two persons whose names are easily mistaken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.city.characters import exchanged, replaced, unstored
from engine.city.world.draws import Ints, below
from engine.settings.shipped import shipped
from engine.values.pinyin import pinyin

ERRORS = {
    "none": 50, "homophone": 12, "shape": 5, "look_alike": 4, "variant": 8, "exchanged": 3, "cut": 4, "unstored": 6,
    "pinyin": 5, "other_character": 3,
}  # fmt: skip
"""What befell the second name of a pair of one person, in hundredths.

Of like shape are characters of one four-corner class, which the comparison knows, and those of `LOOK_ALIKES`, which it
mostly does not. No source says how often each error befalls: the shares are assumptions.
"""

OTHERS = {"brothers": 25, "surname": 40, "given_name": 10, "anybody": 25}
"""How two names of two persons are alike, in hundredths.

Brothers bear one surname and one character of the generation (王建国, 王建军); the others only a surname, only a given
name, or nothing by design.
"""

LOOK_ALIKES = (
    "己已巳 未末 士土 日曰 田由甲申 杨扬 梁粱 戴载 陈阵 薛薜 莹萤 莱菜 天夫 王玉 子孑 兵乒 东车 风凤 晴睛 清情 静靖 "
    "娜那 婷停 锋峰 洁浩 明朋 林休 芳芬 苹萍 晨辰 浩皓 瑞端 宁守 宏宠 军车 刚则 伟纬 波坡 辉挥 琴瑟 慧惠 梅海 亮高"
)

Texts = npt.NDArray[np.object_]


def labelled_pairs(persons: int, *, seed: int) -> pl.DataFrame:
    """Return `name_l`, `name_r`, `same` and `kind` (of the error, or of the likeness): per person one pair of each."""
    key = np.arange(persons, dtype=np.int64)
    names = drawn_names(key, seed=seed, purpose="person")
    errors, others = _chosen(key, ERRORS, seed, "error"), _chosen(key, OTHERS, seed, "other")
    bits = below(seed, key, "bits", 1 << 40).tolist()
    spoilt = [_spoilt(name, kind, bit) for name, kind, bit in zip(names, errors, bits, strict=True)]
    same = pl.DataFrame({"name_l": names.tolist(), "name_r": spoilt, "kind": errors})
    latin = pl.when(pl.col("kind") == "pinyin").then(pinyin(pl.col("name_r"))).otherwise("name_r")
    second = drawn_names(key, seed=seed, purpose="second")
    differs = [_other(*row) for row in zip(names, second, others, strict=True)]
    two = pl.DataFrame({"name_l": names.tolist(), "name_r": differs, "kind": others})
    return pl.concat(
        [
            same.with_columns(latin.alias("name_r"), same=pl.lit(value=True)),
            two.with_columns(same=pl.lit(value=False)).filter(pl.col("name_l") != pl.col("name_r")),
        ]
    )


def drawn_names(key: Ints, *, seed: int, purpose: str) -> Texts:
    """Return a name for each key by the frequency of its parts; two given names of ten have one character."""
    surname = _weighted(key, "surnames.csv", "surname", ["weight"], seed, f"{purpose} surname")
    first, second = (
        _weighted(key, "given_characters.csv", "character", ["male", "female"], seed, f"{purpose} {place}")
        for place in ("first", "second")
    )
    one = below(seed, key, f"{purpose} length", 100) < 20
    names: Texts = surname + first + np.where(one, "", second)
    return names


def _weighted(key: Ints, file: str, column: str, weights: list[str], seed: int, purpose: str) -> Texts:
    table = pl.read_csv(shipped("city", file))
    ends = table.select(pl.sum_horizontal(weights)).to_series().cum_sum().to_numpy()
    at = np.searchsorted(ends, below(seed, key, purpose, int(ends[-1])), side="right")
    values: Texts = np.array(table[column].to_list(), dtype=object)
    return np.asarray(values[at], dtype=object)


def _chosen(key: Ints, shares: dict[str, int], seed: int, purpose: str) -> list[str]:
    ends = np.cumsum([*shares.values()])
    at = np.searchsorted(ends, below(seed, key, purpose, int(ends[-1])), side="right")
    return [[*shares][place] for place in at]


def _spoilt(name: str, kind: str, bits: int) -> str:
    """Return the name with one error; one that the error cannot befall stays as it is."""
    known: dict[str, Callable[[], str]] = {
        "look_alike": lambda: _look_alike(name, bits),
        "exchanged": lambda: exchanged(name, bits),
        "cut": lambda: name[:-1] if len(name) > 2 else name,
        "unstored": lambda: _unstored(name, bits),
    }
    if kind in known:
        return known[kind]()
    return name if kind in {"none", "pinyin"} else replaced(name, bits, kind=kind)


def _look_alike(name: str, bits: int) -> str:
    groups = LOOK_ALIKES.split()
    places = [(place, group) for place, one in enumerate(name) for group in groups if one in group]
    if not places:
        return name
    place, group = places[bits % len(places)]
    choices = group.replace(name[place], "")
    return name[:place] + choices[(bits >> 8) % len(choices)] + name[place + 1 :]


def _unstored(name: str, bits: int) -> str:
    place = 1 + bits % (len(name) - 1)
    rare = unstored("\u9f91", bits >> 4)  # a character outside GB 2312 tells what stands for one
    return name[:place] + (rare if len(rare) == 1 else "?") + name[place + 1 :]


def _other(name: str, second: str, kind: str) -> str:
    if kind == "brothers":
        return name[:2] + second[-1] if len(name) > 2 else name[0] + second[1:]
    return {"surname": name[0] + second[1:], "given_name": second[0] + name[1:]}.get(kind, second)
