"""What is written is on the disk, also after a power cut; and what the operating system refuses is told."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from engine.errors import StoreError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut or on a full disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    working = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with working.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        working.replace(file)
    except OSError:
        working.unlink(missing_ok=True)
        raise
    sync(file.parent)


def write_parquet(frame: pl.DataFrame, file: Path, *, row_group_size: int) -> None:
    """Write a frame as Parquet.

    Raises:
        OSError: the system refuses; where it refuses the end of the file, Polars does not say why, and a full disk is
            taken for the reason.
    """
    try:
        frame.write_parquet(file, compression_level=1, row_group_size=row_group_size)
    except pl.exceptions.ComputeError as error:
        number = _number(error) or (errno.ENOSPC if "transport error" in str(error) else None)
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(file)) from error


@contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Tell as a StoreError what the operating system refuses to a block that writes into a store.

    Raises:
        StoreError: the disk is full, or the folder may not be written; the hint says what to do.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        number = _number(error)
        if number is None and not isinstance(error, OSError):
            raise
        full = "make room, or `lifetree store prune` old runs; the live run is as it was, and the same command goes on"
        other = "check that the folder is writable; the same command goes on from here"
        raise StoreError(
            f"cannot write to the store at {folder}: {os.strerror(number).lower() if number else error}",
            hint=full if number in FULL else other,
        ) from error


def _number(error: Exception) -> int | None:
    """Return the number by which the system names its refusal; Polars tells it in the text of an error of its own."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else None
