"""Comparisons of Chinese names, codes and addresses."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from matchers.comparisons import build_comparison, compare


def graded(kind: str, attributes: tuple[str, ...], left: tuple[str | None, ...], right: tuple[str | None, ...]) -> str:
    settings = Comparison(name="it", attribute=attributes, kind=kind)
    values = {f"{name}_l": [one] for name, one in zip(attributes, left, strict=True)}
    values |= {f"{name}_r": [one] for name, one in zip(attributes, right, strict=True)}
    pairs = pl.DataFrame({"signature_l": [1], "signature_r": [2], **values}, strict=False).with_columns(
        pl.col(list(values)).cast(pl.String)
    )
    found = compare(pairs, comparisons=(settings,))["level_it"][0]
    comparison = build_comparison(settings)
    return dict(zip(comparison.numbers(), (level.label for level in comparison.levels), strict=True))[found]


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("王伟", "王伟", "exact"),
        ("王伟", "王偉", "variant characters"),
        ("王建国", "王健国", "sounds alike"),
        ("王䶮", "王?", "one character unstored"),
        ("周宸玥", "周宸yue", "one character unstored"),
        ("阿卜杜拉买买提", "阿卜杜拉买买", "cut"),
        ("王建国", "王建军", "one other character"),
        ("王伟", "王芳", "else"),
        ("王伟", None, "null"),
    ],
)
def test_names(left: str, right: str | None, label: str) -> None:
    assert graded("chinese_name", ("name",), (left,), (right,)) == label
    if right is not None:
        assert graded("chinese_name", ("name",), (right,), (left,)) == label


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("澜州甲丰贸易股份有限公司", "澜州甲丰贸易公司", "another form of company"),
        ("澜州甲丰贸易有限公司云溪区分公司", "澜州甲丰贸易公司云溪区分公司", "another form of company"),
        ("澜州市甲丰国际贸易有限公司", "澜州甲丰国际贸易有限公司", "common bigrams >= 0.75"),
        ("澜州甲丰国际贸易控股有限公司", "澜州甲丰国际贸易控股有限公司云溪区分公司", "else"),
        ("北桥区太极拳协会", "云溪区园艺协会", "else"),
    ],
)
def test_organisations(left: str, right: str, label: str) -> None:
    assert graded("chinese_organisation", ("name",), (left,), (right,)) == label
    assert graded("chinese_organisation", ("name",), (right,), (left,)) == label


def test_a_credit_code_holds_the_organisation_code() -> None:
    left, right = ("91110000600037341L", None), (None, "600037341")

    assert graded("credit_code", ("uscc", "org_code"), left, right) == "the same organisation code"


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("澜西区学院大道600号阳光华庭4幢2单元1803室", "学院大道600阳光华庭4 2 1803", "the same road and numbers"),
        ("澜西区学院大道600号阳光华庭4幢2单元1803室", "学院大道600号", "the same road and house"),
        ("澜西区学院大道600号", "澜西区学院大道8号", "the same road"),
        ("澜西区学院大道600号", "澜西区文化街600号", "else"),
    ],
)
def test_addresses(left: str, right: str, label: str) -> None:
    assert graded("chinese_address", ("address",), (left,), (right,)) == label
