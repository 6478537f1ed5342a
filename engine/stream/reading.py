"""The clean tables of a whole stream: what one cleansing of all its rows gives, however they were split.

Nearly every record lies in one part, and its rows there are its all. Those of a record that came in several parts are
cleansed again together, so that versions, withdrawals, duplicates and ordinals are those of the whole; so are those
that a later delivery of the whole source ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import polars as pl

from engine.accounting import FATES, account
from engine.cleanse.versions import is_ended
from engine.io.ingest import row_column
from engine.settings import Source
from engine.stream.manifest import PARTS, Manifest
from engine.stream.parts import Clean
from engine.tables import ACCOUNTS, REJECTS, ROWS

_KEY = ["source", "record_id"]


class Committed(NamedTuple):
    """What a stream holds: where, its manifests, the project's sources by name, and how rows are cleansed."""

    folder: Path
    manifests: list[Manifest]
    sources: Mapping[str, Source]
    clean: Clean


def clean_table(stream: Committed, table: str) -> pl.DataFrame | None:
    """Return a table of all committed micro-batches; None when no row told any of it. Rows are in no certain order.

    `table` is one that cleansing makes: `records.<subject>`, findings, rejects, `events.<subject>`, relations, ….
    """
    moved = _moved(stream)
    stored = [_read(stream, part, table) for part in _parts(stream) if table in part["tables"]]
    keyless = [name for name, source in stream.sources.items() if not source.key]
    settled = [_apart(frame, moved, keyless) for frame in stored]
    again = [
        made for name in moved["source"].unique().sort() if (made := _again(stream, name, moved).get(table)) is not None
    ]
    found = [frame for frame in (*settled, *again) if frame.height]
    return pl.concat(found) if found else None


def accounts(stream: Committed) -> pl.DataFrame:
    """Return the fate of every row of the stream, by source (ACCOUNTS).

    Raises:
        LifetreeError: a row has no fate, or two.
    """
    counted = [_account(part["accounts"]) for part in _parts(stream)]
    moved, replaced = _moved(stream), _replaced(stream)
    for name in moved["source"].unique().sort():
        rows = _rows(stream, name, moved)
        whole = stream.clean(pl.concat(rows), source=stream.sources[name], replaced=replaced.get(name))
        counted += [whole["accounts"]]
        counted += [
            stream.clean(one, source=stream.sources[name])["accounts"].with_columns(-pl.col("rows_in", *FATES))
            for one in rows
        ]
    sources = tuple(sorted({name for part in _parts(stream) for name in part["sources"]}))
    return account(pl.concat([ACCOUNTS.empty(), *counted]), REJECTS.empty(), sources=sources).accounts


def _account(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ACCOUNTS.schema())


def _parts(stream: Committed) -> Iterable[dict[str, Any]]:
    return (part for manifest in stream.manifests for part in manifest["parts"])


def _file(stream: Committed, part: Mapping[str, Any], table: str) -> Path:
    return stream.folder / PARTS / str(part["tables"][table]["file"])


def _read(stream: Committed, part: Mapping[str, Any], table: str) -> pl.DataFrame:
    return pl.read_parquet(_file(stream, part, table), hive_partitioning=False, glob=False)


def _moved(stream: Committed) -> pl.DataFrame:
    """Return source and record_id (of ROWS) of the records whose rows lie in several parts, or count no more."""
    dates = _replaced(stream)
    keys, ended = [ROWS.empty().select(_KEY)], [ROWS.empty().select(_KEY)]
    for part in _parts(stream):
        if "rows" not in part["tables"]:
            continue
        columns = [*_KEY, "delivered_at"]
        rows = pl.read_parquet(_file(stream, part, "rows"), columns=columns, hive_partitioning=False, glob=False)
        keys.append(rows.select(_KEY).unique())
        for name, date in dates.items():
            ended.append(rows.filter(pl.col("source") == name, is_ended(date)).select(_KEY))
    several = pl.concat(keys).group_by(_KEY).len().filter(pl.col("len") > 1).select(_KEY)
    return pl.concat([several, *ended]).unique() if dates else several


def _replaced(stream: Committed) -> dict[str, str]:
    """Return the date of the latest delivery of each source that replaced all before it."""
    dates: dict[str, str] = {}
    for file in (file for manifest in stream.manifests for file in manifest["files"]):
        source, place = stream.sources[file["source"]], PurePath(file["place"])
        date = source.delivery_of(place)
        if date and source.mode_of(place) == "replace":
            dates[source.name] = max(date, dates.get(source.name, date))
    return dates


def _apart(frame: pl.DataFrame, moved: pl.DataFrame, keyless: list[str]) -> pl.DataFrame:
    """Return the rows of a clean table that are of other records than those moved.

    A record without a key bears its content hash, by which ROWS know it, and an ordinal behind.
    """
    hashed = pl.col("source").is_in(keyless)
    plain = pl.when(hashed).then(pl.col("record_id").str.replace(r"-\d+$", "")).otherwise("record_id")
    return (
        frame.with_columns(_record=plain)
        .join(moved.rename({"record_id": "_record"}), on=["source", "_record"], how="anti", maintain_order="left")
        .drop("_record")
    )


def _rows(stream: Committed, source: str, moved: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows of the moved records of a source, of each part that has some."""
    columns = [*ROWS.columns, *map(row_column, stream.sources[source].columns())]
    own = moved.filter(pl.col("source") == source)
    frames = [
        pl.read_parquet(_file(stream, part, "rows"), columns=columns, hive_partitioning=False, glob=False).join(
            own, on=_KEY, how="semi"
        )
        for part in _parts(stream)
        if source in part["sources"] and "rows" in part["tables"]
    ]
    return [frame for frame in frames if frame.height]


def _again(stream: Committed, source: str, moved: pl.DataFrame) -> dict[str, pl.DataFrame]:
    rows = pl.concat(_rows(stream, source, moved))
    return stream.clean(rows, source=stream.sources[source], replaced=_replaced(stream).get(source))
