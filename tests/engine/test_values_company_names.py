"""Names of companies taken apart: division, 字号, trade, form, branch; keys of short names."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from engine.values import KINDS
from engine.values.company_names import COMPANY_PARTS, split_companies
from engine.values.functions import FUNCTIONS

LTD, PLC = "有限责任公司", "股份有限公司"
PARTED = {
    "华为（杭州）技术有限公司": ("杭州", "华为", "技术", LTD, None),
    "华为(杭州)技术有限公司": ("杭州", "华为", "技术", LTD, None),
    "杭州海康威视数字技术股份有限公司": ("杭州", "海康威视", "数字技术", PLC, None),
    "阿里巴巴(中国)网络技术有限公司": ("中国", "阿里巴巴", "网络技术", LTD, None),
    "北京字节跳动科技有限公司": ("北京", "字节跳动", "科技", LTD, None),
    "北京同仁堂股份有限公司": ("北京", "同仁堂", None, PLC, None),
    "宁德时代新能源科技股份有限公司": ("宁德", "时代", "新能源科技", PLC, None),
    "深圳市騰訊計算機系統有限公司": ("深圳市", "腾讯", "计算机系统", LTD, None),
    "浙江杭州某某商贸有限责任公司": ("浙江杭州", "某某", "商贸", LTD, None),
    "广西某某矿业有限责任公司": ("广西", "某某", "矿业", LTD, None),
    "延边某某贸易有限公司": ("延边", "某某", "贸易", LTD, None),
    "杭州 某某 科技 有限公司": ("杭州", "某某", "科技", LTD, None),
    "某某（杭州）控股集团有限公司": ("杭州", "某某", "控股集团", LTD, None),
    "某某（一期）商贸有限公司": (None, "某某一期", "商贸", LTD, None),
    "中国石油天然气股份有限公司": ("中国", None, "石油天然气", PLC, None),
    "中国石油天然气集团有限公司": ("中国", None, "石油天然气集团", LTD, None),
    "杭州某某有限公司临平分公司": ("杭州", "某某", None, LTD, "临平分公司"),
    "杭州某某有限公司（临平分公司）": ("杭州", "某某", None, LTD, "临平分公司"),
    "中国工商银行股份有限公司杭州分行": ("中国", "工商", "银行", PLC, "杭州分行"),
    "杭州银行西湖支行": ("杭州", None, None, "银行", "西湖支行"),
    "宁波某某股权投资合伙企业（有限合伙）": ("宁波", "某某", "股权投资", "有限合伙企业", None),
    "立信会计师事务所（特殊普通合伙）": (None, "立信", "会计师事务所", "特殊普通合伙企业", None),
    "临平区某某餐馆（个体工商户）": ("临平区", "某某", "餐馆", "个体工商户", None),
    "某某服装厂（个人独资）": (None, "某某", "服装厂", "个人独资企业", None),
    "余杭区某某水果专业合作社": ("余杭区", "某某", "水果", "农民专业合作社", None),
    "浙江省慈善联合会": ("浙江省", None, "慈善", "联合会", None),
    "杭州市余杭区某某便利店": ("杭州市余杭区", "某某", None, "便利店", None),
    "浙江大学": ("浙江", None, None, "大学", None),
    "杭州市财政局": ("杭州市", None, "财政", "局", None),
    "杭州市西湖区人民法院": ("杭州市西湖区", None, None, "人民法院", None),
    "老王便利店": (None, "老王", None, "便利店", None),
    "万向集团公司": (None, "万向", "集团", "公司", None),
    "阿里巴巴": (None, "阿里巴巴", None, None, None),
    "Acme Food Ltd": (None, None, None, None, None),
    "": (None, None, None, None, None),
    None: (None, None, None, None, None),
}  # fmt: skip


def told(function: str, name: str | None) -> Any:
    frame = pl.DataFrame({"x": [name]}, schema={"x": pl.String})
    return frame.select(FUNCTIONS[function](pl.col("x")))["x"].to_list()[0]


@pytest.mark.parametrize(("name", "parts"), PARTED.items())
def test_a_name_has_these_parts(name: str | None, parts: tuple[str | None, ...]) -> None:
    row = split_companies(pl.Series([name], dtype=pl.String)).row(0, named=True)
    assert {part: row[part] for part in COMPANY_PARTS} == dict(zip(COMPANY_PARTS, parts, strict=True))


def test_each_part_is_a_function_and_rows_keep_their_order() -> None:
    names = [*PARTED, *PARTED]
    frame = pl.DataFrame({"x": names}, schema={"x": pl.String})
    for place, part in enumerate(COMPANY_PARTS):
        found = frame.select(FUNCTIONS[f"company_{part}"](pl.col("x")))["x"].to_list()
        assert found == [PARTED[name][place] for name in names]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("杭州市某某网络科技有限公司", ["某某", "杭州某某"]), ("某某（杭州）科技有限公司", ["某某", "杭州某某"]),
        ("某某书店", ["某某"]), ("杭州银行", ["杭州银行"]), ("中国石油天然气股份有限公司", ["中国石油天然气"]),
        ("杭州某某有限公司临平分公司", ["某某", "杭州某某"]), ("Acme Ltd", None), (None, None),
    ],
)  # fmt: skip
def test_keys_of_short_names(name: str | None, keys: list[str] | None) -> None:
    assert told("company_alias_keys", name) == keys


@pytest.mark.parametrize(
    "name", ["杭州某某网络科技有限公司", "宁波某某合伙企业（有限合伙）", "某某会计师事务所（普通合伙）"]
)
def test_form_and_core_are_found_in_the_matched_form_too(name: str) -> None:
    frame = pl.DataFrame({"x": [name]})
    matched = frame.select(KINDS["organisation"].match(KINDS["organisation"].clean(pl.col("x")))).item()
    assert (told("company_form", matched), told("company_core", matched)) == (
        told("company_form", name),
        told("company_core", name),
    )
