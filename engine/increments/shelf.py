"""Files that an increment reads again and again, in memory as long as there is room."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import polars as pl
import pyarrow.parquet as pq

from engine.errors import StoreError
from engine.runners.seals import is_as_sealed

WORTH = 4
"""The time from which on a file is held: until then it is cheaper to read the rows that are wanted."""


class DamagedError(StoreError):
    """A file that increments rest on is not as it was written."""

    def __init__(self, file: Path) -> None:
        """Name the file."""
        super().__init__(f"{file} is not as it was written", hint="delete `checkpoints` in the store, and build again")


class Shelf:
    """Holds files that are asked for often; what was not asked for longest makes room."""

    def __init__(self, room: int = 0) -> None:
        """Take `room` bytes of memory at most; without any, every file is read as often as it is asked for."""
        self._room = self._left = room
        self._asked: Counter[Path] = Counter()
        self._held: dict[Path, pl.DataFrame] = {}
        self._sound: set[Path] = set()
        self._lock = Lock()

    def expect(self, files: Iterable[Path]) -> None:
        """Hold files from the first time on: they will be asked for often."""
        self._asked.update(dict.fromkeys(files, WORTH))

    def scan(self, file: Path) -> pl.LazyFrame:
        """Return the rows of a Parquet file.

        Raises:
            DamagedError: it is not as it was written.
        """
        if file not in self._sound:
            if not is_as_sealed(file):
                raise DamagedError(file)
            self._sound.add(file)
        if not self._room:
            return scan(file)
        with self._lock:
            self._asked[file] += 1
            held = self._held.pop(file, None)
            if held is None and self._asked[file] >= WORTH:
                held = self._taken(file)
            if held is not None:
                self._held[file] = held
        return scan(file) if held is None else held.lazy()

    def _taken(self, file: Path) -> pl.DataFrame | None:
        """Return the rows of a file for which there is room now; none where there cannot be."""
        if _bytes(file) > self._room:
            return None
        rows = scan(file).collect()
        if _size(rows) > self._room:
            self._asked[file] = -sys.maxsize
            return None
        self._left -= _size(rows)
        while self._left < 0:
            self._left += _size(self._held.pop(next(iter(self._held))))
        return rows


def scan(file: Path) -> pl.LazyFrame:
    """Return a Parquet file, read when it is collected."""
    return pl.scan_parquet(file, hive_partitioning=False, glob=False)


def _size(frame: pl.DataFrame) -> int:
    return int(frame.estimated_size())


def _bytes(file: Path) -> int:
    told = pq.read_metadata(file)
    return sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
