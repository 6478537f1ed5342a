"""The files of a generated city as frames of text, with what each column holds."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import polars as pl

from engine.city.files import source_file
from engine.city.generate import generate
from engine.city.settings import CitySource, Shape, load_catalogue
from engine.city.slips import TRIAL_MARK

MILLION = 1_000_000


def make(folder: str, persons: int, seed: int) -> dict[str, object]:
    """Generate a city and return its summary; for a process of its own."""
    return generate(Path(folder), persons=persons, seed=seed)


def delivered(folder: Path, name: str, source: CitySource) -> pl.DataFrame:
    """Return the rows of one source, all text; empty where it delivers nothing."""
    file = source_file(folder / "data", name, source)
    if not file.exists():
        return pl.DataFrame()
    if source.format == "parquet":
        return pl.read_parquet(file)
    content = file.read_bytes()
    if source.format.endswith(".gz"):
        content = gzip.decompress(content)
    if source.encoding != "utf-8":
        content = content.decode(source.encoding).encode("utf-8")
    if source.format == "jsonl":
        return pl.read_ndjson(BytesIO(content), infer_schema_length=None)
    return pl.read_csv(BytesIO(content), infer_schema=False, separator="\t" if source.format == "tsv" else ",")


def column_of(shape: Shape, field: str) -> str | None:
    """Return the column that holds a field of the row or of its principal."""
    return next((column for column, part in shape.parts().items() if part == ("", field)), None)


def principal(folder: Path, name: str, *fields: str) -> pl.DataFrame:
    """Return `record_id` and fields of the principal as delivered, null where the source has no such column.

    Trials are left out. Dates are digits alone; of sexes the first character in code, 1 or 2.
    """
    catalogue = load_catalogue()
    source = catalogue.sources[name]
    shape = catalogue.shapes[source.shape]
    rows = delivered(folder, name, source)
    if rows.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(("record_id", *fields), pl.String))
    held = {field: column_of(shape, field) for field in ("serial", *fields)}
    texts = rows.select(
        (pl.lit(None) if column is None else pl.col(column)).cast(pl.String).replace("", None).alias(field)
        for field, column in held.items()
    )
    plain = texts.rename({"serial": "record_id"}).filter(~pl.col("record_id").str.ends_with(TRIAL_MARK))
    return plain.with_columns(_plain(field) for field in fields)


def _plain(field: str) -> pl.Expr:
    if field in ("birth", "date"):
        return pl.col(field).str.replace_all(r"\D", "")
    if field == "sex":
        return pl.col(field).str.slice(0, 1).replace({"男": "1", "女": "2"})
    return pl.col(field)


def cell_of(record_id: pl.Expr) -> pl.Expr:
    """Return the cell that a record's number names."""
    return record_id.str.strip_suffix(TRIAL_MARK).cast(pl.Int64) // MILLION % MILLION
