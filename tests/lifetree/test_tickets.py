"""The loop as a user walks it: a wrong number is found, fed back, mended in the next delivery, verified, and comes back."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
title = "户籍登记"
steward = "公安局"
cycle = "每月"
files = "civil*.csv"
key = "id"
delivered_at = { DELIVERED }
recorded_at = "changed"
mention = [{ subject = "person", fields = { name = "name", born = "born", card = "card" } }]

[[source]]
name = "school"
steward = "教育局"
files = "school.csv"
key = "no"
delivered_at = "2024-01-15"
mention = [{ subject = "person", fields = { name = "name", born = "born" } }]

[subject.person]
attributes = { name = "name", born = "date", card = "resident_id" }
identifier = [{ attribute = "card" }]
blocking = "born"
comparison = [{ attribute = "name" }, { attribute = "born" }]
"""
HEAD = "id,name,born,card,changed"
SOUND = [f"{number},Name {number % 7},19{50 + number % 9}-01-0{number % 5 + 1},,2024-01-05" for number in range(30)]
WRONG, RIGHT = "33019919800101001X", "330199198001010017"
BAD = [
    f"101,Wang,1980-01-01,{WRONG},2024-01-06",
    "102,Li,1981-02-31,,2024-01-07",
    "103,Zhao,1982-02-30,,2024-01-08",
]
DAYS = {"civil1.csv": "2024-01-31", "civil2.csv": "2024-02-29", "civil3.csv": "2024-03-31"}
SCHOOL = ["no,name,born", "S1,Name 1,1951-01-02", "S2,Sun,1990-13-01"]


def run(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exc_info)
    return result


def deliver(folder: Path, name: str, *rows: str) -> None:
    """Deliver the register anew, with `rows` beside the sound ones, and build."""
    (folder / name).write_text("\n".join([HEAD, *SOUND, *rows]) + "\n", encoding="utf-8")
    days = ", ".join(f'"{name}" = "{day}"' for name, day in DAYS.items() if (folder / name).exists())
    (folder / "lifetree.toml").write_text(PROJECT.replace("DELIVERED", days), encoding="utf-8")
    run("build", folder, "--quiet")


def tickets(folder: Path, day: str, *options: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(
        run("quality", "tickets", folder, "--as-of", day, "--format", "json", *options).stdout
    )
    return told


def one(folder: Path, day: str, record: str) -> dict[str, Any]:
    (found,) = (row for row in tickets(folder, day) if row["record_id"] == record)
    return found


def work_list(folder: Path, day: str, *options: str) -> list[dict[str, str]]:
    file = folder / "list.csv"
    file.unlink(missing_ok=True)
    run("quality", "feedback", folder, "--department", "公安局", "--out", file, "--as-of", day, *options)
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))) if file.exists() else []


def answered(folder: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    file = folder / "answers.csv"
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "school.csv").write_text("\n".join(SCHOOL) + "\n", encoding="utf-8")
    deliver(folder, "civil1.csv", *BAD)
    return folder


@pytest.fixture
def town(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "town"))


def test_the_loop_from_a_wrong_number_to_the_score_card_and_back(town: Path) -> None:
    found = one(town, "2024-02-01", "101")
    assert (found["state"], found["department"], found["rule"], found["before"]) == ("found", "公安局", "A1", WRONG)

    (row,) = (row for row in work_list(town, "2024-02-27") if row["record_id"] == "101")
    assert row["ticket"] == found["ticket"]
    assert (row["delivered"], row["field"], row["severity"], row["due"]) == (WRONG, "card", "E", "2024-03-01")
    assert "GB 11643" in row["wrong"]
    assert one(town, "2024-02-27", "101")["state"] == "fed_back"

    run("quality", "answer", town, answered(town, [{**row, "answer": "已修改"}]), "--as-of", "2024-02-28")
    assert one(town, "2024-02-29", "101")["state"] == "fixed"

    deliver(town, "civil2.csv", f"101,Wang,1980-01-01,{RIGHT},2024-02-20", *BAD[1:])
    mended = one(town, "2024-03-01", "101")
    assert (mended["state"], mended["verified_at"], mended["overdue"]) == ("re_shared", "2024-03-01", False)
    live = json.loads((town / "store" / "live.json").read_text())["run_id"]
    assert mended["shared_run"] == live

    told = json.loads(run("quality", "scorecard", town, "--as-of", "2024-03-01", "--format", "json").stdout)
    fix = next(row for row in told if row["department"] == "公安局" and row["indicator"] == "fix_time")
    assert (fix["numerator"], fix["denominator"]) == (1, 1)

    deliver(town, "civil3.csv", f"101,Wang,1980-01-01,{WRONG},2024-03-20", *BAD[1:])
    again = one(town, "2024-04-01", "101")
    assert (again["state"], again["reopened"], again["ticket"]) == ("reopened", 1, found["ticket"])
    assert [row["record_id"] for row in work_list(town, "2024-04-02", "--again")].count("101") == 1
    assert one(town, "2024-04-02", "101")["due"] == "2024-04-05"


def test_the_same_run_opens_nothing_twice(town: Path) -> None:
    first = run("quality", "tickets", town, "--as-of", "2024-02-01")
    assert "4 found" in first.stderr
    files = sorted((town / "store" / "tickets").glob("*.parquet"))
    again = run("quality", "tickets", town, "--as-of", "2024-02-02")
    assert "no ticket has moved" in again.stderr
    assert sorted((town / "store" / "tickets").glob("*.parquet")) == files


def test_tickets_are_filtered_and_counted(town: Path) -> None:
    assert {row["rule"] for row in tickets(town, "2024-02-01", "--rule", "A5")} == {"A5"}
    assert [row["record_id"] for row in tickets(town, "2024-02-01", "--department", "教育局")] == ["S2"]
    work_list(town, "2024-02-01")
    assert [row["record_id"] for row in tickets(town, "2024-02-05", "--overdue")] == ["101"]
    assert [row["record_id"] for row in tickets(town, "2024-02-05", "--state", "found")] == ["S2"]
    counted = json.loads(run("quality", "tickets", town, "--count", "--format", "json", "--as-of", "2024-02-05").stdout)
    assert {"department": "公安局", "rule": "A5", "state": "fed_back", "tickets": 2, "overdue": 0} in counted
    assert "no source has the steward" in run("quality", "tickets", town, "-d", "公安", code=1).stderr


def test_repairs_and_newer_versions_make_no_ticket_unless_the_project_says_so(town: Path) -> None:
    deliver(town, "civil2.csv", "104,Ｗｕ,1983-01-01,,2024-02-01", "102,Li,1981-01-31,,2024-02-20")
    rules = {row["rule"] for row in tickets(town, "2024-03-01")}
    assert rules.isdisjoint({"N1", "U2"})
    text = PROJECT + '\n[rules.tickets]\nseverities = ["I"]\nactions = ["repair"]\n[rules.deadlines]\nI = 5\n'
    (town / "lifetree.toml").write_text(text.replace("DELIVERED", '"civil*.csv" = "2024-01-31"'), encoding="utf-8")
    (row,) = (row for row in tickets(town, "2024-03-02") if row["state"] == "found" and row["severity"] == "I")
    assert (row["record_id"], row["rule"], row["after"]) == ("104", "N1", "Wu")
    assert {one["due"] for one in work_list(town, "2024-03-02") if one["rule"] == "N1"} == {"2024-03-07"}


def test_without_a_department_each_has_a_file_and_nothing_is_fed_back_twice(town: Path) -> None:
    told = run("quality", "feedback", town, "--out", town / "lists", "--as-of", "2024-02-01", "--json")
    assert "4 tickets fed back" in told.stderr
    listed = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (town / "lists").glob("*.json")}
    assert {name: sorted(row["record_id"] for row in rows) for name, rows in listed.items()} == {
        "公安局": ["101", "102", "103"],
        "教育局": ["S2"],
    }
    assert (
        "nothing to feed back"
        in run("quality", "feedback", town, "--out", town / "lists", "--as-of", "2024-02-02").stdout
    )
    (again,) = (row for row in work_list(town, "2024-02-03", "--again") if row["record_id"] == "101")
    assert again["due"] == "2024-02-04"


def test_bad_answers_are_listed_with_their_lines_and_the_good_ones_count(town: Path) -> None:
    rows = {row["record_id"]: row for row in work_list(town, "2024-02-01")}
    school = one(town, "2024-02-01", "S2")["ticket"]
    file = answered(
        town,
        [
            {**rows["101"], "answer": "fixed", "reason": "第一行\n第二行"},
            {**rows["102"], "answer": "rejected"},
            {**rows["103"], "answer": "mended"},
            {**rows["103"], "ticket": "T1", "answer": "fixed"},
            {**rows["103"], "ticket": school, "answer": "fixed"},
            {**rows["103"], "answer": "驳回", "reason": "与档案一致"},
            {**rows["103"], "answer": "fixed"},
            {**rows["102"], "answer": ""},
        ],
        encoding="gb18030",
    )
    told = run("quality", "answer", town, file, "--as-of", "2024-02-02", "--format", "json", code=1)
    assert [(row["line"], row["fault"].partition(" ")[2]) for row in json.loads(told.stdout)] == [
        (4, "is rejected without a reason"),
        (5, "is no answer: fixed (已修改) or rejected (驳回)"),
        (6, "is no ticket T1"),
        (7, "is found: there is nothing to answer"),
        (9, "was answered rejected above"),
    ]
    assert "1 fixed, 1 rejected; 1 without an answer, 5 not accepted" in told.stderr
    assert one(town, "2024-02-02", "103")["reason"] == "与档案一致"
    again = run("quality", "answer", town, file, "--as-of", "2024-02-02", "--format", "json", code=1)
    assert "no new answer" in again.stderr


def test_an_answer_for_another_department_is_not_accepted(town: Path) -> None:
    (row, *_) = work_list(town, "2024-02-01")
    file = answered(town, [{**row, "answer": "fixed"}])
    told = run("quality", "answer", town, file, "-d", "教育局", "--as-of", "2024-02-02", code=1)
    assert "is of 公安局, not of 教育局" in told.stdout.replace("\n", "")


def test_a_rejected_ticket_stays_open_until_it_is_judged(town: Path) -> None:
    rows = {row["record_id"]: row for row in work_list(town, "2024-02-01")}
    given = [{**rows[one], "answer": "rejected", "reason": "as on paper"} for one in ("102", "103")]
    run("quality", "answer", town, answered(town, given), "--as-of", "2024-02-02")
    by = ["--by", "数据局", "--reason", "seen", "--as-of", "2024-02-03"]
    run("quality", "judge", town, rows["102"]["ticket"], "--accept-rejection", *by)
    run("quality", "judge", town, rows["103"]["ticket"], "--refuse-rejection", *by)
    refused = run("quality", "judge", town, rows["101"]["ticket"], "--accept-rejection", *by, code=1)
    assert "only a rejected ticket can be judged" in " ".join(refused.stdout.split())
    dismissed = one(town, "2024-02-04", "102")
    assert (dismissed["state"], dismissed["by"], dismissed["reason"]) == ("dismissed", "数据局", "seen")
    assert one(town, "2024-02-04", "103")["state"] == "reopened"
    deliver(town, "civil2.csv", "102,Li,1981-02-30,,2024-02-20", *BAD[::2])
    assert one(town, "2024-03-01", "102")["state"] == "reopened"


def test_fixed_by_word_alone_is_not_closed_and_reopens_when_the_delivery_shows_it(town: Path) -> None:
    rows = {row["record_id"]: row for row in work_list(town, "2024-02-01")}
    run("quality", "answer", town, answered(town, [{**rows["101"], "answer": "fixed"}]), "--as-of", "2024-02-02")
    run("build", town, "--quiet")
    assert one(town, "2024-02-10", "101")["state"] == "fixed"
    assert one(town, "2024-02-10", "101")["overdue"]
    deliver(town, "civil2.csv", *BAD)
    assert one(town, "2024-03-01", "101")["state"] == "reopened"


def test_a_record_that_vanished_is_withdrawn_and_the_ledger_outlives_the_runs(town: Path) -> None:
    work_list(town, "2024-02-01")
    shutil.rmtree(town / "store" / "runs")
    shutil.rmtree(town / "store" / "checkpoints")
    deliver(town, "civil1.csv", *BAD[1:])
    told = one(town, "2024-02-20", "101")
    assert (told["state"], told["verified_at"], told["fed_back_at"]) == ("withdrawn", None, "2024-02-01")
    assert "no longer" in told["reason"]


def test_a_late_delivery_has_one_ticket_of_its_source_until_the_source_delivers(town: Path) -> None:
    def build(school: str) -> None:
        text = (town / "lifetree.toml").read_text(encoding="utf-8")
        late = re.sub(r'(name = "school"\n)(cycle = .*\n)?', r'\1cycle = "每周"\n', text)
        (town / "lifetree.toml").write_text(re.sub('"2024-0[12]-15"', f'"{school}"', late), encoding="utf-8")
        run("build", town, "--quiet")

    build("2024-01-15")
    (late,) = tickets(town, "2024-02-01", "--rule", "I6")
    assert (late["source"], late["state"], late["record_id"], late["role"]) == ("school", "found", "", "batch")
    run("quality", "feedback", town, "--out", town / "lists", "--as-of", "2024-02-01")
    (town / "school.csv").write_text("\n".join([*SCHOOL, "S3,Yu,1991-03-01"]) + "\n", encoding="utf-8")
    build("2024-02-15")
    (told,) = tickets(town, "2024-02-16", "--rule", "I6", "--department", "教育局")
    assert (told["ticket"], told["state"]) == (late["ticket"], "re_shared")


def test_a_source_that_left_the_project_has_its_tickets_withdrawn(town: Path) -> None:
    tickets(town, "2024-02-01")
    text = (town / "lifetree.toml").read_text(encoding="utf-8")
    head, rest = text.index('[[source]]\nname = "school"'), text.index("[subject.person]")
    (town / "lifetree.toml").write_text(text[:head] + text[rest:], encoding="utf-8")
    run("build", town, "--quiet")
    told = one(town, "2024-02-02", "S2")
    assert (told["state"], told["department"]) == ("withdrawn", "school")


def test_a_quarantined_row_is_mended_by_a_later_delivery_although_the_old_file_stays(town: Path) -> None:
    trial = "104,测试,1983-01-01,,2024-01-09"
    deliver(town, "civil1.csv", *BAD, trial)
    work_list(town, "2024-02-01")
    assert one(town, "2024-02-02", "104")["state"] == "fed_back"

    deliver(town, "civil2.csv", "104,周,1983-01-01,,2024-02-20")

    assert one(town, "2024-03-01", "104")["state"] == "re_shared"


def test_a_department_does_not_judge_its_own_rejection(town: Path) -> None:
    (row,) = [row for row in work_list(town, "2024-02-01") if row["record_id"] == "102"]
    run(
        "quality",
        "answer",
        town,
        answered(town, [{**row, "answer": "rejected", "reason": "as on paper"}]),
        "--as-of",
        "2024-02-02",
    )

    told = run(
        "quality",
        "judge",
        town,
        row["ticket"],
        "--accept-rejection",
        "--by",
        "公安局",
        "--reason",
        "x",
        "--as-of",
        "2024-02-03",
        code=1,
    )

    assert "nobody judges a rejection of its own" in " ".join(told.stdout.split())
