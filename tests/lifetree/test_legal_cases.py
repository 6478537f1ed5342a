"""Legal entities renamed, named again, branched off and merged, through a whole build with the city's own subject."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from engine.settings import load_project
from engine.settings.shipped import shipped
from engine.store import open_live
from engine.values.credit_codes import is_uscc
from engine.values.registration_numbers import is_registration_number
from lifetree.build import CHECKS, build

HEAD = "no,name,uscc,org,reg,founded,phone,address"
SOURCE = """
[[source]]
name = "{name}"
files = "{name}.csv"
key = "no"
[[source.mention]]
subject = "legal_entity"
[source.mention.fields]
name = "name"
uscc = "uscc"
org_code = {organisation}
reg_no = {registration}
founded = "founded"
phone = "phone"
address = "address"
"""
SOURCES = {
    "market": {"organisation": '"org"', "registration": '"reg"'},
    "penalty": {
        "organisation": '{ columns = "uscc", stray = true }',
        "registration": '{ columns = "uscc", stray = true }',
    },
}
"""Where the older numbers of each source stand: the second has one column for all numbers."""
TRADES = ("物流", "电子", "食品", "纺织", "旅游")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(serial: int, kind: str = "91") -> str:
    """Return a valid credit code of division 330199; places 9 to 17 are its organisation code.

    `kind` is the registering department and the form: 11 agency, 12 institution, 51 association, 91 firm, 92 a person
    in business.
    """
    body = [int(digit) for digit in f"{serial:08d}"]
    check = "0123456789X0"[11 - sum(a * b for a, b in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11]
    stem = f"{kind}330199{serial:08d}{check}"
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(stem))
    return stem + LETTERS[(31 - total % 31) % 31]


def organisation(serial: int) -> str:
    return code(serial)[8:17]


def registration(serial: int) -> str:
    """Return a valid registration number of division 330199."""
    stem, carry = f"330199{serial:08d}", 10
    for digit in stem:
        carry = 2 * ((carry + int(digit)) % 10 or 10) % 11
    return stem + str((11 - carry) % 10)


OTHERS = [
    f"f{i},澜州{'恒鑫瑞泰宏盛嘉永'[i % 8]}{'达丰源泰通盛华'[i % 7]}{TRADES[i % 5]}有限公司,{code(20000 + i)},,,"
    f"{2000 + i % 20}-0{1 + i % 9}-1{i % 10},0599200{i:04d},澜州市澜东区青年路{i + 1}号"
    for i in range(60)
]  # fmt: skip


def entities(folder: Path, *, market: tuple[str, ...], penalty: tuple[str, ...] = ()) -> dict[str, str | None]:
    """Return the entity of each record, in a city of sixty other firms that both sources know."""
    subjects = shipped("city", "subjects.toml").read_text(encoding="utf-8")
    legal = re.sub(
        r", trust = \[[^]]*\]",
        "",
        subjects[subjects.index("[subject.legal_entity]") : subjects.index("[subject.building]")],
    )
    sources = "".join(SOURCE.format(name=name, **older) for name, older in SOURCES.items())
    (folder / "lifetree.toml").write_text(sources + legal, encoding="utf-8")
    for name, rows in zip(SOURCES, (market, penalty), strict=True):
        (folder / f"{name}.csv").write_text("\n".join([HEAD, *OTHERS, *rows]) + "\n", encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    build(project)
    found = (
        open_live(project)
        .read("record_entity", subject="legal_entity")
        .filter(~pl.col("record_id").str.starts_with("f"))
    )
    return dict(found.select("record_id", "entity_id").iter_rows())


def test_a_firm_renamed_three_times_is_one_through_all_its_numbers(tmp_path: Path) -> None:
    market = (
        f"1,澜州甲丰贸易有限公司,,{organisation(7)},{registration(1)},2001-05-08,05991111111,澜州市澜东区湖滨路1号",
        f"2,澜州乙丰贸易有限公司,,{organisation(7)},,2001-05-08,05991111111,澜州市澜东区湖滨路1号",
        f"3,澜州丙丰商务有限公司,{code(7)},,,2001-05-08,05991111112,澜州市北桥区学院路9号",
        f"4,澜州丁泰控股有限公司,{code(7)},,,2001-05-08,05991111113,澜州市北桥区学院路9号",
    )

    found = entities(tmp_path, market=market, penalty=(f"2009,澜州乙丰贸易有限公司,{registration(1)},,,,,",))

    assert len(set(found.values())) == 1


def test_all_names_of_a_renamed_firm_are_kept(tmp_path: Path) -> None:
    names = [f"澜州{one}丰贸易有限公司" for one in "甲乙丙丁"]
    found = entities(tmp_path, market=tuple(f"{i},{name},{code(7)},,,,," for i, name in enumerate(names)))

    values = open_live(load_project(tmp_path)).read("attribute_values", subject="legal_entity")
    of = values.filter((pl.col("entity_id") == found["0"]) & (pl.col("attribute") == "name"))
    assert sorted(of["value"].unique()) == sorted(names)


def test_a_name_borne_again_is_another_firm(tmp_path: Path) -> None:
    market = (
        f"old,澜州华腾装饰有限公司,,{organisation(8)},{registration(2)},1999-03-02,05991111111,澜州市澜东区湖滨路1号",
        f"new,澜州华腾装饰有限公司,{code(9)},,,2015-11-03,05991111111,澜州市澜东区湖滨路1号",
    )

    found = entities(tmp_path, market=market, penalty=(f"2011,澜州华腾装饰有限公司,{registration(2)},,,,,",))

    assert found["old"] == found["2011"] != found["new"]


def test_bodies_of_five_kinds_that_bear_one_name_are_five(tmp_path: Path) -> None:
    kinds = ("11", "12", "51", "91", "92")
    market = tuple(f"{kind},张伟,{code(300 + place, kind)},,,2010-03-02,," for place, kind in enumerate(kinds))

    found = entities(tmp_path, market=market, penalty=(f"later,张伟,{code(304, '92')},,,,,",))

    assert len({found[kind] for kind in kinds}) == 5
    assert found["later"] == found["92"]


def test_a_branch_is_not_its_parent(tmp_path: Path) -> None:
    place = "05991111111,澜州市澜东区湖滨路1号"
    market = (
        f"parent,澜州华腾装饰有限公司,{code(8)},,,2010-03-02,{place}",
        f"branch,澜州华腾装饰有限公司云溪区分公司,{code(9)},,,2012-11-03,{place}",
    )
    penalty = (
        f"p,澜州华腾装饰有限公司,{code(8)},,,,{place}",
        f"b,澜州华腾装饰有限公司云溪区分公司,{organisation(9)},,,,{place}",
    )

    found = entities(tmp_path, market=market, penalty=penalty)

    assert found["parent"] == found["p"] != found["branch"] == found["b"]


def test_a_firm_absorbed_by_another_and_its_successor_stay_two(tmp_path: Path) -> None:
    place = "05991111111,澜州市澜东区湖滨路1号"
    market = (
        f"a,澜州甲丰贸易有限公司,{code(8)},,,2001-05-08,{place}",
        f"b,澜州乙源贸易有限公司,,{organisation(9)},,2003-06-09,05992222222,澜州市北桥区学院路9号",
    )
    penalty = (
        f"a-2021,澜州甲丰贸易有限公司,{code(8)},,,,{place}",
        f"b-2021,澜州乙源贸易有限公司,{code(9)},,,,{place}",
    )

    found = entities(tmp_path, market=market, penalty=penalty)

    assert found["a"] == found["a-2021"] != found["b"] == found["b-2021"]


def test_a_merger_of_two_makes_a_third(tmp_path: Path) -> None:
    place = "05991111111,澜州市澜东区湖滨路1号"
    market = (
        f"a,澜州甲丰贸易有限公司,,{organisation(8)},,2001-05-08,{place}",
        f"b,澜州乙源贸易有限公司,{code(9)},,,2003-06-09,{place}",
        f"c,澜州甲丰贸易有限公司,{code(10)},,,2020-06-30,{place}",
    )

    assert len(set(entities(tmp_path, market=market).values())) == 3


@pytest.mark.parametrize("serial", [1, 7, 60003734])
def test_the_numbers_of_this_file_are_valid(serial: int) -> None:
    frame = pl.DataFrame({"code": [code(serial)], "number": [registration(serial)]})

    assert frame.select(is_uscc(pl.col("code")), is_registration_number(pl.col("number"))).row(0) == (True, True)


def test_a_name_alone_in_another_form_stays_unresolved(tmp_path: Path) -> None:
    market = (
        f"long,澜州甲丰贸易有限公司,{code(8)},,,2001-05-08,05991111111,澜州市澜东区湖滨路1号",
        "short,澜州甲丰贸易公司,,,,,,",
    )

    found = entities(tmp_path, market=market)

    assert found["long"] is not None
    assert found["short"] is None


@pytest.mark.parametrize("number", [organisation(8), registration(3)], ids=["organisation code", "registration number"])
def test_an_older_number_typed_for_the_credit_code_is_recognised(tmp_path: Path, number: str) -> None:
    place = "2001-05-08,05991111111,澜州市澜东区湖滨路1号"
    market = (f"1,澜州甲丰贸易有限公司,,{organisation(8)},{registration(3)},{place}",)

    assert len(set(entities(tmp_path, market=market, penalty=(f"2,,{number},,,,,",)).values())) == 1
