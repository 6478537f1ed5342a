"""Attributes and columns of any name that a project may give them go through a whole build."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import polars as pl
import pytest

from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build

ATTRIBUTES = (
    ("tuple", "group", "own", "code", "n"),
    ("signatures", "hub", "value", "only_source", "members"),
    ("select", "order", "left", "end", "null"),
    ("place", "key", "text", "raw_value", "unique_id"),
    ("姓名", "signature_l", "地址", "signature_r", "signature"),
)
COLUMNS = ("_row", "source", "source (delivered)", "*", "n m")


def write_project(folder: Path, names: tuple[str, ...], columns: tuple[str, ...]) -> None:
    one, two, three, four, five = (json.dumps(name, ensure_ascii=False) for name in names)
    fields = "\n".join(
        f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(column, ensure_ascii=False)}"
        for name, column in zip(names, columns, strict=True)
    )
    attributes = "\n".join(f'{name} = "text"' for name in (one, two, three, four, five))
    comparisons = "\n".join(
        f'[[subject.person.comparison]]\nattribute = {name}\nkind = "{kind}"\nterm_frequency = true'
        for name, kind in ((one, "exact"), (two, "text"), (four, "exact"), (five, "exact"))
    )
    (folder / "lifetree.toml").write_text(
        f"""
[[source]]
name = "civil"
files = "civil.csv"
[[source.mention]]
subject = "person"
[source.mention.fields]
{fields}
[subject.person]
sufficient = [[{one}, {two}, {three}]]
identifier = [{{ attribute = {three}, contradicted_by = [{one}, {two}], alias = {five} }}]
blocking = [{one}, [{two}, {four}]]
model = {{ threshold = 6.0 }}
[subject.person.attributes]
{attributes}
{comparisons}
[[subject.person.comparison]]
name = "both names"
attribute = [{one}, {four}]
kind = "full_name"
term_frequency = true
""",
        encoding="utf-8",
    )


def write_rows(folder: Path, columns: tuple[str, ...]) -> None:
    drawn = random.Random(1)
    entities = [[f"v{drawn.randrange(9 + 4 * place)}" for place in range(len(columns))] for _ in range(40)]
    rows = [
        [value if drawn.random() < 0.85 else f"v{drawn.randrange(9 + 4 * place)}" for place, value in enumerate(entity)]
        for entity in (*entities, *entities)
    ]
    with (folder / "civil.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])


def entities_of(folder: Path, names: tuple[str, ...], columns: tuple[str, ...]) -> pl.DataFrame:
    """Return how the rows of the delivery fall into entities."""
    folder.mkdir()
    write_project(folder, names, columns)
    write_rows(folder, columns)
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=2)
    run = open_live(project)
    records = run.read("records", subject="person").join(
        run.read("record_entity", subject="person"), on=["source", "record_id", "role"]
    )
    values = records.with_columns(names=pl.concat_str(names, separator="|", ignore_nulls=True))
    grouped = values.group_by("entity_id").agg(pl.col("names").sort())
    return grouped.select(pl.col("names").list.join("; ")).sort("names")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    plain = ("a", "b", "c", "d", "e")
    found = entities_of(tmp_path_factory.mktemp("plain") / "project", plain, plain)
    assert 1 < found.height < 80
    return found


@pytest.mark.parametrize("names", ATTRIBUTES, ids=" ".join)
def test_attributes_may_bear_any_plain_name(tmp_path: Path, names: tuple[str, ...], expected: pl.DataFrame) -> None:
    assert entities_of(tmp_path / "project", names, ("a", "b", "c", "d", "e")).equals(expected)


def test_columns_may_bear_any_name(tmp_path: Path, expected: pl.DataFrame) -> None:
    assert entities_of(tmp_path / "project", ("a", "b", "c", "d", "e"), COLUMNS).equals(expected)
