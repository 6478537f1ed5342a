"""The store: whole runs behind one pointer."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import polars as pl
import pytest

from engine.durability import storing
from engine.errors import StoreError
from engine.settings import Project
from engine.store import open_live, open_run, prune_checkpoints, publish, publish_layer, writing
from engine.store.lock import left_behind
from engine.tables import CLUSTERS

ROOT = Path(__file__).resolve().parents[2]

PROJECT = {
    "name": "p",
    "source": [{"name": "a", "files": "a.csv", "mention": [{"subject": "x", "fields": {"n": "n"}}]}],
    "subject": {"x": {"attributes": {"n": "text"}, "blocking": ["n"], "comparison": [{"attribute": "n"}]}},
}


def clusters(folder: Path, name: str, *ids: int) -> Path:
    file = folder / f"{name}.parquet"
    CLUSTERS.conform(pl.DataFrame({"signature_id": ids, "cluster_id": ids, "state": "whole"})).write_parquet(file)
    return file


def project(folder: Path) -> Project:
    made = Project.model_validate(PROJECT)
    made._folder = folder
    return made


def test_a_published_run_is_live_and_whole(tmp_path: Path) -> None:
    files = (clusters(tmp_path, "one", 3, 1), clusters(tmp_path, "two", 2))

    publish(tmp_path / "store", "r1", tables={"x/clusters": files}, manifest={"calibrations": {"x": {"c": 1.0}}})
    run = open_live(project(tmp_path))

    assert run.run_id == "r1"
    assert run.read("clusters", subject="x")["signature_id"].to_list() == [1, 2, 3]
    assert run.scan("clusters", subject="x").filter(pl.col("signature_id") > 1).collect().height == 2
    assert run.calibration("x") == {"c": 1.0}


def test_the_run_before_stays_readable_and_both_hash_by_content(tmp_path: Path) -> None:
    one, two, all_ = clusters(tmp_path, "one", 1), clusters(tmp_path, "two", 2), clusters(tmp_path, "all", 2, 1)
    publish(tmp_path, "r1", tables={"x/clusters": (one, two)}, manifest={})

    publish(tmp_path, "r2", tables={"x/clusters": (all_,)}, manifest={})

    assert json.loads((tmp_path / "live.json").read_text())["run_id"] == "r2"
    hashes = {open_run(tmp_path, name).table_hash("clusters", subject="x") for name in ("r1", "r2")}
    assert len(hashes) == 1


def test_what_a_run_does_not_have_is_said_with_what_it_has(tmp_path: Path) -> None:
    run = publish(tmp_path, "r1", tables={"x/clusters": (clusters(tmp_path, "one", 1),)}, manifest={})

    with pytest.raises(StoreError, match=r"no table 'links' of subject 'x'\n\nHint: it has x/clusters"):
        run.read("links", subject="x")


def test_a_project_that_was_never_built_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Hint: run `lifetree build"):
        open_live(project(tmp_path))


def test_pruning_leaves_the_runs_own_tables(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoints" / "cluster" / "key"
    checkpoint.mkdir(parents=True)
    run = publish(tmp_path, "r1", tables={"x/clusters": (clusters(checkpoint, "one", 1),)}, manifest={})

    prune_checkpoints(tmp_path / "checkpoints", iter(()))

    assert not checkpoint.exists()
    assert run.read("clusters", subject="x").height == 1


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    told = rf"another process .pid {os.getpid()} on {socket.gethostname()}, user .+, since 2.+: .+. is writing"
    with writing(tmp_path), pytest.raises(StoreError, match=told), writing(tmp_path):
        pass
    with writing(tmp_path):
        pass


def test_a_lock_that_a_killed_writer_left_is_void_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script = (
        "import os, sys, pathlib; from engine.store import writing\n"
        "with writing(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, cwd=ROOT)
    left = left_behind(tmp_path)

    with writing(tmp_path):
        during = left_behind(tmp_path)

    assert killed.returncode == -signal.SIGKILL
    assert left is not None
    assert left.ended()
    assert [record.message for record in caplog.records] == [
        f"the last writer of {tmp_path} was stopped midway ({left}); its lock is void"
    ]
    assert during is None
    assert left_behind(tmp_path) is None


def test_a_lock_held_by_a_child_of_a_writer_that_ended_says_so(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    with writing(tmp_path):
        owner = json.loads((tmp_path / ".lock").read_text()) | {"pid": int(gone.stdout)}
        (tmp_path / ".lock").write_text(json.dumps(owner))
        with pytest.raises(StoreError, match="the one that took the lock has ended"), writing(tmp_path):
            pass


def test_a_store_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StoreError, match="cannot write to the store at"), writing(tmp_path / "file" / "store"):
        pass


def test_a_run_with_a_damaged_file_is_published_anew(tmp_path: Path) -> None:
    file = clusters(tmp_path, "one", 1)
    run = publish(tmp_path, "r1", tables={"x/clusters": (file,)}, manifest={})
    (damaged,) = run.files("clusters", subject="x")
    damaged.unlink()
    damaged.write_bytes(b"")

    again = publish(tmp_path, "r1", tables={"x/clusters": (file,)}, manifest={})

    assert again.read("clusters", subject="x").height == 1


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), id="by the system"),
        pytest.param(OSError("No space left on device (os error 28)"), id="by Polars, plain"),
        pytest.param(pl.exceptions.ComputeError("parquet: No space left on device (os error 28)"), id="by Polars"),
    ],
)
def test_a_full_disk_is_told_and_an_error_of_another_kind_is_not_hidden(refused: Exception, tmp_path: Path) -> None:
    told = r"(?s)cannot write .* no space left on device\n\nHint: make room"
    with pytest.raises(StoreError, match=told), storing(tmp_path):
        raise refused
    with pytest.raises(pl.exceptions.ComputeError, match="a fault"), storing(tmp_path):
        raise pl.exceptions.ComputeError("a fault of the stage")


def test_publishing_onto_a_full_disk_leaves_the_live_run_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = publish(tmp_path, "r1", tables={"x/clusters": (clusters(tmp_path, "one", 1),)}, manifest={})
    rows = {"x/clusters": CLUSTERS.conform(pl.DataFrame({"signature_id": [2], "cluster_id": [2], "state": ["whole"]}))}
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", Mock(side_effect=[None, None, full]))
        with pytest.raises(StoreError, match="no space left"):
            publish_layer(tmp_path, "r2", run, added=rows, removed={}, manifest={})

    assert json.loads((tmp_path / "live.json").read_text()) == {"run_id": "r1"}
    assert [folder.name for folder in (tmp_path / "runs").iterdir()] == ["r1"]
    again = publish_layer(tmp_path, "r2", run, added=rows, removed={}, manifest={})
    assert again.read("clusters", subject="x").height == 2
