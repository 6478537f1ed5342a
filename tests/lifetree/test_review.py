"""The review queue as people use it: one key an answer, blind, by two, as files, and samples that measure a run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.settings import Project, load_project
from engine.store import open_live
from engine.store.decisions import decisions
from lifetree.build import CHECKS, build
from lifetree.cli import main

PROJECT = """
name = "town"
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
mention = [{ subject = "person", fields = { name = "name", born = "born", phone = "phone" } }]

[subject.person]
attributes = { name = "name", born = "date", phone = "phone" }
sufficient = [["name", "born", "phone"]]
blocking = [["born"], ["phone"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 40, review = -40 }
"""
NAMES = ("Ann Lee", "Bert Stone", "Cid Fox", "Dora Hall", "Eve Ward", "Finn Cole")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town in which nothing is linked and everything that was compared is in doubt."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    rows = [
        f"{i}{twin},{NAMES[i % 6]}{spelt},19{60 + i % 20}-0{1 + i % 9}-1{i % 9},130000000{i // 2:02d}"
        for i in range(24)
        for twin, spelt in (("", ""), ("b", "e"))
    ]
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone", *rows]) + "\n", encoding="utf-8")
    build(project_of(folder))
    return folder


@pytest.fixture
def town(built: Path) -> Path:
    """The town without decisions."""
    (built / "store/decisions/judgements.jsonl").unlink(missing_ok=True)
    return built


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def entities_of(folder: Path) -> dict[str, str]:
    """Return the entity of each record of the live run."""
    found = open_live(project_of(folder)).read("record_entity", subject="person")
    return dict(found.select("record_id", "entity_id").iter_rows())


def ask(*arguments: str | Path, typed: str | None = None, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)
    assert result.exit_code == code, (result.output, result.exc_info)
    return result


def listed(town: Path, *options: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(
        ask("review", town, "list", "-n", "999", "--format", "json", *options).stdout
    )
    return rows


def test_the_queue_holds_each_doubt_once_by_descending_gain(town: Path) -> None:
    rows = listed(town)

    gains = [row["gain"] for row in rows]
    assert gains == sorted(gains, reverse=True)
    assert len({frozenset((row["A"], row["B"])) for row in rows}) == len(rows) > 20
    assert {"bits", "reason"} <= set(rows[0])
    assert {"bits", "reason"}.isdisjoint(listed(town, "--blind")[0])


def test_keys_answer_skip_go_back_and_quit(town: Path) -> None:
    first, second, third, *_ = listed(town)

    told = ask("review", town, typed="周\nd\nns\nb\nb\nb\ns\nq\n")

    assert "1 of " in told.stdout
    kept = [(one["one"], one["other"], one["judgement"]) for one in decisions(town / "store")]
    pairs = [(row["A"], row["B"]) for row in (first, second, third)]
    assert kept == [(*pairs[0], "different"), (*pairs[2], "same"), (*pairs[0], "same")]
    assert {(one["decided_by"], one["via"]) for one in decisions(town / "store")} == {("周", "review")}
    assert (listed(town)[0]["A"], listed(town)[0]["B"]) == pairs[1]
    assert "2 same, 1 different, 0 unsure" in told.stdout


def test_what_differs_is_marked_and_a_blind_reviewer_sees_no_score(town: Path) -> None:
    open_eyed = ask("review", town, "next").stdout
    blind = ask("review", town, "next", "--blind").stdout

    assert "≠" in open_eyed
    assert "bits" in open_eyed
    assert "bits" not in blind
    assert "civil:" in blind


def test_what_one_is_unsure_of_is_left_to_others(town: Path) -> None:
    first = listed(town)[0]
    ask("review", town, "ask", "--by", "周", typed="u")

    assert listed(town, "--by", "周")[0] != first
    assert listed(town, "--by", "Ann")[0] == first


def test_what_one_takes_others_are_not_asked_for(town: Path) -> None:
    rows = listed(town)
    told = ask("review", town, "take", "--by", "周", "--limit", "3").stdout

    assert told == "3 doubts taken by 周: J1\n"
    assert listed(town, "--by", "周") == rows
    assert listed(town, "--by", "Ann") == rows[3:]
    ask("judge", town, "J1", "--withdraw", "--by", "周", "--reason", "on leave")
    assert listed(town, "--by", "Ann") == rows


def test_a_second_reviewer_is_asked_blind_and_agreement_is_told(town: Path) -> None:
    ask("review", town, "ask", "--by", "周", typed="sdsdq")
    second = ask("review", town, "ask", "--by", "Ann", "--second", typed="sdss")
    rows = json.loads(ask("review", town, "agreement", "--format", "json").stdout)

    assert "bits" not in second.stdout
    assert rows == [{"one": "Ann", "other": "周", "pairs": 4, "agreed": 3, "percent": 75.0, "kappa": 0.5}]
    assert "nothing is open" in ask("review", town, "ask", "--by", "Ann", "--second").stdout


def test_judgements_go_out_as_a_file_and_come_in_again(town: Path, tmp_path: Path) -> None:
    ask("review", town, "ask", "--by", "周", "--reason", 'two "photographs", one face', typed="sduq")
    out = ask("review", town, "export").stdout
    (tmp_path / "judgements.csv").write_text(out, encoding="utf-8")
    (town / "store/decisions/judgements.jsonl").unlink()

    told = ask("review", town, "import", tmp_path / "judgements.csv")

    assert "3 judgements added: J1 to J3" in told.stdout
    assert ask("review", town, "export").stdout == out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["judgement"] for row in rows] == ["same", "different", "unsure"]
    assert all(row["values_l"] and row["values_r"] for row in rows)


def test_a_form_of_open_doubts_is_filled_in_elsewhere(town: Path, tmp_path: Path) -> None:
    form = tmp_path / "doubts.csv"
    ask("review", town, "export", "--open", "--limit", "3", "--output", form)
    rows = list(csv.DictReader(io.StringIO(form.read_text(encoding="utf-8"))))
    assert {"name_l", "name_r", "born_l", "judgement"} <= set(rows[0])
    rows[1]["judgement"] = "Different"
    with form.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    ask("review", town, "import", form, "--by", "Ann")

    [kept] = decisions(town / "store")
    assert (kept["judgement"], kept["decided_by"], kept["reason"]) == ("different", "Ann", "from doubts.csv")


def test_a_file_with_a_fault_adds_nothing(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("source_l,record_l,source_r,record_r,judgement\ncivil,1,civil,2,same\ncivil,1,civil,3,sam\n")

    result = ask("review", town, "import", file, "--by", "Ann", code=1)

    assert "bad.csv: line 3: unknown judgement 'sam'; did you mean 'same'?" in result.stderr
    assert decisions(town / "store") == []


def test_a_labelled_sample_measures_the_links_and_moves_nothing(town: Path, tmp_path: Path) -> None:
    sample = tmp_path / "sample.csv"
    ask("review", town, "sample", "--pairs", "30", "--output", sample)
    rows = list(csv.DictReader(io.StringIO(sample.read_text(encoding="utf-8"))))
    told = [row["record_l"].rstrip("b") == row["record_r"].rstrip("b") for row in rows]
    assert "weight" not in " ".join(rows[0])
    ask("review", town, "ask", "--sample", sample, "--by", "周", typed="".join("ds"[one] for one in told))

    figures = json.loads(ask("evaluate", town, "--truth", sample, "--sample", "pairs", "--format", "json").stdout)[
        "subjects"
    ]["person"]

    assert figures["sample"]["labelled"] == len(rows)
    assert figures["pairs"]["recall"] == 0.0
    assert figures["pairs"]["precision"] is None
    assert listed(town, "--by", "周") == listed(town)
    assert "nothing is open" in ask("review", town, "ask", "--sample", sample, "--by", "周").stdout
    assert {one["kind"] for one in decisions(town / "store")} == {"label"}


def test_a_file_that_is_no_sample_is_told(town: Path, tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text("a,b\n1,2\n")

    result = ask("evaluate", town, "--truth", tmp_path / "no.csv", "--sample", "pairs", code=1)

    assert "is no sample of pairs: the column 'subject' is missing" in result.stderr


def test_a_pair_leaves_the_queue_when_the_build_has_heard_it(built: Path, tmp_path: Path) -> None:
    for name in ("lifetree.toml", "civil.csv"):
        (tmp_path / name).write_bytes((built / name).read_bytes())
    build(project_of(tmp_path))
    before = listed(tmp_path)
    ask("review", tmp_path, "ask", "--by", "周", typed="sd")

    build(project_of(tmp_path))

    after = listed(tmp_path)
    judged = {(row["A"], row["B"]) for row in before[:2]}
    assert judged.isdisjoint({(row["A"], row["B"]) for row in after})
    entities = entities_of(tmp_path)
    one, other = (str(before[0][side]).removeprefix("civil:") for side in ("A", "B"))
    assert entities[one] == entities[other]


def test_two_who_share_a_number_and_contradict_each_other_are_a_doubt(built: Path, tmp_path: Path) -> None:
    """Nothing is in doubt by its weight here: the shared phone alone raises the questions."""
    text = PROJECT.replace("threshold = 40, review = -40", "threshold = 40")
    number = 'identifier = [{ attribute = "phone", contradicted_by = ["name", "born"] }]\n'
    (tmp_path / "lifetree.toml").write_text(text.replace("comparison =", f"{number}comparison ="), encoding="utf-8")
    (tmp_path / "civil.csv").write_bytes((built / "civil.csv").read_bytes())
    build(project_of(tmp_path))
    before = listed(tmp_path)
    assert {row["reason"] for row in before} == {"contradiction"}
    assert len(before) == open_live(project_of(tmp_path)).read("conflicts", subject="person").height == 12

    ask("review", tmp_path, "ask", "--by", "周", typed="sd")
    build(project_of(tmp_path))

    assert [(row["A"], row["B"]) for row in listed(tmp_path)] == [(row["A"], row["B"]) for row in before[2:]]
    entity = entities_of(tmp_path)
    (one, other), (left, right) = [[entity[str(row[side])[6:]] for side in "AB"] for row in before[:2]]
    assert (one == other, left == right) == (True, False)
