"""The items that an entry of the catalogue lists, as what they ask of the values of a source's files."""

from __future__ import annotations

import polars as pl

from engine.catalogue.entry import plain_code
from engine.catalogue.tables import Catalogue
from engine.cleanse.rules import Rulebook
from engine.io.measures import Declared, declared_item
from engine.settings import FieldMapping, Item, Source


def expected_items(source: Source, catalogue: Catalogue, *, rulebook: Rulebook) -> Declared | None:
    """Return the items that the files of a source should have; None where it names no entry of the catalogue."""
    if source.catalogue is None:
        return None
    code = plain_code(source.catalogue)
    items = catalogue.items.filter(pl.col("code") == code).sort("position")
    if items.is_empty():
        return None
    formats = _date_formats(source)
    listed = tuple(
        declared_item(row["name"], row["data_type"], row["length"] or "", date_format=formats.get(row["name"]))
        for row in items.iter_rows(named=True)
    )
    missing = {value.lower() for one in rulebook.placeholders if not one.kinds for value in one.values}
    return Declared(items=listed, missing=tuple(sorted(missing)))


def _date_formats(source: Source) -> dict[str, str]:
    """Return the declared form of dates by the one column that holds them."""
    mapped: list[FieldMapping | Item] = [field for mention in source.mentions for field in mention.fields.values()]
    mapped += [*source.items.values(), *([source.recorded_at] if source.recorded_at else [])]
    return {field.columns[0]: field.date_format for field in mapped if field.date_format and len(field.columns) == 1}
