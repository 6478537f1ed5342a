"""Batch rules in a build: deliveries that are refused, data sets overdue, values that too many bear."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.catalogue import merge, read_catalogue, write_catalogue
from engine.errors import ConfigurationError, InputError
from engine.settings import Project, load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS, build
from lifetree.explanation import why_not

PROJECT = """
{head}
[[source]]
name = "civil"
files = "civil*.csv"
key = "no"
{source}
[[source.mention]]
subject = "person"
fields = {{ name = "name", born = "born", phone = "phone" }}
[subject.person]
attributes = {{ name = "name", born = "date", phone = "phone" }}
sufficient = [["name", "born"]]
blocking = ["phone", ["name", "born"]]
comparison = [{{ attribute = "name" }}, {{ attribute = "born", kind = "date" }}, {{ attribute = "phone" }}]
"""
MONTHLY = 'delivered_at = { "civil1.csv" = 2024-01-31, "civil2.csv" = 2024-02-29 }'
SYLLABLES = ("Bel", "Cor", "Dan", "Fen", "Gar", "Hol", "Jen", "Kor", "Lum", "Mar")


def names(count: int) -> list[str]:
    return [f"{SYLLABLES[place // 10 % 10]}{SYLLABLES[place % 10].lower()}" for place in range(count)]


def rows(count: int, *, first: int = 0, phone: str | None = None) -> str:
    """Return so many persons, each with a phone of its own unless all share `phone`."""
    lines = [
        f"{place},{name},19{60 + place % 40}-0{1 + place % 9}-11,{phone or 5550000000 + place}\n"
        for place, name in enumerate(names(count), start=first)
    ]
    return "no,name,born,phone\n" + "".join(lines)


def project_of(folder: Path, *, source: str = MONTHLY, head: str = "", **files: str) -> Project:
    (folder / "lifetree.toml").write_text(PROJECT.format(head=head, source=source), encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return load_project(folder, checks=CHECKS)


def built(folder: Path, *, buckets: int = 2, **settings: Any) -> tuple[dict[str, Any], Run]:
    project = project_of(folder, **settings)
    return build(project, buckets=buckets), open_live(project)


def kept(run: Run) -> set[str]:
    return set(run.read("records", subject="person")["record_id"])


def test_a_short_delivery_is_refused_and_the_records_before_stay(tmp_path: Path) -> None:
    summary, run = built(tmp_path, civil1=rows(40), civil2=rows(19, phone="5559999999"))

    assert kept(run) == {str(number) for number in range(40)}
    assert "5559999999" not in set(run.read("records", subject="person")["phone"])
    (account,) = summary["accounts"]
    assert account == {
        "source": "civil", "rows_in": 59, "kept": 40, "quarantined": 19, "exact_duplicates": 0, "superseded": 0,
    }  # fmt: skip
    rejects = run.read("rejects")
    assert rejects.select("file", "rule").unique().rows() == [("civil2.csv", "I5")]
    batches = run.read("batches").select("file", "rows", "history_rows", "rule").rows()
    assert batches == [("civil1.csv", 40, None, None), ("civil2.csv", 19, 40, "I5")]
    finding = run.read("findings").filter(pl.col("rule") == "I5").row(0, named=True)
    told = tuple(finding[name] for name in ("role", "action", "field", "before", "after"))
    assert told == ("batch", "quarantine", "delivery_rows", "19", "40")
    (note,) = (note for note in summary["notes"] if "QUARANTINED" in note)
    assert "civil2.csv" in note
    assert "rule I5" in note
    assert "declared_rows" in note


@pytest.mark.parametrize(
    "settings",
    [
        {"civil2": rows(20)},
        {"civil2": rows(19), "source": f'{MONTHLY}\ndeclared_rows = {{ "civil2.csv" = 19 }}'},
        {"civil2": rows(19), "head": '[rules]\noff = ["I5"]'},
        {"civil2": rows(19), "head": "[rules.limits]\nI5 = 0.4"},
        {"civil2": rows(19), "source": ""},
    ],
    ids=["half is enough", "declared", "switched off", "another limit", "no delivery dates"],
)
def test_a_delivery_is_taken(tmp_path: Path, settings: dict[str, str]) -> None:
    summary, run = built(tmp_path, civil1=rows(40), **settings)

    (account,) = summary["accounts"]
    assert account["quarantined"] == run.read("rejects").height == 0
    assert run.read("batches")["rule"].to_list() == [None, None]
    assert account["rows_in"] == sum(account[fate] for fate in ("kept", "exact_duplicates", "superseded"))


def test_a_project_whose_every_delivery_is_refused_is_told_why(tmp_path: Path) -> None:
    project = project_of(tmp_path, source="declared_rows = 41", civil1=rows(40))

    with pytest.raises(InputError, match="rows 40, expected 41"):
        build(project, buckets=1)


def test_a_delivery_that_comes_anew_is_read_alone_and_the_same_build_again_runs_nothing(tmp_path: Path) -> None:
    built(tmp_path, civil1=rows(40), civil2=rows(19))
    summary, run = built(tmp_path, civil1=rows(40), civil2=rows(40, first=40))
    again, _ = built(tmp_path, civil1=rows(40), civil2=rows(40, first=40))

    ran = {stage["name"]: (stage["tasks"], stage["ran"]) for stage in summary["stages"]}
    assert ran["ingest"] == (2, 1)
    assert len(kept(run)) == 80
    assert again["run_id"] == summary["run_id"]
    assert sum(stage["ran"] for stage in again["stages"]) == 0


CATALOGUE = """信息资源分类,信息资源名称,信息资源代码,信息资源提供方,信息资源提供方代码,信息资源摘要,信息资源格式,\
信息项名称,数据类型,数据长度,更新周期,共享类型,共享条件,共享方式,不予共享依据,是否向社会开放,开放条件,发布日期,所属应用系统
部门/民政,登记,1010010001/1,民政局,91350100M000100Y43,登记,数据库,no,数值型,{length},每月,无条件共享,,接口,,否,,2019-06-01,系统
,,,,,,,name,字符型,50,,,,,,,,,
,,,,,,,born,日期型,10,,,,,,,,,
,,,,,,,phone,字符型,20,,,,,,,,,
"""


def catalogued(folder: Path, *, length: int) -> dict[str, str]:
    """Make a catalogue whose entry allows numbers of so many digits; return the settings that name it."""
    (folder / "entries.csv").write_text(CATALOGUE.format(length=length), encoding="utf-8")
    imported = read_catalogue(folder / "entries.csv")
    write_catalogue(folder / "catalogue", merge(None, imported).catalogue, imported.faults)
    return {"head": '[project]\ncatalogue = "catalogue"', "source": f'{MONTHLY}\ncatalogue = "1.01.001.0001/1"'}


@pytest.mark.parametrize(("length", "refused"), [(2, False), (1, True)], ids=["two digits", "one digit"])
def test_a_delivery_is_held_against_its_entry_of_the_catalogue(tmp_path: Path, length: int, refused: bool) -> None:
    fitting = rows(9)
    summary, run = built(tmp_path, civil1=fitting, civil2=rows(30), **catalogued(tmp_path, length=length))

    assert run.read("batches")["rule"].to_list() == [None, "S6" if refused else None]
    assert run.read("batches")["cycle_days"].to_list() == [31, 31]
    assert (summary["accounts"][0]["quarantined"] == 30) is refused
    if refused:
        assert "no: 20 of 30 values are no number of 1, such as '10'" in run.read("rejects")["reason"][0]


def test_an_overdue_source_has_a_finding_and_keeps_its_rows(tmp_path: Path) -> None:
    other = '[[source]]\nname = "other"\nfiles = "late.csv"\ndelivered_at = "2024-04-16"\n'
    mention = '[[source.mention]]\nsubject = "person"\nfields = { name = "name", born = "born" }\n'
    settings = {"head": f"{other}{mention}", "source": f'{MONTHLY}\ncycle = "每月"'}

    _, run = built(tmp_path, civil1=rows(9), civil2=rows(9, first=9), late=rows(3), **settings)

    found = run.read("findings").filter(pl.col("rule") == "I6")
    assert found.select("source", "field", "before", "action").rows() == [
        ("civil", "delivered_at", "2024-02-29", "flag")
    ]
    assert run.read("rejects").is_empty()


DUMMY = "13800138000"


def shared_phone(folder: Path, count: int, *, buckets: int = 2, seed: int = 0, **settings: Any) -> Run:
    """Build with so many persons of one phone among others; the order of rows is that of the seed."""
    lines = rows(count, phone=DUMMY).splitlines()[1:] + rows(20, first=count).splitlines()[1:]
    random.Random(seed).shuffle(lines)
    text = "\n".join(["no,name,born,phone", *lines])
    return built(folder, buckets=buckets, source="", civil1=text, **settings)[1]


@pytest.mark.parametrize(("bearers", "demoted"), [(31, True), (30, False)], ids=["31 names", "30 names"])
def test_a_phone_of_too_many_joins_nobody_and_profiles_keep_it(tmp_path: Path, bearers: int, demoted: bool) -> None:
    run = shared_phone(tmp_path, bearers)

    masses = run.read("mass_values", subject="person").select("attribute", "value", "names", "births").rows()
    assert masses == ([("phone", DUMMY, 31, 31)] if demoted else [])
    by_phone = run.scan("pairs", subject="person").filter(pl.col("blocking_rule") == 0).collect().height
    assert by_phone == (0 if demoted else 30 * 29 // 2)
    findings = run.read("findings").filter(pl.col("rule") == "A7")
    assert findings.height == (31 if demoted else 0)
    assert set(findings.select("subject", "field", "before", "after", "action").rows()) <= {
        ("person", "phone", DUMMY, None, "null")
    }
    profiles = run.read("profiles", subject="person").filter(pl.col("attribute") == "phone")
    assert (profiles["value"] == DUMMY).sum() == bearers


def test_a_project_sets_the_limit_of_a_mass(tmp_path: Path) -> None:
    run = shared_phone(tmp_path, 12, head='[rules.limits]\n"A7.phone" = 11')

    assert run.read("mass_values", subject="person")["limit"].to_list() == [11.0]


@pytest.mark.parametrize("share", [0.03, 0.6], ids=["beyond the share", "within the share"])
def test_a_default_date_of_many_joins_nobody(tmp_path: Path, share: float) -> None:
    text = "".join(
        f"{one},{SYLLABLES[one % 10]}{one},{'1900-01-01' if one < 110 else 1950 + one % 50},\n" for one in range(220)
    )

    run = built(
        tmp_path, head=f'[rules.limits]\n"A7.share" = {share}', source="", civil1=f"no,name,born,phone\n{text}"
    )[1]

    masses = run.read("mass_values", subject="person").select("attribute", "value", "signatures").rows()
    assert masses == ([("born", "1900-01-01", 110)] if share < 0.5 else [])


def test_masses_do_not_depend_on_buckets_or_the_order_of_rows(tmp_path: Path) -> None:
    runs = []
    for buckets, seed in ((1, 0), (3, 1)):
        folder = tmp_path / str(buckets)
        folder.mkdir()
        runs.append(shared_phone(folder, 40, buckets=buckets, seed=seed))

    for table, subject in (("mass_values", "person"), ("findings", None), ("links", "person"), ("clusters", "person")):
        assert len({run.table_hash(table, subject=subject) for run in runs}) == 1


def test_why_not_shows_the_values_that_were_compared(tmp_path: Path) -> None:
    run = shared_phone(tmp_path, 40)
    project = load_project(tmp_path, checks=CHECKS)
    left, right = ({"source": "civil", "record_id": number, "role": ""} for number in ("0", "1"))

    told = why_not(run, project, subject="person", left=left, right=right)

    assert told["stage"] == "junk"
    assert [(step["left"], step["right"]) for step in told["steps"] if step["comparison"] == "phone"] == [(None, None)]


OWN = """
[[rules.own]]
code = "X1"
category = "own"
phase = "batch"
title = "a delivery of the year's end"
message = "rows of December are corrected in January"
[[rules.own.test]]
on = "{view}"
field = "{field}"
when = "{when}"
"""


def test_a_rule_of_the_project_looks_at_deliveries(tmp_path: Path) -> None:
    head = OWN.format(view="batch", field="rows", when="rows > 30")
    _, run = built(tmp_path, civil1=rows(31), civil2=rows(30, first=31), head=head)

    found = run.read("findings").filter(pl.col("rule") == "X1").select("field", "before", "action").rows()
    assert found == [("rows", "31", "flag")]


@pytest.mark.parametrize(("view", "when"), [("batch", "row > 30"), ("mass", "name > 2")])
def test_a_column_that_a_view_does_not_have_is_told_before_the_build(tmp_path: Path, view: str, when: str) -> None:
    column = when.split(maxsplit=1)[0]
    with pytest.raises(ConfigurationError, match=f"rules.own X1: unknown column '{column}'.*did you mean '{column}s'"):
        project_of(tmp_path, head=OWN.format(view=view, field="x", when=when), civil1=rows(3))
