"""Projects: what is taken, and every fault at once in the user's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConfigurationError
from engine.settings import load_project

GOOD = """
[project]
name = "town"

[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { surname = "Last name", full = ["First", "Last name"], born = { columns = "dob", date_format = "%d/%m/%Y" } }

[subject.person]
identifier = [{ attribute = "surname", contradicted_by = ["born"] }]
[subject.person.attributes]
surname = "name"
full = { kind = "name", identity = false }
born = "date"
[[subject.person.blocking]]
on = ["surname", "year(born)"]
[[subject.person.comparison]]
attribute = "born"
"""


def write(folder: Path, text: str, **sources: str) -> Path:
    (folder / "lifetree.toml").write_text(text, encoding="utf-8")
    (folder / "sources").mkdir(exist_ok=True)
    for name, content in sources.items():
        (folder / "sources" / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_project(folder)
    return caught.value.faults


def test_shorthands_stand_for_their_full_forms(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, GOOD))

    (mention,) = project.sources[0].mentions
    assert mention.fields["surname"].columns == ("Last name",)
    assert mention.fields["full"].columns == ("First", "Last name")
    assert project.sources[0].columns() == ("no", "Last name", "First", "dob")
    assert project.subjects["person"].identity_attributes() == ("surname", "born")
    assert project.subjects["person"].comparisons[0].label == "born"


def test_a_tab_is_a_delimiter(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace('key = "no"', 'key = "no"\ndelimiter = "\\t"'))
    assert load_project(tmp_path).sources[0].delimiter == "\t"


def test_a_file_in_sources_is_a_source_named_after_it(tmp_path: Path) -> None:
    tax = 'files = "tax.csv"\n[[mention]]\nsubject = "person"\nfields = { surname = "name" }\n'

    project = load_project(write(tmp_path, GOOD, tax=tax))

    assert [source.name for source in project.sources] == ["civil", "tax"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(("files =", "filez ="), "source.civil: unknown key 'filez'; did you mean 'files'?", id="unknown key"),
        pytest.param(("name = \"civil\"\n", ""), "source.1: 'name' is missing", id="missing key"),
        pytest.param(("surname = \"name\"", "surname = \"nam\""), "subject person: attribute 'surname': unknown kind 'nam'; did you mean 'name'?", id="unknown kind"),
        pytest.param(("subject = \"person\"", "subject = \"persn\""), "source civil: mention of unknown subject 'persn'; did you mean 'person'?", id="unknown subject"),
        pytest.param(("{ surname =", "{ surnam ="), "source civil: 'surnam' is no attribute of person; did you mean 'surname'?", id="unknown attribute"),
        pytest.param(("year(born)", "yaer(born)"), "blocking rule 'surname & yaer(born)': unknown function 'yaer'", id="unknown function"),
        pytest.param(("\"year(born)\"", "\"full\""), "unknown column 'full' in 'full'", id="rule over no identity attribute"),
        pytest.param(("surname = \"name\"", "surname = { kind = \"name\", implied = \"lowr(born)\" }"), "attribute 'surname': implied: unknown function 'lowr'", id="unknown function in what is implied"),
        pytest.param(("surname = \"name\"", "surname = { kind = \"name\", identity = false, implied = \"born\" }"), "attribute 'surname': implied is for what subjects are matched by", id="implied without identity"),
        pytest.param(("surname = \"name\"", "surname = { kind = \"name\", void_when = \"born\" }"), "attribute 'surname': void_when: 'born' is String, and must be true or false", id="void_when that is no test"),
        pytest.param(("contradicted_by = [\"born\"]", "contradicted_by = [\"born\"], former = \"surname\""), "identifier 'surname': former is another attribute of the same kind", id="an identifier that is its own former"),
        pytest.param(("contradicted_by = [\"born\"]", "contradicted_by = [\"dob\"]"), "identifier 'surname': 'dob' is no comparison; known: born", id="unknown comparison"),
        pytest.param(("surname = \"name\"", "source = \"name\"\nsurname = \"name\""), "attribute 'source' bears the name of a fixed column", id="reserved word"),
        pytest.param(("surname = \"name\"", "_judged = \"name\"\nsurname = \"name\""), "attribute '_judged': a name is letters, digits and _, and begins with a letter", id="leading underscore"),
        pytest.param(("surname = \"name\"", "\"a b\" = \"name\"\nsurname = \"name\""), "attribute 'a b': a name is letters", id="blank in a name"),
        pytest.param(("attribute = \"born\"\n", "attribute = \"born\"\nname = \"n m\"\n[[subject.person.comparison]]\nattribute = \"surname\"\nname = \"N-m\"\n"), "comparisons 'n m' and 'N-m' have one name in SQL", id="labels that SQL takes for one"),
        pytest.param(("attribute = \"born\"\n", "attribute = [\"surname\", \"born\"]\nname = \"full\"\nterm_frequency = true\n"), "comparison 'full' of several attributes bears the name of another one", id="label of several attributes that is another's name"),
        pytest.param(("fields = { surname = \"Last name\", full = [\"First\", \"Last name\"], born = { columns = \"dob\", date_format = \"%d/%m/%Y\" } }", "fields = {}"), "source.civil.mention.1.fields: at least one is needed", id="mention without fields"),
        pytest.param(("key = \"no\"", "key = \"no\"\ndelivered_at = \"1st May\""), "source.civil.delivered_at: value error, '1st May' is no date in ISO 8601; write it as 2024-01-31", id="delivery date in words"),
        pytest.param(("key = \"no\"", "key = \"no\"\ndelivered_at = { \"a.csv\" = \"2024-02-30\" }"), "'2024-02-30' is no date in ISO 8601", id="delivery date that does not exist"),
        pytest.param(("key = \"no\"", "key = \"no\"\ndelivered_at = 20240131"), "source.civil.delivered_at", id="delivery date as a number"),
        pytest.param(("civil.csv", "${LIFETREE_NOWHERE}/civil.csv"), "the environment variable LIFETREE_NOWHERE is not set", id="unset variable"),
        pytest.param(("[project]", "[project"), "lifetree.toml: ", id="broken TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert GOOD.replace(*change) != GOOD

    found = faults(write(tmp_path, GOOD.replace(*change)))

    assert any(told in fault for fault in found), found


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    tax = '\ufefffiles = "tax.csv"\n[[mention]]\nsubject = "person"\nfields = { surname = "name" }\n'

    project = load_project(write(tmp_path, f"\ufeff{GOOD}", tax=tax))

    assert [source.name for source in project.sources] == ["civil", "tax"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", "2024-05-01"),
        ('"2024-05-01"', "2024-05-01"),
        ('"2024-05"', "2024-05"),
        ("2024-05-01T09:00:00+08:00", "2024-05-01T01:00:00"),
        ('"2024-05-01 09:00"', "2024-05-01T09:00:00"),
        ('{ "a.csv" = 2024-05-01, "b*" = "2024-06" }', (("a.csv", "2024-05-01"), ("b*", "2024-06"))),
    ],
)
def test_delivery_dates_are_iso_texts_or_dates_of_toml(tmp_path: Path, text: str, expected: object) -> None:
    project = load_project(write(tmp_path, GOOD.replace('key = "no"', f'key = "no"\ndelivered_at = {text}')))

    assert project.sources[0].delivered_at == expected


@pytest.mark.parametrize(
    ("text", "columns", "form"),
    [
        ('"t"', ("t",), None),
        ('["day", "hour"]', ("day", "hour"), None),
        ('{ columns = "t", date_format = "%d/%m/%Y %H:%M" }', ("t",), "%d/%m/%Y %H:%M"),
    ],
    ids=["a column", "several columns", "a declared form"],
)
def test_record_time_is_mapped_as_fields_are(
    tmp_path: Path, text: str, columns: tuple[str, ...], form: str | None
) -> None:
    project = load_project(write(tmp_path, GOOD.replace('key = "no"', f'key = "no"\nrecorded_at = {text}')))

    (source,) = project.sources
    assert source.recorded_at is not None
    assert (source.recorded_at.columns, source.recorded_at.date_format) == (columns, form)
    assert set(columns) <= set(source.columns())


def test_attributes_of_any_script_are_taken(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, GOOD.replace('"surname"', '"姓名"').replace("surname =", '"姓名" =')))

    assert project.subjects["person"].identity_attributes() == ("姓名", "born")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace('surname = "name"', 'surname = "nam"')
        .replace("year(born)", "yaer(born)")
        .replace('"Last name", full', '"Last name", ful')
    )

    assert len(faults(write(tmp_path, text))) == 3


def test_two_sources_of_one_name_are_a_fault(tmp_path: Path) -> None:
    civil = 'files = "other.csv"\n[[mention]]\nsubject = "person"\nfields = { surname = "name" }\n'

    assert faults(write(tmp_path, GOOD, civil=civil)) == (
        "source civil: 2 sources bear this name; names must be unique",
    )


def test_a_project_without_sources_says_so(tmp_path: Path) -> None:
    assert any(
        "source" in fault
        for fault in faults(
            write(
                tmp_path,
                '[subject.person]\nattributes = { a = "text" }\nblocking = ["a"]\ncomparison = [{ attribute = "a" }]\n',
            )
        )
    )


def test_a_folder_without_a_project_says_what_a_project_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no lifetree.toml in .*\n\nHint: a project is a folder"):
        load_project(tmp_path)
    with pytest.raises(ConfigurationError, match="no such folder"):
        load_project(tmp_path / "nowhere")


def test_an_unknown_key_does_not_hide_the_other_faults(tmp_path: Path) -> None:
    text = (
        GOOD.replace("files =", "filez = 1\nfiles =")
        .replace("yaer", "year")
        .replace('surname = "name"', 'surname = "nam"')
    )

    found = faults(write(tmp_path, text))

    assert [one.split(":")[0] for one in found] == ["lifetree.toml", "subject person"]
