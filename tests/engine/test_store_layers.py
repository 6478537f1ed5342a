"""Layered tables: what later layers add and remove, on disk and as it is read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.errors import StoreError
from engine.hashing import bucket_of, hash64, table_hash
from engine.store import Run, layering, open_run, publish, publish_layer, remaining, scan_slices
from engine.tables import CLUSTERS, RECORD_ENTITY

TABLE = "x/clusters"


def clusters(*rows: tuple[int, int]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"signature_id": pl.Int64, "cluster_id": pl.Int64}, orient="row")
    return CLUSTERS.conform(frame.with_columns(state=pl.lit("whole")))


def removals(*ids: int) -> pl.DataFrame:
    return pl.DataFrame({"signature_id": ids}, schema={"signature_id": pl.Int64})


def base(store: Path, *parts: pl.DataFrame, **manifest: object) -> Run:
    files = tuple(store.parent / f"{place:05d}-part.parquet" for place in range(len(parts)))
    for file, part in zip(files, parts, strict=True):
        part.write_parquet(file)
    return publish(store, "r0", tables={TABLE: files}, manifest=dict(manifest))


def layer(
    run: Run, run_id: str, *rows: tuple[int, int], gone: tuple[int, ...] = (), removed: pl.DataFrame | None = None
) -> Run:
    store = run.folder.parents[1]
    lost = removals(*gone) if removed is None else removed
    return publish_layer(store, run_id, run, added={TABLE: clusters(*rows)}, removed={TABLE: lost}, manifest={})


def test_a_layer_adds_and_removes_rows_and_a_row_may_come_back(tmp_path: Path) -> None:
    run = base(tmp_path / "store", clusters((1, 1), (2, 2)), clusters((3, 3)))

    run = layer(run, "r1", (2, 1), gone=(2,))
    run = layer(run, "r2", gone=(2, 3))
    run = layer(run, "r3", (3, 1))

    expected = clusters((1, 1), (3, 1))
    assert_frame_equal(run.read("clusters", subject="x"), expected)
    assert_frame_equal(run.scan("clusters", subject="x").collect().sort("signature_id"), expected)
    assert run.table_hash("clusters", subject="x") == table_hash([expected], CLUSTERS)
    assert run.scan("clusters", subject="x").filter(pl.col("signature_id") == 2).collect().is_empty()


def test_every_run_of_a_chain_stays_as_it_was(tmp_path: Path) -> None:
    first = base(tmp_path / "store", clusters((1, 1), (2, 2)))
    second = layer(first, "r1", (3, 3), gone=(1,))

    layer(second, "r2", gone=(2, 3))

    assert first.read("clusters", subject="x")["signature_id"].to_list() == [1, 2]
    assert open_run(tmp_path / "store", "r1").read("clusters", subject="x")["signature_id"].to_list() == [2, 3]
    assert open_run(tmp_path / "store", "r2").read("clusters", subject="x").is_empty()


def test_a_run_with_layers_is_complete_in_itself_and_writes_only_its_layer(tmp_path: Path) -> None:
    first = base(tmp_path / "store", clusters((1, 1), (2, 2)))
    second = layer(first, "r1", (3, 3), gone=(1,))

    [before] = first.files("clusters", subject="x")
    after = second.files("clusters", subject="x")
    assert before.stat().st_ino == after[0].stat().st_ino
    assert second.manifest["tables"][TABLE][0] == first.manifest["tables"][TABLE][0]
    for file in first.folder.rglob("*.parquet"):
        file.unlink()
    assert second.read("clusters", subject="x")["signature_id"].to_list() == [2, 3]


def test_removals_name_any_columns_and_nulls_among_them(tmp_path: Path) -> None:
    kept = clusters((1, 1), (2, 1), (3, 3)).with_columns(state=pl.Series(["whole", None, None]))
    run = base(tmp_path / "store", kept)

    gone = pl.DataFrame({"cluster_id": [1], "state": [None]}, schema={"cluster_id": pl.Int64, "state": pl.String})
    run = layer(run, "r1", removed=gone)
    run = layer(run, "r2", gone=(3,))

    assert run.read("clusters", subject="x")["signature_id"].to_list() == [1]
    [one] = run.slices("clusters", subject="x")
    assert one.read()["signature_id"].to_list() == [1]
    assert remaining(kept.filter(pl.col("state").is_null()), one.removed).is_empty()


def test_a_look_up_reads_the_files_of_its_bucket_and_of_layers_without_one(tmp_path: Path) -> None:
    key = pl.lit(7, pl.Int64)
    mine = pl.select(bucket_of(key, buckets=2)).item()
    parts = [clusters((7, 7)), clusters((8, 8))] if mine == 0 else [clusters((8, 8)), clusters((7, 7))]
    run = layer(base(tmp_path / "store", *parts, buckets=2), "r1", (7, 1), gone=(7,))

    files = run.files_of("clusters", subject="x", key=key)
    found = run.part("clusters", subject="x", key=key).filter(pl.col("signature_id") == 7).collect()

    assert [file.name for file in files] == [f"{mine:05d}.parquet", "00001-rows.parquet"]
    assert found["cluster_id"].to_list() == [1]


def test_a_look_up_by_text_leaves_out_files_of_other_values(tmp_path: Path) -> None:
    def owners(source: str) -> pl.DataFrame:
        row = {"source": source, "record_id": "1", "role": "", "signature_id": 1, "entity_id": "e"}
        return RECORD_ENTITY.conform(pl.DataFrame([row]))

    store = tmp_path / "store"
    run = publish(store, "r0", tables={}, manifest={})
    for number, source in enumerate("abc"):
        run = publish_layer(
            store, f"r{number + 1}", run, added={"x/record_entity": owners(source)}, removed={}, manifest={}
        )

    gone = {"x/record_entity": pl.DataFrame({"source": ["b"]})}
    removed = publish_layer(store, "r4", run, added={}, removed=gone, manifest={})

    files = run.files_of("record_entity", subject="x", key=hash64(pl.lit("e")), first="b")
    [one] = removed.slices("record_entity", subject="x", key=None, first="b")
    assert one.read().is_empty()
    assert [file.name for file in files] == ["00002-rows.parquet"]


def test_tables_without_a_change_and_new_tables_without_rows(tmp_path: Path) -> None:
    run = base(tmp_path / "store", clusters((1, 1)))

    new = {TABLE: clusters(), "y/clusters": clusters()}
    run = publish_layer(
        tmp_path / "store", "r1", run, added=new, removed={TABLE: removals(), "z/clusters": removals(4)}, manifest={}
    )

    assert len(run.manifest["tables"][TABLE]) == 1
    assert run.read("clusters", subject="y").is_empty()
    assert "z/clusters" not in run.manifest["tables"]


def test_a_layer_of_files_keeps_their_buckets(tmp_path: Path) -> None:
    run = base(tmp_path / "store", clusters((1, 1)), buckets=4)
    file, empty = tmp_path / "00003-00000.parquet", tmp_path / "empty.parquet"
    clusters((5, 5)).write_parquet(file)
    clusters().write_parquet(empty)

    run = publish_layer(tmp_path / "store", "r1", run, added={TABLE: (empty, file)}, removed={}, manifest={})

    assert [entry.get("bucket") for entry in run.manifest["tables"][TABLE]] == [0, 3]
    assert run.manifest["buckets"] == 4
    assert run.read("clusters", subject="x")["signature_id"].to_list() == [1, 5]


def test_a_layer_published_twice_is_made_live_again(tmp_path: Path) -> None:
    run = base(tmp_path / "store", clusters((1, 1)))
    once = layer(run, "r1", (2, 2))
    base(tmp_path / "store", clusters((1, 1)))

    again = layer(run, "r1", (2, 2))

    assert again.manifest == once.manifest
    assert '"r1"' in (tmp_path / "store" / "live.json").read_text()


def test_a_table_that_nobody_knows_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    run = base(tmp_path / "store", clusters((1, 1)))

    with pytest.raises(StoreError, match="no table 'nonsense'"):
        publish_layer(tmp_path / "store", "r1", run, added={"x/nonsense": clusters()}, removed={}, manifest={})

    assert [folder.name for folder in (tmp_path / "store" / "runs").iterdir()] == ["r0"]


def test_many_layers_are_folded_into_one_and_the_base_is_not_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layering, "_most", lambda _: 2)
    first = run = base(tmp_path / "store", clusters((1, 1), (2, 2), (3, 3)))
    for number in range(2):
        run = layer(run, f"r{number + 1}", (number + 10, 1), gone=(number + 1, number + 9))

    folded = layer(run, "r3", (20, 2), gone=(20,))

    entries = folded.manifest["tables"][TABLE]
    assert [entry.get("layer") for entry in entries] == [None, 1, 1, 2, 2]
    assert entries[0] == first.manifest["tables"][TABLE][0]
    assert folded.read("clusters", subject="x")["signature_id"].to_list() == [3, 11, 20]
    assert run.read("clusters", subject="x")["signature_id"].to_list() == [3, 11]


STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 9), st.integers(0, 3), max_size=5),
        st.sets(st.integers(0, 9), max_size=5),
        st.booleans(),
    ),
    max_size=6,
)


@pytest.mark.parametrize("most", [2, 9], ids=["folded", "not folded"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.dictionaries(st.integers(0, 9), st.integers(0, 3)), steps=STEPS)
def test_layers_hold_what_the_same_changes_leave_of_a_plain_table(
    start: dict[int, int],
    steps: list[tuple[dict[int, int], set[int], bool]],
    most: int,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layering, "_most", lambda _: most)
    run = base(tmp_path_factory.mktemp("layers") / "store", clusters(*start.items()))
    held = dict(start)
    for number, (added, gone, by_cluster) in enumerate(steps):
        if by_cluster:
            held = {one: cluster for one, cluster in held.items() if cluster not in gone}
            removed = pl.DataFrame({"cluster_id": sorted(gone)}, schema={"cluster_id": pl.Int64})
        else:
            held = {one: cluster for one, cluster in held.items() if one not in gone}
            removed = removals(*gone)
        rows = {one: cluster for one, cluster in added.items() if one not in held}
        held |= rows
        run = layer(run, f"r{number + 1}", *rows.items(), removed=removed)

    expected = clusters(*held.items())
    assert_frame_equal(run.read("clusters", subject="x"), expected)
    assert run.table_hash("clusters", subject="x") == table_hash([expected], CLUSTERS)
    some = scan_slices(run.slices("clusters", subject="x")).filter(pl.col("signature_id") > 4).collect()
    assert_frame_equal(some.sort("signature_id"), expected.filter(pl.col("signature_id") > 4))
