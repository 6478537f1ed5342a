"""The folder of a synthetic city: generated once for the same question, and never over somebody's own files."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.city.error_file import with_error_file
from engine.city.generate import generate
from engine.city.settings import load_catalogue
from engine.errors import StoreError
from engine.runners.seals import content_hash
from engine.runners.tasks import Progress
from engine.version import code_version

STAMP = "city.json"
STAGE = "generate"
PARTS = ("data", "sources", "truth")
"""What `generate` fills, and what another city must not leave behind."""


class Asked(NamedTuple):
    """What decides a city."""

    persons: int = 20_000
    seed: int = 1
    error_scale: float = 1.0
    errors: Literal["per-registration", "per-row"] = "per-registration"
    days: int = 0
    as_of: date = date(2024, 12, 31)
    months: int = 2
    error_file: Path | None = None


def make_city(folder: Path, asked: Asked, *, progress: Progress | None = None) -> dict[str, Any]:
    """Return the summary of the city in `folder`, generated unless the same one is there already.

    Another city in the folder is replaced, and so is one of other code.

    Raises:
        ConfigurationError: every fault of the error file, at once.
        StoreError: the folder holds something that is no city.
    """
    if asked.error_file:
        with_error_file(load_catalogue(), asked.error_file)
    rates = content_hash(asked.error_file) if asked.error_file else None
    told = {**asked._asdict(), "as_of": asked.as_of.isoformat(), "error_file": rates}
    stamp = {"asked": told, "code": code_version()}
    known = read_stamp(folder)
    whole = known.get("summary") and all((folder / part).is_dir() for part in PARTS)
    if whole and {name: known.get(name) for name in stamp} == stamp:
        return {**known["summary"], "folder": str(folder), "reused": True}
    if not known and folder.is_dir() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty and holds no generated city", hint="name a new folder")
    for part in PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _write_stamp(folder, stamp)
    summary = generate(folder, **asked._asdict(), progress=_advance(progress))
    _write_stamp(folder, stamp | {"summary": summary})
    return summary


def read_stamp(folder: Path) -> dict[str, Any]:
    """Return the note on the city in `folder`: empty when there is none, without `summary` when it is not whole."""
    try:
        stamp: dict[str, Any] = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def _write_stamp(folder: Path, stamp: dict[str, Any]) -> None:
    (folder / STAMP).write_text(json.dumps(stamp, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _advance(progress: Progress | None) -> Any:
    """Return what `generate` calls with the cells done and all cells, as bars that move a cell at a time."""
    if progress is None:
        return None
    done = 0

    def advance(cells: int, total: int) -> None:
        nonlocal done
        if not done:
            progress.begin(STAGE, total)
        for _ in range(done, cells):
            progress.advance(STAGE, rows=0, reused=False)
        done = cells
        if done == total:
            progress.end(STAGE)

    return advance
