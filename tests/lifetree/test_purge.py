"""`lifetree store purge`: nothing below the store holds what was erased, and all else is as if it had never come."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.errors import InputError
from engine.io.deliveries import deliveries_of
from engine.settings import Project, load_project
from engine.store import open_live
from engine.store.checking import check
from engine.store.keeping import kept_runs
from engine.store.purges import purges
from engine.tables import TABLES
from lifetree import stream
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.judging import Act
from lifetree.purging import purge
from lifetree.update import update

PROJECT = """
[project]
name = "town"
[[source]]
name = "civil"
files = "data/civil*.csv"
key = "no"
op = "op"
delivered_at = "2024-01-01"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[[source]]
name = "clinic"
files = "data/clinic*"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[subject.person]
attributes = { surname = "name", town = "text" }
sufficient = [["surname"]]
blocking = ["surname"]
comparison = [{ attribute = "surname", term_frequency = true }, { attribute = "town" }]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey", "Gale", "Hart", "Ives", "Joss", "Kerr", "Lund")
ACT = Act("zhou", "2024-06-01T00:00:00+00:00", "request 17")
ODD = "Zyxwort"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("town")
    (place / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (place / "data").mkdir()
    rows = "".join(f"{i},{name},Ayr\n" for i, name in enumerate((*SURNAMES, ODD)))
    (place / "data" / "civil.csv").write_text(f"no,surname,town\n{rows}", encoding="utf-8")
    (place / "data" / "clinic.csv").write_text(f"surname,town\nAbel,Ayr\n{ODD},Ayr\n", encoding="utf-8")
    build(load_project(place, checks=CHECKS), buckets=2)
    return place


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    return shutil.copytree(town, tmp_path / "town")


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / "new" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def run(*arguments: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], prog_name="lifetree", input=given)


def clinic_record(folder: Path) -> str:
    rows = open_live(project_of(folder)).read("records", subject="person")
    odd = rows.filter(pl.col("source") == "clinic", pl.col("surname").str.to_lowercase() == ODD.lower())
    return f"clinic:{odd['record_id'].item()}"


def holding(folder: Path, *texts: str) -> list[str]:
    """Return the files below the store that hold one of the texts, in their bytes or in a cell of a table."""
    return [
        file.relative_to(folder).as_posix()
        for file in sorted((folder / "store").rglob("*"))
        if file.is_file() and any(text.lower() in _text(file) for text in texts)
    ]


def _text(file: Path) -> str:
    told = file.read_bytes().decode("utf-8", "replace")
    if file.suffix == ".parquet":
        told += json.dumps(pl.read_parquet(file, hive_partitioning=False).to_dicts(), default=str, ensure_ascii=False)
    return told.lower()


def hashes(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    live = open_live(project_of(folder))
    parts = [name.split("/") for name in live.manifest["tables"]]
    return {
        f"{subject}/{table}": live.table_hash(table, subject=None if subject == "project" else subject)
        for subject, table in parts
        if table in TABLES and table not in without
    }


HISTORY = ("rejects", "accounts", "batches", "record_history", "ledger", "redirects")


def calibrations(folder: Path, place: Path) -> dict[str, Path]:
    live = open_live(project_of(folder))
    for name in live.manifest["calibrations"]:
        (place / f"{name}.json").write_text(json.dumps(live.calibration(name)), encoding="utf-8")
    return {name: place / f"{name}.json" for name in live.manifest["calibrations"]}


def test_nothing_below_the_store_holds_what_was_purged(folder: Path, tmp_path: Path) -> None:
    project = project_of(folder)
    other = clinic_record(folder)
    run("judge", folder, "civil:12", other, "--same", "--by", "zhou", "--reason", f"{ODD} is she")
    run("judge", folder, "civil:1", "civil:2", "--different", "--by", "zhou", "--reason", "photographs")
    file = put(folder, "civil.csv", f'no,surname,town,op\n12,{ODD},"Ba\nth",U\n3,Dunn,Bath,U\n')
    update(project, [file], mode="delta", delivered_at="2024-02-01")
    assert len(holding(folder, ODD)) > 10

    done = purge(project, ["civil:12", other], ACT)

    assert holding(folder, ODD, other.partition(":")[2]) == []
    assert check(folder / "store") == []
    assert [one.run_id for one in kept_runs(folder / "store")] == [done["run_id"]]
    told = {row["place"]: row["becomes"] for row in done["places"]}
    assert "leaves it out" in told["data/civil.csv"]
    assert "leaves it out" in told["data/clinic.csv"]
    assert "backups" in told
    [accepted] = deliveries_of(project, "civil")
    assert accepted.file.read_text(encoding="utf-8") == "no,surname,town,op\n3,Dunn,Bath,U\n"
    [account] = open_live(project).read("accounts").filter(source="civil").to_dicts()
    assert (account["rows_in"], account["kept"], account["quarantined"]) == (14, 12, 1)


def test_every_table_is_as_a_build_without_the_record(folder: Path, tmp_path: Path) -> None:
    purge(project_of(folder), ["civil:12", clinic_record(folder)], ACT)
    given = calibrations(folder, tmp_path)
    without = tmp_path / "without"
    shutil.copytree(folder, without, ignore=shutil.ignore_patterns("store"))
    for file in (without / "data").iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if ODD not in line), encoding="utf-8")
    build(project_of(without), buckets=2, calibration=given)

    assert hashes(folder, without=HISTORY) == hashes(without, without=HISTORY)


def test_what_is_left_of_an_entity_keeps_its_id(folder: Path) -> None:
    before = open_live(project_of(folder)).read("record_entity", subject="person")
    [entity] = before.filter(source="civil", record_id="12")["entity_id"]
    purge(project_of(folder), ["civil:12"], ACT)
    after = open_live(project_of(folder)).read("record_entity", subject="person")

    assert after.filter(entity_id=entity)["source"].to_list() == ["clinic"]
    assert after.height == before.height - 1


def test_a_purged_record_does_not_come_back(folder: Path) -> None:
    project = project_of(folder)
    purge(project, ["civil:12"], ACT)
    kept = hashes(folder, without=HISTORY)
    file = put(folder, "civil.csv", f"no,surname,town\n12,{ODD},Cork\n")
    first = update(project, [file], delivered_at="2024-05-01")
    again = update(project, [file], delivered_at="2024-05-01")

    assert first["anew"] is None
    assert [bool(one["repeats"]) for one in (*first["deliveries"], *again["deliveries"])] == [False, True]
    assert hashes(folder, without=HISTORY) == kept
    assert holding(folder, "Cork") == []
    build(project, buckets=2)
    assert hashes(folder, without=("batches", "accounts", "rejects", *HISTORY)) == kept
    assert check(folder / "store") == []


def test_updates_go_on_after_a_purge(folder: Path) -> None:
    project = project_of(folder)
    purge(project, ["civil:12"], ACT)
    summary = update(project, [put(folder, "civil.csv", "no,surname,town\n13,Marsh,Bath\n")], delivered_at="2024-05-01")

    assert summary["anew"] is None
    records = open_live(project).read("records", subject="person").filter(source="civil")["record_id"]
    assert sorted(records, key=int) == [*map(str, range(12)), "13"]


def test_a_withdrawn_record_can_be_purged(folder: Path) -> None:
    project = project_of(folder)
    file = put(folder, "civil.csv", "no,surname,town,op\n12,,,D\n")
    update(project, [file], mode="delta", delivered_at="2024-02-01")
    purge(project, ["civil:12", clinic_record(folder)], ACT)

    assert holding(folder, ODD) == []


def test_a_quarantined_row_can_be_purged(folder: Path) -> None:
    project = project_of(folder)
    update(project, [put(folder, "civil.csv", f"no,surname,town\n77,,{ODD}ville\n")], delivered_at="2024-02-01")
    purge(project, ["civil:77"], ACT)

    assert holding(folder, f"{ODD}ville") == []


def test_what_a_watch_took_is_purged(folder: Path) -> None:
    place = folder / "inbox" / "civil" / "x.csv"
    place.parent.mkdir(parents=True)
    place.write_text("no,surname,town\n20,Qworpe,Ayr\n21,Marsh,Ayr\n", encoding="utf-8")
    dated = PROJECT.replace('"2024-01-01"', '{ "x.csv" = "2024-02-01", "*" = "2024-01-01" }')
    (folder / "lifetree.toml").write_text(dated, encoding="utf-8")
    project = project_of(folder)
    stream.watch(project, once=True, interval=0)
    before = stream.read_stream(project, "records", "person")
    done = purge(project, ["civil:20"], ACT)

    assert holding(folder, "Qworpe") == []
    assert stream.read_stream(project, "records", "person").equals(before.filter(pl.col("record_id") == "21"))
    [account] = stream.read_stream(project, "accounts").to_dicts()
    assert (account["rows_in"], account["kept"], account["quarantined"]) == (2, 1, 1)
    assert any(row["place"].startswith("inbox/done") for row in done["places"])


@pytest.mark.parametrize("cursor", ["", 'cursor = "no"\n'], ids=["read whole", "read since"])
def test_what_was_read_from_a_database_is_purged(folder: Path, cursor: str) -> None:
    rows = [(i, name, "Ayr") for i, name in enumerate((*SURNAMES, ODD), start=1)]
    with contextlib.closing(sqlite3.connect(folder / "civil.db")) as database, database:
        database.execute("CREATE TABLE people (no INTEGER, surname TEXT, town TEXT)")
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    text = PROJECT.replace('files = "data/civil*.csv"', f'uri = "sqlite:///civil.db"\ntable = "people"\n{cursor}')
    (folder / "lifetree.toml").write_text(text.replace('op = "op"\n', ""), encoding="utf-8")
    shutil.rmtree(folder / "store")
    project = project_of(folder)
    build(project, buckets=2)
    assert any("snapshots" in one for one in holding(folder, ODD))

    done = purge(project, [f"civil:{len(rows)}", clinic_record(folder)], ACT)
    assert holding(folder, ODD) == []
    assert any("snapshots" in row["place"] for row in done["places"])
    assert any(row["place"] == "the database of civil" for row in done["places"])

    build(project, buckets=2)
    assert holding(folder, ODD) == []


@pytest.mark.parametrize(
    "stage", ["lifetree.purging.build", "lifetree.build.keep_held", "lifetree.purging.delete_runs"]
)
def test_a_purge_that_was_stopped_goes_on(folder: Path, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    project, records = project_of(folder), ["civil:12", clinic_record(folder)]
    with monkeypatch.context() as patch:
        patch.setattr(stage, stop)
        with pytest.raises(KeyboardInterrupt):
            purge(project, records, ACT)
    assert any("stopped midway" in one.told for one in check(folder / "store"))
    done = purge(project, records, ACT)

    assert holding(folder, ODD) == []
    assert done["purges"] == ["P1"]
    assert [(one.name, one.by, one.done) for one in purges(folder / "store")] == [("P1", "zhou", True)]
    assert check(folder / "store") == []


def test_an_update_after_a_stopped_purge_leaves_the_record_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(folder)
    with monkeypatch.context() as patch:
        patch.setattr("lifetree.purging.build", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            purge(project, ["civil:12"], ACT)
    summary = update(project)

    assert summary["anew"] == "records were purged since the run was made"
    assert "12" not in set(open_live(project).read("records", subject="person").filter(source="civil")["record_id"])


def test_a_dry_run_changes_nothing_and_tells_what_would_be_done(folder: Path) -> None:
    before = sorted(file for file in (folder / "store").rglob("*") if file.is_file())
    result = run("store", "purge", folder, "civil:12", "--dry-run", "--format", "json")

    told = {row["place"]: row["holds"] for row in json.loads(result.stdout)}
    assert told["data/civil.csv"] == "1 rows (line 14)"
    assert sorted(file for file in (folder / "store").rglob("*") if file.is_file() and file.name != ".lock") == [
        file for file in before if file.name != ".lock"
    ]
    assert not purges(folder / "store")


def test_a_purge_asks_before(folder: Path) -> None:
    words = ("store", "purge", folder, "civil:12", "--who", "zhou", "--why", "request 17", "--quiet")

    assert run(*words, given="n\n").exit_code == 1
    assert not purges(folder / "store")
    assert run("store", "purge", folder, "civil:12").exit_code == 2
    result = run(*words, given="y\n")
    assert result.exit_code == 0, result.output
    assert "purged (P1)" in result.stdout
    assert run("show", folder, "civil:12").exit_code == 1


@pytest.mark.parametrize(
    ("record", "said"), [("civil:99", "no record 'civil:99'"), ("civic:1", "did you mean 'civil'")]
)
def test_what_is_nowhere_is_told(folder: Path, record: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        purge(project_of(folder), [record], ACT)
    assert not purges(folder / "store")


def test_a_calibration_forgets_what_only_the_purged_bore(folder: Path) -> None:
    rows = "".join(f"{20 + i},Qworpe,Town {i}\n" for i in range(6))
    (folder / "data" / "civil_more.csv").write_text(f"no,surname,town\n{rows}", encoding="utf-8")
    project = project_of(folder)
    build(project, buckets=2)
    [terms] = open_live(project).calibration("person")["term_frequencies"]
    assert [value for value in terms["counts"] if value.lower() == "qworpe"]
    purge(project, [f"civil:{20 + i}" for i in range(6)], ACT)

    assert holding(folder, "Qworpe") == []


def test_tickets_tell_no_more_of_what_was_purged(folder: Path) -> None:
    project = project_of(folder)
    file = put(folder, "civil.csv", f"no,surname,town,op\n6,{ODD}ville,Ayr,?\n")
    update(project, [file], mode="delta", delivered_at="2024-02-01")
    assert run("quality", "tickets", folder, "--as-of", "2024-03-01").exit_code == 0
    assert any("/tickets/" in file for file in holding(folder, f"{ODD}ville"))
    purge(project, ["civil:6"], ACT)

    assert holding(folder, f"{ODD}ville") == []


def test_a_purge_folds_no_deliveries_into_one(folder: Path) -> None:
    project = project_of(folder)
    for name, date, rows in (
        ("c", "2024-04-01", "3,Dunn,Bath\n"), ("b", "2024-03-01", "3,Dunn,Cork\n"),
        ("a", "2024-02-01", f"3,Dunn,Bath\n77,{ODD},Q\n"),
    ):  # fmt: skip
        file = folder / f"{name}.csv"
        file.write_text(f"no,surname,town\n{rows}", encoding="utf-8")
        update(project, [file], source="civil", mode="append", delivered_at=date)
        file.unlink()
    purge(project, ["civil:77"], ACT)

    records = open_live(project).read("records", subject="person").filter(source="civil", record_id="3")
    assert records["town"].to_list() == ["Bath"]
    told = sorted((one.delivered_at, one.name) for one in deliveries_of(project, "civil"))
    assert told == [("2024-02-01", "a.csv"), ("2024-03-01", "b.csv"), ("2024-04-01", "c.csv")]
