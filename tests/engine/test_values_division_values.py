"""Division codes as delivered: which forms are read, which are known, and what followed an abolished one."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values import KINDS
from engine.values.division_values import clean_division, division_from, division_successor, division_until, is_division


def ask(text: str | None, expr: pl.Expr) -> object:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(expr).item()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330110", "330110"), ("３３０１１０", "330110"), ("330110.0", "330110"), ("330110001", "330110001"),
        ("330110001002", "330110001002"), ("33", "330000"), ("3301", "330100"), ("浙江省杭州市余杭区", "330110"),
        ("浙江省", "330000"), ("浙江", "330000"), ("杭州市", "330100"), ("襄樊市", "420600"), ("北京市崇文区", "110101"),
        ("澜州市云溪县", "390106"), ("义乌市", "330782"),
        ("朝阳区", "朝阳区"), ("某地", "某地"), ("文三路12号", "文三路12号"), ("33011", "33011"), (None, None),
    ],
)  # fmt: skip
def test_a_code_or_an_unambiguous_name_becomes_the_code(text: str | None, code: str | None) -> None:
    assert ask(text, clean_division(pl.col("x"))) == code


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("330110", True), ("110103", True), ("390103007", True), ("391102", True), ("330199", False), ("390199", False),
        ("朝阳区", False), ("33011", False), (None, None),
    ],
)  # fmt: skip
def test_a_code_that_was_ever_in_force_is_valid(text: str | None, known: bool | None) -> None:
    assert ask(text, is_division(pl.col("x"))) is known
    assert KINDS["division"].valid is is_division


@pytest.mark.parametrize(
    ("code", "successor"),
    [
        pytest.param("110103", "110101", id="merged"),
        pytest.param("390124", "390106", id="invented county that became a district"),
        pytest.param("330184", None, id="split in two"),
        pytest.param("330110", None, id="in force"),
        pytest.param("110101", None, id="in force all the time"),
        pytest.param("330199", None, id="unknown"),
        pytest.param("110103001", None, id="a township: its own code is not followed"),
        pytest.param(None, None, id="null"),
    ],
)
def test_the_one_successor_of_an_abolished_code(code: str | None, successor: str | None) -> None:
    assert ask(code, division_successor(pl.col("x"))) == successor


@pytest.mark.parametrize(
    ("code", "begins", "ends"),
    [
        ("330113", "2021", None),
        ("110103", "1981", "2010"),
        ("390124003", "1981", "2001"),
        ("330199", None, None),
        (None, None, None),
    ],
)
def test_the_years_of_a_code(code: str | None, begins: str | None, ends: str | None) -> None:
    assert ask(code, division_from(pl.col("x"))) == begins
    assert ask(code, division_until(pl.col("x"))) == ends
