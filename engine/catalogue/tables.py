"""The tables of a catalogue folder, how an entry becomes rows of them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import polars as pl

from engine.catalogue.entry import Entry, read_entry
from engine.schema import Table

CATALOGUE_ENTRIES = Table(
    "catalogue_entries",
    {
        "code": pl.String, "classification": pl.String, "name": pl.String, "provider": pl.String,
        "provider_code": pl.String, "summary": pl.String, "format": pl.String, "update_cycle": pl.String,
        "sharing_type": pl.String, "sharing_condition": pl.String, "sharing_method": pl.String,
        "legal_basis": pl.String, "open": pl.Boolean, "open_condition": pl.String, "published_on": pl.String,
        "application_system": pl.String, "items": pl.Int64, "state": pl.String,
    },
    key=("code",),
)  # fmt: skip
"""One row per entry; `items` is the number of its information items, `state` is draft, registered or published."""

CATALOGUE_ITEMS = Table(
    "catalogue_items",
    {"code": pl.String, "position": pl.Int64, "name": pl.String, "data_type": pl.String, "length": pl.String},
    key=("code", "position"),
)
"""One row per information item of an entry, `position` from 1 in the order of the entry."""

CATALOGUE_FAULTS = Table(
    "catalogue_faults",
    {"file": pl.String, "line": pl.Int64, "code": pl.String, "reason": pl.String, "raw": pl.String},
    key=("file", "line"),
)
"""One row per row of the last import that is in no entry, with every reason and the row as delivered (JSON)."""


class Catalogue(NamedTuple):
    """The entries and their items."""

    entries: pl.DataFrame
    items: pl.DataFrame


def to_catalogue(entries: Iterable[Entry], *, state: str = "published") -> Catalogue:
    """Return the two tables; empty texts are null, all entries are of one state."""
    heads, items = list[dict[str, Any]](), list[dict[str, Any]]()
    for entry in entries:
        heads.append({**_head(entry), "state": state})
        items += [
            {"code": entry.code, "position": place, **item.model_dump()}
            for place, item in enumerate(entry.items, start=1)
        ]
    return Catalogue(_table(CATALOGUE_ENTRIES, heads), _table(CATALOGUE_ITEMS, items))


def entries_of(catalogue: Catalogue) -> Iterator[Entry]:
    """Yield the entries in the order of their codes.

    Raises:
        ValueError: a row of the table is no entry.
    """
    items: dict[str, list[dict[str, Any]]] = {}
    for row in catalogue.items.iter_rows(named=True):
        item = {name: row[name] or "" for name in ("name", "data_type", "length")}
        items.setdefault(row["code"], []).append(item)
    for row in catalogue.entries.iter_rows(named=True):
        read = read_entry(nested(row | {"items": items.get(row["code"], []), "state": None}))
        if read.entry is None:
            raise ValueError(f"entry {row['code']}: {'; '.join(read.faults)}")
        yield read.entry


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return the flat columns of an entry as the metadata that hold them; what is null is left out."""
    raw: dict[str, Any] = {"sharing": {}, "opening": {}}
    for column, value in flat.items():
        if value is not None:
            group, name = GROUPED.get(column, ("", column))
            (raw[group] if group else raw)[name] = value
    return {name: value for name, value in raw.items() if value != {}}


GROUPED = {
    "sharing_type": ("sharing", "type"),
    "sharing_condition": ("sharing", "condition"),
    "sharing_method": ("sharing", "method"),
    "legal_basis": ("sharing", "legal_basis"),
    "open": ("opening", "open"),
    "open_condition": ("opening", "condition"),
}
"""The columns that are parts of one metadata: its name, and theirs in it."""


def _head(entry: Entry) -> dict[str, Any]:
    raw = entry.model_dump(mode="json")
    flat = {column: raw[group][name] for column, (group, name) in GROUPED.items()}
    return {**raw, **flat, "items": len(entry.items)}


def _table(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.from_dicts(rows, schema=table.schema()) if rows else table.empty()
    texts = pl.col(pl.String)
    return table.conform(frame.with_columns(pl.when(texts != "").then(texts)))
