"""What a build will need, told before it works: rows, time, memory and disk; and what falls short of it."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from engine.errors import StoreError
from engine.settings import Project
from engine.sizing import EXPANSION, memory_bytes, peak_bytes, text_bytes

LOG = logging.getLogger("lifetree.estimates")

Tell = Callable[[str], None]

SAMPLE = 1 << 18
"""Bytes of a text file whose lines are counted."""

ROW = 200
"""Bytes of text in a row, where lines cannot be counted without unpacking the file."""

START, ROWS_A_SECOND = 15, 3_000
"""Seconds that a build takes however small, and rows a second beyond that, of three subjects on two processors."""

DISK, LEAST_DISK = 8, 0.5
"""How many times its text a build writes before it lets go of checkpoints (542 MB for 75, where every row is an entity
of its own), and at the very least."""

PLACES = 20_000_000
"""Bytes on the disk that a build takes in small files, however little is delivered."""


class Needs(NamedTuple):
    """What a build of some files needs, about; bytes, and seconds where nothing is done yet."""

    rows: int
    seconds: int
    memory: int
    disk: int
    least_disk: int


def needs_of(files: Iterable[Path], *, buckets: int) -> Needs:
    """Return what a build of files needs, by their lengths and a sample of each.

    Compressed files and workbooks are taken for as many rows as files of their kind mostly hold.
    """
    listed = list(files)
    text, rows = text_bytes(listed), sum(map(rows_of, listed))
    return Needs(
        rows,
        START + rows // ROWS_A_SECOND,
        peak_bytes(text, buckets=buckets),
        PLACES + DISK * text,
        int(LEAST_DISK * text),
    )


def rows_of(file: Path) -> int:
    """Return the rows of a file, about: of Parquet by its own count, of text by the lines of its beginning."""
    size = file.stat().st_size
    if file.suffix.lower() == ".parquet":
        try:
            return int(pq.read_metadata(file).num_rows)
        except pa.ArrowException:
            return 0
    if file.suffix.lower() in EXPANSION:
        return size * EXPANSION[file.suffix.lower()] // ROW
    with file.open("rb") as stream:
        sample = stream.read(SAMPLE)
    return size * sample.count(b"\n") // max(1, len(sample))


def require_room(
    project: Project, files: Iterable[Path], *, buckets: int, memory: str | None, tell: Tell | None
) -> None:
    """Tell what a build of files needs, and warn of what falls short; what checkpoints hold already is reckoned in.

    Raises:
        StoreError: the disk has less room than the least that is still to be written.
    """
    store = project.path(project.store)
    needs, limit, free = needs_of(files, buckets=buckets), memory_bytes(memory), shutil.disk_usage(store).free
    there = _taken(store / "checkpoints")
    if tell:
        tell(told(needs, buckets=buckets, limit=limit, free=free))
    if free + there < needs.least_disk:
        raise StoreError(
            f"the disk of {store} has {amount(free)} free, and a build of these files writes "
            f"{amount(needs.least_disk - there)} more at the very least",
            hint="make room, `lifetree store prune` old runs, or name another place with `store = …` in the project",
        )
    for short in shortages(needs, limit=limit, free=free + there):
        LOG.warning("%s", short)


def told(needs: Needs, *, buckets: int, limit: int, free: int) -> str:
    """Return a sentence on what a build needs, beside what there is.

    >>> told(Needs(1_200_000, 415, 3_100_000_000, 980_000_000, 0), buckets=4, limit=4 * 10**9, free=52 * 10**9)
    'about 1,200,000 rows: some 7 min, up to 3.1 of 4.0 GB of memory in 4 buckets, 1.0 of 52.0 GB of disk'
    """
    time = f"{needs.seconds} s" if needs.seconds < 120 else f"{round(needs.seconds / 60)} min"
    cut = f"{buckets} bucket{'s' if buckets > 1 else ''}"
    memory = f"up to {needs.memory / 1e9:.1f} of {limit / 1e9:.1f} GB of memory in {cut}"
    return f"about {needs.rows:,} rows: some {time}, {memory}, {needs.disk / 1e9:.1f} of {free / 1e9:.1f} GB of disk"


def shortages(needs: Needs, *, limit: int, free: int) -> Iterator[str]:
    """Yield what will probably not suffice, and what to do."""
    if needs.memory > limit:
        yield (
            f"the build may need {amount(needs.memory)} of memory, more than the {amount(limit)} that it may take: "
            "give it more with --memory, or more --buckets, up to 128"
        )
    if needs.disk > free:
        yield (
            f"the build may write {amount(needs.disk)}, and the disk has {amount(free)} for it: make room; should it "
            "become full, the same command goes on from there"
        )


def amount(size: int) -> str:
    """Return bytes in words.

    >>> amount(2_450_000_000), amount(31_000_000)
    ('2.5 GB', '31 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size // 1_000_000} MB"


def _taken(folder: Path) -> int:
    """Return the bytes of the files in a folder, 0 where there is none."""
    return sum(Path(place, name).stat().st_size for place, _, names in os.walk(folder) for name in names)
