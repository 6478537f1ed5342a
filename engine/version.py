"""Which code made a table: part of every checkpoint's key, so that no result of older code stands for newer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import xxhash

ROOMS = ("engine", "matchers", "trees")
"""The rooms whose code decides the content of tables."""


@cache
def code_version() -> str:
    """Return the hash of the rooms' source code and of the rules and code tables that they ship with."""
    root = Path(__file__).resolve().parent.parent
    digest = xxhash.xxh3_64()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
