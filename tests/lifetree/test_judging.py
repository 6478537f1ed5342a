"""A person's word as a user gives it: it stands above everything, survives every build, and can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.hashing import hash64, joined
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.store.decisions import decisions
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.judging import Act, Verdict, judge, withdraw

PROJECT = """
name = "town"
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", phone = "phone", id_no = "id" }

[subject.person]
attributes = { name = "name", born = "date", phone = "phone", id_no = "resident_id" }
sufficient = [["id_no"], ["name", "born", "phone"]]
identifier = [{ attribute = "id_no", contradicted_by = ["name", "born"] }]
blocking = [["name", "born"], ["phone"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 8 }
"""
IDS = ("330199196209276907", "33019919840203997X")
ROWS = [
    f"{i}{twin},Family{chr(97 + i % 26)} {chr(97 + i % 7)},19{60 + i % 40}-0{1 + i % 9}-1{i % 9},130000000{i:02d},"
    for i in range(40)
    for twin in ("", "b")
]
HASHED_APART = ("ledger", "record_history", "redirects")
"""Tables of the registry of ids: what once was is not forgotten."""


def town(folder: Path, *rows: str, left_out: tuple[str, ...] = ()) -> Project:
    """Build a town of forty who stand twice in one source, and of `rows`, and return its project."""
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    told = [row for row in (*ROWS, *rows) if row.split(",")[0] not in left_out]
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone,id", *told]) + "\n", encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    build(project)
    return project


def entities(project: Project) -> dict[str, str]:
    return dict(open_live(project).read("record_entity", subject="person").select("record_id", "entity_id").iter_rows())


def hashes(run: Run) -> dict[str, str]:
    """Return the hash of every table of a run but the registry's."""
    named = [name.rpartition("/") for name in run.manifest["tables"]]
    return {
        f"{subject}/{table}": run.table_hash(table, subject=subject)
        for subject, _, table in named
        if table not in HASHED_APART
    }


def notes(project: Project) -> str:
    return "\n".join(open_live(project).manifest["notes"])


def ask(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exc_info)
    return result


WHO = ("--by", "周", "--reason", "two photographs")


def test_a_judgement_on_two_records_holds_until_it_is_withdrawn(tmp_path: Path) -> None:
    project = town(tmp_path)
    before, apart = hashes(open_live(project)), entities(project)
    assert apart["1"] != apart["2"]

    told = json.loads(ask("judge", tmp_path, "civil:1", "civil:2", "--same", *WHO, "--format", "json").stdout)
    assert told == [{"decision": "J1", "judgement": "same", "subject": "person", "pairs": 1}]
    assert entities(project) == apart, "nothing moves before the next build"
    build(project)
    found = entities(project)
    assert found["1"] == found["2"]

    assert "withdrawn: J1" in ask("judge", tmp_path, "civil:2", "civil:1", "--withdraw", *WHO).stdout
    build(project)
    assert hashes(open_live(project)) == before
    kept = decisions(tmp_path / "store")
    assert [(one["kind"], one["decided_by"], one["reason"]) for one in kept] == [
        ("judgement", "周", "two photographs"),
        ("withdrawal", "周", "two photographs"),
    ]


def test_an_entity_is_judged_by_all_records_of_the_smaller_side(tmp_path: Path) -> None:
    project = town(tmp_path, "3c,Familyd d,1963-04-13,13000000003,")
    apart = entities(project)
    small, large = apart["1"], apart["3"]

    told = json.loads(ask("judge", tmp_path, large, small, "--same", *WHO, "--format", "json").stdout)
    build(project)

    found = entities(project)
    assert told[0]["pairs"] == 2
    assert {found[one] for one in ("1", "1b", "3", "3b", "3c")} == {found["3"]}
    assert ask("judge", tmp_path, small, large, "--withdraw", *WHO).stdout.startswith("withdrawn: J1")
    build(project)
    assert entities(project) == apart


def test_different_holds_against_an_identifier_and_equal_values(tmp_path: Path) -> None:
    rows = [f"{name},Ann Lee,1962-09-27,13900000001,{IDS[0]}" for name in ("x", "y", "z")]
    project = town(tmp_path, *rows)
    assert entities(project)["x"] == entities(project)["y"]

    ask("judge", tmp_path, "civil:x", "civil:y", "--different", *WHO)
    build(project)

    assert entities(project)["x"] != entities(project)["y"]


def test_same_holds_against_two_numbers_and_contradictions_through_others(tmp_path: Path) -> None:
    project = town(
        tmp_path,
        f"x,Ann Lee,1962-09-27,,{IDS[0]}",
        f"y,Zoe Ray,1990-01-02,,{IDS[0]}",
        f"z,Cid Fox,1984-02-03,,{IDS[1]}",
    )
    assert len({entities(project)[one] for one in "xyz"}) == 3

    ask("judge", tmp_path, "civil:x", "civil:z", "--same", *WHO)
    ask("judge", tmp_path, "civil:z", "civil:y", "--same", *WHO)
    build(project)

    assert len({entities(project)[one] for one in "xyz"}) == 1


def test_unsure_changes_nothing(tmp_path: Path) -> None:
    project = town(tmp_path)
    before = hashes(open_live(project))

    ask("judge", tmp_path, "civil:1", "civil:1b", "--unsure", *WHO)
    build(project)

    assert hashes(open_live(project)) == before


def test_judgements_that_contradict_each_other_are_told_and_have_no_force(tmp_path: Path) -> None:
    project = town(tmp_path)
    apart = entities(project)
    ask("judge", tmp_path, "civil:1", "civil:2", "--same", *WHO)
    ask("judge", tmp_path, "civil:2", "civil:3", "--same", *WHO)
    ask("judge", tmp_path, "civil:1", "civil:3", "--different", "--by", "Ann", "--reason", "met both")
    ask("judge", tmp_path, "civil:4", "civil:5", "--same", *WHO)

    build(project)
    found = open_live(project).read("judgement_conflicts", subject="person")
    assert found.select("dispute", "judgement_id", "decided_by").rows() == [
        ("J3", "J1", "周"), ("J3", "J2", "周"), ("J3", "J3", "Ann"),
    ]  # fmt: skip
    assert "subject person: 3 judgements contradict each other (1 conflicts) and have no force" in notes(project)
    assert entities(project)["1"] == apart["1"]
    assert entities(project)["4"] == entities(project)["5"]

    ask("judge", tmp_path, "J2", "--withdraw", *WHO)
    build(project)
    assert entities(project)["1"] == entities(project)["2"] != entities(project)["3"]
    assert "contradict" not in notes(project)


def test_a_judgement_moves_with_a_record_that_comes_under_another_key(tmp_path: Path) -> None:
    alone = "Uma Vos,1971-03-04,13911111111,"
    project = town(tmp_path, f"old,{alone}")
    ask("judge", tmp_path, "civil:old", "civil:7", "--same", *WHO)

    town(tmp_path, f"new,{alone}")

    assert entities(project)["new"] == entities(project)["7"]
    assert "civil:old, which was judged, is no record any more" in notes(project)


def test_a_judgement_on_a_record_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    project = town(tmp_path, "old,Uma Vos,1971-03-04,13911111111,")
    ask("judge", tmp_path, "civil:old", "civil:7", "--same", *WHO)

    town(tmp_path)

    assert "the judgements name civil:old, which is no record" in notes(project)


def test_the_projects_file_and_the_store_are_heard_together(tmp_path: Path) -> None:
    project = town(tmp_path)
    ask("judge", tmp_path, "civil:1", "civil:2", "--same", *WHO)
    head = "source_l,record_l,source_r,record_r,judgement,decided_by\n"
    (tmp_path / "judgements.csv").write_text(head + "civil,2,civil,1,different,Ann\ncivil,4,civil,5,same,Ann\n")
    (tmp_path / "lifetree.toml").write_text('judgements = "judgements.csv"\n' + PROJECT, encoding="utf-8")

    build(load_project(tmp_path, checks=CHECKS))

    found = open_live(project).read("judgement_conflicts", subject="person")
    assert found["judgement_id"].to_list() == ["J1", "judgements.csv line 2"]
    assert entities(project)["1"] != entities(project)["2"]
    assert entities(project)["4"] == entities(project)["5"]


def test_wrong_merges_are_honoured_under_any_calibration_and_taken_back_without_a_trace(tmp_path: Path) -> None:
    project = town(tmp_path)
    run = open_live(project)
    before, apart = hashes(run), entities(project)
    (tmp_path / "person.json").write_text(json.dumps(run.calibration("person")), encoding="utf-8")
    keyed = run.read("record_entity", subject="person")
    drawn = keyed.sort(hash64(joined(["record_id"])))["record_id"].to_list()
    pairs = [pair for pair in zip(drawn[::2], drawn[1::2], strict=True) if apart[pair[0]] != apart[pair[1]]][:12]
    wrong = [
        Verdict("same", "person", f"civil:{one}", f"civil:{two}", ((("civil", one, ""), ("civil", two, "")),))
        for one, two in pairs
    ]
    names = judge(run, project, wrong, Act("周", "2024-05-01", "a wrong merge"))

    build(project)
    trained = entities(project)
    shifted = json.loads((tmp_path / "person.json").read_text(encoding="utf-8")) | {"c": 40.0}
    (tmp_path / "other.json").write_text(json.dumps(shifted), encoding="utf-8")
    build(project, calibration={"person": tmp_path / "other.json"})
    again = entities(project)

    assert all(found[one] == found[two] for found in (trained, again) for one, two in pairs)
    withdraw(project, names, Act("周", "2024-05-02", "it was wrong"))
    build(project)
    assert hashes(open_live(project)) == before


MISUSES = [
    (["civil:1", "civil:2", *WHO], 2, "say one of --same, --different, --unsure and --withdraw"),
    (["civil:1", "civil:2", "--same", "--unsure", *WHO], 2, "say one of --same, --different"),
    (["civil:1", "--same", *WHO], 2, "B is missing"),
    (["civil:1", "civil:1", "--same", *WHO], 1, "not judged against itself"),
    (["civil:1", "civil:999", "--same", *WHO], 1, "no entity or record 'civil:999'"),
    (["civil:1", "civil:2", "--same", "--by", " ", "--reason", "x"], 1, "who decides"),
    (["civil:1", "civil:2", "--withdraw", *WHO], 1, "no judgement of the store stands on civil:1 and civil:2"),
]


@pytest.fixture(scope="module")
def quiet_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    town(folder)
    return folder


@pytest.mark.parametrize(("words", "code", "told"), MISUSES, ids=[told for _, _, told in MISUSES])
def test_what_is_no_judgement_is_told_and_not_kept(quiet_town: Path, words: list[str], code: int, told: str) -> None:
    result = ask("judge", quiet_town, *words, code=code)

    assert told in result.stderr
    assert decisions(quiet_town / "store") == []


def test_an_entity_is_not_judged_against_itself(quiet_town: Path) -> None:
    project = load_project(quiet_town, checks=CHECKS)
    own = entities(project)["1"]

    assert "an entity is not judged" in ask("judge", quiet_town, own, own, "--different", *WHO, code=1).stderr
