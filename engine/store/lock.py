"""One writer at a time: the operating system's own lock, which a killed process cannot leave behind."""

from __future__ import annotations

import fcntl
import getpass
import json
import logging
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from engine.durability import storing
from engine.errors import StoreError

LOCK = ".lock"
LOG = logging.getLogger("lifetree.store")


class Owner(NamedTuple):
    """Who writes, or wrote last without coming to an end."""

    pid: int
    host: str
    user: str
    command: str
    since: str

    def __str__(self) -> str:
        """Return the owner in a sentence's words."""
        return f"pid {self.pid} on {self.host}, user {self.user}, since {self.since}: {self.command}"

    def ended(self) -> bool:
        """Return whether the process is known to be gone; of another machine's nothing is known."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Hold the store's writer lock; readers do not need it.

    A writer that was killed leaves its name in the file but not the lock: that is logged as a warning, once.

    Raises:
        StoreError: another process writes (who, where and since when is told), or the folder cannot be written.
    """
    with storing(store):
        store.mkdir(parents=True, exist_ok=True)
        stream = (store / LOCK).open("a+", encoding="utf-8")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _taken(store, _owner(stream)) from error
        if left := _owner(stream):
            LOG.warning("the last writer of %s was stopped midway (%s); its lock is void", store, left)
        with storing(store):
            _note(stream, json.dumps(_myself()._asdict(), ensure_ascii=False))
        try:
            yield
        finally:
            _note(stream, "")


def left_behind(store: Path) -> Owner | None:
    """Return the writer that was stopped midway and left its name in the lock; None if there is none, or one writes."""
    owner = _named(store)
    return owner if owner and owner.ended() else None


def owner_at_work(store: Path) -> Owner | None:
    """Return the writer that holds the lock, by its name in the file: to try the lock could refuse it to a writer."""
    owner = _named(store)
    return None if owner is None or owner.ended() else owner


def _named(store: Path) -> Owner | None:
    try:
        with (store / LOCK).open(encoding="utf-8") as stream:
            return _owner(stream)
    except OSError:
        return None


def _taken(store: Path, owner: Owner | None) -> StoreError:
    if owner and owner.ended():
        return StoreError(
            f"another process is writing to {store}; the one that took the lock has ended ({owner})",
            hint="a process that it started still holds the lock; `fuser .lock` in the store's folder tells which",
        )
    return StoreError(
        f"another process ({owner or 'unknown'}) is writing to {store}",
        hint="wait until it is done; readers need not wait",
    )


def _myself() -> Owner:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        user = str(os.getuid())
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return Owner(os.getpid(), socket.gethostname(), user, shlex.join(sys.argv), since)


def _owner(stream: TextIO) -> Owner | None:
    stream.seek(0)
    try:
        return Owner(**json.loads(stream.read()))
    except (ValueError, TypeError):
        return None


def _note(stream: TextIO, text: str) -> None:
    stream.seek(0)
    stream.truncate(0)
    stream.write(text)
    stream.flush()
