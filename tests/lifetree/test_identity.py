"""What is one entity and what never is: namesakes, judgements, copied identifiers, through a whole build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.explanation import why, why_not

PROJECT = """
judgements = "judgements.csv"

[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", phone = "phone", id_no = "id" }

[subject.person]
attributes = { name = "name", born = "date", phone = "phone", id_no = "resident_id" }
sufficient = [["id_no"]]
identifier = [{ attribute = "id_no", contradicted_by = ["name", "born"] }]
blocking = [["name", "born"], ["phone"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 8 }
"""
OTHERS = [
    f"f{i},Family{chr(97 + i % 26)} {chr(97 + i % 7)},19{60 + i % 40}-0{1 + i % 9}-1{i % 9},130000000{i:02d},"
    for i in range(40)
]
ID = "330199196209276907"


def build_with(folder: Path, *rows: str, judgements: str = "", project: str = PROJECT) -> dict[str, str]:
    """Return the entity of each record of a town of forty others and `rows`."""
    (folder / "lifetree.toml").write_text(project, encoding="utf-8")
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone,id", *OTHERS, *rows]) + "\n", encoding="utf-8")
    head = "source_l,record_l,source_r,record_r,judgement,decided_by\n"
    (folder / "judgements.csv").write_text(head + judgements, encoding="utf-8")
    settings = load_project(folder, checks=CHECKS)
    build(settings)
    records = open_live(settings).read("record_entity", subject="person")
    return dict(records.select("record_id", "entity_id").iter_rows())


def explained(folder: Path, left: str, right: str) -> dict[str, object]:
    project = load_project(folder, checks=CHECKS)
    keys = [{"source": "civil", "record_id": record, "role": ""} for record in (left, right)]
    return why_not(open_live(project), project, subject="person", left=keys[0], right=keys[1])


def test_two_namesakes_without_identifiers_stay_two(tmp_path: Path) -> None:
    found = build_with(tmp_path, "1,Ann Lee,,,", "2,Ann Lee,,,")

    assert found["1"] != found["2"]
    assert explained(tmp_path, "1", "2")["stage"] == "not blocked"
    assert explained(tmp_path, "1", "2")["change"] == "judge them the same"  # neither bears a second value


def test_records_of_one_identifier_and_one_person_are_one(tmp_path: Path) -> None:
    found = build_with(
        tmp_path, f"1,Ann Lee,1962-09-27,,{ID}", f"2,Ann Lee,,13900000001,{ID}", "3,Ann Lee,1962-09-27,13900000001,"
    )

    assert found["1"] == found["2"] == found["3"]


def test_a_copied_identifier_does_not_fuse_two_persons(tmp_path: Path) -> None:
    found = build_with(
        tmp_path,
        f"1,Ann Lee,1962-09-27,,{ID}",
        f"2,Bert Stone,1990-01-02,,{ID}",
        f"3,Ann Lee,1962-09-27,13900000001,{ID}",
    )

    assert found["1"] == found["3"] != found["2"]
    told = explained(tmp_path, "1", "2")
    assert told["stage"] == "constraint"
    assert "contradict" in str(told["because"])


def test_a_judgement_is_honoured_inside_what_would_be_one_signature(tmp_path: Path) -> None:
    rows = [f"{i},Ann Lee,1962-09-27,13900000001,{ID}" for i in (1, 2, 3)]

    found = build_with(tmp_path, *rows, judgements="civil,1,civil,2,different,mia\n")

    assert found["1"] != found["2"]
    assert explained(tmp_path, "1", "2")["because"] == "a judgement says that they are different"


def test_a_judgement_joins_what_nothing_else_would(tmp_path: Path) -> None:
    rows = ["1,Ann Lee,1962-09-27,13900000001,", "2,Zoe Ray,1999-01-05,13900000002,"]

    found = build_with(tmp_path, *rows, judgements="civil,1,civil,2,same,mia\n")

    assert found["1"] == found["2"]


def test_a_judgement_about_no_record_is_told(tmp_path: Path) -> None:
    build_with(tmp_path, "1,Ann Lee,1962-09-27,,", judgements="civil,1,civil,99,same,mia\n")

    notes = json.loads((open_live(load_project(tmp_path)).folder / "manifest.json").read_text(encoding="utf-8"))[
        "notes"
    ]
    assert "subject person: the judgements name civil:99, which is no record" in notes


def test_why_adds_up_and_names_each_level(tmp_path: Path) -> None:
    build_with(tmp_path, "1,Ann Lee,1962-09-27,13900000001,", "2,Ann Lea,1962-09-27,13900000001,")
    project = load_project(tmp_path, checks=CHECKS)
    left, right = ({"source": "civil", "record_id": record, "role": ""} for record in ("1", "2"))

    told = why(open_live(project), project, subject="person", left=left, right=right)

    total = told["prior"] + sum(step["weight"] + step["term_frequency"] for step in told["steps"])
    assert abs(total - told["match_weight"]) < 1e-6
    assert [step["comparison"] for step in told["steps"]] == ["name", "born", "phone"]
    assert (told["steps"][0]["left"], told["steps"][0]["right"]) in {("ann lee", "ann lea"), ("ann lea", "ann lee")}


def test_records_connected_through_others_are_explained_by_their_chain(tmp_path: Path) -> None:
    build_with(
        tmp_path, "1,Ann Lee,1962-09-27,13900000001,", "2,Ann Lee,,13900000001,", "3,Ann Lee,1990-01-02,,",
        judgements="civil,2,civil,3,same,mia\ncivil,1,civil,2,same,mia\n",
    )  # fmt: skip
    project = load_project(tmp_path, checks=CHECKS)
    left, right = ({"source": "civil", "record_id": record, "role": ""} for record in ("1", "3"))

    told = why(open_live(project), project, subject="person", left=left, right=right)

    assert [(step["left"], step["right"], step["reason"]) for step in told["chain"]] == [
        ("civil:1", "civil:2", "judgement"), ("civil:2", "civil:3", "judgement"),
    ]  # fmt: skip


def test_a_record_whose_other_version_was_quarantined_is_not_told_as_quarantined(tmp_path: Path) -> None:
    found = build_with(tmp_path, "1,Ann Lee,1962-09-27,,", "1,,,,", "2,Zoe Ray,1999-01-05,,", "3,,,,")

    rejects = open_live(load_project(tmp_path)).read("rejects", subject="project")
    assert sorted(rejects["record_id"].drop_nulls()) == ["1", "3"]
    assert "1" in found
    assert explained(tmp_path, "1", "2")["stage"] == "not blocked"
    assert explained(tmp_path, "2", "3")["stage"] == "standardise"


def test_a_number_that_too_many_bear_links_nobody_and_is_published_and_told(tmp_path: Path) -> None:
    text = PROJECT.replace(', contradicted_by = ["name", "born"]', "").replace(
        'sufficient = [["id_no"]]', "max_cluster = 4"
    )
    rows = [f"{i},Person{chr(97 + i)} Ward,19{40 + i}-01-02,,{ID}" for i in range(6)]

    found = build_with(tmp_path, *rows, project=text)

    assert len({found[str(i)] for i in range(6)}) == 6
    generic = open_live(load_project(tmp_path)).read("generic_values", subject="person")
    assert generic.rows() == [("identifier id_no", ID, 6, 15)]
    told = explained(tmp_path, "0", "1")
    assert (told["stage"], ID in str(told["because"])) == ("junk", True)


def test_a_calibration_of_other_thresholds_is_refused_before_the_build(tmp_path: Path) -> None:
    text = PROJECT.replace('kind = "text" }', 'kind = "text", thresholds = [0.9] }')
    build_with(tmp_path, "1,Ann Lee,1962-09-27,,", project=text)
    calibration = open_live(load_project(tmp_path)).calibration("person")
    (tmp_path / "person.json").write_text(json.dumps(calibration), encoding="utf-8")
    model = "model = { threshold = 8, calibration = 'person.json' }"

    build_with(tmp_path, project=text.replace("model = { threshold = 8 }", model))
    with pytest.raises(ConfigurationError, match=r"subject person: comparison 'name': .* jaro-winkler >= 0.9"):
        build_with(tmp_path, project=PROJECT.replace("model = { threshold = 8 }", model))
