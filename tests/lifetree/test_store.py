"""`lifetree store`, `--run`, layers under the look-ups, and a full disk: on a build of the shipped example."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.hashing import bucket_of, hash64
from engine.settings import load_project
from engine.settings.shipped import shipped
from engine.store import Run, open_live, publish_layer
from engine.store.compacting import CUT_BY
from lifetree.cli import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = """
[[source]]
name = "civil"
files = "civil.csv"
key = "id"
[[source.mention]]
subject = "person"
fields = { name = "name", phone = "phone" }

[subject.person]
attributes = { name = "text", phone = "text" }
blocking = ["name"]
comparison = [{ attribute = "name" }, { attribute = "phone" }]
"""

TABLES = ("entities", "record_entity", "profiles", "attribute_values", "pairs", "links")


def ask(*words: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    ask("build", folder, "--buckets", "4", "--quiet")
    return folder


@pytest.fixture
def example(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "example")


def live(folder: Path) -> Run:
    return open_live(load_project(folder))


def hashes(run: Run) -> dict[str, str]:
    return {f"person/{table}": run.table_hash(table, subject="person") for table in TABLES}


def with_a_layer(folder: Path) -> tuple[Run, str]:
    """Add a layer that writes every row of one entity anew under the name of another; return the run and the name."""
    run = live(folder)
    old = run.read("entities", subject="person").filter(pl.col("records") > 1)["entity_id"][0]
    held = [name for name, column in CUT_BY.items() if column == "entity_id"] + ["entities", "record_index"]
    tables = [name for name in held if f"person/{name}" in run.manifest["tables"]]
    mine = {name: run.read(name, subject="person").filter(pl.col("entity_id") == old) for name in tables}
    added = {f"person/{name}": rows.with_columns(entity_id=pl.lit("NEWNAME")) for name, rows in mine.items()}
    gone = {f"person/{name}": pl.DataFrame({"entity_id": [old]}) for name in tables}
    return publish_layer(folder / "store", "later", run, added=added, removed=gone, manifest=kept(run)), old


def kept(run: Run) -> dict[str, object]:
    return {name: value for name, value in run.manifest.items() if name not in {"run_id", "tables", "published_at"}}


def test_every_table_is_cut_by_the_column_that_compaction_cuts_it_by(built: Path) -> None:
    run, checked = live(built), set()
    for name, entries in run.manifest["tables"].items():
        column = pl.col(CUT_BY.get(name.split("/")[1], "none"))
        for entry in (one for one in entries if name.split("/")[1] in CUT_BY and "bucket" in one):
            rows = pl.read_parquet(run.folder / entry["file"])
            key = hash64(column) if rows.schema[column.meta.output_name()] == pl.String else column
            assert rows.filter(bucket_of(key, buckets=4) != entry["bucket"]).is_empty(), name
            checked.add(name)
    assert len(checked) >= 6


def test_a_run_answers_as_it_did_and_the_live_one_as_it_is(example: Path) -> None:
    first = live(example).run_id
    later, old = with_a_layer(example)
    record = later.read("record_entity", subject="person").filter(pl.col("entity_id") == "NEWNAME").row(0, named=True)
    reference = f"{record['source']}:{record['record_id']}"

    def shown(*words: str) -> list[str]:
        told = json.loads(ask("show", example, reference, "--format", "json", *words).stdout)
        return [one["entity_id"] for one in told if one["subject"] == "person"]

    def found(*words: str) -> list[str]:
        return [
            row["entity_id"] for row in json.loads(ask("find", example, reference, "--format", "json", *words).stdout)
        ]

    assert "NEWNAME" in shown()
    assert "NEWNAME" in found()
    assert old not in [*shown(), *found()]
    assert old in shown("--run", first)
    assert old in found("--run", first)
    assert old in ask("explain", "how", example, reference, "--run", first).stdout
    assert "NEWNAME" in ask("explain", "how", example, reference).stdout


def test_a_run_that_is_not_there_lists_those_that_are(example: Path) -> None:
    first = live(example).run_id
    with_a_layer(example)

    result = ask("find", example, "x", "--run", "r99", code=1)

    assert "no run r99 in" in result.stderr
    assert f"Hint: there are later, {first}; `lifetree store runs` lists" in result.stderr


def test_a_run_is_asked_with_the_settings_of_its_time(example: Path) -> None:
    first = live(example).run_id
    for file in [example / "lifetree.toml", *(example / "sources").glob("*.toml")]:
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace('"person"', '"human"').replace("subject.person", "subject.human"), encoding="utf-8"
        )

    then = ask("find", example, "1", "--run", first, "--format", "json").stdout

    assert {row["subject"] for row in json.loads(then)} == {"legal_entity", "person"}


def test_the_runs_are_listed_and_compacted_with_equal_hashes(example: Path) -> None:
    later, _ = with_a_layer(example)
    before = hashes(later)

    rows = json.loads(ask("store", "runs", example, "--format", "json").stdout)
    done = ask("store", "compact", example).stdout
    again = ask("store", "compact", example).stdout

    assert {(row["run_id"] == "later", row["live"], row["layers"]) for row in rows} == {
        (True, True, 1),
        (False, False, 0),
    }
    assert "tables rewritten" in done
    assert again == "the live run has no layers\n"
    assert "left over: runs/later, " in ask("store", "prune", example, "--keep", "9", "--dry-run").stdout
    assert "files that no manifest names" in ask("store", "check", example, "--format", "json").stdout
    assert hashes(live(example)) == before
    assert "yes" in ask("store", "runs", example).stdout


def test_pruning_tells_first_and_deletes_then(example: Path) -> None:
    first = live(example).run_id
    with_a_layer(example)

    told = ask("store", "prune", example, "--keep", "1", "--dry-run")
    assert (example / "store" / "runs" / first).is_dir()
    done = ask("store", "prune", example, "--keep", "1")

    assert told.stdout == done.stdout == f"run {first}\n"
    assert told.stderr.startswith("would be deleted: 1 runs and 0 leftovers, ")
    assert done.stderr.startswith("deleted: 1 runs and 0 leftovers, ")
    assert not (example / "store" / "runs" / first).exists()
    assert ask("store", "check", example).stdout == "every file is as it was written\n"


def test_check_fails_on_a_damaged_file_and_says_what_to_do(example: Path) -> None:
    file = live(example).files("profiles", subject="person")[0]
    file.write_bytes(file.read_bytes()[:-1])

    result = ask("store", "check", example, "--format", "csv", code=1)

    [row] = pl.read_csv(result.stdout.encode()).to_dicts()
    assert row["state"] == "damaged"
    assert row["place"].endswith(file.name)
    assert "lifetree store restore" in row["what to do"]


def test_a_backup_is_restored_elsewhere_and_answers_the_same(example: Path, tmp_path: Path) -> None:
    before = hashes(live(example))
    answer = ask("find", example, "1", "--format", "json").stdout

    ask("store", "backup", example, tmp_path / "saved")
    ask("store", "restore", example, tmp_path / "saved", code=1)
    shutil.rmtree(example / "store")
    assert "live is" in ask("store", "restore", example, tmp_path / "saved").stdout

    assert hashes(live(example)) == before
    assert ask("find", example, "1", "--format", "json").stdout == answer


def test_a_full_disk_is_told_leaves_the_live_run_and_the_same_command_goes_on(tmp_path: Path) -> None:
    small = tmp_path / "small"
    deliver(small, 40)
    ask("build", small, "--quiet")
    before = live(small)
    deliver(small, 60)
    undisturbed = shutil.copytree(small, tmp_path / "undisturbed" / "small")
    command = [sys.executable, "-m", "lifetree", "build", str(small), "--quiet"]

    failed = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (4_000, 4_000)),
    )  # fmt: skip
    meanwhile = live(small).manifest
    for folder in (small, undisturbed):
        ask("build", folder, "--quiet")

    assert failed.returncode == 1, failed.stderr
    assert "cannot write to the store at" in failed.stderr
    assert "Hint: make room" in failed.stderr
    assert meanwhile == before.manifest
    assert hashes(live(small)) == hashes(live(undisturbed)) != hashes(before)


def deliver(folder: Path, records: int) -> None:
    """Write a project of one source whose records come in twos."""
    folder.mkdir(exist_ok=True)
    (folder / "lifetree.toml").write_text(SMALL, encoding="utf-8")
    rows = [f"{number},name {number // 2},{number // 2 % 7}" for number in range(records)]
    (folder / "civil.csv").write_text("\n".join(["id,name,phone", *rows]) + "\n", encoding="utf-8")
