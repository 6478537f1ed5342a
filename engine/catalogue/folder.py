"""A catalogue's folder: its tables as Parquet, read, merged with an import, and written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.catalogue.reading import Imported
from engine.catalogue.tables import (
    CATALOGUE_ENTRIES,
    CATALOGUE_FAULTS,
    CATALOGUE_ITEMS,
    Catalogue,
    to_catalogue,
)
from engine.errors import StoreError
from engine.schema import Table


class Merged(NamedTuple):
    """A catalogue after an import, and how many of the imported entries were new, changed and the same."""

    catalogue: Catalogue
    new: int
    changed: int
    same: int


def holds_catalogue(folder: Path) -> bool:
    """Return whether there is a catalogue in the folder."""
    return _file(folder, CATALOGUE_ENTRIES).is_file()


def open_catalogue(folder: Path) -> Catalogue:
    """Return the tables of a catalogue's folder.

    Raises:
        StoreError: the folder holds no catalogue, or one whose writing was interrupted.
    """
    if not holds_catalogue(folder):
        missing = "holds no catalogue" if folder.is_dir() else "does not exist" if not folder.exists() else "is a file"
        raise StoreError(
            f"the catalogue's folder {folder} {missing}", hint=f"lifetree catalog import {folder} FILE makes one"
        )
    try:
        entries, items = (pl.read_parquet(_file(folder, table)) for table in (CATALOGUE_ENTRIES, CATALOGUE_ITEMS))
        if "state" not in entries.columns:  # written before entries had states
            entries = entries.with_columns(state=pl.lit("published"))
        whole = Catalogue(CATALOGUE_ENTRIES.conform(entries), CATALOGUE_ITEMS.conform(items))
    except (pl.exceptions.PolarsError, OSError) as error:
        detail = str(error).partition("\n")[0]
        raise StoreError(f"{folder}: the catalogue is damaged: {detail}", hint="import its files anew") from error
    counted = whole.items.group_by("code").agg(pl.len().cast(pl.Int64).alias("items")).sort("code")
    if not counted.equals(whole.entries.filter(pl.col("items") > 0).select("code", "items")):
        raise StoreError(f"{folder}: entries and items do not belong together", hint="import the last file again")
    return whole


def merge(before: Catalogue | None, imported: Imported, *, state: str = "published") -> Merged:
    """Return the catalogue with the imported entries in place of those of the same code; others stay.

    New and changed entries are of the given state; one that is the same keeps its own.
    """
    new = to_catalogue(imported.entries, state=state)
    if before is None:
        return Merged(new, len(imported.entries), 0, 0)
    known = _prints(before)
    codes = _prints(new)
    unchanged = [code for code, text in codes.items() if known.get(code) == text]
    same = len(unchanged)
    both = sum(code in known for code in codes)
    kept = Catalogue(*(table.filter(~pl.col("code").is_in(list(codes))) for table in before))
    states = before.entries.filter(pl.col("code").is_in(unchanged)).select("code", "state")
    entries = new.entries.update(states, on="code", how="left")
    whole = Catalogue(
        CATALOGUE_ENTRIES.conform(pl.concat([kept.entries, entries])),
        CATALOGUE_ITEMS.conform(pl.concat([kept.items, new.items])),
    )
    return Merged(whole, len(codes) - both, both - same, same)


def write_catalogue(folder: Path, catalogue: Catalogue, faults: pl.DataFrame) -> None:
    """Write the tables, each replaced at once; `faults` are those of the import that made this state."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = ((CATALOGUE_ITEMS, catalogue.items), (CATALOGUE_ENTRIES, catalogue.entries), (CATALOGUE_FAULTS, faults))
    for table, frame in tables:
        table.conform(frame).write_parquet(folder / f"{table.name}.new")
    for table, _ in tables:
        (folder / f"{table.name}.new").replace(_file(folder, table))


def write_states(folder: Path, catalogue: Catalogue) -> None:
    """Write the entries of a catalogue of which only states changed; the items stay as they are."""
    working = folder / f"{CATALOGUE_ENTRIES.name}.new"
    CATALOGUE_ENTRIES.conform(catalogue.entries).write_parquet(working)
    working.replace(_file(folder, CATALOGUE_ENTRIES))


def _prints(catalogue: Catalogue) -> dict[str, tuple[object, ...]]:
    """Return the whole content of each entry but its state, by code."""
    items = catalogue.items.group_by("code", maintain_order=True).agg(pl.struct("name", "data_type", "length"))
    listed = {code: tuple(tuple(item.values()) for item in rows) for code, rows in items.iter_rows()}
    return {row[0]: (*row, listed.get(row[0])) for row in catalogue.entries.drop("state").iter_rows()}


def _file(folder: Path, table: Table) -> Path:
    return folder / f"{table.name}.parquet"
