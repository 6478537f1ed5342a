"""Hashes are those of the published algorithm, and table hashes depend on content alone."""

from __future__ import annotations

import polars as pl
import pytest
import xxhash

from engine.hashing import hash64, hash128, joined, table_hash
from engine.tables import CLUSTERS, ENTITIES, REJECTS

TEXTS = ["", "ann", "王芳", "x" * 5000]


def test_hashes_are_xxh3_of_the_utf8_bytes() -> None:
    frame = pl.DataFrame({"text": TEXTS})

    found = frame.select(hash64(pl.col("text")).alias("short"), hash128(pl.col("text")).alias("long"))

    assert [value % 2**64 for value in found["short"]] == [xxhash.xxh3_64_intdigest(text.encode()) for text in TEXTS]
    assert found["long"].to_list() == [str(xxhash.xxh3_128_intdigest(text.encode())) for text in TEXTS]


def test_null_empty_and_shifted_values_are_told_apart() -> None:
    frame = pl.DataFrame({"a": ["x", "x", None, ""], "b": [None, "", "x", "x"]})

    assert frame.select(joined(["a", "b"])).to_series().n_unique() == 4


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("x\x1fy", "z"), ("x", "y\x1fz")),
        (("\x00", "x"), (None, "x")),
        (("x\x1bsy", "z"), ("x\x1fy", "z")),
        (("\x1b", "\x1f"), ("\x1b\x1b", "s")),
    ],
    ids=["the separator", "the sign of a missing value", "what stands for the separator", "what announces it"],
)
def test_values_that_hold_control_characters_are_told_apart(
    left: tuple[str | None, str], right: tuple[str | None, str]
) -> None:
    frame = pl.DataFrame([left, right], {"a": pl.String, "b": pl.String}, orient="row")

    assert frame.select(joined(["a", "b"])).to_series().n_unique() == 2


def test_literals_are_joined_to_every_row() -> None:
    frame = pl.DataFrame({"a": ["x", "y"]})

    assert frame.select(joined([pl.lit("k"), "a", pl.lit("\x1f")])).to_series().to_list() == [
        "k\x1fx\x1f\x1bs", "k\x1fy\x1f\x1bs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["a,b"], ["a", "b"]),
        ([""], []),
        ([None], []),
        ([None], [""]),
        (["a\\", "b"], ["a\\,b"]),
    ],
    ids=["a comma", "one empty", "one missing", "missing and empty", "a backslash"],
)
def test_lists_are_told_apart(left: list[str | None], right: list[str | None]) -> None:
    row = dict.fromkeys(ENTITIES.columns)
    one, other = (pl.DataFrame([row | {"sources": items}], ENTITIES.schema()) for items in (left, right))

    assert table_hash([one], ENTITIES) != table_hash([other], ENTITIES)


def test_a_table_hash_is_the_same_for_any_split_and_order() -> None:
    rows = {"signature_id": [3, 1, 2], "cluster_id": [1, 1, 2], "state": ["whole", None, "whole"]}
    table = CLUSTERS.conform(pl.DataFrame(rows))

    whole = table_hash([table], CLUSTERS)

    assert table_hash([table[2:], table[:1].select(reversed(table.columns)), table[1:2]], CLUSTERS) == whole
    assert table_hash([table.with_columns(cluster_id=1)], CLUSTERS) != whole


def test_file_names_and_lines_are_no_content() -> None:
    row = dict.fromkeys(REJECTS.columns) | {"source": "a", "line": 3, "file": "one.csv"}
    schema = REJECTS.schema()
    one, other = (pl.DataFrame([row | {"file": file, "line": line}], schema) for file, line in (("one", 1), ("two", 2)))

    assert table_hash([one], REJECTS) == table_hash([other], REJECTS)
