"""A small city counted with the persons' true identities: what is left is the error of the count alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.city.generate import generate
from engine.cleanse import cleanse
from engine.io import ingest_file
from engine.io.files import source_files
from engine.runners.tasks import Task
from engine.settings import Count, Project, load_project
from lifetree.increments.rules import RULES
from trees.census import attach_spells, group_spells, membership, vitals
from trees.events import attach_events, event_types, group_events
from trees.relations import attach_relations, group_relations, relation_types

AS_OF = date(2024, 12, 31)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    generate(folder, persons=1000, seed=1, error_scale=2.0)
    return folder


def told(project: Project) -> tuple[pl.DataFrame, ...]:
    """Return what the persons' sources tell: events, spells and relations."""
    tables: dict[str, list[pl.DataFrame]] = {"events.person": [], "spells.person": [], "relations": []}
    for source in project.sources:
        if not any(mention.subject == "person" for mention in source.mentions):
            continue
        rows = [
            part.rows
            for file in source_files(source, project)
            for part in ingest_file(source, file, project_folder=project.folder)
        ]
        found = cleanse(pl.concat(rows), source=source, subjects=project.subjects).told
        for name, tables_of in tables.items():
            tables_of += [found[name]] if name in found else []
    return tuple(map(pl.concat, tables.values()))


def test_with_true_identities_nearly_all_residents_are_on_the_lists_and_nearly_nobody_else(city: Path) -> None:
    types = event_types()["person"]
    owners = pl.read_parquet(city / "truth" / "mentions.parquet").drop_nulls("entity_id")
    everyone = owners.filter(pl.col("subject") == "person").select("entity_id").unique()
    told_events, told_spells, _ = told(load_project(city))
    events = group_events(attach_events(told_events, owners, subject="person"), types=types).events
    spells = group_spells(attach_spells(told_spells, owners, subject="person"))
    alive = vitals(events, as_of=AS_OF, types=types)
    residents = pl.read_parquet(city / "truth" / "residents.parquet")

    for code, predicate in (("HUKOU", "hukou"), ("CZ_CENSUS", "census")):
        count = Count(definition=code, as_of=AS_OF, area=("3901",))
        members = membership(spells, alive, everyone, count=count, predicate=predicate)
        listed = set(members.filter(pl.col("reason").is_null())["entity_id"])
        true = set(residents.filter(pl.col("definition") == code)["entity_id"])
        assert len(true) > 500
        assert len(true - listed) <= 0.005 * len(true)
        assert len(listed - true) <= 0.005 * len(true)


def test_an_increment_can_make_events_spells_and_relations_anew_kind_by_kind(city: Path) -> None:
    """What a stage makes of one of its groups does not depend on what else the entity has."""
    owners = pl.read_parquet(city / "truth" / "mentions.parquet").drop_nulls("entity_id")
    told_events, told_spells, told_ties = told(load_project(city))
    heard = attach_events(told_events, owners, subject="person")
    types = event_types()["person"]
    stays = attach_spells(told_spells, owners, subject="person")
    ties = attach_relations(told_ties, owners, types=relation_types())
    for name, rows, make in (
        ("events", heard, lambda rows: group_events(rows, types=types).events),
        ("events", heard, lambda rows: group_events(rows, types=types).witnesses),
        ("spells", stays, group_spells),
        ("relations", ties, group_relations),
    ):
        rule = RULES[name](Task(0, {}, {}))
        group = rows.select(pl.struct(*rule.by.values(), *rule.within).hash() % 3).to_series()
        parts = [make(rows.filter(group == n)) for n in range(3)]
        assert_frame_equal(pl.concat(parts), make(rows), check_row_order=False)
