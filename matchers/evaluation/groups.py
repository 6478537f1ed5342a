"""Figures of groups of records or entities: those that are harder than others, such as twins or long names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import InputError
from engine.spelling import nearest
from engine.tables import RECORD_KEY
from matchers.evaluation.estimates import Drawn, estimate, tallied
from matchers.evaluation.truth import TRUTH, read_table, without_decimals

VALUES = 200
"""A column of more values groups nothing."""

GROUP = "group "
"""Opens the name of a column of groups: a group may be called as any other column, such as source."""

SHOWN = ("pairwise", "pairwise_signatures", "bcubed", "exact_entities")


def read_groups(file: Path, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Return the keys of a CSV or Parquet file, and its columns `by` as `GROUP` ones; without `by`, all other columns.

    With a column record_id (and source, role) a row is of those records, else of the true entity `entity_id`; a column
    `subject` may tell the subject. Empty is no group.

    Raises:
        InputError: no such file or column, no key, no group, or one of more than `VALUES` values.
    """
    read = read_table(file, "file of groups")
    keys = _keys(read)
    names = list(dict.fromkeys(by)) or [name for name in read.columns if name not in TRUTH]
    if fault := _fault(read, keys, names):
        raise InputError(f"{file.name}: {fault}", hint="a row is of a record_id or entity_id; --by names the groups")
    told = [name for name in ("subject", *keys) if name in read.columns]
    columns = {name: name for name in told} | {f"{GROUP}{name}": name for name in names}
    texts = read.select(
        pl.col(name).cast(pl.String).str.strip_chars().replace("", None).alias(column)
        for column, name in columns.items()
    )
    if keys == ["entity_id"]:
        texts = texts.with_columns(without_decimals(texts["entity_id"]))
    return texts.with_columns(pl.col("role").fill_null("")) if "role" in told else texts


def _fault(read: pl.DataFrame, keys: Sequence[str], names: Sequence[str]) -> str | None:
    """Return what makes a file unfit to tell groups."""
    if not keys:
        return "neither record_id nor entity_id is a column"
    if not names:
        return "no column is a group"
    for name in names:
        if name not in read.columns:
            return f"the column '{name}' is missing{nearest(name, read.columns)}"
        if (several := read[name].drop_nulls().n_unique()) > VALUES:
            return f"the column '{name}' has {several} values, of at most {VALUES}"
    return None


def grouped(records: pl.DataFrame, groups: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return the records with the columns of their groups, null where they are in none.

    Raises:
        InputError: one record or entity is in two groups of one column.
    """
    own = groups.filter(pl.col("subject").is_null() | (pl.col("subject") == subject)) if "subject" in groups else groups
    keys, names = _keys(groups), names_of(groups)
    first = own.unique([*keys, *names]).drop_nulls(keys)
    if (twice := first.filter(first.select(keys).is_duplicated())).height:
        raise InputError(f"groups of subject '{subject}': {'/'.join(twice.select(keys).row(0))} stands in two groups")
    known = first.select(*keys, *names).rename({"entity_id": "truth"}, strict=False)
    return records.join(known, on=["truth" if name == "entity_id" else name for name in keys], how="left")


def names_of(groups: pl.DataFrame) -> list[str]:
    """Return the columns that are groups."""
    return [name for name in groups.columns if name.startswith(GROUP)]


def group_name(column: str) -> str:
    """Return what the group of a column is called.

    >>> group_name("group twin")
    'twin'
    """
    return column.removeprefix(GROUP)


def group_figures(
    records: pl.DataFrame, names: Sequence[str], *, units: pl.DataFrame | None, drawn: Drawn | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the figures by group and value, of `records` with the columns `names`; groups without a record left out.

    A pair counts once for each of its sides that is in the group, so that the figures of a group whose values are all
    there add up to those of all. `units` and `drawn` are those of `estimate`. Cost: linear in records, for each group.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for column in names:
        name = group_name(column)
        tallies_of = tallied(records, column)
        counts = records.drop_nulls(["truth", column]).group_by(column).agg(pl.len(), pl.col("truth").n_unique())
        found[name] = {}
        for value, height, entities in counts.sort(column).iter_rows():
            told = estimate(tallies_of.filter(pl.col(column) == value).drop(column), units=units, drawn=drawn)
            found[name][value] = {
                "records": height,
                "entities": entities,
                **{one: told.figures[one] for one in SHOWN},
                "intervals": {one: told.intervals[one] for one in SHOWN},
            }
    return {name: values for name, values in found.items() if values}


def _keys(frame: pl.DataFrame) -> list[str]:
    if "record_id" in frame.columns:
        return [name for name in RECORD_KEY if name in frame.columns]
    return [name for name in ("entity_id",) if name in frame.columns]
