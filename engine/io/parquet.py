"""Rows of Parquet files as text, the same text that a CSV export of the table would hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from engine.errors import InputError
from engine.io.files import READ_FAILURES, Delivered, Fault, unreadable

EXACT_FLOAT = 2**53
"""Whole numbers from here on are not all distinct as 64-bit floats: an identifier stored so has lost digits."""

BUFFER = 1 << 20
"""Bytes read at a time of each column; without it a row group's columns are read as a whole."""


def parquet_columns(file: Path) -> tuple[tuple[str, ...], int]:
    """Return the column names, without surrounding blanks, and the number of rows."""
    try:
        with pq.ParquetFile(file) as parquet:
            return tuple(name.strip() for name in parquet.schema_arrow.names), parquet.metadata.num_rows
    except (*READ_FAILURES, ValueError) as error:
        raise unreadable(file, error) from error


def parquet_rows(file: Path, *, columns: Sequence[str], mapped: Sequence[str], rows: int) -> Iterator[Delivered]:
    """Yield the rows of a file, `rows` at a time; a row's line is its ordinal.

    A row in which a mapped column is a float that no longer holds all digits of a whole number (see `EXACT_FLOAT`) is a
    fault. Texts are made by `as_text`.
    """
    first = 1
    try:
        with pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False) as parquet:
            for batch in parquet.iter_batches(batch_size=rows):
                typed = pl.from_arrow(batch.rename_columns(list(columns)))
                assert isinstance(typed, pl.DataFrame)
                yield _delivered(typed, mapped, first, file)
                first += typed.height
    except (*READ_FAILURES, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise unreadable(file, error) from error


def as_text(column: pl.Series) -> pl.Series:
    """Return a column as text; the empty text and a float's NaN become null.

    Whole floats lose ".0" (a register's numbers turn into floats where one is missing), dates and times are ISO 8601,
    a time stamp at midnight without zone is a date, booleans are true and false, nested values are JSON, binary values
    are text where they are UTF-8, else hexadecimal.

    >>> as_text(pl.Series([1.0, 2.5, None])).to_list()
    ['1', '2.5', None]
    """
    dtype, name = column.dtype, column.name
    if dtype.is_float():
        text = column.fill_nan(None).cast(pl.String).str.strip_suffix(".0")
    elif dtype == pl.Datetime:
        zone = "%:z" if getattr(dtype, "time_zone", None) else ""
        text = column.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.f{zone}").str.strip_suffix("T00:00:00")
    elif dtype == pl.Duration:
        text = column.dt.to_string("iso")
    elif dtype == pl.Binary:
        text = pl.Series(name, [binary_text(value) for value in column.to_list()], dtype=pl.String)
    elif dtype.is_nested():
        json = column.alias("v").to_frame().select(pl.struct("v").struct.json_encode().str.slice(5)).to_series()
        text = json.str.strip_suffix("}").set(column.is_null(), None).alias(name)
    else:
        text = column.cast(pl.String)
    return text.set(text == "", None)


def _delivered(typed: pl.DataFrame, mapped: Sequence[str], first: int, file: Path) -> Delivered:
    try:
        cells = pl.DataFrame([as_text(column) for column in typed])
    except pl.exceptions.PolarsError as error:
        raise unreadable(file, error) from error
    lines = pl.int_range(first, first + typed.height, eager=True)
    floats = [name for name in mapped if name in typed.columns and typed.schema[name].is_float()]
    lossy = [typed[name].fill_nan(None).abs() >= EXACT_FLOAT for name in floats]
    mask = typed.select(pl.any_horizontal(pl.repeat(False, pl.len()), *lossy).fill_null(False).alias("lossy"))["lossy"]
    if not mask.any():
        return Delivered(cells, lines, [])
    faults = [
        Fault(line, "a number of more than 15 digits stored as a float; its last digits are lost", raw)
        for line, raw in zip(lines.filter(mask), rows_as_json(cells.filter(mask)), strict=True)
    ]
    return Delivered(cells.filter(~mask), lines.filter(~mask), faults)


def rows_as_json(cells: pl.DataFrame) -> pl.Series:
    """Return each row as a JSON object of its texts."""
    return cells.select(pl.struct(pl.all()).struct.json_encode()).to_series()


def binary_text(value: bytes | None) -> str | None:
    """Return bytes as text where they are UTF-8, else in hexadecimal digits."""
    if value is None:
        return None
    with contextlib.suppress(UnicodeDecodeError):
        return value.decode()
    return value.hex()
