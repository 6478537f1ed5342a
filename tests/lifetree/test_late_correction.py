"""A correction that comes late: the run before answers as it did, the live one as corrected, and both say why.

The police move a date of birth from 1990 to 1988, with effect from a day years before the day on which they say so.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from engine.settings import load_project
from engine.settings.shipped import shipped
from engine.store import Run, open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.update import update

SOURCE = """
[[source]]
name = "{name}"
files = "{name}*.csv"
key = "no"
delivered_at = "2024-01-31"
recorded_at = "recorded"
[[source.mention]]
subject = "person"
fields = {{ name = "name", id_no = "id_no", birth_date = "birth_date", sex = "sex", phone = "phone" }}
"""
FIX = """
[[source.event]]
code = "HUK.FIX"
date = "effective"
when = "effective is not null"
"""
COLUMNS = ("no", "name", "id_no", "birth_date", "sex", "phone", "recorded", "effective")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
REGISTRY = ("ledger", "record_history", "redirects")


def number(birth: str, sequence: int) -> str:
    stem = f"330199{birth.replace('-', '')}{sequence:03d}"
    weighed = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(stem))
    return stem + "10X98765432"[weighed % 11]


def row(i: int) -> dict[str, str]:
    birth = f"{1950 + i % 60}-{1 + i % 12:02d}-{1 + i % 28:02d}"
    return {
        "no": f"o{i}", "name": SURNAMES[i % 20] + GIVEN[i % 24] + GIVEN[(i // 24 + 7) % 24],
        "id_no": number(birth, 101 + 2 * (i % 400)), "birth_date": birth, "sex": "男", "phone": f"1390000{i:04d}",
        "recorded": "2020-01-01", "effective": "",
    }  # fmt: skip


PERSON = {
    "no": "p", "name": "郑国安", "id_no": number("1990-06-15", 611), "birth_date": "1990-06-15", "sex": "男",
    "phone": "13711110028", "recorded": "2019-03-01", "effective": "",
}  # fmt: skip
FIXED = {**PERSON, "birth_date": "1988-06-15", "recorded": "2024-05-20", "effective": "2012-07-01"}


def written(file: Path, *rows: dict[str, str]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return file


class Corrected(NamedTuple):
    """The project's folder, the run before the correction, and the live one."""

    folder: Path
    before: Run
    after: Run

    def shown(self, *words: str) -> dict[str, Any]:
        """Return what `lifetree show` tells of the person."""
        asked = ["show", str(self.folder), "police:p", "--format", "json", *words]
        [one] = json.loads(CliRunner().invoke(main, asked).stdout)
        told: dict[str, Any] = one
        return told


def value(told: dict[str, Any], attribute: str) -> dict[str, Any]:
    [found] = [one for one in told["profile"] if one["attribute"] == attribute]
    surviving: dict[str, Any] = found
    return surviving


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Corrected:
    folder = tmp_path_factory.mktemp("late") / "town"
    folder.mkdir()
    subjects = shipped("city", "subjects.toml").read_text(encoding="utf-8")
    person = subjects[: subjects.index("[subject.legal_entity]")]
    person = re.sub(r",? *trust = \[[^]]*\]", "", person)
    person = re.sub(r"(?m)^trust = .*\n", "", person)
    person = person.replace("[subject.person.model]", '[subject.person.model]\ncalibration = "shipped"')
    sources = SOURCE.format(name="police") + FIX + SOURCE.format(name="health")
    (folder / "lifetree.toml").write_text('name = "late"\n' + sources + person, encoding="utf-8")
    written(folder / "police.csv", *map(row, range(120)), PERSON)
    written(folder / "health.csv", *({**row(i), "no": f"h{i}"} for i in range(0, 120, 3)), {**PERSON, "no": "h"})
    project = load_project(folder, checks=CHECKS)
    build(project)
    before = open_live(project)
    file = written(folder / "new_police.csv", FIXED)
    summary = update(project, [file], source="police", delivered_at="2024-05-31")
    assert summary["anew"] is None
    assert summary["deliveries"][0]["refused"] is None
    return Corrected(folder, before, open_live(project))


def test_the_run_before_answers_as_it_did(corrected: Corrected) -> None:
    before, after = corrected.shown("--run", corrected.before.run_id), corrected.shown()

    assert value(before, "birth_date")["value"] == "1990-06-15"
    assert value(after, "birth_date")["value"] == "1988-06-15"
    assert before["entity_id"] == after["entity_id"]


def test_the_correction_is_an_event_of_its_day_and_known_since_another(corrected: Corrected) -> None:
    assert corrected.shown("--run", corrected.before.run_id)["events"] == []
    [event] = corrected.shown()["events"]
    assert (event["event_type"], event["valid_from"]) == ("HUK.FIX", "2012-07-01")
    assert event["recorded_at"].startswith("2024-05-20")
    assert corrected.shown("--as-of", "2012-06-30")["events"] == []
    assert len(corrected.shown("--as-of", "2012-07-02")["events"]) == 1


def test_what_follows_from_the_date_is_worked_out_anew(corrected: Corrected, tmp_path: Path) -> None:
    """Every table is as if both rows had come at once; the run before is not touched."""
    whole = tmp_path / "whole"
    shutil.copytree(corrected.folder, whole, ignore=shutil.ignore_patterns("runs", "checkpoints", "live.json"))
    (tmp_path / "person.json").write_text(json.dumps(corrected.before.calibration("person")), encoding="utf-8")
    project = load_project(whole, checks=CHECKS)
    build(project, calibration={"person": tmp_path / "person.json"})
    at_once, names = open_live(project), corrected.after.manifest["tables"]
    told = [name.split("/") for name in names if not name.endswith(REGISTRY)]
    for subject, table in told:
        assert corrected.after.table_hash(table, subject=subject) == at_once.table_hash(table, subject=subject), table
    assert corrected.before.read("records", subject="person").filter(record_id="p")["birth_date"].item() == "1990-06-15"


def test_the_answer_says_on_what_it_rests(corrected: Corrected) -> None:
    told = corrected.shown()
    surviving = value(told, "birth_date")
    [record] = [one for one in told["records"] if one["source"] == "police"]
    [lost] = [one for one in told["others"] if one["attribute"] == "birth_date"]

    assert (surviving["source"], surviving["record_id"]) == ("police", "p")
    assert (record["recorded_at"][:10], record["delivered_at"][:10]) == ("2024-05-20", "2024-05-31")
    assert (lost["value"], lost["sources"]) == ("1990-06-15", ["health"])
    versions = corrected.after.read("findings").filter(record_id="p", rule="U2")
    assert versions.height == 1
    history = json.loads(
        CliRunner().invoke(main, ["history", str(corrected.folder), "police:p", "--format", "json"]).stdout
    )
    assert told["entity_id"] in json.dumps(history)
