"""However rows are split into files and in whatever order these come, the same records stand, and every row has a fate."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.accounting import account
from engine.batches import latest_replacements
from engine.cleanse import project_rulebook
from engine.hashing import bucket_of, hash64, table_hash
from engine.settings import Project, load_project
from engine.tables import ACCOUNTS, FINDINGS, RECORDS, REJECTS
from lifetree import receiving

PROJECT = """
[[source]]
name = "civil"
files = "*.jsonl"
key = "no"
op = "op"
recorded_at = "told"
mode = { "delta-*" = "delta", "replace-*" = "replace" }
delivered_at = { "*-1-*" = "2024-01-01", "*-2-*" = "2024-02-01", "*" = "2024-03-01" }
[[source.mention]]
subject = "person"
fields = { surname = "surname" }
[subject.person]
attributes = { surname = "name" }
blocking = ["surname"]
comparison = [{ attribute = "surname" }]
[rules]
off = ["I5"]
"""
DATES = {1: "2024-01-01", 2: "2024-02-01", 3: "2024-03-01"}
ENDS, ADDS = {"D", "delete"}, {"U", "I", "Update"}

Row = dict[str, str]
Delivered = tuple[str, int, Row]

ROWS = st.fixed_dictionaries(
    {
        "no": st.sampled_from(["1", "2", "3", ""]),
        "surname": st.sampled_from(["Abel", "Birch", ""]),
        "told": st.sampled_from(["2024-01-15", "2024-02-15", ""]),
        "op": st.sampled_from([*sorted(ADDS), *sorted(ENDS), "?", ""]),
    }
)
DELIVERED = st.tuples(st.sampled_from(["append", "delta", "delta", "replace"]), st.integers(1, 3), ROWS)


class Made(NamedTuple):
    """Table hashes, the account, and the surname of each record."""

    hashes: dict[str, str]
    account: dict[str, Any]
    surnames: dict[str, str]


@settings(max_examples=40)
@given(
    delivered=st.lists(DELIVERED, min_size=1, max_size=12),
    splits=st.tuples(*[st.lists(st.integers(0, 2), min_size=12, max_size=12)] * 2),
    order=st.randoms(use_true_random=False),
    buckets=st.integers(1, 3),
)
def test_any_split_and_order_gives_the_same_records(
    delivered: list[Delivered], splits: tuple[list[int], list[int]], order: Any, buckets: int
) -> None:
    one = made(delivered, splits[0], order=None, buckets=1)
    two = made(delivered, splits[1], order=order, buckets=buckets)

    assert one == two
    fates = ("kept", "quarantined", "exact_duplicates", "superseded")
    assert one.account["rows_in"] == len(delivered) == sum(one.account[name] for name in fates)
    for key, expected in standing(delivered).items():
        assert one.surnames.get(key) in expected


def made(delivered: list[Delivered], split: list[int], *, order: Any, buckets: int) -> Made:
    """Write the rows of each mode and day into up to three files, read these in an order, and cleanse by bucket."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
        for (mode, day, row), part in zip(delivered, split, strict=False):
            with (folder / f"{mode}-{day}-{part}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row if mode == "delta" else {**row, "op": ""}) + "\n")
        files = sorted(folder.glob("*.jsonl"))
        if order:
            order.shuffle(files)
        return cleansed(load_project(folder), files, buckets)


def cleansed(project: Project, files: list[Path], buckets: int) -> Made:
    [source], book = project.sources, project_rulebook(project)
    chunks = [
        one for file in files for one in receiving.ingest(source=source, file=file, project_folder=project.folder)
    ]
    table = {name: pl.concat([one[name] for one in chunks]) for name in chunks[0]}
    survey = receiving.survey(table["tallies"], table["measures"], cycles={"civil": None}, declared={}, rulebook=book)
    replaced = latest_replacements(survey["batches"]).get("civil")
    placed = table["rows.civil"].with_columns(_bucket=bucket_of(hash64(pl.col("record_id")), buckets=buckets))
    tables = [
        receiving.clean(
            placed.filter(pl.col("_bucket") == number).drop("_bucket"),
            source=source,
            subjects=project.subjects,
            rulebook=book,
            replaced=replaced,
        )
        for number in range(buckets)
    ]
    rejects = [*(one["rejects"] for one in tables), table["unread"]]
    counted = account(pl.concat([one["accounts"] for one in tables]), table["unread"], sources=("civil",)).accounts
    records = pl.concat([one["records.person"] for one in tables])
    hashes = {
        "records": table_hash([records], RECORDS),
        "findings": table_hash([one["findings"] for one in tables], FINDINGS),
        "rejects": table_hash(rejects, REJECTS),
        "accounts": table_hash([counted], ACCOUNTS),
    }
    return Made(hashes, counted.to_dicts()[0], dict(records.select("record_id", "surname").iter_rows()))


def standing(delivered: list[Delivered]) -> dict[str, set[str | None]]:
    """Return what can stand of each key, plainly: None for no record; several where times leave it to the content."""
    since = max((day for mode, day, _ in delivered if mode == "replace"), default=0)
    versions: dict[str, list[tuple[tuple[str, str], str | None]]] = {"1": [], "2": [], "3": []}
    for mode, day, row in delivered:
        ends = mode == "delta" and row["op"] in ENDS
        unread = mode == "delta" and row["op"] not in ENDS | ADDS
        if day < since or not row["no"] or unread or (not ends and not row["surname"]):
            continue
        versions[row["no"]].append(((row["told"] or DATES[day], DATES[day]), None if ends else row["surname"]))
    return {
        key: {told for time, told in several if time == several[-1][0]} if several else {None}
        for key, several in ((key, sorted(found, key=lambda one: one[0])) for key, found in versions.items())
    }
