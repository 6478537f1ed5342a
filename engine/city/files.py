"""Writing sources' files a batch of cells at a time, so that memory does not grow with the city."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from engine.city.settings import CitySource


def source_file(folder: Path, name: str, source: CitySource) -> Path:
    """Return the path of a source's file in `folder`."""
    return folder / f"{name}.{source.format}"


def as_bytes(frame: pl.DataFrame, source: CitySource, *, header: bool) -> bytes:
    """Return the rows as text of the source's format, encoding and compression."""
    buffer = io.BytesIO()
    if source.format == "jsonl":
        frame.write_ndjson(buffer)
    else:
        frame.write_csv(buffer, include_header=header, separator="\t" if source.format == "tsv" else ",")
    content = buffer.getvalue()
    if source.encoding != "utf-8":
        content = content.decode("utf-8").encode(source.encoding)
    return gzip.compress(content, compresslevel=1, mtime=0) if source.format.endswith(".gz") else content


Open = dict[Path, "pq.ParquetWriter | None"]
"""The files begun, Parquet with its writer."""


def append(begun: Open, path: Path, frame: pl.DataFrame, source: CitySource | None = None) -> None:
    """Add rows to a source's file, or to a Parquet file when no source is given; `begun` is brought up to date."""
    if source is not None and source.format != "parquet":
        content = as_bytes(frame, source, header=path not in begun)
        with path.open("ab" if path in begun else "wb") as file:
            file.write(content)
        begun[path] = None
        return
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    writer = begun.get(path) or pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
    writer.write_table(table)
    begun[path] = writer


def close(begun: Open) -> None:
    """End every Parquet file."""
    for writer in begun.values():
        if writer is not None:
            writer.close()
