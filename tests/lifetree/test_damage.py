"""What was damaged on the disk is told, and never taken for what was written."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from engine.errors import ConfigurationError, StoreError
from engine.io.deliveries import deliveries_of
from engine.settings import Project, load_project
from engine.store import open_live
from engine.store.checking import DAMAGED, check
from lifetree.build import CHECKS, build
from lifetree.history import history
from lifetree.judging import Act, judge, verdict
from lifetree.update import update

PROJECT = """
[project]
name = "town"
[[source]]
name = "civil"
files = "data/civil*.csv"
key = "no"
delivered_at = "2024-01-01"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[subject.person]
attributes = { surname = "name", town = "text" }
sufficient = [["surname"]]
blocking = ["surname"]
comparison = [{ attribute = "surname" }, { attribute = "town" }]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey", "Gale", "Hart", "Ives", "Joss", "Kerr", "Lund")
NEWS = "no,surname,town\n3,Dunn,Bath\n20,Marsh,Bath\n"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("town")
    (place / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (place / "data").mkdir()
    (place / "new").mkdir()
    rows = "".join(f"{i},{name},Ayr\n" for i, name in enumerate(SURNAMES))
    (place / "data" / "civil.csv").write_text(f"no,surname,town\n{rows}", encoding="utf-8")
    (place / "new" / "civil.csv").write_text(NEWS, encoding="utf-8")
    build(project_of(place), buckets=1)
    return place


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    return shutil.copytree(town, tmp_path / "town")


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def news(folder: Path) -> list[Path]:
    return [folder / "new" / "civil.csv"]


def hashes(folder: Path) -> dict[str, str]:
    run = open_live(project_of(folder))
    parts = [name.split("/") for name in run.manifest["tables"]]
    return {
        "/".join(one): run.table_hash(one[1], subject=None if one[0] == "project" else one[0])
        for one in parts
        if one[1] not in ("record_history", "ledger", "redirects")
    }


def flip(file: Path, *, part: float = 0.3) -> None:
    """Turn one bit of a file, so far from its beginning."""
    told = bytearray(file.read_bytes())
    told[int(len(told) * part)] ^= 4
    file.write_bytes(told)


def rot(file: Path) -> None:
    """Turn the last bit of a file, as a disk does: nobody wrote into it."""
    known = file.stat()
    flip(file, part=1 - 1 / known.st_size)
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))


@pytest.mark.parametrize("part", [0.3, 0.999], ids=["rows", "footer"])
@pytest.mark.parametrize(
    ("stage", "table"), [("place", "placed"), ("collapse", "signatures"), ("sign", "record_signature")]
)
def test_a_checkpoint_with_one_bit_turned_is_told_and_made_anew(
    town: Path, folder: Path, tmp_path: Path, stage: str, table: str, part: float
) -> None:
    right = shutil.copytree(town, tmp_path / "right")
    update(project_of(right), news(right), delivered_at="2024-02-01")
    [file] = (folder / "store" / "checkpoints" / stage).glob(f"*/{table}/0*.parquet")
    flip(file, part=part)

    assert [one.place.split("/")[:2] for one in check(folder / "store")] == [["checkpoints", stage]]
    summary = update(project_of(folder), news(folder), delivered_at="2024-02-01")
    assert "was damaged since it was written" in summary["anew"]
    assert hashes(folder) == hashes(right)
    assert check(folder / "store") == []


@pytest.mark.parametrize("table", ["place/*/placed", "collapse/*/signatures", "cleanse/*/records.person"])
def test_a_checkpoint_that_cannot_be_read_is_made_anew(folder: Path, table: str) -> None:
    [file] = (folder / "store" / "checkpoints").glob(f"{table}/0*.parquet")
    rot(file)

    summary = update(project_of(folder), news(folder), delivered_at="2024-02-01")
    assert "was damaged since it was written" in summary["anew"]
    assert check(folder / "store") == []


def test_what_an_increment_left_is_not_taken_when_it_was_damaged(folder: Path) -> None:
    update(project_of(folder), news(folder), delivered_at="2024-02-01")
    own = folder / "store" / "checkpoints" / "increments"
    flip(max(own.glob("*.cleanse.-.records.person/*.parquet")))
    assert [one.state for one in check(folder / "store")] == [DAMAGED]

    news(folder)[0].write_text("no,surname,town\n3,Dunn,Cork\n", encoding="utf-8")
    summary = update(project_of(folder), news(folder), delivered_at="2024-03-01")
    assert "was damaged" in summary["anew"]
    before = hashes(folder)
    shutil.rmtree(folder / "store" / "checkpoints")
    build(project_of(folder), buckets=1)
    assert hashes(folder) == before


@pytest.mark.parametrize("text", ['{"known": {}}', "[]", '{"slots": 3, "known": {}}', "{"])
def test_what_increments_go_on_from_is_made_anew_when_it_cannot_be_read(folder: Path, text: str) -> None:
    [file] = (folder / "store" / "checkpoints" / "held").glob("*.json")
    file.write_text(text, encoding="utf-8")
    assert "checkpoints" in update(project_of(folder), news(folder), delivered_at="2024-02-01")["anew"]


@pytest.mark.parametrize("text", ["", '{"run', "[]"])
def test_ids_go_on_when_the_live_pointer_is_damaged(folder: Path, text: str) -> None:
    project = project_of(folder)
    run = open_live(project)
    words = verdict(run, project, "civil:1", "civil:2", judgement="same")
    judge(run, project, [words], Act("zhou", "2024-02-01", "one man"))
    update(project)
    gone = set(run.read("entities", subject="person")["entity_id"])
    [redirected] = gone - set(open_live(project).read("entities", subject="person")["entity_id"])
    (folder / "store" / "live.json").write_text(text, encoding="utf-8")

    summary = build(project, buckets=1)
    assert any("ids go on from run" in one for one in summary["notes"])
    assert history(open_live(project), project, redirected, subjects=project.subjects)


def test_a_run_folder_that_was_deleted_leaves_the_ids_of_the_run_before(folder: Path) -> None:
    project = project_of(folder)
    first = open_live(project)
    update(project, news(folder), delivered_at="2024-02-01")
    live = json.loads((folder / "store" / "live.json").read_text(encoding="utf-8"))["run_id"]
    shutil.rmtree(folder / "store" / "runs" / live)

    summary = build(project, buckets=1)
    assert any(f"ids go on from run {first.run_id}" in one for one in summary["notes"])


def test_an_accepted_file_that_was_altered_is_refused(folder: Path) -> None:
    project = project_of(folder)
    update(project, news(folder), delivered_at="2024-02-01")
    before = hashes(folder)
    [kept] = deliveries_of(project, "civil")
    kept.file.write_text(NEWS.replace("Marsh", "Morse"), encoding="utf-8")

    for work in (update, build):
        with pytest.raises(StoreError, match="not as they were accepted"):
            work(project)
    assert hashes(folder) == before


def test_nothing_is_accepted_where_the_memory_is_no_amount(folder: Path) -> None:
    project = project_of(folder)
    with pytest.raises(ConfigurationError, match="is no amount"):
        update(project, news(folder), delivered_at="2024-02-01", memory="banana")
    assert deliveries_of(project, "civil") == []
