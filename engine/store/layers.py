"""Layered tables: rows added by later layers of a run, and rows of earlier layers that later ones removed.

The content is, of every layer, the rows whose removal key stands in no file of removals of a later layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

Entry = Mapping[str, Any]
"""What a manifest says of one file: `file`, its hash and length, and of a file of a later layer its `layer`; a file of
removals, the distinct values of some columns of the table, is marked `removed`."""


class Slice(NamedTuple):
    """A file with rows of a table, and the files of later layers that tell which of them are gone."""

    file: Path
    removed: tuple[Path, ...] = ()

    def read(self) -> pl.DataFrame:
        """Return the rows of the file that are not gone."""
        rows = pl.read_parquet(self.file, hive_partitioning=False, glob=False)
        return remaining(rows, self.removed)


def slices_of(folder: Path, listed: Iterable[Entry], removals: Iterable[Entry]) -> list[Slice]:
    """Return the files of rows among `listed`, each with the removals that apply to it."""
    gone = [(entry["layer"], folder / entry["file"]) for entry in removals]
    if not gone:
        return [Slice(folder / entry["file"]) for entry in listed]
    return [
        Slice(folder / entry["file"], tuple(file for layer, file in gone if layer > entry.get("layer", 0)))
        for entry in listed
    ]


def scan_slices(slices: Sequence[Slice]) -> pl.LazyFrame:
    """Return the rows of slices that are not gone, read when they are collected.

    A filter reaches the files themselves, so that row groups without such rows are not read. Memory: the removals.
    """
    if not any(one.removed for one in slices):
        return pl.concat([_scan(one.file) for one in slices])
    ages = sorted({one.removed for one in slices}, key=len, reverse=True)
    rows = pl.concat(
        [_scan(one.file).with_columns(_age=pl.lit(ages.index(one.removed), pl.Int32)) for one in slices],
    )
    for columns, files in _by_columns(ages[0]).items():
        until = {file: sum(file in removed for removed in ages) for file in files}
        gone = pl.concat(
            [_scan(file).select(columns).with_columns(_until=pl.lit(until[file], pl.Int32)) for file in files]
        )
        rows = (
            rows.join(
                gone.group_by(columns).agg(pl.col("_until").max()),
                on=columns,
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            .filter(pl.col("_until").is_null() | (pl.col("_until") <= pl.col("_age")))
            .drop("_until")
        )
    return rows.drop("_age")


def remaining(rows: pl.DataFrame, removed: Sequence[Path]) -> pl.DataFrame:
    """Return those of some rows of one file that no file of removals names, in their order.

    Of the removals only row groups that can name one of the rows are read.
    """
    for columns, files in _by_columns(removed).items():
        if rows.is_empty():
            break
        first, held = pl.col(columns[0]), rows[columns[0]]
        near = first.is_null() | first.is_between(pl.lit(held.min(), held.dtype), pl.lit(held.max(), held.dtype))
        gone = pl.concat([_scan(file).filter(near).select(columns) for file in files]).collect()
        rows = rows.join(gone, on=columns, how="anti", nulls_equal=True, maintain_order="left")
    return rows


def _by_columns(removed: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
    """Return the files of removals by the columns whose values they hold."""
    found: dict[tuple[str, ...], list[Path]] = {}
    for file in removed:
        found.setdefault(tuple(pl.read_parquet_schema(file)), []).append(file)
    return found


def _scan(file: Path) -> pl.LazyFrame:
    return pl.scan_parquet(file, hive_partitioning=False, glob=False)


def layer_count(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return how many layers a table has, by what a manifest tells of its files."""
    return len({entry["layer"] for entry in entries if "layer" in entry})
