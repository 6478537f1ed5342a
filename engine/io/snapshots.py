"""What was read from a database, kept in the store: a build rests on it, and not on what the database holds by then.

A source's folder holds `whole-<content>`, the rows of one reading, or with a cursor `since-<definition>/<number>`, one
part for each reading that found new rows; the union of the parts is the source, and their last one says from where the
next reading goes on. A folder appears by one rename, so a killed reading leaves nothing behind that counts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import xxhash

from engine.durability import sync
from engine.errors import StoreError
from engine.io.databases import selected
from engine.io.parquet import as_text
from engine.io.purging import drop_rows
from engine.io.spilling import Written, settle, spill
from engine.io.sql import SEEN
from engine.settings.database import identity
from engine.settings.project import Project
from engine.settings.source import Source
from engine.store.purges import purged_keys

FOLDER = "snapshots"
_SINCE = "lifetree.since"
FILE = "rows.parquet"


def take_snapshot(source: Source, project: Project) -> list[Path]:
    """Read a database and return the Parquet files that hold what the source consists of: one for each reading kept.

    The same rows give the same file, in whatever order they come. The caller holds the store's writer lock. Memory: a
    few batches of the database's and a 256th of the rows read.

    Raises:
        InputError: as `selected`.
        StoreError: the store cannot be written.
    """
    folder = project.path(project.store) / FOLDER / source.name
    try:
        for left in folder.glob(".*"):
            shutil.rmtree(left)
        return _parts(source, project, folder) if source.cursor else _whole(source, project, folder)
    except OSError as error:
        raise StoreError(
            f"cannot write to the store at {folder}: {error.strerror or error}",
            hint="check that the folder is writable and the disk is not full; the same command reads again",
        ) from error


def _whole(source: Source, project: Project, folder: Path) -> list[Path]:
    working = folder / f".{os.getpid()}"
    written = _read(source, project, working, [])
    for other in folder.glob("whole-*"):
        shutil.rmtree(other)
    final = folder / f"whole-{written.digest}"
    _place(working, final)
    return [final / FILE]


def _parts(source: Source, project: Project, folder: Path) -> list[Path]:
    defined = "\n".join([identity(source.uri or ""), source.table or "", source.query or "", source.cursor or ""])
    kept = folder / f"since-{xxhash.xxh3_64_hexdigest(defined.encode())}"
    earlier = sorted(kept.glob(f"[0-9]*/{FILE}"))
    working = folder / f".{os.getpid()}"
    written = _read(source, project, working, earlier)
    if earlier and not written.rows:
        shutil.rmtree(working)
        return earlier
    number = 1 + max((int(part.name) for part in kept.glob("[0-9]*")), default=0)
    _place(working, kept / f"{number:06d}")
    return sorted(kept.glob(f"[0-9]*/{FILE}"))


def _read(source: Source, project: Project, working: Path, earlier: list[Path]) -> Written:
    """Write into `working` the rows that a database holds and `earlier` does not."""
    cursor, again = source.cursor or "", set[str | None]()
    since = pq.read_schema(earlier[-1]).metadata[_SINCE.encode()].decode() if earlier else ""
    with selected(source, project, since=since or None) as selection:
        spill(_noting(selection.batches, cursor, again) if since else selection.batches, working / "new")
    spill(_read_before(earlier, cursor, again), working / "old")
    metadata = {_SINCE: selection.greatest or ""}
    written = settle(working / "new", working / "old", working / FILE, columns=selection.columns, metadata=metadata)
    gone = drop_rows(source, working / FILE, purged_keys(project.path(project.store)).get(source.name, {}))
    for name in ("new", "old"):
        shutil.rmtree(working / name)
    return written._replace(rows=written.rows - gone)


def _noting(batches: Iterable[pl.DataFrame], cursor: str, again: set[str | None]) -> Iterator[pl.DataFrame]:
    """Yield the batches and add to `again` the cursor values of the rows that an earlier reading may have held."""
    for batch in batches:
        again |= set(as_text(batch.filter(SEEN)[cursor]))
        yield batch


def _read_before(earlier: Iterable[Path], cursor: str, again: set[str | None]) -> Iterator[pl.DataFrame]:
    """Yield the rows of earlier parts whose cursor value is among `again`."""
    values = pl.Series([value for value in again if value is not None], dtype=pl.String)
    for path in earlier if again else ():
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                texts = as_text(pl.Series(file.read_row_group(group, columns=[cursor]).column(0)))
                wanted = texts.is_in(values).fill_null(None in again)
                if wanted.any():
                    rows = pl.from_arrow(file.read_row_group(group))
                    assert isinstance(rows, pl.DataFrame)
                    yield rows.filter(wanted).with_columns(pl.lit(True).alias(SEEN))


def purge_snapshots(source: Source, project: Project, purged: Mapping[str, str], *, dry: bool) -> dict[Path, int]:
    """Take the rows of purged records out of what was read from a source's database; return how many, by file.

    With `dry` they are only counted. The caller holds the store's writer lock.
    """
    folder = project.path(project.store) / FOLDER / source.name
    for left in () if dry else folder.rglob(f".{FILE}.*"):
        left.unlink()
    counted = {file: drop_rows(source, file, purged, dry=dry) for file in sorted(folder.rglob(FILE))}
    return {file: rows for file, rows in counted.items() if rows}


def _place(working: Path, final: Path) -> None:
    """Make a folder appear under its name, whole also after a power cut."""
    final.parent.mkdir(parents=True, exist_ok=True)
    for path in (*working.iterdir(), working):
        sync(path)
    working.rename(final)
    sync(final.parent)
