"""Which records make an entity, and what a department's own statement of a change does, through a whole build."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.evaluation import evaluate_run
from lifetree.explanation import why_not

PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", phone = "phone", id_no = "id", old_id = "old id" }

[subject.person]
founding = [["id_no"], ["name", "born"]]
identifier = [{ attribute = "id_no", contradicted_by = ["name", "born"], former = "old_id" }]
blocking = [["name", "born"], ["phone"], ["id_no"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 8 }
[subject.person.attributes]
name = "name"
born = "date"
phone = "phone"
old_id = "resident_id"
[subject.person.attributes.id_no]
kind = "resident_id"
void_when = "abs(try_cast(substr(id_no, 7, 4) as int) - try_cast(year(born) as int)) >= 10"
"""
OTHERS = [
    f"f{i},Family{chr(97 + i % 26)} {chr(97 + i % 7)},19{60 + i % 40}-0{1 + i % 9}-1{i % 9},130000000{i:02d},,"
    for i in range(40)
]
FIRST, SECOND, MOTHER = "330199196209276907", "330199196303276903", "330199198812120025"


def built(folder: Path, *rows: str) -> dict[str, str | None]:
    """Return the entity of each record of a town of forty others and `rows`."""
    (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    text = "\n".join(["no,name,born,phone,id,old id", *OTHERS, *rows]) + "\n"
    (folder / "civil.csv").write_text(text, encoding="utf-8")
    settings = load_project(folder, checks=CHECKS)
    build(settings)
    return dict(
        open_live(settings).read("record_entity", subject="person").select("record_id", "entity_id").iter_rows()
    )


def test_a_record_that_tells_too_little_joins_an_entity_but_makes_none(tmp_path: Path) -> None:
    found = built(tmp_path, f"1,Ann Lee,1962-09-27,13900000001,{FIRST},", "2,Ann Lee,,13900000001,,", "3,Bo Ray,,,,")

    assert found["1"] == found["2"] is not None
    assert found["3"] is None
    run = open_live(load_project(tmp_path, checks=CHECKS))
    assert run.read("entities", subject="person").height == 41
    assert "Bo Ray" not in run.read("profiles", subject="person")["value"].to_list()


def test_unresolved_records_miss_their_pairs_and_are_no_entities(tmp_path: Path) -> None:
    built(
        tmp_path, f"1,Ann Lee,1962-09-27,,{FIRST},", f"2,Ann Lee,,,{FIRST},", "3,Bo Ray,,13900000009,,", "4,Bo Ray,,,,"
    )
    truth = tmp_path / "truth.csv"
    truth.write_text("record_id,entity_id\n1,ann\n2,ann\n3,bo\n4,bo\n", encoding="utf-8")
    project = load_project(tmp_path, checks=CHECKS)

    figures = evaluate_run(open_live(project), project, truth, subjects=["person"])["person"]

    assert (figures["entities"], figures["true_entities"], figures["unresolved"]) == (1, 2, 2)
    assert figures["pairwise"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}
    assert figures["exact_entities"] == 0.5


def test_show_and_explain_say_that_a_record_is_unresolved(tmp_path: Path) -> None:
    built(tmp_path, "1,Bo Ray,,13900000009,,", "2,Bo Ray,,13900000009,,")
    project = load_project(tmp_path, checks=CHECKS)

    shown = CliRunner().invoke(main, ["show", str(tmp_path), "civil:1"])
    keys = [{"source": "civil", "record_id": one, "role": ""} for one in ("1", "2")]
    told = why_not(open_live(project), project, subject="person", left=keys[0], right=keys[1])

    assert shown.exit_code == 1
    assert "civil:1 is unresolved" in shown.output
    assert (told["same_entity"], told["stage"]) == (False, "unresolved")
    assert told["change"] == "give one of them id_no, or name and born"


def test_a_delivered_change_of_number_ties_the_records_of_both(tmp_path: Path) -> None:
    rows = (f"1,Ann Lee,1962-09-27,,{FIRST},", f"2,Ann Lee,1963-03-27,,{SECOND},")
    apart = built(tmp_path, *rows)
    tied = built(tmp_path, *rows, f"3,Ann Lee,1963-03-27,,{SECOND},{FIRST}")

    assert apart["1"] != apart["2"]
    assert tied["1"] == tied["2"] == tied["3"]


def test_a_change_of_number_does_not_tie_a_stranger_who_bore_the_old_one(tmp_path: Path) -> None:
    found = built(
        tmp_path,
        f"1,Ann Lee,1962-09-27,,{FIRST},",
        f"2,Ann Lee,1962-09-27,,{SECOND},{FIRST}",
        f"3,Bert Stone,1962-09-27,,{FIRST},",
    )

    assert found["1"] == found["2"] != found["3"]


def test_a_mothers_number_on_her_childs_record_neither_ties_nor_keeps_apart(tmp_path: Path) -> None:
    found = built(
        tmp_path,
        f"1,Ann Lee,1988-12-12,13900000001,{MOTHER},",
        f"2,Cy Lee,2015-03-12,13900000002,{MOTHER},",
        "3,Cy Lee,2015-03-12,13900000002,330199201503120018,",
    )

    assert found["2"] == found["3"] != found["1"]


def test_the_profile_keeps_a_void_value(tmp_path: Path) -> None:
    found = built(tmp_path, f"2,Cy Lee,2015-03-12,13900000002,{MOTHER},")
    values = open_live(load_project(tmp_path, checks=CHECKS)).read("profiles", subject="person")

    own = values.filter((pl.col("entity_id") == found["2"]) & (pl.col("attribute") == "id_no"))
    assert own["value"].to_list() == [MOTHER]


def test_explain_why_names_records_that_are_in_no_entity(tmp_path: Path) -> None:
    built(tmp_path, "1,Bo Ray,,13900000009,,", "2,Bo Ray,,13900000009,,")

    told = CliRunner().invoke(main, ["explain", "why", str(tmp_path), "civil:1", "civil:2"])

    assert told.exit_code == 0, told.output
    assert "civil:1 and civil:2 are not one entity (unresolved and unresolved)" in told.output


def test_a_default_in_the_column_of_old_numbers_ties_nobody() -> None:
    from engine.settings import Subject
    from matchers.clustering.exclusive import exclusive_values

    subject = Subject.model_validate(
        {
            "attributes": {"id": "text", "old": "text"},
            "identifier": [{"attribute": "id", "former": "old"}],
            "blocking": ["id"],
            "comparison": [{"attribute": "id"}],
        }
    )
    signatures = pl.DataFrame({"signature_id": [1, 2], "id": ["A", "B"], "old": ["000", "000"]})
    generic = pl.DataFrame({"blocking_rule": ["identifier id"], "value": ["000"]})

    tied = exclusive_values(signatures, generic.clear(), subject=subject)
    kept = exclusive_values(signatures, generic, subject=subject)

    assert tied["value"].n_unique() == 1
    assert sorted(kept["value"]) == ["A", "B"]
