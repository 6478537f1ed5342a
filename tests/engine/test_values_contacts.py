"""Telephone numbers and e-mail addresses as departments write them (rule N8)."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values.contacts import clean_phone, is_email, is_phone, match_phone


def phone(text: str) -> str:
    return str(pl.DataFrame({"x": [text]}).select(clean_phone(pl.col("x"))).item())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("(86)13800138000", "13800138000"),
        ("17951-13800138000", "13800138000"),
        ("1259313800138000", "13800138000"),
        ("13800138000/13900139000", "13800138000"),
        ("13800138000、0571-88880000", "13800138000"),
        ("13800138000 13900139000", "13800138000"),
        ("0571-88880000", "057188880000"),
        ("(0571)88880000", "057188880000"),
        ("057188880000", "057188880000"),
        ("88880000", "88880000"),
        ("0571-88880000转8012", "057188880000x8012"),
        ("0571-88880000-8012", "057188880000x8012"),
        ("010-88880000 分机12", "01088880000x12"),
        ("+86 0571 88880000", "+8657188880000"),
        ("0086-571-88880000", "+8657188880000"),
        ("400-800-1234", "4008001234"),
        ("800 810 1234", "8008101234"),
        ("12345", "12345"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("310/246-1501", "3102461501"),
        ("212-555-0100-12", "212555010012"),
        ("无", "无"),
    ],
)
def test_kept_number(text: str, kept: str) -> None:
    assert phone(text) == kept
    assert phone(kept) == kept


@pytest.mark.parametrize(
    "text", ["+86 0571 88880000", "0571-88880000-8012", "0571 8888 0000", "(0571)88880000转12", "0086-571-88880000"]
)
def test_one_line_has_one_matched_form(text: str) -> None:
    assert pl.DataFrame({"x": [phone(text)]}).select(match_phone(pl.col("x"))).item() == "57188880000"


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ("13800138000", True), ("+8613800138000", True), ("057188880000x8012", True), ("01088880000", True),
        ("88880000", True), ("4008001234", True), ("95588", True), ("12345", True), ("+442079460000", True),
        ("12800138000", False), ("1380013800", False), ("138001380001", False), ("0000000", False), ("无", False),
        ("+8612345", False), ("+8699999999999", False), (None, None),
    ],
)  # fmt: skip
def test_numbers_that_can_be_dialled(kept: str | None, expected: bool | None) -> None:
    frame = pl.DataFrame({"x": [kept]}, schema={"x": pl.String})
    assert frame.select(is_phone(pl.col("x"))).item() is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b+c@example.org", True), ("王伟@例子.中国", True), ("a@b", False), ("a@b..org", False), ("@b.org", False),
        ("a b@c.org", False), ("a@b@c.org", False), ("13800138000", False), (None, None),
    ],
)  # fmt: skip
def test_e_mail_addresses(text: str | None, expected: bool | None) -> None:
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    assert frame.select(is_email(pl.col("x"))).item() is expected
