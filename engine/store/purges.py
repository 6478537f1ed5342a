"""Purges: which records were erased, by whom, when and why, known by a hash of their key alone.

They are lines that are only ever added to one file of the store. Every later reading of a file drops what they name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.hashing import hash128, joined
from engine.settings import Project
from engine.store.decisions import append_lines, lines_of

Keys = Mapping[str, Mapping[str, str]]
"""By source, the hash of each key (`key_hash`) and a word that stands for it."""


class Purge(NamedTuple):
    """One purge: `keys` are the hashes by source; `done` is whether it came to its end."""

    name: str
    keys: Mapping[str, tuple[str, ...]]
    by: str
    at: str
    reason: str
    done: bool


def purges_file(store: Path) -> Path:
    """Return where the purges of a store are kept."""
    return store / "decisions" / "purges.jsonl"


def purges(store: Path) -> list[Purge]:
    """Return the purges of a store, oldest first.

    Raises:
        StoreError: a line of their file was altered.
    """
    lines = lines_of(purges_file(store), what="purge")
    done = {name for one in lines for name in one.get("done", ())}
    told = [one for one in lines if "keys" in one]
    return [
        Purge(
            f"P{number}", {source: tuple(keys) for source, keys in one["keys"].items()},
            one["by"], one["at"], one["reason"], f"P{number}" in done,
        )
        for number, one in enumerate(told, start=1)
    ]  # fmt: skip


def purged_keys(store: Path) -> dict[str, dict[str, str]]:
    """Return by source the hash of the key of every purged record, with the first purge that named it."""
    keys: dict[str, dict[str, str]] = {}
    for one in purges(store):
        for source, hashes in one.keys.items():
            for key in hashes:
                keys.setdefault(source, {}).setdefault(key, one.name)
    return keys


def add_purge(store: Path, keys: Mapping[str, Sequence[str]], *, by: str, at: str, reason: str) -> str:
    """Write a purge down, and return its name; from then on no file that is read gives these records."""
    told = {"keys": {source: sorted(hashes) for source, hashes in sorted(keys.items())}}
    append_lines(purges_file(store), [{**told, "by": by, "at": at, "reason": reason}], what="purge")
    return f"P{len(purges(store))}"


def end_purges(store: Path, names: Sequence[str]) -> None:
    """Note that purges came to their end."""
    if names:
        append_lines(purges_file(store), [{"done": list(names)}], what="purge")


def key_hash(source: pl.Expr, record_id: pl.Expr) -> pl.Expr:
    """Return the hash by which a purge knows a record.

    >>> frame = pl.DataFrame({"source": ["civil"], "record_id": ["7"]})
    >>> hashed = frame.select(key_hash(pl.col("source"), pl.col("record_id"))).item()
    >>> hashed == key_hash_of("civil", "7")
    True
    """
    return hash128(joined([source, record_id]))


def key_hash_of(source: str, record_id: str) -> str:
    """Return what `key_hash` gives for one record, without a frame."""
    told: str = pl.select(key_hash(pl.lit(source), pl.lit(record_id))).item()
    return told


class Erased(NamedTuple):
    """What purges erased: hashes of keys by source, and the sources whose rows have no key of their own."""

    keys: Keys
    keyless: tuple[str, ...]

    def hashed(self, source: str, record_id: str) -> pl.Expr:
        """Return the hash of the key of every row, by the columns of its source and its record id.

        Of a source without keys the ordinal behind the content is left out: rows of one content go together.
        """
        content = pl.col(record_id).str.replace(r"-\d+$", "")
        plain = pl.when(pl.col(source).is_in(self.keyless)).then(content).otherwise(record_id)
        return key_hash(pl.col(source), plain)

    def names(self, source: str, record_id: str) -> pl.Expr:
        """Return whether rows are of purged records, by the columns of their source and their record id."""
        known = sorted({key for hashes in self.keys.values() for key in hashes})
        told = self.hashed(source, record_id).is_in(known)
        return (pl.col(source).is_in(sorted(self.keys)) & told).fill_null(value=False)


def erased(project: Project) -> Erased | None:
    """Return what the purges of a project's store erased; None without any."""
    keys = purged_keys(project.path(project.store))
    return erased_by(project, keys) if keys else None


def erased_by(project: Project, keys: Keys) -> Erased:
    """Return hashes of keys together with what is needed to find them in tables."""
    return Erased(keys, tuple(one.name for one in project.sources if not one.key))


def purged(project: Project) -> int:
    """Return how many purges the project's store has seen."""
    return len(purges(project.path(project.store)))
