from __future__ import annotations

import polars as pl

from trees.census import group_spells
from trees.relations import attach_relations, group_relations, relation_types

COLUMNS = ("kind", "place", "valid_from", "valid_to", "recorded_at")


def stays(*rows: tuple[str, str, str | None, str | None, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").with_row_index("witness_id")
    return frame.with_columns(
        pl.col("witness_id").cast(pl.Int64), entity_id=pl.lit("E"), rank=pl.lit(1, pl.Int64), source=pl.lit("grid")
    )


def told(frame: pl.DataFrame) -> list[tuple[str, str | None, str | None, int]]:
    spells = group_spells(frame).select("place", "valid_from", "valid_to", "witnesses")
    return sorted(spells.rows(), key=str)


def test_a_place_where_one_was_found_holds_for_half_a_year_after_the_last_time() -> None:
    frame = stays(
        ("observed", "330199001", "2020-01-01", None, None),
        ("observed", "330199001", "2020-06-01", None, None),
        ("observed", "330199001", None, None, "2022-01-01"),
        ("observed", "330199002", "2010-01-01", None, "2022-01-01"),
    )

    assert told(frame) == [
        ("330199001", "2020-01-01", "2020-12-01", 2),
        ("330199001", "2022-01-01", "2022-07-03", 1),
        ("330199002", "2010-01-01", "2022-07-03", 1),
    ]
    assert told(frame.reverse()) == told(frame)


def test_what_is_inferred_from_signs_is_over_after_half_a_year_of_silence() -> None:
    frame = stays(
        ("inferred", "330199001", "2020-01-01", None, None), ("inferred", "330199001", "2020-06-01", None, None),
        ("inferred", "330199001", "2021-06-01", None, None), ("inferred", "330199001", "2022-06-01", "2024-06-01", None),
    )  # fmt: skip

    assert told(frame) == [
        ("330199001", "2020-01-01", "2020-12-01", 2),
        ("330199001", "2021-06-01", "2021-12-01", 1),
        ("330199001", "2022-06-01", "2024-06-01", 1),
    ]


def test_what_one_rank_tells_neither_begins_nor_ends_what_another_tells() -> None:
    rows = [("hukou", "330199001", "2010-01-01", None, None), ("hukou", "330199001", None, "2020-01-01", None),
            ("hukou", "330199001", "2005-01-01", None, None)]  # fmt: skip
    frame = stays(*rows).with_columns(rank=pl.Series([1, 1, 2], dtype=pl.Int64))

    assert told(frame) == [("330199001", "2005-01-01", None, 1), ("330199001", "2010-01-01", "2020-01-01", 2)]


def test_what_one_declares_holds_until_an_end_is_told() -> None:
    frame = stays(
        ("declared", "330199001", "2020-01-01", None, "2020-01-01"), ("hukou", "330199001", "2019-01-01", None, None),
        ("declared", "330199001", None, "2021-01-01", "2021-01-01"), ("declared", "330199002", "2020-05-01", None, None),
    )  # fmt: skip

    assert told(frame) == [
        ("330199001", "2019-01-01", None, 1),
        ("330199001", "2020-01-01", "2021-01-01", 2),
        ("330199002", "2020-05-01", None, 1),
    ]


def test_a_mutual_tie_is_kept_once_and_one_with_nobody_is_left_out() -> None:
    columns = ("source", "record_id", "subject_from", "role_from", "subject_to", "role_to", "relation_type")
    rows = [
        ("a", "1", "person", "man", "person", "woman", "SPOUSE_OF"),
        ("a", "2", "person", "woman", "person", "man", "SPOUSE_OF"),
        ("a", "3", "person", "man", "person", "woman", "PARENT_OF"),
    ]
    ties = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        witness_id=pl.Series([1, 2, 3]), valid_from=pl.lit("2020-01-01"), valid_to=pl.lit(None, pl.String),
        recorded_at=pl.lit("2020"), payload=pl.lit(None, pl.String),
    )  # fmt: skip
    owners = pl.DataFrame(
        [("a", "1", "man", "M"), ("a", "1", "woman", "F"), ("a", "2", "man", "M"), ("a", "2", "woman", "F"), ("a", "3", "man", "M")],
        schema=["source", "record_id", "role", "entity_id"], orient="row",
    ).with_columns(subject=pl.lit("person"))  # fmt: skip

    relations = group_relations(attach_relations(ties, owners, types=relation_types()))

    assert relations.select("relation_type", "entity_from", "entity_to", "witnesses").rows() == [
        ("SPOUSE_OF", "F", "M", 2)
    ]
