"""Code lists: code and name both ways, many spellings, what is unknown stays."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values.codes import CodeList, is_listed, read_codes, to_code, to_name

SIZES = {
    "sex": 4, "marital_status": 8, "ethnic_groups": 58, "family_relations": 84, "education": 40, "political_status": 13,
    "employment_status": 13, "occupations": 8, "industries": 20, "countries": 249, "certificate_types": 64,
}  # fmt: skip


def one(value: str | None) -> pl.DataFrame:
    return pl.DataFrame({"x": [value]}, schema={"x": pl.String})


@pytest.mark.parametrize(
    ("codes", "given", "code"),
    [
        ("sex", "男", "1"), ("sex", "女性", "2"), ("sex", "Ｆ", "2"), ("sex", "0", "0"), ("sex", "未说明的性别", "9"),
        ("marital_status", "离异", "40"), ("marital_status", "未婚", "10"), ("marital_status", "22", "22"),
        ("ethnic_groups", "汉", "01"), ("ethnic_groups", "基诺族", "56"), ("ethnic_groups", "mh", "06"),
        ("ethnic_groups", "Uygur", "05"), ("ethnic_groups", "崩龙族", "46"), ("ethnic_groups", "3", "03"),
        ("family_relations", "户主", "02"), ("family_relations", "妻子", "12"), ("family_relations", "外 祖 母", "64"),
        ("education", "博士", "11"), ("education", "大专", "30"), ("education", "初中毕业", "71"), ("education", "中专", "41"),
        ("political_status", "共青团员", "03"), ("political_status", "13", "13"),
        ("employment_status", "公务员", "11"), ("occupations", "军人", "70000"), ("industries", "ｃ", "C"),
        ("countries", "CN", "CHN"), ("countries", "156", "CHN"), ("countries", "美利坚合众国", "USA"),
        ("countries", "大韩民国", "KOR"), ("countries", "香港", "HKG"), ("countries", "Germany", "DEU"),
    ],
)  # fmt: skip
def test_every_spelling_leads_to_the_code_and_from_there_to_the_name(codes: str, given: str, code: str) -> None:
    chosen = CodeList(codes)
    assert one(given).select(to_code(pl.col("x"), chosen)).item() == code
    name = read_codes(chosen).filter(pl.col("code") == code)["name"].item()
    assert one(given).select(to_name(pl.col("x"), chosen)).item() == name
    assert one(name).select(to_code(pl.col("x"), chosen)).item() == code


@pytest.mark.parametrize("given", ["穿青人", "57", "", " X "])
def test_what_is_unknown_stays_and_is_told_apart(given: str) -> None:
    frame = one(given)
    assert frame.select(to_code(pl.col("x"), CodeList.ETHNIC_GROUPS)).item() == given
    assert frame.select(to_name(pl.col("x"), CodeList.ETHNIC_GROUPS)).item() == given
    assert frame.select(is_listed(pl.col("x"), CodeList.ETHNIC_GROUPS)).item() is False


def test_null_stays_null() -> None:
    frame = one(None)
    for function in (to_code, to_name, is_listed):
        assert frame.select(function(pl.col("x"), CodeList.SEX)).item() is None


@pytest.mark.parametrize("codes", list(CodeList))
def test_a_list_is_whole_and_no_spelling_means_two_codes(codes: CodeList) -> None:
    table = read_codes(codes)
    assert table.height == SIZES[codes]
    assert table["code"].is_unique().all()
    assert table.select(pl.col("name", "standard", "source").null_count()).row(0) == (0, 0, 0)
    columns = [column for column in table.columns if column not in {"standard", "source", "spellings"}]
    every = pl.concat_list(*columns, pl.col("spellings").fill_null("").str.split("|"))
    said = table.select("code", spelling=every).explode("spelling").filter(pl.col("spelling") != "")
    wrong = said.with_columns(found=to_code(pl.col("spelling"), codes)).filter(pl.col("found") != pl.col("code"))
    assert wrong.rows() == []


def test_the_56_ethnic_groups_have_their_letters() -> None:
    table = read_codes(CodeList.ETHNIC_GROUPS).filter(pl.col("letters").is_not_null())
    assert table["code"].to_list() == [f"{number:02d}" for number in range(1, 57)]
    assert table["letters"].is_unique().all()
    assert dict(table.select("name", "letters").rows())["傣族"] == "DA"
