"""Files that an increment reads again and again, in memory as long as there is room."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq

from engine.errors import StoreError
from engine.runners.seals import is_as_sealed

WORTH = 4
"""The time from which on a file is held: until then it is cheaper to read the rows that are wanted."""


SMALL_PART = 8
"""What part of the room found rows may take: one in so many."""


class DamagedError(StoreError):
    """A file that increments rest on is not as it was written."""

    def __init__(self, file: Path) -> None:
        """Name the file."""
        super().__init__(f"{file} is not as it was written", hint="delete `checkpoints` in the store, and build again")


Found = tuple[tuple[Path, ...], tuple[str, ...]]
"""Files that were looked through, and the columns."""


class _Rows(NamedTuple):
    """Rows of a file; of files that were looked through, those with one of `keys`."""

    rows: pl.DataFrame
    keys: pl.Series | None = None

    def size(self) -> int:
        """Return how many bytes it takes."""
        return int(self.rows.estimated_size() + (0 if self.keys is None else self.keys.estimated_size()))


class Shelf:
    """Holds files that are asked for often, and rows that were found in files; what was not asked for longest goes."""

    def __init__(self, room: int = 0) -> None:
        """Take `room` bytes of memory at most; without any, every file is read as often as it is asked for."""
        self.room = self._left = room
        self._asked: Counter[Path] = Counter()
        self._held: dict[Path | Found, _Rows] = {}
        self._sound: set[Path] = set()
        self._lock = Lock()
        self._reading: defaultdict[Path, Lock] = defaultdict(Lock)

    def expect(self, files: Iterable[Path]) -> None:
        """Hold files from the first time on: they will be asked for often."""
        self._asked.update(dict.fromkeys(files, WORTH))

    def require_sound(self, files: Iterable[Path], *, thorough: bool = True) -> None:
        """Look whether files are as they were written; not `thorough`: by their length and time, if these stayed.

        Raises:
            DamagedError: one is not.
        """
        for file in files:
            if not is_as_sealed(file, thorough=thorough):
                raise DamagedError(file)

    def scan(self, file: Path) -> pl.LazyFrame:
        """Return the rows of a Parquet file.

        Raises:
            DamagedError: it is not as it was written.
        """
        if file not in self._sound:
            self.require_sound([file], thorough=False)
            self._sound.add(file)
        if not self.room:
            return scan(file)
        with self._lock:
            reading = self._reading[file]
        with reading:
            held = self._again(file)
            self._asked[file] += 1
            if held is None and self._asked[file] >= WORTH and size_of(pq.read_metadata(file)) <= self.room:
                held = _Rows(scan(file).collect())
                if not self._hold(file, held):
                    self._asked[file] = -sys.maxsize
        return held.rows.lazy() if held else scan(file)

    def near(self, found: Found, keys: pl.Series, look: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return rows of files, all of which a column is one of `keys` among them: what `look` finds, or found.

        What was found is held if it takes a small part of the room: else there is none for files.
        """
        held = self._again(found)
        if held and held.keys is not None and keys.is_in(held.keys.implode(), nulls_equal=True).all():
            return held.rows
        rows = _Rows(look(), keys)
        if rows.size() * SMALL_PART <= self.room and (
            held is None or held.keys is None or held.keys.len() < keys.len()
        ):
            self._hold(found, rows)
        return rows.rows

    def _again(self, name: Path | Found) -> _Rows | None:
        """Return what is held, as the last that was asked for."""
        with self._lock:
            held = self._held.pop(name, None)
            if held:
                self._held[name] = held
            return held

    def _hold(self, name: Path | Found, what: _Rows) -> bool:
        """Hold rows, in place of those of the same name, if there can be room, and return whether there is."""
        if (size := what.size()) > self.room:
            return False
        with self._lock:
            before = self._held.pop(name, None)
            self._left += (before.size() if before else 0) - size
            while self._left < 0:
                self._left += self._held.pop(next(iter(self._held))).size()
            self._held[name] = what
        return True


def scan(file: Path) -> pl.LazyFrame:
    """Return a Parquet file, read when it is collected."""
    return pl.scan_parquet(file, hive_partitioning=False, glob=False)


def size_of(told: pq.FileMetaData) -> int:
    """Return the bytes of the rows of a Parquet file, about, once they are read."""
    return sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
