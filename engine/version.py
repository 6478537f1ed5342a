"""Which code made a table: part of every checkpoint's key, so that no result of older code stands for newer."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

import xxhash

from engine.settings.shipped import shipped

CODE = ("engine", "matchers", "trees", "lifetree")
LIBRARIES = ("polars", "polars-hash", "pyarrow", "rapidfuzz", "numpy", "scipy", "splink", "duckdb")
"""The libraries whose own version may change what a table holds."""


@cache
def code_version() -> str:
    """Return the hash of the source code, of the rules and code tables shipped with it, and of the libraries' versions.

    The command line, the reports and the example project make no table and are left out.
    """
    root = Path(__file__).resolve().parent.parent
    code = [file for room in CODE for file in (root / room).rglob("*.py") if not _presents(file.relative_to(root))]
    rules = shipped("rules.toml")
    shipped_data = [*rules.parent.glob("*.toml"), *(rules.parent / "codes").rglob("*.*")]
    digest = xxhash.xxh3_64("\n".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for file in sorted([*code, *shipped_data]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _presents(file: Path) -> bool:
    return file.parts[:2] in {("lifetree", "cli"), ("lifetree", "report"), ("engine", "city")}
