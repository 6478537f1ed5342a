"""Reading delivered files so that nothing is lost: what cannot be read as a row is a reject or an error, never gone."""

from engine.io.deliveries import Delivery, delivered_sources, deliveries_of
from engine.io.facts import FileFacts, inspect_file
from engine.io.faults import Inspection, delivered_columns, inspect_sources, source_faults, source_notes
from engine.io.files import source_files
from engine.io.ingest import Ingested, ingest_file, row_column, shown_name
from engine.io.snapshots import take_snapshot

__all__ = [
    "Delivery", "FileFacts", "Ingested", "Inspection", "delivered_columns", "delivered_sources", "deliveries_of",
    "ingest_file", "inspect_file", "inspect_sources", "row_column", "shown_name", "source_faults", "source_files",
    "source_notes", "take_snapshot",
]  # fmt: skip
