"""Functions of text columns, called through the expression language."""

from __future__ import annotations

import pickle
from typing import Any

import polars as pl
import pytest

from engine.expressions import compile_expression
from engine.values.functions import FUNCTIONS

ROW = {"surname": "ashcraft", "name": "mary ann", "birth_date": "1980-01-31", "phone": "x12-3", "title": "杭州西湖 map"}


def value(text: str, row: dict[str, str | None] = ROW) -> Any:
    frame = pl.DataFrame(row, schema=dict.fromkeys(row, pl.String))
    return compile_expression(text, columns=frame.columns).append_to(frame, name="out")["out"].to_list()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("substr(surname, 1, 3)", "ash"),
        ("soundex(surname)", "A261"),
        ("metaphone(name)", "MRYN"),
        ("concat(year(birth_date), initial(name))", "1980m"),
        ("concat(soundex(last_token(name)), '-', month(birth_date), day(birth_date))", "A500-0131"),
        ("digits(phone)", "123"),
        ("first_token(name)", "mary"),
        ("sorted_tokens(name)", "ann mary"),
        ("acronym(name)", "ma"),
        ("consonants(surname)", "shcrft"),
        ("tokens(title)", ["map", "杭州", "西湖", "州西"]),
        ("bigrams(first_token(name))", ["ma", "ry", "ar"]),
        ("qgrams3(first_token(name))", ["mar", "ary"]),
    ],
)
def test_expression(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_null_gives_null_and_function_can_be_pickled(name: str) -> None:
    assert value(f"{name}(x)", {"x": None}) is None
    assert pickle.loads(pickle.dumps(FUNCTIONS[name])) is FUNCTIONS[name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Robert", "R163"), ("Rupert", "R163"), ("Rubin", "R150"), ("Tymczak", "T522"), ("Pfister", "P236"),
     ("Honeyman", "H555"), ("Lee", "L000"), ("Müller", "M460"), ("张", None)],
)  # fmt: skip
def test_soundex_codes_of_the_national_archives(name: str, expected: str | None) -> None:
    assert value("soundex(x)", {"x": name}) == expected
