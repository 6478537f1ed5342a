"""Comparisons of names of Chinese legal entities by their parts."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from engine.tables import WEIGHT_SCALE
from matchers.comparisons import build_comparison, compare
from matchers.models.terms import log_frequency, term_frequency, tf_value


def levels(kind: str, left: list[tuple[str | None, ...]], right: list[tuple[str | None, ...]]) -> list[str]:
    attributes = ("name", "former_name")[: len(left[0])]
    settings = Comparison(name="it", attribute=attributes, kind=kind)
    values = {f"{name}_l": [one[place] for one in left] for place, name in enumerate(attributes)}
    values |= {f"{name}_r": [one[place] for one in right] for place, name in enumerate(attributes)}
    keys = {"signature_l": range(len(left)), "signature_r": range(100, 100 + len(left))}
    pairs = pl.DataFrame({**keys, **values}).with_columns(pl.col(pl.Null).cast(pl.String))
    comparison = build_comparison(settings)
    labels = dict(zip(comparison.numbers(), (level.label for level in comparison.levels), strict=True))
    return [labels[one] for one in compare(pairs, comparisons=(settings,))["level_it"].to_list()]


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("杭州甲丰贸易有限公司", "杭州甲丰贸易有限公司", "exact"),
        ("杭州甲丰贸易有限公司", "杭州甲丰贸易股份有限公司", "another form of company"),
        ("杭州甲丰贸易有限公司", "杭州市甲丰贸易有限公司", "the same division, 字号 and trade"),
        ("杭州甲丰贸易有限公司", "甲丰贸易有限公司", "the same division, 字号 and trade"),
        ("杭州甲丰贸易有限公司", "甲丰贸易", "the same division, 字号 and trade"),
        ("杭州甲丰贸易有限公司", "杭州甲丰", "a short name"),
        ("杭州甲丰贸易有限公司", "甲丰", "a short name"),
        ("华为技术有限公司", "huawei technologies co ltd", "in Latin letters"),
        ("杭州甲丰天贸易有限公司", "jft", "initials in Latin letters"),
        ("杭州甲丰网络科技有限公司", "杭州甲丰贸易有限公司", "the same 字号, another trade"),
        ("杭州甲丰贸易有限公司", "杭州甲丰贸易有限公司临平分公司", "else"),
        ("杭州甲丰贸易有限公司临平分公司", "杭州甲丰贸易有限公司萧山分公司", "else"),
        ("杭州甲丰贸易有限公司临平区分公司", "杭州市甲丰贸易有限公司临平分公司", "the same division, 字号 and trade"),
        ("杭州银行", "杭州银行西湖支行", "else"),
        ("杭州甲丰贸易有限公司", "宁波乙盛物流有限公司", "else"),
        ("杭州甲丰贸易有限公司", None, "null"),
    ],
)
def test_a_level_holds_in_both_directions(left: str, right: str | None, label: str) -> None:
    assert levels("chinese_company", [(left,), (right,)], [(right,), (left,)]) == [label, label]


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        (
            ("杭州乙盛贸易有限公司", "杭州甲丰贸易有限公司"),
            ("杭州甲丰贸易有限公司", None),
            "the former name of the other",
        ),
        (("杭州乙盛贸易有限公司", "杭州甲丰贸易公司"), ("杭州甲丰贸易有限公司", None), "the former name of the other"),
        (("杭州甲丰贸易有限公司", "杭州乙盛贸易有限公司"), ("杭州甲丰贸易有限公司", None), "exact"),
        ((None, "杭州乙盛贸易有限公司"), ("杭州乙盛贸易有限公司", None), "null"),
    ],
)
def test_a_former_name(left: tuple[str | None, ...], right: tuple[str | None, ...], label: str) -> None:
    assert levels("chinese_company_or_former", [left, right], [right, left]) == [label, label]


def test_a_common_name_of_companies_weighs_less_than_a_rare_one() -> None:
    common = [f"{place}宏达{trade}有限公司" for place in ("杭州", "宁波", "温州") for trade in ("贸易", "科技", "物流")]
    signatures = pl.DataFrame({"name": [*common, "杭州甲丰贸易有限公司"] * 4})
    settings = Comparison(attribute=("name",), kind="chinese_company", term_frequency=True)
    comparison = build_comparison(settings)

    terms = term_frequency(signatures, comparison=comparison)
    asked = pl.DataFrame({"name": ["嘉兴宏达贸易有限公司", "杭州甲丰贸易有限公司"]}).select(tf_value(comparison))
    frequent, rare = log_frequency(asked.to_series(), terms).to_list()

    assert frequent > rare + 3 * WEIGHT_SCALE
