"""Are the first cells of a large city the small city, file by file and table by table?

Each delivered file and each table of the truth is restricted to the small city's cells and hashed as text, row by row
in the order of the file. `decidable` is left out: whether two fields tell a person depends on how many namesakes there
are in the whole city.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.city_files import cell_of, column_of, delivered
from engine.city.settings import load_catalogue

PERSONS_OF_CELL, FIRMS_OF_CELL = 1_000, 100
OF_CITY = ("decidable",)


def _of_person(column: str) -> pl.Expr:
    return pl.col(column) // PERSONS_OF_CELL


def _of_firm(column: str) -> pl.Expr:
    return pl.col(column) // FIRMS_OF_CELL


def _of_either(kind: str, column: str) -> pl.Expr:
    return pl.when(pl.col(kind) == "person").then(_of_person(column)).otherwise(_of_firm(column))


def _of_text(kind: str, column: str) -> pl.Expr:
    return pl.col(column).str.slice(1).cast(pl.Int64) // pl.when(pl.col(kind) == "person").then(
        PERSONS_OF_CELL
    ).otherwise(FIRMS_OF_CELL)


CELLS: dict[str, pl.Expr] = {
    **{name: _of_person("person_id") for name in ("persons", "names", "identifiers", "stays", "events")},
    **{name: _of_firm("firm_id") for name in ("firms", "firm_events")},
    "relations": _of_either("from_kind", "from_id"),
    "anomalies": _of_either("subject", "subject_id"),
    "residents": pl.col("entity_id").str.slice(1).cast(pl.Int64) // PERSONS_OF_CELL,
    "groups": _of_text("subject", "entity_id"),
    "mentions": cell_of(pl.col("record_id")),
    "errors": cell_of(pl.col("record_id")),
}
"""The cell of a row of each table of the truth."""


class Compared(NamedTuple):
    """A file or table, its rows in the small city, and the hashes of it and of the large city's part."""

    name: str
    rows: int
    small: str
    large: str


def compared(small: Path, large: Path, *, cells: int) -> Iterator[Compared]:
    """Yield every delivered file and every table of the truth, restricted to the first `cells`."""
    catalogue = load_catalogue()
    for name, source in catalogue.sources.items():
        key = column_of(catalogue.shapes[source.shape], "serial") or ""
        one, other = (
            _hashed(delivered(folder, name, source), cell_of(pl.col(key)), cells) for folder in (small, large)
        )
        yield Compared(f"data/{name}", one[0], one[1], other[1])
    for name, cell in CELLS.items():
        one, other = (_hashed(_truth(folder, name, cell < cells), cell, cells) for folder in (small, large))
        yield Compared(f"truth/{name}", one[0], one[1], other[1])


def _truth(folder: Path, name: str, near: pl.Expr) -> pl.DataFrame:
    rows = pl.scan_parquet(folder / "truth" / f"{name}.parquet").filter(near)
    return rows.drop(OF_CITY, strict=False).collect(engine="streaming")


def _hashed(rows: pl.DataFrame, cell: pl.Expr, cells: int) -> tuple[int, str]:
    part = rows if rows.is_empty() else rows.filter(cell < cells)
    digest = hashlib.sha256(part.write_csv().encode("utf-8") if part.height else b"").hexdigest()
    return part.height, digest[:16]
