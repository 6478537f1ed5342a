"""Amounts of money: every usual way to write one becomes yuan, exactly; what is none stays."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values import KINDS
from engine.values.units import amount_unit, clean_amount


def clean(text: str | None) -> str | None:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(clean_amount(pl.col("x"))).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5万元", "125000"),
        ("12.5万", "125000"),
        ("12.5 万元", "125000"),
        ("１２．５万元", "125000"),
        ("￥1,200.00", "1200"),
        ("¥1200", "1200"),
        ("1200元", "1200"),
        ("1200.50元整", "1200.5"),
        ("人民币1,200元整", "1200"),
        ("RMB 1200", "1200"),
        ("1200 CNY", "1200"),
        ("3千元", "3000"),
        ("5百万元", "5000000"),
        ("3千万", "30000000"),
        ("1.2亿", "120000000"),
        ("2万亿元", "2000000000000"),
        ("1.23456789万元", "12345.6789"),
        ("0.1万元", "1000"),
        (".5万", "5000"),
        ("-12.5万元", "-125000"),
        ("-￥12", "-12"),
        ("12元5角", "12.5"),
        ("12元5角3分", "12.53"),
        ("12元3分", "12.03"),
        ("1200", "1200"),
        ("1200.00", "1200"),
        ("1,234,567.80", "1234567.8"),
        ("007.50", "7.5"),
        ("5w", "50000"),
        (None, None),
        (" ", None),
    ],
)
def test_an_amount_becomes_yuan(text: str | None, expected: str | None) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text", ["$5", "12万美元", "12.5%", "约12万", "12万-15万", "1,23元", "万元", "12户", "1.2.3元", "面议"]
)
def test_what_is_no_amount_in_yuan_stays_and_is_not_valid(text: str) -> None:
    valid = KINDS["amount"].valid
    assert valid is not None
    frame = pl.DataFrame({"x": [text]}).select(clean_amount(pl.col("x")))
    assert frame.select(valid(pl.col("x"))).item() is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12.5万元", "万元"), ("12.5万", "万元"), ("3千", "千元"), ("1.2億", "亿元"), ("1200元", "元"), ("￥5", "元"), ("1200", None),
     ("12万美元", None), (None, None)],
)  # fmt: skip
def test_the_unit_in_which_it_is_told(text: str | None, expected: str | None) -> None:
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    assert frame.select(amount_unit(pl.col("x"))).item() == expected


def test_no_digit_is_lost() -> None:
    assert clean("123456789012345678901234567890.12万元") == "1234567890123456789012345678901200"
