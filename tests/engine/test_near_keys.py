"""Keys that near texts share."""

from __future__ import annotations

import polars as pl
import pytest

from engine.expressions import compile_expression
from engine.values.functions import FUNCTIONS


def keys(function: str, *texts: str | None) -> list[list[str] | None]:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    return compile_expression(f"{function}(x)", columns=["x"]).append_to(frame, name="k")["k"].to_list()


@pytest.mark.parametrize(
    ("one", "other"),
    [("smith", "smiht"), ("smith", "smth"), ("smith", "smitth"), ("smith", "smyth"), ("杭州西湖区", "杭州西胡区")],
    ids=["exchanged", "too few", "too many", "another", "another Chinese character"],
)
def test_texts_one_slip_apart_share_a_deletion(one: str, other: str) -> None:
    first, second = keys("deletions", one, other)

    assert set(first or ()) & set(second or ())


def test_texts_far_apart_and_short_ones_share_no_deletion() -> None:
    found = keys("deletions", "smith", "smoot", "li", "le")

    assert not set(found[0] or ()) & set(found[1] or ())
    assert found[2:] == [["li"], ["le"]]


def test_long_texts_with_most_pairs_in_common_share_a_band_whatever_their_punctuation() -> None:
    one, other, alike, far = keys(
        "minhash",
        "hangzhou west lake tea company",
        "hangzhou west lake tea co",
        "Hangzhou-West-Lake Tea, Company",
        "ely",
    )

    assert set(one or ()) & set(other or ())
    assert one == alike
    assert not set(one or ()) & set(far or ())


def test_a_text_without_two_characters_has_no_band() -> None:
    assert keys("minhash", "a", "-", None) == [None, None, None]


def test_the_bands_of_a_text_are_the_same_for_ever() -> None:
    (found,) = keys("minhash", "anna")

    assert (found or ())[0].startswith("0 ")
    assert keys("minhash", "bob", "anna", "anna")[1:] == [found, found]
    assert {"minhash", "deletions"} <= set(FUNCTIONS)
