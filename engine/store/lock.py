"""One writer at a time: the operating system's own lock, which a killed process cannot leave behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import StoreError


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Hold the store's writer lock.

    Raises:
        StoreError: another process writes (its number is told), or the folder cannot be made or written.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        stream = (store / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"cannot write to the store at {store}: {error.strerror or error}",
            hint="choose another folder with `store = …` in the project",
        ) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.seek(0)
            raise StoreError(
                f"another process ({stream.read().strip() or 'unknown'}) is writing to {store}",
                hint="wait until it is done",
            ) from error
        stream.truncate(0)
        stream.write(f"pid {os.getpid()}")
        stream.flush()
        yield
