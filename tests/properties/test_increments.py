"""Increments equal the full run: however records come, are corrected, withdrawn and judged."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.increments import halfway, layers
from engine.increments.held import load as load_held
from engine.settings import Project, load_project
from engine.settings.shipped import shipped
from engine.store import Run, open_live
from engine.store.checking import check
from lifetree import resolve
from lifetree.build import CHECKS, build
from lifetree.deliveries import accept
from lifetree.judging import Act, Verdict
from lifetree.judging import judge as decide
from lifetree.retracting import accepted, retract
from lifetree.update import update

SOURCES = {"civil": 7, "clinic": 7, "social_insurance": 6, "registration": 7, "tax": 6}
"""The column of each source in which its rows tell their time."""

DAYS = ("2025-11-01", "2025-11-02")
HISTORY = ("ledger", "record_history", "redirects")
Row = list[str]


@pytest.fixture(scope="module", autouse=True)
def _layers_stay() -> Iterator[None]:
    """Small tables would be written anew each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "SMALL", 0)
        patch.setattr(layers, "LAYERS_AT_MOST", 1e9)
        yield


@settings(max_examples=2, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_the_tables_after_increments_are_those_of_a_full_build(seed: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, deliveries = prepared(Path(place), random.Random(seed))
        build(load(folder), buckets=3)
        for day, files in zip(DAYS, deliveries, strict=True):
            made = update(load(folder), files, mode="delta", delivered_at=day)
            assert made["anew"] is None
            judge(folder, open_live(load(folder)), random.Random(f"{seed} {day}"))
        update(load(folder))
        after = hashes(open_live(load(folder)))
        rebuilt(folder)

        assert hashes(open_live(load(folder))) == after


def test_the_tables_stay_those_of_a_full_build_when_layers_are_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "LAYERS_AT_MOST", 0.9)
    folder, deliveries = prepared(tmp_path, random.Random(23))
    build(load(folder), buckets=2)
    for number, files in enumerate([*deliveries, *deliveries]):
        batches = [tmp_path / f"again{number}" / file.name for file in files]
        for batch, file in zip(batches, files, strict=True):
            batch.parent.mkdir(exist_ok=True)
            batch.write_text(turned(file.read_text(encoding="utf-8"), number), encoding="utf-8")
        assert update(load(folder), batches, mode="delta", delivered_at=f"2025-11-1{number}")["anew"] is None
    after = hashes(open_live(load(folder)))
    checkpoints = folder / "store" / "checkpoints"
    written = {"whole.parquet", "layer.parquet"}
    assert {file.name for file in checkpoints.glob("increments/*/*.parquet")} >= written
    assert {file.parent for file in checkpoints.glob("increments/*/*.parquet")} == needed(folder)
    rebuilt(folder)

    assert hashes(open_live(load(folder))) == after


def needed(folder: Path) -> set[Path]:
    """Return the folders of what increments left that the next one goes on from."""
    store = folder / "store"
    held = load_held(store / "checkpoints" / "held" / f"{open_live(load(folder)).run_id}.json", store=store)
    return {file.parent for file in held.files() if file.parts[-3] == "increments"}


def turned(text: str, times: int) -> str:
    """Return a delivery in which, at odd times, what was withdrawn is added, and what was added is withdrawn."""
    if times % 2 == 0:
        return text
    return "".join(
        f"{line[:-1]}{'D' if line.endswith('U') else 'U'}\n" if line[-1] in "UD" else f"{line}\n"
        for line in text.splitlines()
    )


def test_a_failure_of_any_subject_stops_the_update_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(29))
    build(load(folder), buckets=1)
    before = hashes(open_live(load(folder)))
    whole = resolve.resolve_subject

    def failing(*told: Any, **named: Any) -> Any:
        if told[2] == "legal_entity":
            raise StoreError("the disk is full")
        return whole(*told, **named)

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["lifetree.increments.advance"], "resolve_subject", failing)
        with pytest.raises(StoreError, match="the disk is full"):
            update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0])
    assert hashes(open_live(load(folder))) == before

    assert update(load(folder), mode="delta")["anew"] is None
    assert hashes(open_live(load(folder))) != before


def test_equal_rows_of_a_source_without_a_key_stay_records_of_their_own(tmp_path: Path) -> None:
    folder, _ = prepared(tmp_path, random.Random(3))
    toml = folder / "sources" / "clinic.toml"
    lines = [line for line in toml.read_text(encoding="utf-8").splitlines() if not line.startswith(("op =", "key ="))]
    toml.write_text("\n".join(lines), encoding="utf-8")
    head, *rows = csv.reader(io.StringIO((folder / "data" / "clinic.csv").read_text(encoding="utf-8")))
    build(load(folder), buckets=2)
    again, changed = rows[:3], [rows[4][0], "王新人", *rows[4][2:]]
    for number, own in enumerate((again, [*again[:1], changed])):
        file = tmp_path / f"day{number}.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([head, *own])
        assert update(load(folder), [file], source="clinic", mode="append", delivered_at=DAYS[number])["anew"] is None
    after = hashes(open_live(load(folder)))
    rebuilt(folder)

    assert hashes(open_live(load(folder))) == after


def test_a_kept_run_answers_as_it_did_and_an_update_without_news_changes_nothing(tmp_path: Path) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(7))
    build(load(folder), buckets=2)
    first = open_live(load(folder))
    before = hashes(first)
    update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0])
    second = open_live(load(folder))

    again = update(load(folder))

    assert hashes(first) == before != hashes(second)
    assert (again["run_id"], again["stages"]) == (second.run_id, [])


def test_an_update_and_a_build_write_the_same_history_of_ids(tmp_path: Path) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(11))
    build(load(folder), buckets=2)
    judge(folder, open_live(load(folder)), random.Random(1))
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0])
    accept(load(other), deliveries[0], mode="delta", delivered_at=DAYS[0])
    rebuilt(other)

    assert hashes(open_live(load(folder)), without=()) == hashes(open_live(load(other)), without=())


def test_decisions_that_are_lost_stop_an_update(tmp_path: Path) -> None:
    folder, _ = prepared(tmp_path, random.Random(5))
    build(load(folder), buckets=1)
    run = open_live(load(folder))
    rows = run.read("record_entity", subject="person").head(2).select("source", "record_id", "role").rows()
    verdict = Verdict("different", "person", ":".join(rows[0][:2]), ":".join(rows[1][:2]), (tuple(rows),))
    decide(run, load(folder), [verdict], Act("reviewer", "2025-11-03", "a test", "judge"))
    update(load(folder))
    (folder / "store" / "decisions" / "judgements.jsonl").unlink()

    with pytest.raises(StoreError, match="decisions of people are lost"):
        update(load(folder))
    assert [fault.state for fault in check(folder / "store")] == ["damaged"]


def test_an_update_that_was_killed_goes_on_with_what_its_stages_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(13))
    build(load(folder), buckets=2)
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    stages = len(update(load(other), deliveries[0], mode="delta", delivered_at=DAYS[0])["stages"])
    monkeypatch.setattr(halfway, "EVERY", 0.0)

    answered = 0
    for ends in (*range(7, stages, 13), stages):
        watched = Watched(ends)
        with pytest.raises(KeyboardInterrupt):
            update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0], progress=watched)
        answered += watched.again.count(False)
    made = update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0], progress=Watched(-1))

    assert answered == stages
    assert made["anew"] is None
    assert hashes(open_live(load(folder)), without=()) == hashes(open_live(load(other)), without=())
    assert not [*(folder / "store" / "checkpoints" / "halfway").iterdir()]


@pytest.mark.parametrize("change", ["settings", "file"])
def test_what_no_increment_can_go_on_from_is_built_anew(tmp_path: Path, change: str) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(3))
    build(load(folder), buckets=1)
    if change == "settings":
        text = (folder / "lifetree.toml").read_text(encoding="utf-8")
        (folder / "lifetree.toml").write_text(text.replace("threshold = 5.0", "threshold = 6.0"), encoding="utf-8")
    else:
        with (folder / "data" / "civil.csv").open("a", encoding="utf-8") as stream:
            stream.write("C999999,王新人,男,1990-01-01,,,19900009999,2024-12-31,U\n")

    made = update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0])

    assert made["anew"]
    assert made["records"] == open_live(load(folder)).read("record_entity", subject="person").height + (
        open_live(load(folder)).read("record_entity", subject="legal_entity").height
    )


def test_what_an_update_answered_of_a_delivery_that_is_taken_back_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, deliveries = prepared(tmp_path, random.Random(17))
    build(load(folder), buckets=1)
    monkeypatch.setattr(halfway, "EVERY", 0.0)
    with pytest.raises(KeyboardInterrupt):
        update(load(folder), deliveries[0], mode="delta", delivered_at=DAYS[0], progress=Watched(9))
    answers = folder / "store" / "checkpoints" / "halfway"
    assert [*answers.iterdir()]

    retract(load(folder), [one["delivery"] for one in accepted(load(folder))])

    assert not [*answers.iterdir()]


class Watched:
    """Notes for every stage whether its answer was there already, and stops after so many."""

    def __init__(self, stages: int) -> None:
        self.stages, self.again = stages, list[bool]()

    def begin(self, stage: str, tasks: int) -> None:
        pass

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        self.again.append(reused)

    def end(self, stage: str) -> None:
        if len(self.again) == self.stages:
            raise KeyboardInterrupt


def prepared(place: Path, rng: random.Random) -> tuple[Path, list[list[Path]]]:
    """Return the example with some rows held back, and three deliveries: adds, corrections and withdrawals."""
    folder = place / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    heads = "source_l,record_l,source_r,record_r,judgement,decided_by,subject\n"
    (folder / "judgements.csv").write_text(heads, encoding="utf-8")
    text = (folder / "lifetree.toml").read_text(encoding="utf-8")
    told = text.replace("[project]\n", '[project]\njudgements = "judgements.csv"\n')
    (folder / "lifetree.toml").write_text(told, encoding="utf-8")
    deliveries: list[list[Path]] = [[] for _ in DAYS]
    for name, clock in SOURCES.items():
        text = (folder / "data" / f"{name}.csv").read_text(encoding="utf-8")
        head, *rows = list(csv.reader(io.StringIO(text)))
        days: list[list[Row]] = [[] for _ in DAYS]
        first = [row for row in rows if not held_back(row, days, rng)]
        for day, own in zip(DAYS, days, strict=True):
            for row in rng.sample(first, min(4, len(first))):
                changed = [*row]
                other = rng.choice(rows)
                for column in rng.sample(range(1, clock), 2):
                    changed[column] = other[column]
                own.append([*changed[:clock], day, rng.choice("UUD")])
        write(folder / "data" / f"{name}.csv", head, [[*row, "U"] for row in first])
        toml = folder / "sources" / f"{name}.toml"
        toml.write_text('op = "op"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
        for number, own in enumerate(days):
            if own:
                file = place / f"day{number}" / f"{name}.csv"
                write(file, head, own)
                deliveries[number].append(file)
    return folder, deliveries


def held_back(row: Row, days: list[list[Row]], rng: random.Random) -> bool:
    if rng.random() > 0.06:
        return False
    days[rng.randrange(len(days))].append([*row, "U"])
    return True


def write(file: Path, head: Row, rows: list[Row]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([[*head, "op"], *rows])


def judge(folder: Path, run: Run, rng: random.Random) -> None:
    """Add two judgements between records that there are to the project's file."""
    rows = run.read("record_entity", subject="person").filter(role="").sort("source", "record_id").to_dicts()
    with (folder / "judgements.csv").open("a", encoding="utf-8") as stream:
        for word in ("same", "different"):
            one, other = rng.sample(rows, 2)
            ends = (one["source"], one["record_id"], other["source"], other["record_id"])
            stream.write(",".join([*ends, word, "reviewer", "person"]) + "\n")


def rebuilt(folder: Path) -> None:
    """Build everything anew under the calibrations of the live run."""
    run = open_live(load(folder))
    pinned: dict[str, Path] = {}
    for name in run.manifest["calibrations"]:
        pinned[name] = folder / f"{name}.json"
        pinned[name].write_text(json.dumps(run.calibration(name)), encoding="utf-8")
    shutil.rmtree(folder / "store" / "checkpoints")
    build(load(folder), buckets=2, calibration=pinned)


def load(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def hashes(run: Run, *, without: tuple[str, ...] = HISTORY) -> dict[str, Any]:
    """Return the hash of every table but those that tell the history of ids."""
    told = [name.split("/") for name in run.manifest["tables"]]
    return {
        f"{subject}/{table}": run.table_hash(table, subject=None if subject == "project" else subject)
        for subject, table in told
        if table not in without
    }
