"""Kinds of coded values: every usual wording becomes the code, former codes too, and what is in no list is not valid."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values import KINDS


def kept(kind: str, text: str | None) -> tuple[str | None, bool | None]:
    one = KINDS[kind]
    assert one.valid is not None
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(one.clean(pl.col("x")))
    return frame.item(), frame.select(one.valid(pl.col("x"))).item()


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("marital_status", "已婚", "20"), ("marital_status", "有配偶", "20"), ("marital_status", "1", "10"),
        ("marital_status", "2", "20"), ("marital_status", "3", "30"), ("marital_status", "4", "40"),
        ("marital_status", "9", "90"), ("marital_status", "22", "22"), ("marital_status", " 离 异 ", "40"),
        ("ethnicity", "汉", "01"), ("ethnicity", "汉族", "01"), ("ethnicity", "ha", "01"), ("ethnicity", "１", "01"),
        ("family_relation", "妻", "12"), ("family_relation", "03", "02"), ("family_relation", "98", "99"),
        ("education", "大学本科", "20"), ("education", "29", "23"), ("education", "39", "33"), ("education", "51", "47"),
        ("education", "59", "49"), ("education", "69", "63"), ("education", "79", "73"), ("education", "89", "83"),
        ("political_status", "中共党员", "01"), ("employment_status", "学生", "31"), ("country", "156", "CHN"),
        ("country", "cn", "CHN"), ("country", "美国", "USA"), ("certificate_type", "身份证", "111"),
        ("certificate_type", "护照", "414"), ("certificate_type", "回乡证", "516"), ("certificate_type", "990", "990"),
        ("industry", "制造业", "C"), ("industry", "c", "C"), ("industry", "3011", "C3011"), ("industry", "C3011", "C3011"),
        ("industry", "01", "A01"), ("occupation", "军人", "70000"), ("occupation", "2-02-10", "2-02-10"),
        ("sex", "男", "男"), ("sex", "2", "2"), ("sex", "未知的性别", "未知的性别"),
    ],
)  # fmt: skip
def test_a_usual_wording_becomes_a_valid_code(kind: str, text: str, code: str) -> None:
    assert kept(kind, text) == (code, True)
    assert kept(kind, code) == (code, True)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("marital_status", "同居"), ("marital_status", "5"), ("ethnicity", "57"), ("family_relation", "朋友"),
        ("education", "68"), ("education", "文盲"), ("political_status", "14"), ("employment_status", "99"),
        ("country", "YUG"), ("certificate_type", "999"), ("industry", "Z01"), ("industry", "A30"), ("industry", "00"),
        ("occupation", "90000"), ("sex", "3"), ("sex", "两"),
    ],
)  # fmt: skip
def test_what_is_in_no_list_stays_and_is_not_valid(kind: str, text: str) -> None:
    assert kept(kind, text) == (text, False)


@pytest.mark.parametrize(
    "kind", ["marital_status", "ethnicity", "education", "country", "industry", "occupation", "sex"]
)
def test_null_stays_null_and_is_neither(kind: str) -> None:
    assert kept(kind, None) == (None, None)
