"""Comparisons of Chinese legal entities and addresses."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from engine.tables import WEIGHT_SCALE
from matchers.comparisons import build_comparison, compare
from matchers.models.terms import log_frequency, term_frequency, tf_value


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
        ("澜西区学院大道600号阳光华庭4幢2单元1803室", "学院大道600号", "the same house, a room left out"),
        ("澜西区学院大道600号", "澜西区学院大道8号", "the same road"),
        ("澜西区学院大道600号", "澜西区文化街600号", "else"),
    ],
)
def test_addresses(left: str, right: str, label: str) -> None:
    assert graded("chinese_address", ("address",), (left,), (right,)) == label


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("学院大道600号4幢2单元1803室", "学院大道600号4幢2单元1801室", "another room of the same house"),
        ("学院大道600号4幢", "学院大道600号4幢2单元1801室", "the same house, a room left out"),
        ("后庄村180号", "澜西区后庄村180", "the same road and numbers"),
        ("后庄村18号", "后庄村180号", "the same road"),
    ],
)
def test_rooms_and_houses(left: str, right: str, label: str) -> None:
    assert graded("chinese_address", ("address",), (left,), (right,)) == label
    assert graded("chinese_address", ("address",), (right,), (left,)) == label


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        ("1965-03-12", "1965-03-12", "exact"),
        ("1965-03-12", "1965-02-10", "the same day of the Chinese calendar"),
        ("1965-03-12", "1965-03-13", "one digit wrong or two exchanged"),
        ("1965-03-12", "1965-12-03", "day and month exchanged"),
        ("1965-03-12", "1965-03", "the same as far as known"),
        ("1965-03-12", "1965", "the same as far as known"),
        ("1988-03-12", "1993-03-12", "the same day within 10 years"),
        ("1965-03-12", "1966-07-01", "within 1 year"),
        ("1965-03-12", "1999-07-01", "else"),
        ("1965-03-12", None, "null"),
    ],
)
def test_dates_of_either_calendar(left: str, right: str | None, label: str) -> None:
    assert graded("chinese_date", ("born",), (left,), (right,)) == label
    if right is not None:
        assert graded("chinese_date", ("born",), (right,), (left,)) == label


def test_a_crowded_address_weighs_nothing_and_a_house_much() -> None:
    crowd = ["学院大道600号宿舍" for _ in range(300)]
    houses = [f"后庄村{place}号" for place in range(500) for _ in range(3)]
    signatures = pl.DataFrame({"address": crowd + houses})
    settings = Comparison(attribute=("address",), kind="chinese_address", term_frequency=True)

    terms = term_frequency(signatures, comparison=build_comparison(settings))
    crowded, house = log_frequency(
        pl.DataFrame({"address": ["学院大道600号宿舍", "后庄村7号"]})
        .select(tf_value(build_comparison(settings)))
        .to_series(),
        terms,
    ).to_list()

    assert crowded == 0
    assert house < -8 * WEIGHT_SCALE
