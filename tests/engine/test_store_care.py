"""The care of a store: compacted, pruned, checked, backed up and put back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import xxhash
from polars.testing import assert_frame_equal

from engine.errors import StoreError
from engine.hashing import bucket_of
from engine.store import Run, open_run, publish, publish_layer, writing
from engine.store.checking import check
from engine.store.compacting import compact
from engine.store.copying import backup, restore
from engine.store.keeping import kept_runs, leftovers, prune
from engine.store.runs import live_id
from engine.tables import CLUSTERS, LINKS

ROOT = Path(__file__).resolve().parents[2]
BUCKETS = 2


def clusters(*ids: int, cluster: int = 1) -> pl.DataFrame:
    frame = pl.DataFrame({"signature_id": ids}, schema={"signature_id": pl.Int64})
    return CLUSTERS.conform(frame.with_columns(cluster_id=pl.lit(cluster), state=pl.lit("whole")))


def links(*ids: int) -> pl.DataFrame:
    frame = pl.DataFrame({"signature_l": ids, "signature_r": ids}, schema=dict.fromkeys(LINKS.key, pl.Int64))
    return LINKS.conform(frame.with_columns(match_weight=pl.lit(1), reason=pl.lit("model")))


def cut(frame: pl.DataFrame, folder: Path) -> tuple[Path, ...]:
    """Write a frame as the stages do: a file for each bucket of its first column."""
    column = frame.columns[0]
    folder.mkdir(parents=True)
    parts = frame.with_columns(_b=bucket_of(pl.col(column), buckets=BUCKETS)).partition_by("_b", as_dict=True)
    for (bucket,), part in parts.items():
        part.drop("_b").write_parquet(folder / f"{bucket:05d}-00000.parquet")
    return tuple(sorted(folder.iterdir()))


@pytest.fixture
def layered(tmp_path: Path) -> Run:
    """A run of two updates: rows were added, changed and removed, in each of its tables by one of them."""
    store = tmp_path / "store"
    tables = {
        "x/clusters": cut(clusters(*range(1, 9)), tmp_path / "c"),
        "x/links": cut(links(*range(1, 9)), tmp_path / "l"),
        "y/clusters": cut(clusters(1, 2), tmp_path / "y"),
        "z/clusters": cut(clusters(1), tmp_path / "z"),
    }
    run = publish(store, "r0", tables=tables, manifest={"buckets": BUCKETS})
    gone = pl.DataFrame({"signature_id": [2, 3]})
    run = publish_layer(
        store, "r1", run, added={"x/clusters": clusters(3, 20, cluster=3)}, removed={"x/clusters": gone}, manifest={}
    )
    pairs = pl.DataFrame({"signature_l": [1, 20]})
    return publish_layer(
        store, "r2", run, manifest={},
        added={"x/links": links(9)},
        removed={"x/links": pairs, "z/clusters": pl.DataFrame({"signature_id": [1]})},
    )  # fmt: skip


def hashes(run: Run) -> dict[str, str]:
    return {name: run.table_hash(name.split("/")[1], subject=name.split("/")[0]) for name in run.manifest["tables"]}


def test_compaction_leaves_one_layer_in_key_order_and_equal_hashes(layered: Run) -> None:
    before = hashes(layered)
    published = (layered.folder / "manifest.json").stat().st_mtime_ns

    done = compact(layered)

    run = open_run(layered.folder.parents[1], "r2")
    assert done.tables == 3
    assert hashes(run) == before
    assert (run.folder / "manifest.json").stat().st_mtime_ns == published
    entries = [entry for files in run.manifest["tables"].values() for entry in files]
    assert not any("layer" in entry or "removed" in entry for entry in entries)
    assert run.manifest["tables"]["y/clusters"] == layered.manifest["tables"]["y/clusters"]
    assert run.read("clusters", subject="z").is_empty()
    for file in run.files("clusters", subject="x"):
        assert pl.read_parquet(file)["signature_id"].is_sorted()


def test_a_look_up_after_compaction_opens_one_file(layered: Run) -> None:
    key = pl.lit(20, pl.Int64)
    assert len(layered.files_of("clusters", subject="x", key=key)) == 2

    compact(layered)

    run = open_run(layered.folder.parents[1], "r2")
    assert len(run.files_of("clusters", subject="x", key=key)) == 1
    found = run.part("clusters", subject="x", key=key).filter(pl.col("signature_id") == 20).collect()
    assert found["cluster_id"].to_list() == [3]


def test_compaction_twice_changes_nothing_and_the_next_layer_stands_on_it(layered: Run) -> None:
    store = layered.folder.parents[1]
    compact(layered)
    manifest = (layered.folder / "manifest.json").read_bytes()

    again = compact(open_run(store, "r2"))
    later = publish_layer(
        store, "r3", open_run(store, "r2"), added={"x/clusters": clusters(30)}, removed={}, manifest={}
    )

    assert again.tables == 0
    assert (layered.folder / "manifest.json").read_bytes() == manifest
    assert 30 in later.read("clusters", subject="x")["signature_id"]
    compact(later)
    assert_frame_equal(open_run(store, "r3").read("clusters", subject="x"), later.read("clusters", subject="x"))


def test_a_reader_of_the_run_before_its_compaction_reads_on(layered: Run) -> None:
    before = layered.read("clusters", subject="x")
    scanned = layered.scan("clusters", subject="x")

    compact(layered)

    assert_frame_equal(scanned.collect().sort("signature_id"), before)
    assert leftovers(layered.folder.parents[1]) != []


def test_compaction_stopped_midway_leaves_the_run_as_it_was(layered: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashes(layered)
    with monkeypatch.context() as patched:
        patched.setattr("engine.store.compacting.write_atomically", lambda *_: pytest.fail("stopped"))
        with pytest.raises(pytest.fail.Exception):
            compact(layered)

    assert hashes(open_run(layered.folder.parents[1], "r2")) == before
    compact(layered)
    assert hashes(open_run(layered.folder.parents[1], "r2")) == before


def test_runs_are_listed_newest_first_with_what_is_theirs_alone(layered: Run) -> None:
    store = layered.folder.parents[1]
    date(store, r0="2026-01-01", r1="2026-01-02", r2="2026-01-03")

    newest, middle, oldest = kept_runs(store)

    assert [newest.run_id, middle.run_id, oldest.run_id] == ["r2", "r1", "r0"]
    assert (newest.live, newest.layers, newest.base) == (True, 1, "r1")
    assert (oldest.live, oldest.layers, oldest.base) == (False, 0, None)
    publish_layer(store, "r3", layered, added={"x/clusters": clusters(30, cluster=3)}, removed={}, manifest={})
    assert {one.run_id: one.layers for one in kept_runs(store)} == {"r0": 0, "r1": 1, "r2": 1, "r3": 2}
    assert oldest.own_bytes == (store / "runs" / "r0" / "manifest.json").stat().st_size
    assert newest.bytes > middle.bytes > oldest.bytes


def test_pruning_keeps_the_newest_and_the_live_run_and_says_what_it_frees(layered: Run) -> None:
    store = layered.folder.parents[1]
    compact(layered)
    date(store, r2="2026-01-01", r1="2026-01-02", r0="2026-01-03")
    (store / "runs" / ".r9.4").mkdir()
    kept = hashes(open_run(store, "r2"))
    used = disk(store)

    told = prune(store, keep=1, dry_run=True)
    assert disk(store) == used
    done = prune(store, keep=1, dry_run=False)

    assert done == told
    assert done.runs == ("r1",)
    assert used - disk(store) == done.bytes > 0
    assert {one.name for one in (store / "runs").iterdir()} == {"r0", "r2"}
    assert leftovers(store) == []
    assert hashes(open_run(store, "r2")) == kept
    assert open_run(store, "r0").read("clusters", subject="x").height == 8


def test_the_run_whose_ids_the_live_one_took_over_is_kept(layered: Run) -> None:
    store = layered.folder.parents[1]
    told = layered.manifest | {"registry": {"subjects": {"x": {"previous": "r1"}, "y": {"previous": None}}}}
    (layered.folder / "manifest.json").write_text(json.dumps(told))

    assert prune(store, keep=0, dry_run=False).runs == ("r0",)


def test_without_a_live_run_nothing_is_pruned(layered: Run) -> None:
    store = layered.folder.parents[1]
    (store / "live.json").unlink()

    with pytest.raises(StoreError, match="no live run, nothing is deleted"):
        prune(store, keep=0, dry_run=False)

    assert len(kept_runs(store)) == 3


def test_a_store_that_is_as_it_was_written_has_no_fault(layered: Run) -> None:
    assert check(layered.folder.parents[1]) == []


@pytest.mark.parametrize(
    ("harm", "place", "told"),
    [
        ("flip", "runs/r2/x/clusters/00001-rows.parquet", "another hash"),
        ("cut", "runs/r2/x/clusters/00001-rows.parquet", "bytes instead of"),
        ("lose", "runs/r2/x/clusters/00001-rows.parquet", "no such file"),
        ("manifest", "runs/r2", "its manifest cannot be read"),
        ("pointer", "live.json", "it names no run"),
        ("elsewhere", "live.json", "run r7 is not there"),
    ],
)
def test_damage_is_found_with_its_place_and_what_to_do(layered: Run, harm: str, place: str, told: str) -> None:
    store = layered.folder.parents[1]
    shutil.rmtree(store / "runs" / "r1")
    file = layered.folder / "x" / "clusters" / "00001-rows.parquet"
    content = file.read_bytes()
    if harm == "flip":
        file.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    elif harm == "cut":
        file.write_bytes(content[:-1])
    elif harm == "lose":
        file.unlink()
    elif harm == "manifest":
        (layered.folder / "manifest.json").write_text("{")
    else:
        (store / "live.json").write_text('{"run_id": "r7"}' if harm == "elsewhere" else "")

    faults = [fault for fault in check(store) if fault.state == "damaged"]

    assert [fault.place for fault in faults] == [place]
    assert told in faults[0].told
    assert "build" in faults[0].remedy


def test_what_killed_writers_left_is_told_but_not_what_a_writer_at_work_writes(layered: Run) -> None:
    store = layered.folder.parents[1]
    (store / "runs" / ".r9.4").mkdir()
    (store / "checkpoints" / "score" / ".key.4").mkdir(parents=True)
    (layered.folder / "x" / "stray.parquet").write_bytes(b"")

    faults = check(store)
    with writing(store):
        meanwhile = check(store)

    assert {(fault.state, fault.place) for fault in faults} == {
        ("left over", "runs/.r9.4"),
        ("left over", "checkpoints/score/.key.4"),
        ("left over", "runs/r2"),
    }
    assert [(fault.state, fault.place) for fault in meanwhile] == [("note", ".lock")]
    assert f"pid {os.getpid()}" in meanwhile[0].told


def test_a_backup_put_back_elsewhere_has_equal_hashes_and_all_decisions(layered: Run, tmp_path: Path) -> None:
    store = layered.folder.parents[1]
    (store / "decisions").mkdir()
    (store / "decisions" / "judgements.jsonl").write_text('{"judgement": "same"}\n')
    deliver(store, "id\n1\n")
    (store / "checkpoints" / "score" / "key").mkdir(parents=True)
    (store / "runs" / ".r9.4").mkdir()

    saved = backup(store, tmp_path / "saved")
    shutil.rmtree(store)
    done = restore(tmp_path / "saved", tmp_path / "elsewhere" / "store")

    again = tmp_path / "elsewhere" / "store"
    assert done == saved
    assert (done.live, done.runs) == ("r2", 3)
    assert hashes(open_run(again, "r2")) == hashes(open_run(tmp_path / "saved", "r2"))
    assert [one.run_id for one in kept_runs(again) if one.live] == ["r2"]
    assert check(again) == []
    assert sorted(one.name for one in again.iterdir()) == ["decisions", "deliveries", "live.json", "runs"]
    assert (again / "decisions" / "judgements.jsonl").read_text() == '{"judgement": "same"}\n'
    assert disk(again) == disk(tmp_path / "saved")


def test_a_backup_shares_files_among_its_runs_but_not_with_the_store(layered: Run, tmp_path: Path) -> None:
    store = layered.folder.parents[1]

    backup(store, tmp_path / "saved")

    name = Path("x") / "clusters" / "00000.parquet"
    ours = {(store / "runs" / run / name).stat().st_ino for run in ("r0", "r1", "r2")}
    saved = {(tmp_path / "saved" / "runs" / run / name).stat().st_ino for run in ("r0", "r1", "r2")}
    assert len(ours) == len(saved) == 1
    assert ours != saved


def test_a_backup_holds_a_whole_run_though_a_writer_publishes_and_prunes_meanwhile(
    layered: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = layered.folder.parents[1]
    link = os.link
    linked: list[Path] = []

    def meanwhile(source: Path, target: Path) -> None:
        linked.append(source)
        if len(linked) == 5:
            publish_layer(store, "r3", layered, added={"x/clusters": clusters(40)}, removed={}, manifest={})
            prune(store, keep=0, dry_run=False)
        link(source, target)

    monkeypatch.setattr(os, "link", meanwhile)
    done = backup(store, tmp_path / "saved")

    assert (done.live, done.runs) == ("r3", 1)
    assert check(tmp_path / "saved") == []


def test_a_damaged_store_is_not_backed_up_and_nothing_is_written_over(layered: Run, tmp_path: Path) -> None:
    store = layered.folder.parents[1]
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")

    with pytest.raises(StoreError, match="is there already"):
        backup(store, tmp_path / "there")
    with pytest.raises(StoreError, match="is no backup of a store"):
        restore(tmp_path / "there", tmp_path / "other")
    [file, *_] = layered.files("clusters", subject="x")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreError, match=r"is damaged: runs/r0/x/clusters/00000.parquet: .* and 2 more"):
        backup(store, tmp_path / "saved")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["c", "l", "store", "there", "y", "z"]
    assert sorted(one.name for one in store.iterdir()) == ["live.json", "runs"]


def test_a_delivery_that_is_not_as_it_was_accepted_is_found(layered: Run, tmp_path: Path) -> None:
    store = layered.folder.parents[1]
    file = deliver(store, "id\n1\n")
    assert check(store) == []

    file.write_text("id\n2\n")

    [fault] = check(store)
    assert fault.told == "its file is not the one that was accepted"
    assert fault.place == f"deliveries/a/{file.parent.name}.json"
    with pytest.raises(StoreError, match="is damaged: deliveries/a"):
        backup(store, tmp_path / "saved")
    file.unlink()
    assert [fault.told for fault in check(store)] == ["no such file or directory"]


def deliver(store: Path, text: str) -> Path:
    """Keep a file as an accepted delivery is kept."""
    content = xxhash.xxh3_128_hexdigest(text.encode())
    folder = store / "deliveries" / "a" / f"{content}-0"
    folder.mkdir(parents=True)
    folder.with_suffix(".json").write_text(json.dumps({"name": "a.csv", "content_hash": content}))
    (folder / "a.csv").write_text(text)
    return folder / "a.csv"


def date(store: Path, **days: str) -> None:
    for run_id, day in days.items():
        file = store / "runs" / run_id / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"published_at": f"{day}T00:00:00+00:00"}))


def disk(folder: Path) -> int:
    files = [one.stat() for one in folder.rglob("*") if one.is_file()]
    return sum({one.st_ino: one.st_size for one in files}.values())


KILLED = """
import os, sys, pathlib, polars as pl
from engine.store import open_run, publish_layer, writing
from engine.store.compacting import compact
from engine.tables import CLUSTERS
store, at, what = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
sync, calls = os.fsync, []
def stop(descriptor):
    calls.append(descriptor)
    if len(calls) == at:
        os.kill(os.getpid(), 9)
    sync(descriptor)
os.fsync = stop
with writing(store):
    run = open_run(store, "r2")
    if what == "compact":
        compact(run)
    else:
        rows = pl.DataFrame({"signature_id": [50], "cluster_id": [50], "state": ["whole"]})
        publish_layer(store, "r3", run, added={"x/clusters": CLUSTERS.conform(rows)}, removed={}, manifest={})
"""


@pytest.mark.parametrize("what", ["compact", "publish"])
@pytest.mark.parametrize("moment", [1, 4, 7])
def test_a_writer_killed_at_any_moment_leaves_a_whole_run_and_what_prune_deletes(
    layered: Run, what: str, moment: int
) -> None:
    store = layered.folder.parents[1]
    before = hashes(layered)

    done = subprocess.run([sys.executable, "-c", KILLED, str(store), str(moment), what], check=False, cwd=ROOT)

    assert done.returncode == -signal.SIGKILL
    live = live_id(store)
    assert live == "r2"
    assert hashes(open_run(store, live)) == before
    assert not [fault for fault in check(store) if fault.state == "damaged"]
    with writing(store):
        compact(open_run(store, live))
        prune(store, keep=9, dry_run=False)
    assert check(store) == []
    assert hashes(open_run(store, live)) == before
