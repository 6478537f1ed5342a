"""`lifetree suggest`: what it finds in small files, what it drafts, and that the draft builds unedited."""

from __future__ import annotations

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.settings import load_project
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.suggest import SubjectDraft, draft_of, project_text, write_project
from lifetree.suggest.attributes import Attribute, File, Place, values_of
from lifetree.suggest.columns import Column, columns_of
from lifetree.suggest.reading import read_samples
from lifetree.suggest.vocabulary import called, vocabulary

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "configs" / "example" / "data"
GIVEN = "anna bela cora dina elsa fred gert hans ida jana karl lena mara nils olga paul rosa sven tina udo vera".split()
SURNAMES = "abel brandt clemens dorn eder falk grimm hahn iske jansen klein lorenz moser noll otto pfeil quast".split()
STREETS = "am markt;lindenweg;hauptstrasse;bergweg;am bach;gartenweg;schulweg;ringstrasse".split(";")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="lifetree")


def people(count: int, *, seed: int = 1) -> list[dict[str, str]]:
    """Invented persons, no two alike."""
    draw = random.Random(seed)
    return [
        {
            "given": draw.choice(GIVEN),
            "surname": draw.choice(SURNAMES),
            "born": f"{draw.randrange(1930, 2005)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
            "address": f"{draw.choice(STREETS)} {draw.randrange(1, 400)}",
            "phone": f"0{draw.randrange(10**9, 10**10 - 1)}",
        }
        for _ in range(count)
    ]


def mistyped(text: str, draw: random.Random) -> str:
    place = draw.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :] if draw.random() < 0.2 else text


def write(folder: Path, name: str, rows: list[dict[str, str]], **options: Any) -> Path:
    file = folder / name
    pl.DataFrame(rows).write_csv(file, **options)
    return file


@pytest.fixture
def registers(tmp_path: Path) -> tuple[Path, Path]:
    """Two files of the same persons, with other headings in another order, and a truth."""
    known, draw = people(240), random.Random(2)
    first = [
        {
            "id": f"a{number}", "Surname": one["surname"], "First name": one["given"], "DOB": one["born"],
            "Home address": one["address"], "Mobile": one["phone"], "Remarks": "seen once",
        }
        for number, one in enumerate(known[:200])
    ]  # fmt: skip
    second = [
        {
            "telephone": one["phone"] if draw.random() < 0.7 else "", "birth_date": one["born"],
            "addr": one["address"], "fname": mistyped(one["given"], draw), "lname": mistyped(one["surname"], draw),
            "record": f"b{number}",
        }
        for number, one in enumerate(known[40:])
    ]  # fmt: skip
    draw.shuffle(second)
    return write(tmp_path, "first.csv", first), write(tmp_path, "second.tsv", second, separator="\t")


def profile(file: Path) -> dict[str, Column]:
    [sample] = read_samples([file])
    return {column.name: column for column in columns_of(sample)}


def only(files: list[Path], **options: Any) -> SubjectDraft:
    [subject] = draft_of(files, **options).subjects
    return subject


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("surname", "surname"),
        ("LastName", "surname"),
        ("mailing_street_number", "house_number"),
        ("Date of Birth", "birth_date"),
        ("dob", "birth_date"),
        ("联系电话", "phone"),
        ("居民身份证号", "resident_id"),
        ("发生日期", "volatile"),
        ("法人单位名称", "organisation"),
        ("qty_x", ""),
    ],
)
def test_a_column_is_known_by_its_name(name: str, role: str) -> None:
    assert called(name).role == role


@pytest.mark.parametrize("name", ["spouse_first_name", "Employer Name", "监护人姓名", "mother_dob"])
def test_a_column_about_somebody_else_is_seen(name: str) -> None:
    assert called(name).others


def test_every_role_has_a_kind_and_every_form_a_way_to_be_found() -> None:
    known = vocabulary()
    assert {role.use for role in known.roles.values()} == {"match", "find", "carry", "key"} - {"find"}
    assert all(one.whole or one.weak for one in known.find.values())


def test_a_messy_file_is_profiled(tmp_path: Path) -> None:
    rows = [
        {
            " Nr ": str(number), "Name": f"{one['given']} {one['surname']}", "Geboren am": "",
            "birth date": f"{one['born'][8:]}/{one['born'][5:7]}/{one['born'][:4]}", "gender": "f" if number % 2 else "m",
            "state": "by", "Notes": f"came by on day {number}, was sent away, came again", "code": str(number % 3),
        }
        for number, one in enumerate(people(120))
    ]  # fmt: skip
    text = pl.DataFrame(rows).write_csv(separator=";").replace("anna", "änna")
    file = tmp_path / "messy.csv"
    file.write_bytes(text.encode("latin-1"))
    found = profile(file)
    assert {name: (one.role, one.use) for name, one in found.items()} == {
        "Nr": ("", "carry"),
        "Name": ("name", "match"),
        "Geboren am": ("", "carry"),
        "birth date": ("birth_date", "match"),
        "gender": ("sex", "match"),
        "state": ("region", "carry"),
        "Notes": ("note", "carry"),
        "code": ("", "carry"),
    }
    assert found["birth date"].shape.date_format == "%d/%m/%Y"
    assert found["Geboren am"].why == "empty"
    assert found["state"].why == "nearly the same everywhere"
    drafted = tomllib.loads(project_text(draft_of([file]), folder=tmp_path / "drafted"))
    [source] = drafted["source"]
    assert (source["delimiter"], source["encoding"]) == (";", "latin-1")
    assert source["mention"][0]["fields"]["birth_date"] == {"columns": "birth date", "date_format": "%d/%m/%Y"}


def test_a_file_in_gb18030_is_read_and_its_kinds_are_chinese(tmp_path: Path) -> None:
    text = (EXAMPLE / "civil.csv").read_text(encoding="utf-8")
    (tmp_path / "civil.csv").write_bytes(text.encode("gb18030"))
    subject = only([tmp_path / "civil.csv"])
    kinds = {one.name: one.kind for one in subject.attributes}
    assert kinds == {
        "full_name": "name", "sex": "sex", "birth_date": "date", "resident_id": "resident_id", "address": "address",
        "phone": "phone",
    }  # fmt: skip
    assert subject.files[0].key == "编号"
    assert [one.attribute for one in subject.identifiers] == ["resident_id"]
    compared = {one.attribute[0]: one.kind for one in subject.comparisons}
    assert (compared["full_name"], compared["address"]) == ("chinese_name", "chinese_address")


def test_columns_of_several_files_are_laid_onto_common_attributes(registers: tuple[Path, Path]) -> None:
    subject = only(list(registers))
    places = {one.name: {source: place.columns for source, place in one.places.items()} for one in subject.attributes}
    assert places == {
        "surname": {"first": ("Surname",), "second": ("lname",)},
        "given_name": {"first": ("First name",), "second": ("fname",)},
        "birth_date": {"first": ("DOB",), "second": ("birth_date",)},
        "address": {"first": ("Home address",), "second": ("addr",)},
        "phone": {"first": ("Mobile",), "second": ("telephone",)},
        "full_name": {"first": ("First name", "Surname"), "second": ("fname", "lname")},
    }
    assert [file.key for file in subject.files] == ["id", None]
    assert ("first", "Remarks", "does not tell subjects apart") in subject.left_out


def test_a_column_of_an_unknown_name_joins_the_attribute_that_shares_its_values(tmp_path: Path) -> None:
    known = people(150)
    first = write(tmp_path, "a.csv", [{"id": str(n), **one} for n, one in enumerate(known)])
    second = write(tmp_path, "b.csv", [{"x1": one["address"], "dob": one["born"], "x2": "k"} for one in known[30:]])
    subject = only([first, second], subject="person")
    [address] = [one for one in subject.attributes if one.role == "address"]
    assert address.places["b"].columns == ("x1",)


def test_files_that_hold_a_subject_once_are_compared_with_each_other_only(registers: tuple[Path, Path]) -> None:
    first, second = registers
    assert only([first, second]).between_sources
    twice = pl.concat([pl.read_csv(first), pl.read_csv(first).with_columns(id=pl.col("id") + "x").head(60)])
    twice.write_csv(first)
    assert not only([first, second]).between_sources


def test_the_rules_stay_within_the_budget(registers: tuple[Path, Path]) -> None:
    subject = only(list(registers), budget=1.5)
    assert subject.rules
    assert sum(rule.pairs for rule in subject.rules) <= 1.5 * subject.records


def test_an_address_that_a_household_shares_finds_candidates_only(tmp_path: Path) -> None:
    draw, rows = random.Random(3), []
    for number, home in enumerate(people(150, seed=4)):
        for member in people(4, seed=1000 + number):
            person = {**member, "address": home["address"], "surname": home["surname"]}
            rows += [person, {**person, "given": mistyped(person["given"], draw)}] if number % 3 == 0 else [person]
    subject = only([write(tmp_path, "people.csv", rows)])
    assert {one.name: one.use for one in subject.attributes}["address"] == "find"
    assert "address" not in [name for one in subject.comparisons for name in one.attribute]


def test_the_order_of_rows_does_not_change_the_draft(registers: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = registers
    before = project_text(draft_of([first, second]), folder=tmp_path)
    pl.read_csv(first, infer_schema=False).reverse().write_csv(first)
    assert project_text(draft_of([first, second]), folder=tmp_path) == before


def test_a_suggested_project_builds_unedited_and_finds_the_pairs(registers: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "drafted"
    done = run("suggest", *registers, "-o", folder, "-q")
    assert done.exit_code == 0, done.output
    assert f"lifetree build {folder}" in done.stdout
    project = load_project(folder, checks=CHECKS)
    summary = build(project)
    assert summary["records"] == 400
    assert 230 <= summary["entities"] <= 250


def test_files_of_persons_and_of_firms_become_two_subjects(tmp_path: Path) -> None:
    files = sorted(EXAMPLE.glob("*.csv"))
    done = run("suggest", *files, "-o", tmp_path, "--format", "json", "-q")
    told = json.loads(done.stdout)
    assert [one["subject"] for one in told["subjects"]] == ["person", "legal_entity"]
    assert {row["source"] for row in told["subjects"][1]["columns"]} == {"registration", "tax"}
    summary = build(load_project(tmp_path, checks=CHECKS))
    assert {name: one["entities"] for name, one in summary["subjects"].items()} == {"person": 111, "legal_entity": 142}


def test_the_example_in_the_help_runs_on_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("generate", "demo", "--persons", "1000", "-q").exit_code == 0
    [example] = re.findall(r"^ +lifetree (suggest demo/.*)$", run("suggest", "--help").stdout, flags=re.MULTILINE)
    done = run(*example.split(), "-q")
    assert done.exit_code == 0, done.output
    assert load_project("linked", checks=CHECKS).subjects["person"].identifiers[0].attribute == "resident_id"


def test_records_of_which_no_two_are_alike_have_rules_all_the_same(tmp_path: Path) -> None:
    rows = [{"name": f"n{number % 7} x", "town": f"town {number % 5}"} for number in range(60)]
    subject = only([write(tmp_path, "thin.csv", rows)])
    assert subject.rules


def test_a_column_of_any_name_is_read_as_it_is(tmp_path: Path) -> None:
    rows = [{"place": f"town {n % 7}", "source": f"{one['surname']} {n % 40}"} for n, one in enumerate(people(120))]
    file = write(tmp_path, "odd.csv", rows)
    [sample] = read_samples([file])
    names = ("place", "source")
    held = [Attribute(name, name, "", "text", "match", "text", {sample.name: Place((name,))}) for name in names]
    values = values_of([File(sample, (), "record", None)], held)
    assert sorted(values["place"].to_list()) == sorted(row["place"] for row in rows)
    assert values["source"].n_unique() == len({row["source"] for row in rows})


def test_lists_with_separators_are_compared_by_what_they_have_in_common(tmp_path: Path) -> None:
    draw = random.Random(5)
    rows = [
        {"firm": f"{one['surname']} ltd", "inventors": "**".join(draw.sample(GIVEN, 3)), "town": one["address"]}
        for one in people(80) * 2
    ]
    subject = only([write(tmp_path, "patents.csv", rows)])
    compared = {one.attribute: one.kind for one in subject.comparisons}
    assert compared["associates",] == "common_items"
    assert all("associates" not in rule for rule in subject.training)


def test_a_second_column_of_the_same_name_of_a_firm_is_left_out(tmp_path: Path) -> None:
    rows = [
        {"Name": one["surname"], "firm name": f"{one['surname']} ltd", "phone": one["phone"]} for one in people(80) * 2
    ]
    subject = only([write(tmp_path, "firms.csv", rows)])
    assert [one.role for one in subject.attributes].count("organisation") == 1
    assert any(why.startswith("says what") for _, _, why in subject.left_out)


def spelt(name: str, number: int) -> dict[str, str]:
    """A row of a firm: its name as delivered in one of several spellings, and in a standard form."""
    ending = ("ltd", "Ltd.", "LIMITED", "Company")[number % 4]
    return {"company name": f"{name.title()} {ending}", "Name": name.upper()}


def test_the_standard_form_of_a_firms_name_is_kept(tmp_path: Path) -> None:
    firms = [f"{one['surname']} {one['given']} trading" for one in people(60)]
    file = write(tmp_path, "firms.csv", [spelt(firm, number) for number in range(8) for firm in firms])
    subject = only([file])
    assert [one.places["firms"].columns for one in subject.attributes if one.role == "organisation"] == [("Name",)]
    assert ("firms", "company name", "'Name' has its standard form") in subject.left_out


def test_a_standard_form_that_one_file_lacks_is_left_out(tmp_path: Path) -> None:
    firms = [f"{one['surname']} {one['given']} trading" for one in people(60)]
    rows = [spelt(firm, number) for number in range(8) for firm in firms]
    bare = [{"company name": row["company name"]} for row in rows]
    subject = only([write(tmp_path, "one.csv", rows), write(tmp_path, "two.csv", bare)])
    [name] = [one for one in subject.attributes if one.role == "organisation"]
    assert {source: place.columns for source, place in name.places.items()} == {
        "one": ("company name",),
        "two": ("company name",),
    }


def test_a_part_of_a_firms_name_is_no_standard_form_of_it(tmp_path: Path) -> None:
    firms = [f"{one['surname']} {one['given']} trading" for one in people(60)]
    rows = [{**spelt(firm, number), "Name": firm.split()[0]} for number in range(8) for firm in firms]
    subject = only([write(tmp_path, "firms.csv", rows)])
    [name] = [one for one in subject.attributes if one.role == "organisation"]
    assert name.places["firms"].columns == ("company name",)


def test_a_file_of_one_column_of_names_is_drafted(tmp_path: Path) -> None:
    rows = [{"company": f"{one['surname']} {one['address']} ltd"} for one in people(80) * 2]
    subject = only([write(tmp_path, "firms.csv", rows)])
    assert [one.name for one in subject.attributes] == ["organisation"]


def test_a_file_of_a_thousand_columns_is_drafted(tmp_path: Path) -> None:
    rows = [{**one, **{f"v{number}": str(number) for number in range(1_000)}} for one in people(60) * 2]
    subject = only([write(tmp_path, "wide.csv", rows)])
    assert len(subject.left_out) == 1_000
    assert {"birth_date", "surname"} <= {one.name for one in subject.attributes}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty (0 bytes)"),
        (b"name,dob\n", "no rows that can be read"),
        (b"note\nx\ny\n", "no column was found by which records can be compared"),
        (b"name,name\na,b\n", "more than once"),
    ],
    ids=["empty", "header only", "nothing to compare", "a name twice"],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "odd.csv").write_bytes(content)
    done = run("suggest", tmp_path / "odd.csv", "-o", tmp_path / "drafted", "-q")
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Hint:" in done.stderr
    assert not (tmp_path / "drafted").exists()


def test_a_missing_file_and_a_file_twice_are_told(tmp_path: Path, registers: tuple[Path, Path]) -> None:
    assert "no file" in run("suggest", tmp_path / "none.csv", "-o", tmp_path / "d").stderr
    assert "more than once" in run("suggest", registers[0], registers[0], "-o", tmp_path / "d").stderr


def test_a_project_is_replaced_only_by_force(registers: tuple[Path, Path], tmp_path: Path) -> None:
    write_project(tmp_path / "mine", "# mine\n")
    done = run("suggest", *registers, "-o", tmp_path / "mine", "-q")
    assert done.exit_code == 1
    assert "--force" in done.stderr
    assert (tmp_path / "mine" / "lifetree.toml").read_text() == "# mine\n"
    assert run("suggest", *registers, "-o", tmp_path / "mine", "-q", "--force").exit_code == 0
    load_project(tmp_path / "mine", checks=CHECKS)
    (tmp_path / "mine" / "sources").mkdir()
    (tmp_path / "mine" / "sources" / "other.toml").write_text("")
    assert "would become part" in run("suggest", *registers, "-o", tmp_path / "mine", "-q", "--force").stderr
