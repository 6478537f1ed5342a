"""What identifiers unite is not compared; the partition is the one that comparing everything would give."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.settings import load_project
from engine.store import open_live
from lifetree import steps
from lifetree.build import CHECKS, build, train
from matchers import clustering
from matchers.models import save_calibration

PROJECT = """
judgements = "judgements.csv"
[[source]]
name = "a"
files = "a.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", sex = "sex", phone = "phone", id_no = "id", old_id = "old", permit = "permit" }
[[source]]
name = "b"
files = "b.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", sex = "sex", phone = "phone", id_no = "id", old_id = "old", permit = "permit" }
[subject.person]
attributes = { name = "text", born = "date", sex = "text", phone = "text", id_no = "text", old_id = "text", permit = "text" }
pairs = "PAIRS"
max_cluster = MOST
founding = [["id_no"], ["name", "born"]]
blocking = [["name", "born"], ["phone"], ["id_no"], ["born"], ["name"]]
comparison = [
  { attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "sex" },
  { attribute = "phone", kind = "text" }, { attribute = "id_no", kind = "text" },
]
model = { threshold = THRESHOLD, review = -5, calibration = "calibration.json" }
[[subject.person.identifier]]
attribute = "id_no"
contradicted_by = ["name", "born", "sex"]
former = "old_id"
unsure_when = "sex is null"
[[subject.person.identifier]]
attribute = "permit"
contradicted_by = ["born"]
exclusive = EXCLUSIVE
"""
SIZE = 80


def write(folder: Path, seed: int) -> None:
    drawn = random.Random(seed)
    keys = []
    for source in "ab":
        lines = ["no,name,born,sex,phone,id,old,permit"]
        for place in range(SIZE):
            who = drawn.randrange(SIZE // 4)
            born = drawn.choice([f"19{50 + who}-01-0{1 + who % 9}"] * 2 + ["1977-07-07", ""])
            number = f"ID{who if drawn.random() < 0.85 else drawn.randrange(SIZE // 4)}"
            old = f"ID{drawn.randrange(SIZE // 4)}" if drawn.random() < 0.1 else ""
            name = drawn.choice([f"name{who % 9}", f"nome{who % 9}", f"zzz{who % 3}", ""])
            values = [
                name, born, drawn.choice("MF") if drawn.random() < 0.7 else "", f"1{who % 15}",
                number if drawn.random() < 0.7 else "", old, f"P{who // 2}" if drawn.random() < 0.3 else "",
            ]  # fmt: skip
            lines.append(",".join([f"{source}{place}", *values]))
            keys.append(f"{source},{source}{place}")
        (folder / f"{source}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pairs = {tuple(sorted(drawn.sample(keys, 2))) for _ in range(drawn.choice([0, 6, 20]))}
    judged = [f"{left},{right},{drawn.choice(['same', 'different'])},me" for left, right in sorted(pairs)]
    head = "source_l,record_l,source_r,record_r,judgement,decided_by"
    (folder / "judgements.csv").write_text("\n".join([head, *judged]) + "\n", encoding="utf-8")
    settings = {
        "PAIRS": drawn.choice(["all", "between_sources"]), "MOST": drawn.choice(["4", "8", "1000"]),
        "THRESHOLD": drawn.choice(["2", "-2", "6"]), "EXCLUSIVE": drawn.choice(["true", "false"]),
    }  # fmt: skip
    text = PROJECT
    for name, value in settings.items():
        text = text.replace(name, value)
    (folder / "lifetree.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    write(folder, 0)
    project = folder / "lifetree.toml"
    told = project.read_text(encoding="utf-8").replace(', calibration = "calibration.json"', "")
    project.write_text(told, encoding="utf-8")
    save_calibration(train(load_project(folder, checks=CHECKS))["person"], folder / "calibration.json")
    return folder / "calibration.json"


def partition(folder: Path, *, buckets: int) -> tuple[list[Any], int]:
    shutil.rmtree(folder / "store", ignore_errors=True)
    build(load_project(folder, checks=CHECKS), buckets=buckets)
    run = open_live(load_project(folder, checks=CHECKS))
    records = run.read("record_entity", subject="person").sort("source", "record_id")
    return records.rows(), run.read("pairs", subject="person").height


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_partition_is_that_of_comparing_every_pair(
    seed: int, calibration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, seed)
    shutil.copy(calibration, tmp_path / "calibration.json")
    found, compared = partition(tmp_path, buckets=1)
    monkeypatch.setattr(clustering, "in_regions", partial(clustering.in_regions, rows=10))
    parted, _ = partition(tmp_path, buckets=3)
    unite = steps.unite

    def nothing(**given: Any) -> Iterator[dict[str, pl.DataFrame]]:
        return ({"united": part["united"].clear()} for part in unite(**given))

    monkeypatch.setattr(steps, "unite", nothing)
    everything, all_pairs = partition(tmp_path, buckets=1)

    assert found == parted == everything
    assert compared < all_pairs
