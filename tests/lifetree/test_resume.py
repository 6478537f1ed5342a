"""Resume: an unchanged build does and writes nothing, a killed command goes on, and what changed is never overlooked."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from engine.errors import StoreError
from engine.settings import Project, load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS, build, train
from lifetree.update import update

ROOT = Path(__file__).resolve().parents[2]
PROJECT = """
[project]
name = "town"
[[source]]
name = "civil"
files = "civil*.csv"
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
KILLED = """
import os, pathlib, sys
from engine.settings import load_project
from lifetree.build import CHECKS, build
from lifetree.update import update

class Killing:
    def begin(self, stage, tasks):
        if stage.split()[0] == sys.argv[3]:
            os.kill(os.getpid(), 9)
    def advance(self, stage, *, rows, reused):
        pass
    def end(self, stage):
        pass

folder = pathlib.Path(sys.argv[1])
project = load_project(folder, checks=CHECKS)
if sys.argv[2] == "build":
    build(project, buckets=2, progress=Killing())
else:
    update(project, [folder / "new" / "civil.csv"], delivered_at="2024-02-01", progress=Killing())
"""


class Watching(NamedTuple):
    """Notes the stages that begin."""

    begun: list[str]

    def begin(self, stage: str, tasks: int) -> None:
        self.begun.append(stage)

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        pass

    def end(self, stage: str) -> None:
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("built") / "town"
    place.mkdir()
    (place / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    deliver(place / "civil.csv", 30)
    deliver(place / "new" / "civil.csv", 12, first=24, town="Bath")
    build(project_of(place), buckets=2)
    return place


@pytest.fixture
def town(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the built town."""
    return Path(shutil.copytree(built, tmp_path / "town"))


def deliver(file: Path, rows: int, *, first: int = 0, town: str = "Ayr") -> None:
    file.parent.mkdir(exist_ok=True)
    told = [f"{number},name {chr(97 + number // 2 % 20)},{town}{number % 2}" for number in range(first, first + rows)]
    file.write_text("\n".join(["no,surname,town", *told]) + "\n", encoding="utf-8")


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the time of change and the content of everything in the store but the lock."""
    return {
        one.relative_to(folder).as_posix(): (
            one.stat().st_mtime_ns, hashlib.sha256(one.read_bytes()).hexdigest() if one.is_file() else ""
        )
        for one in sorted((folder / "store").rglob("*"))
        if one.name != ".lock"
    }  # fmt: skip


def hashes(folder: Path) -> dict[str, str]:
    return hashes_of(open_live(project_of(folder)))


def hashes_of(run: Run) -> dict[str, str]:
    names = [name.rpartition("/") for name in run.manifest["tables"]]
    return {f"{subject}/{table}": run.table_hash(table, subject=subject) for subject, _, table in names}


def ran(summary: dict[str, list[dict[str, int]]]) -> int:
    return sum(stage.get("ran", 1) for stage in summary["stages"])


SETTINGS = {
    "pair_budget = 9000": (None, {"cleanse", "score", "part", "profile"}),
    "model = { threshold = 6.0 }": ("accept", {"cleanse", "sign", "train", "join", "score"}),
    "max_cluster = 9": ("cluster", {"cleanse", "sign", "collapse", "train", "score"}),
    "founding = [['surname', 'town']]": ("spread", {"cleanse", "sign", "collapse", "train", "score"}),
    "sufficient = [['surname', 'town']]": ("sign", {"ingest", "cleanse"}),
    "attributes = { surname = 'name', town = 'text', street = 'text' }": ("cleanse", {"ingest"}),
}
"""One setting after the other, the first stage that looks at it, and some that do not."""


def test_another_setting_repeats_the_stages_alone_that_look_at_it(tmp_path: Path) -> None:
    deliver(tmp_path / "civil.csv", 30)
    lines = PROJECT.splitlines()
    (tmp_path / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    build(project_of(tmp_path), buckets=2)

    for setting, (first, untouched) in SETTINGS.items():
        name = setting.partition(" ")[0]
        lines = [*(line for line in lines if not line.startswith(f"{name} = ")), setting]
        (tmp_path / "lifetree.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        repeated = [one["name"] for one in build(project_of(tmp_path), buckets=2)["stages"] if one["ran"]]
        assert repeated[:1] == [first] * (first is not None), setting
        assert untouched.isdisjoint(repeated), setting


def test_an_unchanged_build_runs_no_stage_and_leaves_the_store_as_it_is(town: Path) -> None:
    live, before = open_live(project_of(town)), tree(town)

    again = build(project_of(town), buckets=2)

    assert again["stages"] == []
    assert again["run_id"] == live.run_id
    assert again["subjects"] == live.manifest["subjects"]
    assert tree(town) == before


def test_an_update_without_news_leaves_the_store_as_it_is(town: Path) -> None:
    project, new = project_of(town), town / "new" / "civil.csv"
    first = update(project, [new], delivered_at="2024-02-01")
    before = tree(town)

    nothing, repeated = update(project), update(project, [new], delivered_at="2024-02-01")

    assert first["records"] == 36
    assert nothing["run_id"] == repeated["run_id"] == first["run_id"]
    assert nothing["stages"] == repeated["stages"] == []
    assert tree(town) == before


def test_a_build_after_an_update_is_done_once(town: Path) -> None:
    project = project_of(town)
    update(project, [town / "new" / "civil.csv"], delivered_at="2024-02-01")
    once = build(project, buckets=2)
    before = tree(town)

    assert ran(once) > 0
    assert build(project, buckets=2)["stages"] == []
    assert tree(town) == before


@pytest.mark.parametrize("what", ["file", "settings", "judgements", "buckets", "calibration"])
def test_what_changed_is_never_overlooked(town: Path, what: str) -> None:
    (town / "lifetree.toml").write_text(
        PROJECT.replace('name = "town"', 'name = "town"\njudgements = "judged.csv"', 1), encoding="utf-8"
    )
    judged = "source_l,record_l,source_r,record_r,judgement,decided_by\n"
    (town / "judged.csv").write_text(judged, encoding="utf-8")
    build(project_of(town), buckets=2)
    assert build(project_of(town), buckets=2)["stages"] == []
    calibration = {}
    if what == "file":  # of the same length, and put back to the time that it bore
        told = (town / "civil.csv").stat()
        text = (town / "civil.csv").read_text(encoding="utf-8")
        (town / "civil.csv").write_text(text.replace("Ayr", "Wem", 1), encoding="utf-8")
        os.utime(town / "civil.csv", ns=(told.st_atime_ns, told.st_mtime_ns))
    elif what == "settings":
        settings = (town / "lifetree.toml").read_text(encoding="utf-8")
        (town / "lifetree.toml").write_text(settings.replace("2024-01-01", "2023-01-01"), encoding="utf-8")
    elif what == "judgements":
        line = "civil,0,civil,2,different,Ann\n"
        (town / "judged.csv").write_text(judged + line, encoding="utf-8")
    elif what == "calibration":
        other = train(project_of(town))["person"]
        calibration = {"person": town / "person.json"}
        calibration["person"].write_text(other.model_copy(update={"c": 0.3}).model_dump_json(), encoding="utf-8")

    changed = build(project_of(town), buckets=4 if what == "buckets" else 2, calibration=calibration)

    assert ran(changed) > 0


def test_without_the_checkpoints_everything_is_built_again(town: Path) -> None:
    before = hashes(town)
    shutil.rmtree(town / "store" / "checkpoints")

    again = build(project_of(town), buckets=2)

    assert ran(again) > 0
    assert hashes(town) == before


@pytest.mark.parametrize(
    ("command", "stage"), [("build", "cleanse"), ("build", "identify"), ("update", "cluster")], ids="-".join
)
def test_a_killed_command_goes_on_and_readers_see_a_whole_run(
    town: Path, tmp_path: Path, command: str, stage: str
) -> None:
    if command == "build":
        deliver(town / "civil2.csv", 9, first=40)
    undisturbed = Path(shutil.copytree(town, tmp_path / "undisturbed" / "town"))
    before = hashes(town)

    killed = subprocess.run([sys.executable, "-c", KILLED, str(town), command, stage], check=False, cwd=ROOT)

    assert killed.returncode == -signal.SIGKILL
    assert json.loads((town / "store" / ".lock").read_text(encoding="utf-8"))["pid"]
    assert hashes(town) == before
    for folder in (town, undisturbed):
        if command == "build":
            build(project_of(folder), buckets=2)
        else:
            update(project_of(folder), [folder / "new" / "civil.csv"], delivered_at="2024-02-01")
    assert hashes(town) == hashes(undisturbed) != before


def test_a_disk_that_becomes_full_in_an_update_is_told_and_the_same_command_goes_on(town: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copytree(town, tmp_path / "undisturbed" / "town"))
    before = hashes(town)
    batch = [str(town / "new" / "civil.csv"), "--delivered-at", "2024-02-01", "--quiet"]

    failed = subprocess.run(
        [sys.executable, "-m", "lifetree", "update", str(town), *batch],
        capture_output=True, text=True, check=False, cwd=ROOT,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1_500, 1_500)),
    )  # fmt: skip

    assert failed.returncode == 1, failed.stderr
    assert f"cannot write to the store at {town / 'store' / 'checkpoints'}" in failed.stderr
    assert hashes(town) == before
    for folder in (town, undisturbed):
        update(project_of(folder), [folder / "new" / "civil.csv"], delivered_at="2024-02-01")
    assert hashes(town) == hashes(undisturbed) != before


def test_needs_are_told_before_the_work_and_a_shortage_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    deliver(tmp_path / "civil.csv", 30)
    said: list[str] = []

    build(project_of(tmp_path), memory="300MB", tell=said.append)

    assert len(said) == 1
    assert said[0].startswith("about 31 rows: some 15 s, up to 0.8 of 0.3 GB of memory in 1 bucket,")
    assert "may need 800 MB of memory, more than the 300 MB" in caplog.text


def test_a_disk_without_room_for_the_least_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    deliver(tmp_path / "civil.csv", 3_000)
    begun: list[str] = []
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000))

    with pytest.raises(StoreError, match="at the very least"):
        build(project_of(tmp_path), buckets=2, progress=Watching(begun))

    assert begun == []
