"""`resolve` answers as the update with that record does: which id stays where entities part or meet, what rules refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from engine.settings import Project, load_project
from engine.store import open_live
from engine.tables import RECORD_KEY
from lifetree.build import CHECKS, build
from lifetree.resolving import open_resolver, resolve
from lifetree.update import update

PROJECT = """
[project]
name = "people"
[[source]]
name = "register"
files = "register.csv"
key = "id"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", city = "city", phone = "phone", id_no = "id_no" }
[[source]]
name = "clinic"
files = "clinic.csv"
key = "id"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", city = "city", phone = "phone", id_no = "id_no" }
[subject.person]
attributes = { name = "name", born = "date", city = "text", phone = "phone", id_no = "identifier" }
blocking = [["name"], ["born"], ["phone"]]
comparison = [{ attribute = "name" }, { attribute = "born" }, { attribute = "city" }, { attribute = "phone" }]
[[subject.person.identifier]]
attribute = "id_no"
exclusive = true
contradicted_by = ["name", "born"]
"""
HEAD = "id,name,born,city,phone,id_no\n"
NAMES = ("Piotr Nowak", "Jan Lewandowski", "Ewa Mazur", "Tomasz Mazur", "Zofia Krawczyk", "Adam Nowak", "Julia Dudek")
ANNA = "Anna Kowalska,1984-03-12,Lodz"


def people(folder: Path, register: str, clinic: str) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    others = [f"{name},{1960 + 3 * n}-0{1 + n}-1{n},Gdynia,55509{n}0" for n, name in enumerate(NAMES)]
    for source, own in (("register", register), ("clinic", clinic)):
        rows = "".join(f"{source[0]}{n},{one},\n" for n, one in enumerate(others))
        (folder / f"{source}.csv").write_text(f"{HEAD}{own}{rows}", encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=2)
    return project


def entity_after(project: Project, folder: Path, row: str) -> str | None:
    batch = folder / "more.csv"
    batch.write_text(HEAD + row, encoding="utf-8")
    before = set(open_live(project).read("entities", subject="person")["entity_id"])
    update(project, [batch], source="clinic", delivered_at="2024-02-01")
    owners = open_live(project).read("record_entity", subject="person").select(*RECORD_KEY, "entity_id")
    entity = owners.filter(pl.col("record_id") == row.partition(",")[0])["entity_id"].item()
    return entity if entity in before else None


@pytest.mark.parametrize(("key", "turned"), [("1", False), ("103", False), ("103", True)])
def test_who_keeps_the_id_of_an_entity_that_a_record_parts(tmp_path: Path, key: str, turned: bool) -> None:
    """Of equally many records: whichever cluster has the smaller number, and whichever founded the entity."""
    numbered, phoned = f"{ANNA},,ID-AA", f"{ANNA},5550142,"
    first, second = (phoned, numbered) if turned else (numbered, phoned)
    project = people(tmp_path / "people", f"{key},{first}\n", f"A1,{second}\n")
    asked = {"name": "Anna Kowalska", "born": "1984-03-12", "city": "Lodz", "phone": "5550142"}
    resolver = open_resolver(project, "person")
    kept = set()
    for number in range(3):
        own = {"source": "clinic", "record_id": f"A7{number}", "id_no": f"ID-B{number}"}
        answer = resolve(resolver, {**asked, **own})
        place = tmp_path / str(number)
        shutil.copytree(project.folder, place)
        entity = entity_after(load_project(place, checks=CHECKS), tmp_path, f"A7{number},{ANNA},5550142,ID-B{number}\n")
        assert answer["splits"]
        assert (answer["entity_id"], answer["decision"]) == (entity, "link" if entity else "new"), own
        kept.add(entity)

    assert len(kept) == 1


def test_which_id_stays_where_a_record_joins_two(tmp_path: Path) -> None:
    first, second = "Anna Kowalska,1984-03-12,Lodz,5550142,", "Anna Kowalska,1984-12-03,Torun,5550387,"
    project = people(tmp_path / "people", f"1,{first}\n", f"A1,{second}\n")
    judgement = {"name": "Anna Kowalska", "born": "1984-03-12", "city": "Torun", "phone": "5550387"}

    answer = resolve(open_resolver(project, "person"), {**judgement, "source": "clinic", "record_id": "A77"})

    row = "A77,Anna Kowalska,1984-03-12,Torun,5550387,\n"
    assert answer["entity_id"] == entity_after(project, tmp_path, row)


@pytest.mark.parametrize("name", ["测试员", "TEST"])
def test_a_record_that_a_rule_of_rows_sets_aside_is_answered_so(tmp_path: Path, name: str) -> None:
    project = people(tmp_path / "people", "", "")
    told = {"name": name, "born": "1963-02-11", "city": "Gdynia", "phone": "5550910"}

    answer = resolve(open_resolver(project, "person"), {**told, "source": "clinic", "record_id": "A77"})

    batch = tmp_path / "more.csv"
    batch.write_text(f"{HEAD}A77,{name},1963-02-11,Gdynia,5550910,\n", encoding="utf-8")
    update(project, [batch], source="clinic", delivered_at="2024-02-01")
    rejected = open_live(project).read("rejects").filter(pl.col("record_id") == "A77")
    assert (answer["decision"], answer["entity_id"]) == ("quarantined", None)
    assert answer["refused"] == dict(zip(("rule", "reason"), rejected.select("rule", "reason").row(0), strict=True))
