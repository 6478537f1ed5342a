"""`quality` on a run written out by hand, and the way to it from a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "id"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born" }

[subject.person]
attributes = { name = "name", born = "date" }
blocking = "born"
comparison = [{ attribute = "name" }, { attribute = "born" }]
"""
ROWS = [f"{number},Name {number % 7},19{50 + number % 9}-01-0{number % 5 + 1}" for number in range(40)]
BAD = ["41,n/a,1980-01-01", "42,Zoe,1980-02-31", "43,Yan,", "44,Xaver", ",Willy,1970-01-01"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("quality")
    (folder / "lifetree.toml").write_text(PROJECT)
    (folder / "civil.csv").write_text("\n".join(["id,name,born", *ROWS, *BAD]) + "\n")
    result = run("build", folder)
    assert result.exit_code == 0, result.output
    return folder, result


def test_findings_and_rejects_are_counted_with_an_example(built: tuple[Path, Result]) -> None:
    told = json.loads(run("quality", "report", built[0], "--format", "json").stdout)
    keys = ("rule", "field", "action", "count", "record_id", "before", "after", "line")
    assert [tuple(row[key] for key in keys) for row in told] == [
        ("A5", "born", "null", 1, "42", "1980-02-31", None, None),
        ("I1", "", "quarantine", 1, None, told[1]["before"], None, 46),
        ("I1", "name", "null", 1, "41", "n/a", None, None),
        ("N2", "name", "flag", 40, "0", "Name 0", None, None),
        ("read", "", "quarantine", 1, None, "44,Xaver", None, 45),
    ]
    assert told[4]["told"] == "has 2 cells, the header has 3"


def test_a_source_and_a_rule_can_be_asked_for_row_by_row(built: tuple[Path, Result]) -> None:
    lines = run(
        "quality", "report", built[0], "--source", "civil", "--rule", "A5", "--rows", "--format", "csv"
    ).stdout.splitlines()
    assert lines[0].startswith("source,record_id,role,subject,rule,field,action,before,after,file,line")
    assert [line.split(",")[:8] for line in lines[1:]] == [
        ["civil", "42", '""', "person", "A5", "born", "null", "1980-02-31"]
    ]


def test_the_table_names_the_place_and_the_change(built: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = run("quality", "report", built[0]).stdout
    assert "1980-02-31 -> (empty)" in shown
    assert "civil.csv, line 45" in shown


@pytest.mark.parametrize(
    ("option", "said"),
    [(["--source", "civl"], "did you mean 'civil'?"), (["--rule", "A55"], "no rule 'A55'; did you mean 'A5'?")],
)
def test_an_unknown_source_or_rule_is_misuse(built: tuple[Path, Result], option: list[str], said: str) -> None:
    result = run("quality", "report", built[0], *option)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_build_points_to_what_it_left_out(built: tuple[Path, Result]) -> None:
    folder, result = built
    assert f"2 rows quarantined, 2 values emptied: see `lifetree quality report {folder}`" in result.stdout


def test_the_csv_of_a_build_has_a_row_per_source_and_subject(built: tuple[Path, Result]) -> None:
    head, civil, person = run("build", built[0], "--format", "csv").stdout.splitlines()
    assert head == (
        "of,name,rows_in,kept,quarantined,exact_duplicates,superseded,"
        "records,signatures,pairs,links,review,conflicts,entities"
    )
    assert civil == "source,civil,45,43,2,0,0,,,,,,,"
    assert person.startswith("subject,person,,,,,,43,")
