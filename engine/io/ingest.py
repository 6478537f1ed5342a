"""Delivered files become ROWS and REJECTS: every data row of a file is in exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path, PurePath
from typing import NamedTuple

import polars as pl

from engine.errors import InputError
from engine.hashing import ESCAPES, SEPARATOR, escaped, hash128
from engine.io.delimited import delimited_rows
from engine.io.erased import erased_rows, purge_of, without
from engine.io.excel import read_sheet, sheet_rows
from engine.io.facts import FileFacts, inspect_file, needed_columns, text_lines
from engine.io.files import Delivered
from engine.io.jsonl import json_rows
from engine.io.measures import MEASURES, Declared, measure, total
from engine.io.ops import DELETE, UPSERT, read_op, unread_op
from engine.io.parquet import parquet_rows, rows_as_json
from engine.settings.source import Source
from engine.spelling import nearest
from engine.tables import REJECTS, ROWS
from engine.values.folds import present

UNREADABLE = "read"
"""The rule of a reject that the reader could not take apart."""

NO_KEY = "I1"
"""The rule of a reject whose key column is empty."""

CHUNK = 250_000
"""Rows that are held at a time."""


_NAME = str.maketrans({**ESCAPES, "=": "\x1be"})
_FAULT = {"line": pl.Int64, "reason": pl.String, "raw": pl.String}


class Ingested(NamedTuple):
    """Rows with the mapped columns as delivered (see `row_column`), the quarantined ones, and MEASURES if asked for."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    measures: pl.DataFrame = MEASURES.to_frame()


def row_column(column: str) -> str:
    """Return the name that a mapped column bears in the rows, whatever it is called in the file.

    Neither a fixed column of ROWS nor a column that a stage adds ends in that way.

    >>> row_column("surname"), row_column("file")
    ('surname (delivered)', 'file (delivered)')
    """
    return f"{column} (delivered)"


def ingest_file(
    source: Source,
    file: Path,
    *,
    project_folder: Path,
    chunk_rows: int = CHUNK,
    facts: FileFacts | None = None,
    declared: Declared | None = None,
    purged: Mapping[str, str] | None = None,
) -> Iterator[Ingested]:
    r"""Yield the rows of one file, `chunk_rows` at a time (the last fewer), at least once.

    Texts are as delivered, the empty text is null. `content_hash` is over the names and texts of all cells that are not
    empty, by name: it does not depend on the order of columns, on the format, or on columns that are empty in the row.
    Of a delta, the column that says what a row does counts among them only where the row withdraws.
    `record_id` is the text of the key without blanks around it; several key columns are joined by "|", with "\" before
    each "|" and "\" of theirs; without a key it is the content hash. A row with a blank key column is a reject, and so
    is one of a delta that does not say what it does. `facts` are those of `inspect_file`, computed when not given. The
    items of `declared` are measured in what is read. Of a record whose key has its hash in `purged` (see `key_hash`)
    there is neither row nor text: a reject tells its line and the purge. Memory does not grow with the file, Excel
    excepted.

    Raises:
        InputError: as `inspect_file`, or when the file lacks a column of `needed_columns`; the others are null.
    """
    facts = facts or inspect_file(source, file)
    mapped = source.columns()
    missing = [name for name in needed_columns(source, facts) if name not in facts.columns]
    if missing:
        shown = "; ".join(f"'{name}'{nearest(name, facts.columns)}" for name in missing)
        raise InputError(f"{file}: no column {shown}", hint="correct the mapping of the source, or its `delimiter`")
    name = shown_name(file, project_folder)
    settled = source.settled(file)
    cells = _delivered(source, facts, chunk_rows)
    read = (_ingested(delivered, settled, name, declared, purged or {}) for delivered in cells)
    return _chunks(chain(_held(facts, declared, source, name), read), chunk_rows, mapped)


def measure_file(source: Source, facts: FileFacts, declared: Declared, *, name: str) -> pl.DataFrame:
    """Return MEASURES of the declared items of a whole file, a row per item that it has.

    JSON lines have every item: a name may be left out where there is no value.
    """
    parts = [part.measures for part in _held(facts, declared, source, name)]
    read = _delivered(source, facts, CHUNK)
    parts += [measure(delivered.cells, declared, source=source.name, file=name) for delivered in read]
    return total(pl.concat(parts))


def _held(facts: FileFacts, declared: Declared | None, source: Source, name: str) -> Iterator[Ingested]:
    """Yield the items that the file has, or may lack, without a value."""
    if declared is None:
        return
    names = [item.name for item in declared.items] if facts.format == "jsonl" else (*facts.columns, *source.optional)
    columns = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    rows, rejects = _none(source.columns())
    yield Ingested(rows, rejects, measure(columns, declared, source=source.name, file=name))


def _delivered(source: Source, facts: FileFacts, chunk_rows: int) -> Iterator[Delivered]:
    mapped = source.columns()
    if facts.format == "parquet":
        return parquet_rows(facts.file, columns=facts.columns, mapped=mapped, rows=chunk_rows)
    if facts.format == "excel":
        return iter([sheet_rows(read_sheet(facts.file, sheet=source.sheet), mapped=mapped)])
    lines = text_lines(facts.file, encoding=facts.encoding)
    if facts.format == "jsonl":
        return json_rows(lines, mapped=mapped)
    return delimited_rows(lines, delimiter=facts.delimiter, file=facts.file)


def _ingested(
    delivered: Delivered, source: Source, name: str, declared: Declared | None, purged: Mapping[str, str]
) -> Ingested:
    whole, place = _rows(delivered, source, name), PurePath(name)
    gone = purge_of(whole, purged)
    left = without(delivered, gone)
    rows = whole if left is delivered else whole.filter(gone.is_null())
    measures = measure(left.cells, declared, source=source.name, file=name) if declared else MEASURES.to_frame()
    op = source.op_of(place)
    ops = _ops(left.cells, op)
    faults = pl.DataFrame(left.faults, schema=_FAULT, orient="row").with_columns(pl.lit(UNREADABLE).alias("rule"))
    keyless = rows["record_id"].is_null()
    if keyless.any():
        faults = pl.concat([faults, _keyless(left, keyless, source.key)])
    unread = ops.is_null() & ~keyless
    if op and unread.any():
        faults = pl.concat([faults, _unread(left, unread, op)])
    if left is not delivered:
        faults = pl.concat([faults, erased_rows(delivered.lines, gone)])
    rejects = faults.with_columns(
        pl.lit(source.name).alias("source"), pl.lit(name).alias("file"), pl.lit(None, pl.String).alias("record_id")
    )
    return Ingested(rows.filter(~keyless & ~unread), REJECTS.conform(rejects), measures)


def _rows(delivered: Delivered, source: Source, name: str) -> pl.DataFrame:
    """Return every row that was read, ROWS with the mapped columns; those without a key have no `record_id`."""
    cells, place = delivered.cells, PurePath(name)
    op = source.op_of(place)
    ops = _ops(cells, op)
    content = content_hash(cells.with_columns(_deletes(ops).alias(op)) if op else cells)
    lacking = [name for name in source.columns() if name not in cells.columns]
    cells = cells.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking).rename(row_column)
    return cells.select(
        pl.lit(source.name).alias("source"),
        (_key([row_column(name) for name in source.key]) if source.key else content).alias("record_id"),
        content.alias("content_hash"),
        pl.lit(source.delivery_of(place), pl.String).alias("delivered_at"),
        _recorded(source).alias("recorded_at"),
        (ops == DELETE).alias("withdraws"),
        pl.lit(name).alias("file"),
        delivered.lines.cast(pl.Int64).alias("line"),
        *map(row_column, source.columns()),
    )


def _ops(cells: pl.DataFrame, op: str | None) -> pl.Series:
    """Return what each row does, U or D, null where it does not say; without a column that tells, all are U."""
    if op in cells.columns:
        return cells.select(read_op(pl.col(op)).alias("op"))["op"]
    return pl.repeat(None if op else UPSERT, cells.height, dtype=pl.String, eager=True).alias("op")


def _deletes(ops: pl.Series) -> pl.Series:
    """Return D where a row withdraws, else null: others have the content of the same row in a delivery without ops."""
    return ops.to_frame().select(pl.when(pl.col("op") == DELETE).then("op"))["op"]


def _unread(delivered: Delivered, unread: pl.Series, op: str) -> pl.DataFrame:
    """Return the rows of a delta that do not say what they do, as faults."""
    cells = delivered.cells.filter(unread)
    lacking = cells if op in cells.columns else cells.with_columns(pl.lit(None, pl.String).alias(op))
    return lacking.select(
        delivered.lines.filter(unread).cast(pl.Int64).alias("line"),
        unread_op(op, pl.col(op)).alias("reason"),
        rows_as_json(cells).alias("raw"),
        pl.lit(UNREADABLE).alias("rule"),
    )


def _keyless(delivered: Delivered, keyless: pl.Series, key: Sequence[str]) -> pl.DataFrame:
    cells = delivered.cells.filter(keyless)
    blanks = [pl.when(_is_blank(row_column(name))).then(pl.lit(f"'{name}'")) for name in key]
    return cells.rename(row_column).select(
        delivered.lines.filter(keyless).cast(pl.Int64).alias("line"),
        pl.concat_str(
            pl.lit("no value in the key column "), pl.concat_str(blanks, separator=", ", ignore_nulls=True)
        ).alias("reason"),
        rows_as_json(cells).alias("raw"),
        pl.lit(NO_KEY).alias("rule"),
    )


def content_hash(cells: pl.DataFrame) -> pl.Series:
    """Return the hash of each row's content: xxh3-128 of `name=text` of the cells that are not null, by name.

    Names and texts are escaped, so that no two contents make one text.
    """
    named = [
        pl.concat_str(pl.lit(f"{name.translate(_NAME)}="), escaped(pl.col(row_column(name))))
        for name in sorted(cells.columns)
    ]
    content = hash128(pl.concat_str(named, separator=SEPARATOR, ignore_nulls=True))
    return cells.rename(row_column).select(content).to_series()


def _recorded(source: Source) -> pl.Expr:
    """Return the record time as delivered; of several columns the present ones joined."""
    if source.recorded_at is None:
        return pl.lit(None, pl.String)
    columns = [row_column(name) for name in source.recorded_at.columns]
    texts = [pl.col(name) if len(columns) == 1 else present(pl.col(name).str.strip_chars()) for name in columns]
    return present(pl.concat_str(texts, separator=source.recorded_at.join, ignore_nulls=True))


def _key(names: Sequence[str]) -> pl.Expr:
    """Return the key as text without blanks around it, null where one of its columns is blank."""
    texts = [pl.col(name).str.strip_chars() for name in names]
    parts = texts if len(names) == 1 else [text.str.replace_all(r"([\\|])", r"\${1}") for text in texts]
    blank = pl.any_horizontal(_is_blank(name) for name in names)
    return pl.when(~blank).then(pl.concat_str(parts, separator="|"))


def _is_blank(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().fill_null("") == ""


def _chunks(parts: Iterable[Ingested], size: int, mapped: Sequence[str]) -> Iterator[Ingested]:
    """Yield the parts regrouped into `size` rows and rejects each, the last fewer, an empty one if there are none."""
    rows, rejects = _none(mapped)
    measures, given = MEASURES.to_frame(), False
    for part in parts:
        rows, rejects = pl.concat([rows, part.rows]), pl.concat([rejects, part.rejects])
        measures = pl.concat([measures, part.measures])
        while rows.height + rejects.height >= size:
            yield Ingested(rows.head(size), rejects.head(max(0, size - rows.height)), measures)
            rejects = rejects.slice(max(0, size - rows.height))
            rows, measures, given = rows.slice(size), measures.clear(), True
    if rows.height or rejects.height or not given:
        yield Ingested(rows, rejects, measures)


def _none(mapped: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return no rows and no rejects."""
    rows = ROWS.schema().to_frame().with_columns(pl.lit(None, pl.String).alias(row_column(name)) for name in mapped)
    return rows, REJECTS.empty()


def shown_name(file: Path, folder: Path) -> str:
    """Return the name that a file has in rows: its path in the project's folder, outside of it the name alone."""
    try:
        return file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return file.name
