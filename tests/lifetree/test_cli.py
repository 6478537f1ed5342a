"""The command line: help, exit codes, what goes where."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from polars.exceptions import ComputeError

import lifetree.build
from engine.errors import StoreError
from lifetree import foreign_rooms, quality
from lifetree.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "configs" / "example"

SUMMARY = {
    "run_id": "r1", "records": 3, "signatures": 3, "pairs": 2, "links": 1, "entities": 2, "seconds": 0.5,
    "peak_memory_mb": 100, "buckets": 1, "stages": [{"name": "ingest", "seconds": 0.1, "rows": 3}],
    "subjects": {"person": {"records": 3, "signatures": 3, "pairs": 2, "links": 1, "entities": 2}},
    "accounts": [{"source": "civil", "rows_in": 3, "kept": 3, "quarantined": 0, "exact_duplicates": 0}],
    "notes": ["civil.csv is read as gb18030"],
}  # fmt: skip


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="lifetree")


def commands(group: click.Group = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            own = [
                one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)
            ]
            yield from commands(command, " ".join((f"{path}{name}", *own, "")))


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=[path for path, _ in commands()])
def test_every_command_has_help_and_an_example(path: str, command: click.Command) -> None:
    result = run(*path.split(), "--help")
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert f"lifetree {path}" in result.output


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=[path for path, _ in commands()])
def test_no_help_shows_its_marks_and_every_example_stands_on_its_line(path: str, command: click.Command) -> None:
    told = run(*path.split(), "--help").output
    examples = [line for line in told.splitlines() if line.startswith("    lifetree ")]
    assert "\\b" not in told
    assert "\b" not in told
    assert "  Example:" in told.splitlines()
    assert len(examples) == told.count(f"  lifetree {path.split(maxsplit=1)[0]}") >= 1


@pytest.mark.parametrize("path", [path for path, command in commands() if not isinstance(command, click.Group)])
def test_every_command_is_named_in_the_docs(path: str) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    guide = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "guide").glob("*.md"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"## lifetree {path}" in reference
    assert f"lifetree {path}" in readme + guide or f"`{path}`" in readme + guide


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["biuld"], "'build'"),
        (["build", "x", "--bukets", "2"], "--buckets"),
        (["build"], "PROJECT"),
        (["catalog", "rulez"], "'rules'"),
        (["evaluate", "x"], "--truth"),
        (["build", "x", "--format", "xml"], "'csv'"),
        (["find", str(EXAMPLE), "x", "--subject", "persn"], "did you mean 'person'?"),
        (["find", str(EXAMPLE), "x", "--attribute", "nmae"], "did you mean 'name'?"),
        (["build", str(EXAMPLE), "--calibration", "a.json"], "SUBJECT="),
        (["build", str(EXAMPLE), "--calibration", "person=nowhere.json"], "no such file"),
    ],
)
def test_misuse_exits_with_2_and_names_what_was_meant(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["build"], ["train"], ["find", "x"], ["show", "x"], ["explain", "why", "x", "y"]])
def test_a_folder_that_is_no_project_fails_with_a_hint(tmp_path: Path, command: list[str]) -> None:
    verbs = 2 if command[0] == "explain" else 1
    result = run(*command[:verbs], tmp_path, *command[verbs:])
    assert result.exit_code == 1
    assert f"no lifetree.toml in {tmp_path}" in result.stderr
    assert "Hint:" in result.stderr
    assert "Traceback" not in result.output


def test_looking_up_before_the_first_build_says_so(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "p", ignore=shutil.ignore_patterns("store"))
    result = run("find", tmp_path / "p", "x")
    assert result.exit_code == 1
    assert "lifetree build" in result.stderr


def test_build_prints_the_fixed_keys_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetree.build, "build", lambda *_, **__: SUMMARY)
    told = json.loads(run("build", EXAMPLE, "--format", "json").stdout)
    fixed = ["records", "signatures", "pairs", "links", "entities", "seconds", "peak_memory_mb", "stages"]
    assert [key for key in told if key in fixed] == fixed
    assert told["stages"][0].keys() >= {"name", "seconds", "rows"}


def test_build_prints_accounts_subjects_and_notes_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetree.build, "build", lambda *_, **__: SUMMARY)
    monkeypatch.setattr(quality, "lost", lambda _: quality.Lost(rows=0, values=1_200))
    result = run("build", EXAMPLE)
    assert result.exit_code == 0
    assert "exact_duplicates" in result.stdout
    assert "note: civil.csv is read as gb18030" in result.stdout
    assert "2 entities of 3 records" in result.stdout
    assert f"1,200 values emptied: see `lifetree quality report {EXAMPLE}`" in result.stdout
    assert result.stderr == ""


def test_build_hands_over_its_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    (tmp_path / "c.json").write_text("{}")
    monkeypatch.setattr(lifetree.build, "build", lambda *_, **given: seen.update(given) or SUMMARY)
    run("build", EXAMPLE, "--buckets", "4", "--memory", "2GB", "--calibration", f"person={tmp_path / 'c.json'}")
    assert seen["buckets"] == 4
    assert seen["memory"] == "2GB"
    assert seen["calibration"] == {"person": tmp_path / "c.json"}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped; the same command continues"),
        (StoreError("the disk is full", hint="make room"), 1, "Error: the disk is full\n\nHint: make room"),
        (PermissionError(13, "Permission denied", "out.json"), 1, "Error: out.json: permission denied"),
        (OSError("File too large (os error 27)"), 1, "Error: a file of the store: file too large\n\nHint: make room"),
        (
            ComputeError("parquet: No space left on device (os error 28)"),
            1,
            "no space left on device\n\nHint: make room",
        ),
        (OSError("no such device"), 1, "Error: no such device"),
    ],
    ids=[
        "Ctrl-C",
        "an expected error",
        "an error of the file system",
        "a file too large for the file system",
        "a full disk, told by Polars",
        "an error of the system without a number",
    ],
)
def test_failures_are_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(lifetree.build, "build", fail)
    result = run("build", EXAMPLE)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_that_a_library_turned_into_its_own_error_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt as error:
            raise RuntimeError("Query interrupted") from error

    monkeypatch.setattr(lifetree.build, "build", interrupted)
    result = run("build", EXAMPLE)
    assert result.exit_code == code
    assert result.stderr == "stopped; the same command continues\n"


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("rules", {"code", "category", "phase"}),
        ("sources", {"source", "title", "files", "mentions"}),
        ("comparisons", {"kind", "title", "thresholds", "levels"}),
        ("kinds", {"kind", "title"}),
        ("functions", {"function", "origin"}),
        ("tables", {"table", "column", "type", "key"}),
        ("settings", {"table", "key", "type", "default", "description"}),
    ],
)
def test_a_catalogue_is_a_list_of_objects(name: str, keys: set[str]) -> None:
    rows = json.loads(run("catalog", name, "--format", "json").stdout)
    assert rows
    assert all(row.keys() >= keys for row in rows)
    table, csv = run("catalog", name).stdout, run("catalog", name, "--format", "csv").stdout
    assert len(csv.splitlines()) >= len(rows) + 1
    assert all(key in table for key in keys)


@pytest.mark.parametrize("name", ["settings", "comparisons", "rules", "definitions"])
def test_a_catalogue_fits_the_width_that_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    assert max(map(len, run("catalog", name).stdout.splitlines())) <= 90


def test_demo_does_not_write_into_a_folder_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    result = run("demo", tmp_path)
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_rooms_of_another_installation_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert foreign_rooms(ROOT) == []
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "trees"]:
        monkeypatch.delitem(sys.modules, name)
    assert foreign_rooms(ROOT) == [f"trees: {tmp_path / 'trees'}"]
