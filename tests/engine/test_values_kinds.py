"""Kinds: the kept form, the matched form and the validity of values."""

from __future__ import annotations

import pickle

import polars as pl
import pytest

from engine.values import KINDS


def cleaned(kind: str, text: str | None) -> str | None:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(KINDS[kind].clean(pl.col("x"))).item()


def matched(kind: str, text: str | None) -> str | None:
    kept = pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(KINDS[kind].clean(pl.col("x")))
    return kept.select(KINDS[kind].match(pl.col("x"))).item()


def is_valid(kind: str, text: str | None) -> bool | None:
    valid = KINDS[kind].valid
    assert valid is not None
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(valid(pl.col("x"))).item()


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("text", "\ufeffＡＢ\u3000 １２\x00", "AB 12"),
        ("name", "  José   O’Neill ", "José O’Neill"),
        ("name", "阿卜杜拉 • 买买提", "阿卜杜拉·买买提"),
        ("name", "王\u200b伟", "王伟"),
        ("identifier", "ab-12 34", "AB1234"),
        ("resident_id", "330199620927690", "330199196209276907"),
        ("resident_id", "330199840203997", "330199188402039970"),
        ("resident_id", "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
        ("resident_id", "44O52418800l010014", "440524188001010014"),
        ("resident_id", "330199621327690", "330199621327690"),
        ("uscc", "9135o100m000100y43", "91350100M000100Y43"),
        ("phone", "0086 138 0013 8000", "13800138000"),
        ("phone", "8613800138000", "13800138000"),
        ("phone", "(0571) 8888-0000 ext. 12", "057188880000x12"),
        ("phone", "ask reception", "ask reception"),
        ("email", " Ann.Lee@Example.ORG ", "ann.lee@example.org"),
        ("postcode", "310000.0", "310000"),
        ("number", "007.50", "7.5"),
        ("number", "-1,234,567.0", "-1234567"),
        ("number", "1,23", "1,23"),
    ],
)
def test_kept_form(kind: str, text: str, expected: str) -> None:
    assert cleaned(kind, text) == expected


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("name", "José O'Neill-Díaz", "JOSE O’NEILL DIAZ"),
        ("name", "阿卜杜拉·买买提", "阿卜杜拉．买买提"),
        ("name", "阿卜杜拉・买买提", "阿卜杜拉 买买提"),
        ("name", "J.R. Smith", "J R  Smith"),
        ("name", "Strauß", "STRAUSS"),
        ("organisation", "A.B.C. Food & Wine, Ltd.", "ABC Food and Wine Ltd"),
        ("organisation", "某某（集团）有限公司", "某某集团有限公司"),
        ("title", "Query-Processing: a Survey.", "query processing a survey"),
        ("address", "12, High St. Apt #4", "12 HIGH ST APT 4"),
        ("postcode", "sw1a 1aa", "SW1A1AA"),
        ("code", "a b", "AB"),
        ("phone", "+44 (0)20 7946 0000", "020 7946 0000 x 12"),
        ("phone", "+86-13800138000", "13800138000"),
    ],
)
def test_two_spellings_have_one_matched_form(kind: str, left: str, right: str) -> None:
    assert matched(kind, left) == matched(kind, right) is not None


def test_legal_form_keeps_organisations_apart() -> None:
    assert matched("organisation", "Acme Ltd") != matched("organisation", "Acme plc")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("resident_id", "11010519491231002X", True),
        ("resident_id", "440524188001010014", True),
        ("resident_id", "440308199901101512", True),
        ("resident_id", "810000199408230021", True),
        ("resident_id", "830000199201300022", True),
        ("resident_id", "110105194912310021", False),
        ("resident_id", "330199197002300018", False),
        ("resident_id", "330199620927690", False),
        ("uscc", "91350100M000100Y43", True),
        ("uscc", "91110000600037341L", True),
        ("uscc", "91350100M000100Y4Z", False),
        ("uscc", "91350100M000100Y44", False),
        ("organisation_code", "D2143569X", True),
        ("organisation_code", "600037341", True),
        ("organisation_code", "600037342", False),
        ("organisation_code", "91110000600037341L", False),
        ("registration_number", "110108000000016", True),
        ("registration_number", "110108000000061", False),
        ("registration_number", "3301991000001", True),
        ("registration_number", "企独沪总字第000001号", True),
        ("registration_number", "91110000600037341L", False),
        ("registration_number", None, None),
        ("number", "7.5", True),
        ("number", "seven", False),
        ("date", None, None),
        ("uscc", None, None),
        ("resident_id", None, None),
    ],
)
def test_validity(kind: str, text: str | None, expected: bool | None) -> None:
    assert is_valid(kind, text) is expected


@pytest.mark.parametrize("kind", KINDS)
def test_missing_and_blank_become_null(kind: str) -> None:
    assert [cleaned(kind, text) for text in (None, "", " \t\u3000")] == [None, None, None]
    assert matched(kind, None) is None


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_keep_the_column_name_and_can_be_pickled(kind: str) -> None:
    one = KINDS[kind]
    frame = pl.DataFrame({"x": ["1980"]})
    assert frame.select(one.clean(pl.col("x"))).columns == frame.select(one.match(pl.col("x"))).columns == ["x"]
    assert pickle.loads(pickle.dumps(one.clean)) is one.clean
    assert pickle.loads(pickle.dumps(one.match)) is one.match
