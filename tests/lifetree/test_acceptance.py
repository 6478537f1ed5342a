"""The acceptance cases about persons: one build with the city's own subject, all cases and six hundred others in it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from engine.settings import load_project
from engine.settings.shipped import shipped
from engine.store import Run, open_live
from lifetree.build import CHECKS, build

FIELDS = ("name", "id_no", "permit", "birth_certificate", "birth_date", "sex", "phone", "address", "former_name")
COLUMNS = ("no", *FIELDS, "former_id_no")
DEPARTMENTS = ("police", "change", "social", "health", "school", "estate")
SOURCE = """
[[source]]
name = "{name}"
files = "{name}.csv"
key = "no"
[[source.mention]]
subject = "person"
[source.mention.fields]
{fields}
old_id_no = {{ columns = "id_no", stray = true }}
former_id_no = "former_id_no"
"""
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"


def number(birth: str, sequence: int, division: str = "330199") -> str:
    """Return the citizen number of a birth date and a sequence, with its check character (GB 11643-1999)."""
    stem = f"{division}{birth.replace('-', '')}{sequence:03d}"
    weighed = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(stem))
    return stem + "10X98765432"[weighed % 11]


def village(house: int) -> str:
    """Return an address of the invented province."""
    return f"海东省澜州市澜东区青山街道青山路{house}号"


def other(i: int) -> dict[str, str]:
    """Return one of the people whom no case is about."""
    birth = f"{1950 + i % 60}-{1 + i % 12:02d}-{1 + i % 28:02d}"
    return {
        "name": SURNAMES[i % 20] + GIVEN[i % 24] + GIVEN[(i // 24 + 7) % 24],
        "id_no": number(birth, 100 + i % 800),
        "birth_date": birth,
        "sex": "女" if (100 + i % 800) % 2 == 0 else "男",
        "phone": f"1390000{i:04d}",
        "address": village(1000 + i),
    }


T1, T2 = number("2015-03-12", 1), number("2015-03-12", 3)
HONG = number("1990-05-06", 122)
TWICE = number("1955-08-17", 211)
QIANG_WIFE = number("1982-11-02", 128)
ALIM = number("1988-04-09", 331)
YAN = number("1979-06-18", 515)
MOTHER = number("1993-02-14", 246)
PUPIL = number("2010-09-01", 407)
CASES: dict[str, dict[str, dict[str, str]]] = {
    "police": {
        "1a": {"name": "王子轩", "id_no": T1, "birth_date": "2015-03-12", "sex": "男", "phone": "13711110001", "address": village(1)},
        "1b": {"name": "王子昂", "id_no": T2, "birth_date": "2015-03-12", "sex": "男", "phone": "13711110001", "address": village(1)},
        "2a": {"name": "何秀英", "id_no": "330199196209276907", "birth_date": "1962-09-27", "sex": "女"},
        "3a": {"name": "孙老太", "id_no": "330199840203997", "birth_date": "1884-02-03"},
        "3b": {"name": "孙小平", "id_no": "33019919840203997X", "birth_date": "1984-02-03", "sex": "男"},
        "4a": {"name": "张敏", "id_no": QIANG_WIFE, "birth_date": "1982-11-02", "sex": "女", "phone": "13711110004", "address": village(4)},
        "4b": {"name": "李强", "id_no": number("1980-01-20", 311), "birth_date": "1980-01-20", "sex": "男", "phone": "13711110044", "address": village(4)},
        "5a": {"name": "赵德柱", "id_no": TWICE, "birth_date": "1955-08-17", "sex": "男", "address": village(51)},
        "5b": {"name": "钱守业", "id_no": number("1955-08-17", 213), "birth_date": "1955-08-17", "sex": "男", "address": village(52)},
        "6a": {"name": "张伟", "id_no": number("1986-07-07", 611), "birth_date": "1986-07-07", "sex": "男", "address": village(6)},
        "6b": {"name": "张伟", "id_no": number("1986-07-07", 613), "birth_date": "1986-07-07", "sex": "男", "address": village(6)},
        "7a": {"name": "李小红", "id_no": HONG, "birth_date": "1990-05-06", "sex": "女", "phone": "13711110007"},
        "8a": {"name": "王建国", "id_no": number("1960-03-03", 811), "birth_date": "1960-03-03", "sex": "男", "phone": "13711110008", "address": village(8)},
        "8b": {"name": "王建军", "id_no": number("1962-05-05", 813), "birth_date": "1962-05-05", "sex": "男", "phone": "13711110008", "address": village(8)},
        "9a": {"name": "阿卜杜拉·买买提", "id_no": ALIM, "birth_date": "1988-04-09", "sex": "男", "phone": "13711110009"},
        "10a": {"name": "王䶮", "id_no": YAN, "birth_date": "1979-06-18", "sex": "男", "phone": "13711110010"},
        "11m": {"name": "张丽", "id_no": MOTHER, "birth_date": "1993-02-14", "sex": "女", "phone": "13711110011"},
        "11c": {"name": "李一诺", "id_no": number("2019-04-05", 528), "birth_certificate": "S330199001", "birth_date": "2019-04-05", "sex": "女"},
        "12p": {"name": "周志明", "id_no": number("1981-10-10", 711), "birth_date": "1981-10-10", "sex": "男", "phone": "13711110012", "address": village(12)},
        "12c": {"name": "周小天", "id_no": number("2012-12-12", 713), "birth_date": "2012-12-12", "sex": "男", "phone": "13711110012", "address": village(12)},
        "15a": {"name": "陈港生", "id_no": number("1994-08-23", 2, "810000"), "permit": "H1234567801", "birth_date": "1994-08-23", "sex": "女"},
        "18a": {"name": "黄国栋", "id_no": number("1958-01-09", 911), "birth_date": "1958-01-09", "sex": "男", "address": village(18)},
        "18b": {"name": "黄大牛", "id_no": number("1968-01-09", 913), "birth_date": "1968-01-09", "sex": "男", "address": village(18)},
        "19a": {"name": "马桂花", "id_no": number("1965-03-12", 324), "birth_date": "1965-03-12", "sex": "女", "phone": "13711110019", "address": village(19)},
        "26a": {"name": "朱思远", "id_no": PUPIL, "birth_date": "2010-09-01", "sex": "男", "phone": "13711110026", "address": village(26)},
    },
    "change": {
        "5c": {"name": "钱守业", "id_no": number("1955-08-17", 213), "former_id_no": TWICE, "birth_date": "1955-08-17", "sex": "男"},
        "7b": {"name": "李晓虹", "id_no": HONG, "birth_date": "1990-05-06", "sex": "女", "former_name": "李小红"},
    },
    "social": {
        "2b": {"name": "何秀英", "id_no": "330199620927690"},
        "2c": {"name": "徐大海", "id_no": "330199620927690", "birth_date": "1962-09-27", "sex": "男"},
        "4c": {"name": "李强", "id_no": QIANG_WIFE, "birth_date": "1980-01-20", "sex": "男", "phone": "13711110044"},
        "5d": {"name": "钱守业", "id_no": TWICE, "birth_date": "1955-08-17", "sex": "男", "address": village(52)},
        "7c": {"name": "李小红", "birth_date": "1990-05-06", "sex": "女", "phone": "13711110007"},
        "8c": {"name": "王健国", "id_no": number("1960-03-03", 811)},
        "9b": {"name": "阿卜杜拉.买买提", "birth_date": "1988-04-09", "sex": "男", "phone": "13711110009"},
        "9c": {"name": "阿卜杜拉买买提", "birth_date": "1988-04-09", "sex": "男", "phone": "13711110009"},
        "10b": {"name": "王龑", "id_no": YAN, "birth_date": "1979-06-18"},
        "10c": {"name": "王?", "id_no": YAN, "birth_date": "1979-06-18"},
        "10d": {"name": "王\ue863", "id_no": YAN, "birth_date": "1979-06-18"},
        "10e": {"name": "WANGYAN", "id_no": YAN, "birth_date": "1979-06-18"},
        "15b": {"name": "陈港生", "permit": "H1234567800", "birth_date": "1994-08-23", "sex": "女"},
    },
    "health": {
        "1c": {"name": "王子", "birth_date": "2015-03-12", "phone": "13711110001"},
        "9d": {"name": "阿卜杜拉•买买提", "birth_date": "1988-04-09", "sex": "男", "phone": "13711110009"},
        "9e": {"name": "阿卜杜拉·买买", "birth_date": "1988-04-09", "sex": "男", "phone": "13711110009"},
        "10f": {"name": "王?", "birth_date": "1979-06-18", "phone": "13711110010"},
        "11a": {"name": "张丽之女", "id_no": MOTHER, "birth_certificate": "S330199001", "birth_date": "2019-04-05", "sex": "女", "phone": "13711110011"},
        "11b": {"name": "张丽之女", "birth_certificate": "S330199001", "birth_date": "2019-04-05", "sex": "女", "phone": "13711110011"},
        "12d": {"name": "周小天", "birth_date": "2012-12-12", "sex": "男", "phone": "13711110012"},
    },
    "school": {
        "12e": {"name": "周小天", "birth_date": "2012-12-12", "sex": "男", "phone": "13711110012", "address": village(12)},
        "26b": {"name": "朱思远", "id_no": PUPIL[:10] + str((int(PUPIL[10]) + 1) % 10) + PUPIL[11:], "birth_date": "2010-09-01", "sex": "男", "phone": "13711110026"},
    },
    "estate": {
        "6c": {"name": "张伟", "birth_date": "1986-07-07", "sex": "男", "address": village(6)},
        "15c": {"name": "陈港生", "permit": "H1234567800", "birth_date": "1994-08-23"},
        "19b": {"name": "马桂花", "birth_date": "1965-02-10", "sex": "女", "phone": "13711110019", "address": village(19)},
    },
}  # fmt: skip


class Found(NamedTuple):
    """What a build says: the entity of each record of the cases, and the run."""

    entity: dict[str, str | None]
    run: Run

    def reviewed(self) -> set[frozenset[str]]:
        """Return the pairs of case records whose signatures stand in review."""
        signed = self.run.read("record_entity", subject="person").select("signature_id", "record_id")
        pairs = self.run.read("review", subject="person").select("signature_l", "signature_r")
        named = pairs.join(signed, left_on="signature_l", right_on="signature_id").join(
            signed, left_on="signature_r", right_on="signature_id", suffix="_r"
        )
        return {frozenset(pair) for pair in named.select("record_id", "record_id_r").iter_rows()}


def project_text(judgements: bool) -> str:
    """Return the project: six departments and the city's person, trusting nobody in particular."""
    subjects = shipped("city", "subjects.toml").read_text(encoding="utf-8")
    person = re.sub(r",? *trust = \[[^]]*\]", "", subjects[: subjects.index("[subject.legal_entity]")])
    person = re.sub(r"(?m)^trust = .*\n", "", person)
    person = person.replace("[subject.person.model]", '[subject.person.model]\ncalibration = "shipped"')
    fields = "\n".join(f'{one} = "{one}"' for one in FIELDS)
    head = 'judgements = "judgements.csv"\n' if judgements else ""
    return 'name = "cases"\n' + head + "".join(SOURCE.format(name=name, fields=fields) for name in DEPARTMENTS) + person


def resolved(folder: Path, *, backwards: bool = False, judgements: str = "", buckets: int | None = None) -> Found:
    """Return what a build of all cases finds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lifetree.toml").write_text(project_text(bool(judgements)), encoding="utf-8")
    if judgements:
        (folder / "judgements.csv").write_text(judgements, encoding="utf-8")
    for department in DEPARTMENTS:
        rows = [
            {"no": f"o{i}", **other(i)} for i in range(600) if department == "police" or i % 6 == len(department) % 6
        ]
        rows += [{"no": key, **values} for key, values in CASES[department].items()]
        with (folder / f"{department}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(reversed(rows) if backwards else rows)
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=buckets)
    run = open_live(project)
    entities = run.read("record_entity", subject="person").filter(~pl.col("record_id").str.starts_with("o"))
    return Found(dict(entities.select("record_id", "entity_id").iter_rows()), run)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return resolved(tmp_path_factory.mktemp("cases"))


ONE = {
    "2 a number of 15 digits and its 18": ["2a", "2b"],
    "5 a number issued twice, then changed": ["5b", "5c", "5d"],
    "7 a changed name, and a record of the old one": ["7a", "7b", "7c"],
    "8 one typing error in the name, the same number": ["8a", "8c"],
    "9 a name with a dot, in any form, and cut": ["9a", "9b", "9c", "9d", "9e"],
    "10 a rare character, unstored or spelt": ["10a", "10b", "10c", "10d", "10e"],
    "11 a newborn under the mother's number": ["11c", "11a", "11b"],
    "12 a child under the parent's phone": ["12c", "12d", "12e"],
    "15 a travel permit renewed, and a residence permit": ["15a", "15b", "15c"],
    "19 a date of the lunar calendar, with phone and address": ["19a", "19b"],
    "26 a pupil's number with one wrong digit": ["26a", "26b"],
}
SEVERAL = {
    "1 twins": ["1a", "1b"],
    "2 another name and sex under the number of 15 digits": ["2a", "2c"],
    "3 a centenarian and one born a century later": ["3a", "3b"],
    "4 a wife's number on her husband's record": ["4a", "4b"],
    "5 two people who were given one number": ["5a", "5b"],
    "6 namesakes of one birthday and village": ["6a", "6b"],
    "8 brothers of like names": ["8a", "8b"],
    "11 mother and newborn": ["11m", "11c"],
    "12 parent and child": ["12p", "12c"],
    "18 a second hukou under another number, name and birth date": ["18a", "18b"],
}


@pytest.mark.parametrize("records", ONE.values(), ids=ONE)
def test_one_person(found: Found, records: list[str]) -> None:
    assert len({found.entity[record] for record in records}) == 1
    assert found.entity[records[0]] is not None


@pytest.mark.parametrize("records", SEVERAL.values(), ids=SEVERAL)
def test_several_persons(found: Found, records: list[str]) -> None:
    assert len({found.entity[record] for record in records}) == len(records)


def test_a_record_of_a_cut_name_and_the_mothers_phone_joins_neither_twin(found: Found) -> None:
    assert found.entity["1c"] not in (found.entity["1a"], found.entity["1b"])


def test_the_husbands_record_with_his_wifes_number_is_not_hers(found: Found) -> None:
    assert found.entity["4c"] != found.entity["4a"]


def test_a_record_that_either_namesake_could_own_joins_neither_and_goes_to_review(found: Found) -> None:
    assert found.entity["6c"] not in (found.entity["6a"], found.entity["6b"])
    assert {frozenset(("6c", "6a")), frozenset(("6c", "6b"))} <= found.reviewed()


def test_an_unstored_character_without_a_number_is_for_people_to_decide(found: Found) -> None:
    assert found.entity["10f"] != found.entity["10a"]
    assert frozenset(("10f", "10a")) in found.reviewed()


def test_a_second_hukou_is_one_person_when_people_say_so(tmp_path: Path) -> None:
    judgement = (
        "subject,source_l,record_l,role_l,source_r,record_r,role_r,judgement,decided_by,reason,decided_at\n"
        "person,police,18a,,police,18b,,same,zhou,the same photograph,2024-05-01\n"
    )
    found = resolved(tmp_path, judgements=judgement)
    assert found.entity["18a"] == found.entity["18b"]


def test_the_order_of_rows_and_the_number_of_buckets_change_nothing(found: Found, tmp_path: Path) -> None:
    again = resolved(tmp_path, backwards=True, buckets=5)

    tables = ("record_entity", "clusters", "links", "review", "profiles")
    hashes = [[run.table_hash(table, subject="person") for table in tables] for run in (found.run, again.run)]
    assert json.dumps(hashes[0]) == json.dumps(hashes[1])
