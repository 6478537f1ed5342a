"""`lifetree watch`: what is taken, what is set aside, what a stop leaves, and what a build makes of it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from engine.errors import StoreError
from engine.settings import Project, load_project
from engine.store import open_live, writing
from engine.stream import taking
from engine.stream.inbox import look
from engine.stream.manifest import stream_folder
from engine.stream.taking import take
from lifetree import stream
from lifetree.build import CHECKS, build
from lifetree.cli import main

PROJECT = """
[[source]]
name = "civil"
files = "data/civil*.csv"
key = "no"
recorded_at = "told"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[[source]]
name = "clinic"
files = "data/clinic*.csv"
[[source.mention]]
subject = "person"
fields = { surname = "surname" }
[subject.person]
attributes = { surname = "name", town = "text" }
blocking = ["surname"]
comparison = [{ attribute = "surname" }, { attribute = "town" }]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey")
HEAD = "no,surname,town,told\n"


def civil(town: str, told: str, *, first: int = 0, rows: int = 12) -> str:
    return HEAD + "".join(f"{i},{SURNAMES[i % 6]},{town},{told}\n" for i in range(first, first + rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "inbox" / "civil").mkdir(parents=True)
    return tmp_path


def put(folder: Path, name: str, text: str | bytes) -> Path:
    place = folder / "inbox" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def watched(folder: Path) -> list[str]:
    """Take all that lies in the inbox and return what was told."""
    told: list[str] = []
    stream.watch(project_of(folder), once=True, interval=0, tell=told.append)
    return told


def towns(folder: Path) -> dict[str, str]:
    records = stream.read_stream(project_of(folder), "records", "person")
    return dict(records.select("record_id", "town").iter_rows())


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="lifetree")


def test_files_are_taken_told_and_kept(folder: Path) -> None:
    put(folder, "civil/monday.csv", civil("Ayr", "2024-01-01"))
    put(folder, "clinic.csv", "surname\nAbel\nAbel\n")

    result = run("watch", folder, "--once", "--interval", "0.05", "--format", "json")

    status: dict[str, Any] = json.loads(result.stdout)
    assert (status["batches"], status["files"], status["rows"], status["waiting"]) == (1, 2, 14, 0)
    assert status["latency"]["max"] >= status["latency"]["p50"] > 0
    assert [(one["source"], one["kept"]) for one in status["accounts"]] == [("civil", 12), ("clinic", 2)]
    assert "batch 1: 14 rows of 2 files" in result.stderr
    kept = sorted(path.name for path in (folder / "inbox").rglob("*.csv"))
    assert kept == ["clinic.csv", "monday.csv"]
    assert all("done" in path.parts for path in (folder / "inbox").rglob("*.csv"))
    assert "watermark: 2024-01-01" in run("watch", folder, "--status").stdout


def test_the_same_content_adds_nothing_under_any_name(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    put(folder, "civil/b.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    put(folder, "civil/c.csv", civil("Ayr", "2024-01-01"))
    (told,) = watched(folder)

    assert "repeated delivery: c.csv" in told
    status = stream.stream_status(project_of(folder))
    assert (status["rows"], status["repeated"], status["batches"]) == (12, 2, 1)


def test_equal_contents_of_two_sources_are_two_deliveries(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    put(folder, "clinic/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)

    assert stream.stream_status(project_of(folder))["rows"] == 24


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("civil/bad.csv", b"nummer,surname\n1,Abel\n", "no column 'no'"),
        ("civil/bad.csv", b"", "is empty"),
        ("civil/bad.csv.gz", gzip.compress(civil("Ayr", "2024", rows=3000).encode())[:-200], "damaged"),
        ("civil/bad.parquet", b"no parquet", "damaged"),
        ("civil/bad.doc", b"no,surname,town,told\n", "unknown suffix"),
    ],
    ids=["columns", "empty", "cut short", "of another format", "unknown format"],
)
def test_a_bad_file_is_set_aside_with_the_reason_and_the_others_go_on(
    folder: Path, name: str, content: bytes, reason: str
) -> None:
    put(folder, name, content)
    put(folder, "civil/good.csv", civil("Ayr", "2024-01-01"))
    told = watched(folder)

    (failed,) = stream.stream_status(project_of(folder))["failed"]
    assert failed == f"failed/{name}"
    assert reason in (folder / "inbox" / f"{failed}.reason.txt").read_text(encoding="utf-8")
    assert any("not taken" in one for one in told)
    assert len(towns(folder)) == 12


@pytest.mark.parametrize(("dates", "taken"), [("", 0), ('"2024-01-01"', 0), ('{ "m*.csv" = "2024-01-01" }', 1)])
def test_versions_of_a_record_that_no_time_tells_apart_are_not_taken(folder: Path, dates: str, taken: int) -> None:
    told = f"delivered_at = {dates}" if dates else ""
    (folder / "lifetree.toml").write_text(PROJECT.replace('recorded_at = "told"', told), encoding="utf-8")
    put(folder, "civil/monday.csv", civil("Ayr", "2024-01-01"))

    watched(folder)

    status = stream.stream_status(project_of(folder))
    assert (status["files"], len(status["failed"])) == (taken, 1 - taken)
    if not taken:
        reason = (folder / "inbox" / f"{status['failed'][0]}.reason.txt").read_text(encoding="utf-8")
        assert "source civil: no time tells versions of a record apart" in reason
        assert "lifetree update" in reason


def test_a_file_that_is_mended_is_taken_under_its_name(folder: Path) -> None:
    put(folder, "civil/a.csv", "no\n1\n")
    watched(folder)
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)

    assert len(towns(folder)) == 12


def test_a_big_file_is_one_batch_of_several_parts_or_none(folder: Path) -> None:
    whole = gzip.compress(civil("Ayr", "2024-01-01", rows=30_000).encode())
    put(folder, "civil/whole.csv.gz", whole)
    put(folder, "civil/cut.csv.gz", gzip.compress(civil("Bath", "2024-01-01", rows=300_000).encode())[:-200])
    put(folder, "civil/small.csv", civil("Corr", "2024-02-01"))
    project = project_of(folder)
    opened = stream.open_stream(project, folder / "inbox", stream_folder(project), lambda _: None)
    take(opened, look(folder / "inbox", stream.file_names(project)), batch_rows=8_000)

    parts = {tuple(file["name"] for file in one["files"]): len(one["parts"]) for one in opened.manifests}
    assert parts == {("inbox/civil/whole.csv.gz",): 4, ("inbox/civil/small.csv",): 1}
    kept = towns(folder)
    assert (len(kept), kept["0"], kept["12"]) == (30_000, "Corr", "Ayr")


@pytest.mark.parametrize("name", [".hidden.csv", "x.csv.part", "x.csv.tmp", "x.csv~", ".sub/x.csv"])
def test_unfinished_and_hidden_files_are_left(folder: Path, name: str) -> None:
    place = put(folder, f"civil/{name}", civil("Ayr", "2024-01-01"))
    assert watched(folder) == []
    assert place.exists()


def test_a_file_that_grows_is_left_until_it_is_complete(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = put(folder, "civil/a.csv", civil("Ayr", "2024-01-01", rows=3))
    full = civil("Ayr", "2024-01-01")

    def write_on(_: float) -> None:
        place.write_text(full, encoding="utf-8")

    monkeypatch.setattr(stream.time, "sleep", write_on)
    watched(folder)
    assert place.exists()
    monkeypatch.undo()
    watched(folder)
    assert len(towns(folder)) == 12


def test_a_file_of_no_source_is_told_and_stays(folder: Path) -> None:
    place = put(folder, "what.csv", civil("Ayr", "2024-01-01"))
    (told,) = watched(folder)

    assert "what.csv is of no source" in told
    assert stream.stream_status(project_of(folder))["unknown"] == ["what.csv"]
    assert place.exists()


def test_late_rows_are_taken_and_counted(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-05-01"))
    watched(folder)
    put(folder, "civil/b.csv", civil("Bath", "2024-04-01", first=6))
    (told,) = watched(folder)
    put(folder, "civil/c.csv", civil("Cork", "9999-12-31", first=18))
    watched(folder)

    assert ", 12 late" in told
    (source,) = stream.stream_status(project_of(folder))["sources"]
    assert (source["rows"], source["late"], source["watermark"]) == (36, 12, "2024-05-01")
    assert towns(folder) == {str(i): "Ayr" if i < 12 else "Bath" if i < 18 else "Cork" for i in range(30)}


@pytest.mark.parametrize("place", ["write_part", "commit", "_told"], ids=["in parts", "at commit", "after commit"])
def test_a_stop_loses_nothing_and_doubles_nothing(folder: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    put(folder, "civil/b.csv", civil("Bath", "2024-02-01", first=6))

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, place, stop)
    with pytest.raises(KeyboardInterrupt):
        watched(folder)
    monkeypatch.undo()
    watched(folder)

    status = stream.stream_status(project_of(folder))
    assert (status["rows"], status["repeated"], status["waiting"]) == (24, 0, 0)
    assert towns(folder) == {str(i): "Ayr" if i < 6 else "Bath" for i in range(18)}


def test_what_a_killed_process_left_is_put_in_order(folder: Path) -> None:
    waiting = put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    store = stream_folder(project_of(folder))
    (store / "parts" / "00000002").mkdir()
    (kept,) = (folder / "inbox" / "done").rglob("*.csv")
    os.link(kept, waiting)

    assert watched(folder) == []
    assert not waiting.exists()
    assert [path.name for path in (store / "parts").iterdir()] == ["00000001"]
    assert stream.stream_status(project_of(folder))["repeated"] == 0


def test_a_full_disk_commits_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "_keep", full)
    with pytest.raises(StoreError, match="No space left"):
        watched(folder)
    assert place.exists()
    assert not any((stream_folder(project_of(folder)) / "parts").iterdir())


def test_two_watchers_and_changed_settings_are_refused(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    with writing(stream_folder(project_of(folder))), pytest.raises(StoreError, match="another process"):
        watched(folder)
    (folder / "lifetree.toml").write_text(PROJECT.replace('town = "text"', 'town = "name"'), encoding="utf-8")
    with pytest.raises(StoreError, match="settings of civil changed"):
        watched(folder)


def test_reading_what_is_not_there_says_what_is(folder: Path) -> None:
    with pytest.raises(StoreError, match="nothing was taken"):
        stream.read_stream(project_of(folder), "records", "person")
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    with pytest.raises(StoreError, match="no table 'record'"):
        stream.read_stream(project_of(folder), "record", "person")


def test_a_build_has_the_records_of_the_stream(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "clinic.csv").write_text("surname\nAbel\nBirch\n", encoding="utf-8")
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    watched(folder)
    put(folder, "civil/b.csv", civil("Bath", "2024-02-01", first=6))
    watched(folder)

    project = project_of(folder)
    summary = build(project, buckets=2)
    built = open_live(project).read("records", subject="person")
    civilian = [one for one in summary["accounts"] if one["source"] == "civil"]
    assert civilian == stream.read_stream(project, "accounts").to_dicts()
    assert_frame_equal(built.filter(built["source"] == "civil"), stream.read_stream(project, "records", "person"))


def test_a_build_says_when_a_file_that_was_taken_is_gone(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    put(folder, "clinic.csv", "surname\nAbel\n")
    watched(folder)
    next((folder / "inbox" / "done" / "civil").rglob("*.csv")).unlink()
    result = run("build", folder)

    assert result.exit_code == 1
    assert "was taken by `lifetree watch` and is gone" in result.stderr


def test_until_idle_ends_when_nothing_is_left(folder: Path) -> None:
    put(folder, "civil/a.csv", civil("Ayr", "2024-01-01"))
    put(folder, "what.csv", "x\n")
    result = run("watch", folder, "--until-idle", "--interval", "0.05", "--quiet")

    assert result.exit_code == 0
    assert result.stderr == ""
    assert "12 rows of 1 file in 1 batch" in result.stdout
    assert "of no source: what.csv" in result.stdout
