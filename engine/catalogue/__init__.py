"""The catalogue of resources: entries of 12 core metadata and an extension, imported, searched, exported, checked."""

from engine.catalogue.drift import DRIFT, HARMLESS, Finding, closest, drift
from engine.catalogue.entry import (
    CORE,
    EXTENSION,
    Entry,
    Item,
    Opening,
    Sharing,
    SharingType,
    UpdateCycle,
    plain_code,
    read_entry,
)
from engine.catalogue.expected import expected_items
from engine.catalogue.export import as_json_lines, as_rows
from engine.catalogue.folder import Merged, holds_catalogue, merge, open_catalogue, write_catalogue, write_states
from engine.catalogue.reading import Imported, read_catalogue
from engine.catalogue.search import search
from engine.catalogue.states import STATES, State, move, published
from engine.catalogue.tables import Catalogue, entries_of, to_catalogue

__all__ = [
    "CORE", "DRIFT", "EXTENSION", "HARMLESS", "STATES", "Catalogue", "Entry", "Finding", "Imported", "Item", "Merged",
    "Opening", "Sharing", "SharingType", "State", "UpdateCycle", "as_json_lines", "as_rows", "closest", "drift",
    "entries_of", "expected_items", "holds_catalogue", "merge", "move", "open_catalogue", "plain_code", "published",
    "read_catalogue", "read_entry", "search", "to_catalogue", "write_catalogue", "write_states",
]  # fmt: skip
