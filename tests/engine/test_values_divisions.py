"""Division codes over time: what is known, names, parts above, successors, and flags that never reject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.errors import ConfigurationError
from engine.expressions import compile_expression
from engine.values.divisions import (
    OPEN,
    Divisions,
    division_flag,
    division_name_at,
    division_path_at,
    division_successors,
    divisions_meet,
    is_known_division,
    read_divisions,
)

HEAD = "code,name,parent,valid_from,valid_to,successors\n"


def answer(expr: pl.Expr, **row: Any) -> Any:
    return pl.DataFrame({key: [value] for key, value in row.items()}).select(expr).to_series()[0]


def successors(code: str, on: int, since: int | None = None, table: Divisions | None = None) -> list[str]:
    found: pl.Series = answer(division_successors(pl.col("code"), on, since=since, table=table), code=code)
    return found.to_list()


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        pytest.param("330184", 2024, ["330110", "330113"], id="Yuhang city came to two districts by the split of 2021"),
        pytest.param("330110", 2024, ["330110", "330113"], id="Yuhang district and what left it"),
        pytest.param("330125", 2024, ["330110", "330113"], id="the county through three steps"),
        pytest.param("330184", 2020, ["330110"], id="before the split"),
        pytest.param("330184", 2000, ["330184"], id="still in force"),
        pytest.param("330184", 1990, [], id="a year before the code"),
        pytest.param("110103", 2024, ["110101"], id="Chongwen went to Dongcheng"),
        pytest.param("110223", 2024, ["110112"], id="Tong county is Tongzhou district"),
        pytest.param("330121", 2020, ["330109"], id="Xiaoshan county, two cities, a district"),
        pytest.param("330199", 2024, [], id="unknown"),
    ],
)
def test_where_an_area_lies_in_a_later_year(code: str, on: int, expected: list[str]) -> None:
    assert successors(code, on) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param(2010, ["330110", "330113"], id="a record before the split may mean both"),
        pytest.param(2023, ["330110"], id="a record after it means what is left"),
    ],
)
def test_parts_that_had_left_before_the_record_do_not_count(since: int, expected: list[str]) -> None:
    assert successors("330110", 2024, since) == expected


def test_an_outdated_code_is_read_as_of_its_end() -> None:
    assert successors("110103", 2024, since=2015) == ["110101"]


def test_a_code_given_again_to_another_area_does_not_lead_there() -> None:
    # 132201 was the city of Xingtai until 1983 and is Nangong from 1986
    assert "130581" not in successors("132201", 2024, since=1982)
    assert successors("132201", 2024, since=1987) == ["130581"]


def test_every_county_code_ever_in_force_leads_to_codes_in_force_today() -> None:
    spans = read_divisions().spans
    today = spans.filter(pl.col("valid_to") == OPEN)["code"].implode()
    counties = spans.filter(~pl.col("code").str.ends_with("00")).select("code").unique()
    came_to = counties.select("code", division_successors(pl.col("code"), 2024).alias("to"))
    assert came_to.filter(pl.col("to").list.len() == 0)["code"].to_list() == []
    assert came_to.explode("to").filter(~pl.col("to").is_in(today)).is_empty()


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param("330110", "330113", True, id="old district, new district of the split"),
        pytest.param("330184", "330113", True, id="old city, new district of the split"),
        pytest.param("330184001", "330113", True, id="a township of it"),
        pytest.param("110103", "110101", True, id="merged"),
        pytest.param("330109", "330113", False, id="another district"),
        pytest.param("330199", "330113", None, id="unknown says nothing"),
    ],
)
def test_an_address_in_a_split_district_is_no_conflict(left: str, right: str, expected: bool | None) -> None:
    assert answer(divisions_meet(pl.col("l"), pl.col("r")), l=left, r=right) is expected


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        pytest.param("330113", "1990-05-01", "late_registration", id="birth before the code"),
        pytest.param("110112", "1996-12-31", "late_registration", id="Tongzhou is a district since 1997"),
        pytest.param("110112", "1997-01-01", None, id="and is one in that year"),
        pytest.param("110103", "2011-01-01", "not_then", id="Chongwen was revoked in 2010"),
        pytest.param("110103", "2010-03-01", None, id="the year of the change belongs to both"),
        pytest.param("110103", "1950-03-01", None, id="before the first list nothing is known"),
        pytest.param("130107", "1990-06-01", "not_then", id="between two spans"),
        pytest.param("330199", "2000-01-01", "unknown_area", id="in no list"),
        pytest.param("abc", "2000-01-01", "unknown_area", id="no code at all"),
        pytest.param("110103", None, None, id="without a year"),
        pytest.param(None, "2000-01-01", None, id="null"),
    ],
)
def test_flags(code: str | None, on: str | None, expected: str | None) -> None:
    frame = pl.DataFrame({"code": [code], "on": [on]}, schema={"code": pl.String, "on": pl.String})
    assert frame.select(division_flag(pl.col("code"), pl.col("on"))).item() == expected


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("420600", 2009, "襄樊市"),
        ("420600", 2010, "襄阳市"),
        ("110112", 1997, "通州区"),
        ("110112", 1996, None),
        ("330109", 2001, "萧山区"),
        ("330181", 2000, "萧山市"),
        ("330121", 1985, "萧山县"),
        ("110103", 2010, "崇文区"),
        ("110103", 2011, None),
    ],
)
def test_a_name_in_its_year(code: str, on: int, expected: str | None) -> None:
    assert answer(division_name_at(pl.col("code"), on), code=code) == expected


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("420602", 2009, {"province": "湖北省", "city": "襄樊市", "county": "襄城区"}),
        ("420602", 2015, {"province": "湖北省", "city": "襄阳市", "county": "襄城区"}),
        ("330100", 2015, {"province": "浙江省", "city": "杭州市", "county": None}),
        ("330000", 2015, {"province": "浙江省", "city": None, "county": None}),
        ("339005", 1988, {"province": "浙江省", "city": None, "county": "萧山市"}),
        ("330199", 2015, None),
    ],
)
def test_a_path_in_its_year(code: str, on: int, expected: dict[str, str | None] | None) -> None:
    assert answer(division_path_at(pl.col("code"), on), code=code) == expected


def test_dates_and_text_are_read_by_their_year_and_rows_keep_their_order() -> None:
    frame = pl.DataFrame(
        {"code": ["420600", "110103", None, "420600"], "on": ["2011-01-01", "2000-01-01", "2000-01-01", "1999-01-01"]}
    )
    as_dates = frame.with_columns(pl.col("on").str.to_date())
    for given in (frame, as_dates):
        names = given.select(division_name_at(pl.col("code"), pl.col("on")))["code"]
        assert names.to_list() == ["襄阳市", "崇文区", None, "襄樊市"]


def test_a_project_brings_its_own_table(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        HEAD
        + "390000,虚省,,1980-01-01,,\n390102,甲区,390000,1980-01-01,2015-06-30,390103@2015\n390103,乙区,390000,2015-07-01,,\n",
        encoding="utf-8",
    )
    table = read_divisions(own)
    assert successors("390102", 2024, table=table) == ["390103"]
    assert answer(division_name_at(pl.col("code"), 2014, table=table), code="390102") == "甲区"
    assert answer(is_known_division(pl.col("code"), table=table), code="110101") is True
    assert answer(division_name_at(pl.col("code"), 2014), code="390102") == "澜东区"


@pytest.mark.parametrize(
    ("code", "on", "name", "came_to"),
    [
        ("390124", 1999, "云溪县", ["390106"]),
        ("390110", 2022, "临湖区", ["390110", "390111"]),
        ("391102", 2024, "清坪区", ["391102"]),
    ],
)
def test_the_invented_province_is_known_with_its_changes(code: str, on: int, name: str, came_to: list[str]) -> None:
    assert answer(division_name_at(pl.col("code"), on), code=code) == name
    assert successors(code, 2024) == came_to
    assert answer(is_known_division(pl.col("code")), code="390199") is False


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(HEAD + "110101,甲,110000,1990,,\n", "110101 is in two tables", id="a code of the shipped table"),
        pytest.param("code,name\n390101,甲\n", "no column 'parent'", id="a column is missing"),
        pytest.param(HEAD + "390101,甲,390000,,,\n", "390101 has no year in 'valid_from'", id="no first year"),
        pytest.param(
            HEAD + "390101,甲,390000,1990,2000,390102\n", "successors '390102'", id="a successor without its year"
        ),
    ],
)
def test_a_table_with_a_fault_is_refused(tmp_path: Path, text: str, told: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        read_divisions(own)


def test_division_name_in_an_expression() -> None:
    frame = pl.DataFrame({"area": ["330110", "420600", "110103", "330199", None]})
    named = compile_expression("division_name(area)", columns=frame.columns).append_to(frame, name="out")["out"]
    assert named.to_list() == ["浙江省杭州市余杭区", "湖北省襄阳市", "北京市崇文区", None, None]
