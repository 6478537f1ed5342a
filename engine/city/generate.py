"""Generate the city: departments' files, the project that builds them, and the truth beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from engine.city.batches import write_days
from engine.city.delivery import Delivery, deliver
from engine.city.files import Open, append, close, source_file
from engine.city.project import write_project
from engine.city.rendering import render
from engine.city.settings import Catalogue, load_catalogue
from engine.city.slips import slip
from engine.city.tables import City, World
from engine.city.truth_files import settle, write_truth
from engine.city.world import CitySettings, city, world

CELLS_AT_ONCE = 20
"""Cells of a batch: memory depends on it, results do not."""

Progress = Callable[[int, int], None]


def generate(
    folder: Path,
    *,
    persons: int,
    seed: int,
    error_scale: float = 1.0,
    errors: Literal["per-registration", "per-row"] = "per-registration",
    days: int = 0,
    as_of: date = date(2024, 12, 31),
    months: int = 2,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the city into `folder` and return its summary: persons, firms, rows, mentions, errors, undecidable shares.

    Args:
        folder: receives data/, sources/, lifetree.toml and truth/; what is there under these names is overwritten.
        persons: rounded up to cells of 1,000.
        seed: decides everything, with `errors` and `error_scale`; a smaller city is a prefix of a larger one.
        error_scale: multiplies every error rate.
        errors: whether an error is made once a registration, and carried by its rows, or anew in each row.
        days: daily batches after `as_of`.
        as_of: the last day that the city has lived.
        months: for how many months before `as_of` payments and rides are told: the more, the more rows a person.
        progress: called with the cells done and all cells.
    """
    begun, catalogue = time.perf_counter(), load_catalogue()
    cells = -(-persons // 1000)
    for part in ("data", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    settings = CitySettings(as_of=as_of, months=months)
    shared, files = city(seed=seed), Open()
    tallies: list[dict[str, Any]] = []
    for first in range(0, cells, CELLS_AT_ONCE):
        batch = range(first, min(first + CELLS_AT_ONCE, cells))
        lived = world(batch, seed=seed, settings=settings)
        told = deliver(
            lived, shared, catalogue=catalogue, seed=seed, as_of=pl.lit(as_of), scale=error_scale,
            per_row=errors == "per-row",
        )  # fmt: skip
        now = None
        if days:
            now = write_days(folder, files, told, lived, shared, catalogue=catalogue, seed=seed, days=days, as_of=as_of)
        tallies += _write_batch(folder, files, told, lived, shared, catalogue, seed=seed, scale=error_scale, now=now)
        write_truth(folder, files, told, lived, shared, catalogue=catalogue, as_of=as_of, batch=first)
        if progress:
            progress(batch.stop, cells)
    shares = settle(folder, files)
    close(files)
    summary = _summary(tallies, shares, folder, seconds=time.perf_counter() - begun)
    silent = [
        name for name, rows in summary["sources"].items() if not rows and catalogue.sources[name].format == "jsonl"
    ]
    write_project(folder, catalogue=catalogue, as_of=as_of, rows=summary["sources"], without=silent)
    return summary


def _write_batch(
    folder: Path, files: Open, told: Delivery, lived: World, shared: City, catalogue: Catalogue, *, seed: int,
    scale: float, now: dict[str, pl.Series] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Append the rows of the first delivery (`now`; all when there are no daily batches) and return their numbers."""
    tallies = []
    for place, (name, source) in enumerate(catalogue.sources.items()):
        shape = catalogue.shapes[source.shape]
        texts = render(told, lived, shared, name=name, source=source, shape=shape, place=place, seed=seed)
        rows = told.rows[name]
        if now is not None:
            rows, texts = rows.filter(now[name]), texts.filter(now[name])
        whole = slip(rows, texts, source=source, shape=shape, place=place, catalogue=catalogue, seed=seed, scale=scale)
        append(files, source_file(folder / "data", name, source), whole, source)
        tallies.append({"source": name, "rows": whole.height})
    return tallies


def _summary(tallies: list[dict[str, Any]], shares: dict[str, Any], folder: Path, *, seconds: float) -> dict[str, Any]:
    rows = pl.DataFrame(tallies).group_by("source", maintain_order=True).agg(pl.col("rows").sum())
    total = int(rows["rows"].sum())
    return {
        "folder": str(folder),
        "rows": total,
        **shares,
        "sources": dict(rows.iter_rows()),
        "seconds": round(seconds, 2),
        "rows_per_second": round(total / seconds),
    }
