"""A wrong merge that a reviewer ordered and took back: both trees, and every other table, are as before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from click.testing import CliRunner

from engine.settings import load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.judging import Act, judge, verdict, withdraw

if TYPE_CHECKING:
    from tests.trees.conftest import Town

REGISTRY = ("ledger", "record_history", "redirects")
"""Tables that remember what was."""


def hashes(run: Run) -> dict[str, str]:
    named = [name.rpartition("/") for name in run.manifest["tables"]]
    return {
        f"{subject}/{table}": run.table_hash(table, subject=subject)
        for subject, _, table in named
        if table not in REGISTRY
    }


def tree(run: Run, entity: str) -> set[str]:
    """Return the events of an entity."""
    return set(run.read("events", subject="person").filter(pl.col("entity_id") == entity)["event_id"])


def test_six_wrongly_merged_are_parted_again_with_their_trees_and_ids(town: Town, tmp_path: Path) -> None:
    shutil.copytree(town.project.folder, tmp_path / "town", ignore=shutil.ignore_patterns("store"))
    project = load_project(tmp_path / "town", checks=CHECKS)
    build(project)
    run = open_live(project)
    before = hashes(run)
    ids = run.read("entities", subject="person").sort("records", "entity_id", descending=[True, False])["entity_id"][:6]
    trees = [tree(run, one) for one in ids]
    words = [verdict(run, project, ids[0], one, judgement="same") for one in ids[1:]]
    names = judge(run, project, words, Act("周", "2024-05-01", "a wrong merge"))

    build(project)
    merged = open_live(project)
    owners = merged.read("record_entity", subject="person")
    records = [pl.col("record_id") == pair[0][1] for one in words for pair in one.pairs]
    [one] = owners.filter(pl.any_horizontal(records))["entity_id"].unique()
    assert len(tree(merged, one)) > max(len(events) for events in trees)

    withdraw(project, names, Act("Ann", "2024-05-02", "six people after all"))
    build(project)
    apart = open_live(project)
    assert hashes(apart) == before
    assert [tree(apart, entity) for entity in ids] == trees
    told = CliRunner().invoke(main, ["feed", str(project.folder), "--subject", "person"]).stdout.splitlines()
    feed = [json.loads(line) for line in told]
    others = set(ids) - {one}
    assert one in ids
    assert {row["other_id"] for row in feed if row["event"] == "merged" and row["entity_id"] == one} == others
    assert {row["entity_id"] for row in feed if row["event"] == "revived"} == others
