"""Names: cleansing is idempotent, parts add up to the name, folds are folds."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.values.functions import FUNCTIONS
from engine.values.names import clean_name, match_name

TYPED = st.text(
    "张王欧阳买提伟娜氏先生女士 ·.•()（）【】本人abWＡ1?*□\ue000\ue81e\u3000之子有限公司杭州市", max_size=14
)
NAMES = st.lists(st.none() | TYPED | st.text(max_size=10), min_size=1, max_size=6)
OF_NAMES = ("surname", "given_name", "surnames", "pinyin", "pinyin_readings", "name_shape", "wildcards")
OF_COMPANIES = tuple(f"company_{part}" for part in ("division", "core", "trade", "form", "branch", "alias_keys"))


def applied(function: Any, names: list[Any]) -> list[Any]:
    frame = pl.DataFrame({"x": names}, schema={"x": pl.String})
    return frame.select(function(pl.col("x")))["x"].to_list()


@given(names=NAMES)
@settings(max_examples=150, deadline=None)
def test_cleansing_and_matching_are_idempotent(names: list[str | None]) -> None:
    kept = applied(clean_name, names)
    matched = applied(match_name, kept)
    assert applied(clean_name, kept) == kept
    assert applied(match_name, matched) == matched
    assert "" not in kept


@given(names=NAMES)
@settings(max_examples=40, deadline=None)
def test_surname_and_given_name_are_the_name(names: list[str | None]) -> None:
    parts = zip(names, applied(FUNCTIONS["surname"], names), applied(FUNCTIONS["given_name"], names), strict=True)
    for name, surname, rest in parts:
        assert rest is None or surname is not None
        assert rest is None or surname + rest == name
        assert surname is None or (name is not None and name.startswith(surname))


@pytest.mark.parametrize("name", ["wildcards", "standard_characters"])
@given(names=NAMES)
@settings(max_examples=40, deadline=None)
def test_folds_are_idempotent(name: str, names: list[str | None]) -> None:
    once = applied(FUNCTIONS[name], names)
    assert applied(FUNCTIONS[name], once) == once


@pytest.mark.parametrize("name", [*OF_NAMES, *OF_COMPANIES])
@given(names=NAMES)
@settings(max_examples=5, deadline=None)
def test_a_value_does_not_depend_on_its_column(name: str, names: list[str | None]) -> None:
    together = applied(FUNCTIONS[name], [*names, None])
    assert together == [*(applied(FUNCTIONS[name], [one])[0] for one in names), None]
