"""Rows of an Excel sheet as text. A sheet has at most 1,048,576 rows and is read as a whole: 2 kB of memory a row."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import fastexcel
import polars as pl

from engine.errors import InputError
from engine.io.delimited import named_columns
from engine.io.files import Delivered, Fault, unreadable
from engine.io.parquet import rows_as_json
from engine.spelling import nearest

LONG_NUMBER = r"^-?\d{16,}$|^-?\d+(?:\.\d+)?[eE]"
DATE_TIME = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$"

LARGEST = 2_000_000_000
"""Bytes that a workbook may have unpacked."""

MANY_ROWS = 200_000
"""From so many rows on the user is told that the sheet is held in memory."""


class Sheet(NamedTuple):
    """A sheet's header and the rows under it that hold anything; `numbers` are the rows' numbers in the sheet.

    `numeric` tells which cells are numbers, `failed` why a cell (row number, column) holds no value.
    """

    cells: pl.DataFrame
    numbers: pl.Series
    numeric: pl.DataFrame
    failed: dict[int, str]


def read_sheet(file: Path, *, sheet: str | None) -> Sheet:
    """Return the named sheet, or the first; its header is the first row that is not blank.

    Whole numbers are shown without ".0", dates in ISO 8601, a time of midnight left out.

    Raises:
        InputError: not a workbook, one of more than `LARGEST`, no such sheet, a blank one, a name twice in the header.
    """
    try:
        _refuse_large(file)
        book = fastexcel.read_excel(file)
        if sheet is not None and sheet not in book.sheet_names:
            close = nearest(sheet, book.sheet_names)
            raise InputError(f"{file} has no sheet '{sheet}'{close}", hint="set `sheet` of the source")
        loaded = _load(book, sheet, "string")
        texts = pl.from_arrow(loaded[0])
        assert isinstance(texts, pl.DataFrame)
        numeric = _is_of(book, sheet, "boolean", texts, LONG_NUMBER)
        dates = _is_of(book, sheet, "datetime", texts, DATE_TIME)
    except (fastexcel.FastExcelError, OSError, zipfile.BadZipFile) as error:
        raise unreadable(file, error) from error
    failed = {error.position[0]: error.detail for error in (loaded[1].errors if loaded[1] else ())}
    texts = texts.with_columns(pl.all().replace("", None))
    texts = texts.with_columns(_iso(pl.col(name), dates[name]) for name in texts.columns)
    places = pl.int_range(texts.height, eager=True)
    filled = texts.select(pl.any_horizontal(pl.all().is_not_null(), places.is_in(list(failed)))).to_series()
    if not filled.any():
        raise InputError(f"{file}: the sheet is blank", hint="name another `sheet`, or take the file out of `files`")
    head = filled.arg_true()[0]
    names = named_columns([(name or "").strip() for name in texts.row(head)], file=file)
    body = filled & (places > head)
    numbers = pl.int_range(1, texts.height + 1, eager=True).filter(body)
    return Sheet(_named(texts.filter(body), names), numbers, _named(numeric.filter(body), names), failed)


def sheet_rows(sheet: Sheet, *, mapped: Sequence[str]) -> Delivered:
    """Return the sheet's rows; faults are rows whose mapped cells lost digits and rows with a cell in error.

    Excel keeps 15 digits of a number: an 18-digit identifier typed as a number ends in zeros that were never its own.
    """
    reasons: dict[int, str] = {}
    for place, number in enumerate(sheet.numbers):
        if number - 1 in sheet.failed:
            reasons[place] = f"a cell holds an error: {sheet.failed[number - 1]}"
    for name in (name for name in mapped if name in sheet.cells.columns):
        for place in sheet.numeric[name].arg_true():
            reasons[place] = f"'{name}' is a number of more than 15 digits; Excel has lost the last ones"
    at_fault = pl.int_range(sheet.cells.height, eager=True).is_in(sorted(reasons))
    raws = rows_as_json(sheet.cells.filter(at_fault)) if reasons else pl.Series(dtype=pl.String)
    faults = [
        Fault(sheet.numbers[place], reasons[place], raw) for place, raw in zip(sorted(reasons), raws, strict=True)
    ]
    return Delivered(sheet.cells.filter(~at_fault), sheet.numbers.filter(~at_fault), faults)


def _refuse_large(file: Path) -> None:
    with zipfile.ZipFile(file) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > LARGEST:
        raise InputError(
            f"{file}: {size / 1e9:.1f} GB unpacked; workbooks are read as a whole, up to {LARGEST / 1e9:.0f} GB",
            hint="export the sheet as CSV, which is read in blocks whatever its size",
        )


def _load(book: fastexcel.ExcelReader, sheet: str | None, dtype: Any) -> tuple[Any, Any]:
    loaded = book.load_sheet(sheet if sheet is not None else 0, header_row=None, skip_rows=0, dtypes=dtype)
    return loaded.to_arrow_with_errors()


def _is_of(
    book: fastexcel.ExcelReader, sheet: str | None, dtype: str, texts: pl.DataFrame, pattern: str
) -> pl.DataFrame:
    """Return which cells show as `pattern` and are no texts: read as `dtype`, texts have no value, the others have."""
    alike = texts.select(pl.all().str.contains(pattern).fill_null(False))
    if not texts.width or not alike.select(pl.any_horizontal(pl.all().any())).item():
        return alike
    values = pl.from_arrow(_load(book, sheet, dtype)[0])
    assert isinstance(values, pl.DataFrame)
    return alike.select(pl.col(name) & values[name].is_not_null() for name in alike.columns)


def _iso(text: pl.Expr, is_date: pl.Series) -> pl.Expr:
    iso = text.str.replace(DATE_TIME, "${1}T${2}").str.strip_suffix("T00:00:00")
    return pl.when(is_date).then(iso).otherwise(text)


def _named(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.rename(dict(zip(frame.columns, names, strict=True)))
