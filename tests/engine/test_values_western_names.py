"""Parts of western names, nicknames (configs/codes/nicknames.csv), legal forms and Latin letters."""

from __future__ import annotations

import polars as pl
import pytest

from engine.expressions import compile_expression
from engine.settings.shipped import shipped
from engine.values.latin_companies import latin_company_core
from engine.values.latin_letters import latin_letters
from engine.values.nicknames import formal_names


def one(function, text: str | None):
    """Return what a function of expressions makes of one text."""
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(function(pl.col("x"))).item()


@pytest.mark.parametrize(
    ("name", "given", "middle", "surname"),
    [
        ("john smith", "john", None, "smith"),
        ("john henry adam smith", "john", "henry adam", "smith"),
        ("sir john starkey 1st baronet", "john", None, "starkey"),
        ("dr. mary jones jr.", "mary", None, "jones"),
        ("maria van der berg", "maria", None, "van der berg"),
        ("smithson", None, None, "smithson"),
        ("william", "william", None, None),
        ("sir 2nd baronet", None, None, None),
        (None, None, None, None),
    ],
)
def test_parts_of_a_name(name: str | None, given: str | None, middle: str | None, surname: str | None) -> None:
    frame = pl.DataFrame({"x": [name]}, schema={"x": pl.String})
    found = []
    for part in ("given", "middle", "surname"):
        compiled = compile_expression(f"western_{part}(x)", columns=["x"])
        found.append(compiled.append_to(frame, name="part")["part"].item())
    assert found == [given, middle, surname]


def alike(left: str, right: str) -> bool:
    """Return whether two given names can be one person's."""
    return bool(set(one(formal_names, left)) & set(one(formal_names, right)))


@pytest.mark.parametrize(
    ("left", "right"), [("bill", "william"), ("bill", "will"), ("tom", "thomas"), ("peggy", "margaret")]
)
def test_nicknames_of_one_name_have_a_member_in_common(left: str, right: str) -> None:
    assert alike(left, right)


def test_other_names_have_none() -> None:
    assert not alike("tom", "henry")
    assert not alike("zebulon", "tom")


def test_the_table_of_nicknames_is_sorted_and_plain() -> None:
    table = pl.read_csv(shipped("codes", "nicknames.csv"))
    assert table.columns == ["name", "nickname"]
    assert table.rows() == sorted(set(table.rows()))
    assert table.select(pl.all_horizontal(pl.all().str.contains("^[a-z]{2,12}$")).all()).item()


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("harbour ltd", "harbour"),
        ("naamloze vennootschap harbour", "harbour"),
        ("the ltd", "the ltd"),
        ("agora", "agora"),
    ],
)
def test_legal_forms_are_left_out(name: str, core: str) -> None:
    assert one(latin_company_core, name) == core


@pytest.mark.parametrize(
    ("text", "latin"), [("Щербаков", "shcherbakov"), ("Ελένη", "eleni"), ("Zoë", "zoe"), (None, None)]
)
def test_letters_become_latin(text: str | None, latin: str | None) -> None:
    assert one(latin_letters, text) == latin
