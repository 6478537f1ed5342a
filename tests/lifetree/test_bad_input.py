"""Bad input at the command line: a clear error or a quarantine, and no row lost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }

[subject.person]
attributes = { surname = "name", town = "text" }
blocking = ["surname"]
comparison = [{ attribute = "surname", kind = "text" }, { attribute = "town" }]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey")
ROWS = [[str(i), SURNAMES[i % 6], f"Town {i % 3}"] for i in range(60)]


def delivered(rows: list[list[str]], *, header: str = "no,surname,town") -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return f"{header}\n{stream.getvalue()}"


def build(folder: Path, data: str | bytes | None = None, *, project: str = PROJECT) -> Result:
    (folder / "lifetree.toml").write_text(project, encoding="utf-8")
    if data is not None:
        (folder / "civil.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return CliRunner().invoke(main, ["build", str(folder), "--format", "json", "--quiet"])


def account(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)["accounts"]
    assert row["rows_in"] == sum(row[fate] for fate in ("kept", "quarantined", "exact_duplicates", "superseded"))
    return {name: number for name, number in row.items() if name != "source" and number}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(delivered(ROWS), {"rows_in": 60, "kept": 60}, id="good rows"),
        pytest.param(delivered(ROWS) + "61,Guy\n62,Hall,Ayr,x,y\n", {"rows_in": 62, "kept": 60, "quarantined": 2}, id="ragged rows"),
        pytest.param(delivered([*ROWS, ["61", "", ""]]), {"rows_in": 61, "kept": 60, "quarantined": 1}, id="no identity attribute"),
        pytest.param(delivered([*ROWS, ["", "Guy", "Ayr"]]), {"rows_in": 61, "kept": 60, "quarantined": 1}, id="no key"),
        pytest.param(delivered([*ROWS, ROWS[3], ["5", "Guy", "Ayr"]]), {"rows_in": 62, "kept": 60, "exact_duplicates": 1, "superseded": 1}, id="the same row, and a new version"),
        pytest.param(delivered([*ROWS, ["61", "Gu\x00y", "Ayr"]]), {"rows_in": 61, "kept": 61}, id="null byte"),
        pytest.param(delivered([*ROWS, ["61", "Guy", "x" * 10_000_000]]), {"rows_in": 61, "kept": 61}, id="10 MB field"),
        pytest.param(delivered([*ROWS, ["61", "Müller", "Köln"]]).encode("latin-1"), {"rows_in": 61, "kept": 61}, id="Latin-1"),
        pytest.param(delivered([*ROWS, ["61", "王芳", "宁波"]]).encode("gb18030"), {"rows_in": 61, "kept": 61}, id="GB18030"),
    ],
)  # fmt: skip
def test_every_row_has_one_fate(tmp_path: Path, data: str | bytes, expected: dict[str, int]) -> None:
    assert account(build(tmp_path, data)) == expected


@pytest.mark.parametrize(
    ("data", "change", "told"),
    [
        pytest.param(None, ("", ""), "civil.csv", id="missing file"),
        pytest.param("", ("", ""), "is empty", id="empty file"),
        pytest.param(delivered(ROWS).replace(",", ";"), ("key =", 'delimiter = ","\nkey ='), "looks delimited by ';'", id="wrong delimiter"),
        pytest.param(delivered(ROWS, header="no;surname;town"), ("", ""), "quarantined 60 because: has 1 cell, the header has 3", id="header and rows delimited otherwise"),
        pytest.param(delivered(ROWS, header="no,surname,surname"), ("", ""), "'surname'", id="duplicated header"),
        pytest.param(delivered(ROWS), ('town = "town"', 'town = "twon"'), "did you mean 'town'?", id="unknown column"),
        pytest.param(delivered([["1", "Müller", "Köln"]]).encode("latin-1"), ('key =', 'encoding = "utf-8"\nkey ='), "utf-8", id="wrong encoding"),
        pytest.param(delivered(ROWS), ("[[source]]", "[[sorce]]"), "source", id="no source"),
        pytest.param(delivered(ROWS), ("[subject.person]", PROJECT[: PROJECT.index("[subject")] + "[subject.person]"), "names must be unique", id="two sources of one name"),
        pytest.param(delivered(ROWS), ("[subject.person]", "[subject.person"), "lifetree.toml", id="broken TOML"),
        pytest.param(delivered(ROWS), ("[[source]]", 'store = "civil.csv/store"\n[[source]]'), "cannot write to the store", id="unwritable store"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_says_why_and_what_next(
    tmp_path: Path, data: str | bytes | None, change: tuple[str, str], told: str
) -> None:
    result = build(tmp_path, data, project=PROJECT.replace(*change, 1) if change[0] else PROJECT)

    assert result.exit_code == 1
    assert told in result.stderr
    assert "Hint: " in result.stderr or "hint: " in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_header_without_rows_is_told(tmp_path: Path) -> None:
    result = build(tmp_path, "no,surname,town\n")

    assert result.exit_code == 1
    assert "no record to resolve: 0 rows were delivered" in result.stderr


def test_a_file_of_a_thousand_columns_reads_those_that_are_mapped(tmp_path: Path) -> None:
    wide = [[*row, *("x" for _ in range(1000))] for row in ROWS]
    header = ",".join(["no", "surname", "town", *(f"c{i}" for i in range(1000))])

    assert account(build(tmp_path, delivered(wide, header=header))) == {"rows_in": 60, "kept": 60}


def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import lifetree.build as module

    stop: Callable[..., object] = lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(module, "resolve_subject", stop)
        stopped = build(tmp_path, delivered(ROWS))
    resumed = build(tmp_path)

    assert stopped.exit_code == 130
    assert "the same command" in stopped.stderr
    assert {stage["name"]: stage["ran"] for stage in json.loads(resumed.stdout)["stages"]}["ingest"] == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not JSON", "c.json is no calibration: it is not JSON"),
        ("{}", "c.json is no calibration: 'subject' is missing, and 3 more faults"),
        ('{"subject": 7, "comparisons": [], "c": 1, "provenance": 1}', "'subject' is not as it should be"),
    ],
)
def test_a_file_that_is_no_calibration_is_told_in_a_line(tmp_path: Path, text: str, told: str) -> None:
    build(tmp_path, delivered(ROWS))
    (tmp_path / "c.json").write_text(text)

    result = CliRunner().invoke(main, ["build", str(tmp_path), "--calibration", str(tmp_path / "c.json")])

    assert result.exit_code == 1
    assert told in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1:] == ["", "Hint: `lifetree train PROJECT` makes one"]


def test_the_delimiter_of_a_truth_file_is_named(tmp_path: Path) -> None:
    build(tmp_path, delivered(ROWS))
    (tmp_path / "truth.csv").write_text("record_id;entity_id\n1;1\n")

    result = CliRunner().invoke(main, ["evaluate", str(tmp_path), "--truth", str(tmp_path / "truth.csv")])

    assert result.exit_code == 1
    assert "one column 'record_id;entity_id', which looks delimited by ';'" in result.stderr


@pytest.mark.parametrize("file", ["live.json", "manifest.json"])
def test_a_store_that_may_not_be_read_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    build(tmp_path, delivered(ROWS))
    read_text = Path.read_text

    def refused(path: Path, *args: str, **kwargs: str) -> str:
        if path.name == file:
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refused)
    result = CliRunner().invoke(main, ["find", str(tmp_path), "Abel"])

    assert result.exit_code == 1
    assert "no permission to read the store" in result.stderr
    assert "no finished build" not in result.stderr
