"""Generate the city: departments' files, the project that builds them, and the truth beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl

from engine.city.batches import write_days
from engine.city.defects import strike
from engine.city.delivery import Delivery, deliver
from engine.city.error_file import with_error_file
from engine.city.files import Open, append, close, source_file
from engine.city.project import write_project
from engine.city.rendering import render
from engine.city.settings import Catalogue, load_catalogue
from engine.city.slips import drawn, of_places, row_errors, slip
from engine.city.tables import City, World
from engine.city.truth_files import settle, write_truth, write_world
from engine.city.world import CitySettings, city, world

CELLS_AT_ONCE = 20
"""Cells of a batch: memory depends on it, results do not."""

WRITERS = 2
"""Files written at once; each has one writer at a time, in the order of the batches."""


class Plan(NamedTuple):
    """What is the same for every batch."""

    folder: Path
    files: Open
    catalogue: Catalogue
    shared: City
    settings: CitySettings
    seed: int
    scale: float
    per_row: bool
    days: int


class Written(NamedTuple):
    """The rows of a source that were written, and the errors of whole rows among them."""

    rows: int
    errors: pl.DataFrame


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
    error_file: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the city into `folder` and return its summary: persons, firms, rows, mentions, errors, undecidable shares.

    Args:
        folder: receives data/, sources/, lifetree.toml and truth/; what is there under these names is overwritten.
        persons: rounded up to cells of 1,000.
        seed: decides everything, with what is said of errors; a smaller city is a prefix of a larger one.
        error_scale: multiplies every error rate.
        errors: whether an error is made once a registration, and carried by its rows, or anew in each row.
        days: daily batches after `as_of`.
        as_of: the last day that the city has lived.
        months: for how many months before `as_of` payments and rides are told: the more, the more rows a person.
        error_file: error rates in place of those of configs/city/errors.toml, in the same form.
        progress: called with the cells done and all cells.

    Raises:
        ConfigurationError: every fault of `error_file`, at once.
    """
    begun, catalogue = time.perf_counter(), load_catalogue()
    if error_file:
        catalogue = with_error_file(catalogue, error_file)
    cells = -(-persons // 1000)
    for part in ("data", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    plan = Plan(
        folder, Open(), catalogue, city(seed=seed), CitySettings(as_of=as_of, months=months), seed, error_scale,
        errors == "per-row", days,
    )  # fmt: skip
    tallies = dict.fromkeys(catalogue.sources, 0)
    pool = ThreadPoolExecutor(WRITERS)
    try:
        for first in range(0, cells, CELLS_AT_ONCE):
            batch = range(first, min(first + CELLS_AT_ONCE, cells))
            for name, rows in _write_batch(pool, plan, batch).items():
                tallies[name] += rows
            if progress:
                progress(batch.stop, cells)
        shares = settle(pool, folder, plan.files, catalogue)
    finally:
        pool.shutdown(cancel_futures=True)
    close(plan.files)
    summary = _summary(tallies, shares, folder, seconds=time.perf_counter() - begun)
    silent = [
        name for name, rows in summary["sources"].items() if not rows and catalogue.sources[name].format == "jsonl"
    ]
    write_project(folder, catalogue=catalogue, as_of=as_of, rows=summary["sources"], without=silent)
    return summary


def _write_batch(pool: Executor, plan: Plan, cells: range) -> dict[str, int]:
    """Write the batch's rows and truth, and return the rows of each source; nothing of it is kept in memory."""
    folder, files, catalogue, shared, settings, seed, *_ = plan
    lived = world(cells, seed=seed, settings=settings)
    jobs = write_world(pool, folder, files, lived, shared, as_of=settings.as_of, batch=cells.start)
    told = deliver(
        lived, shared, catalogue=catalogue, seed=seed, as_of=settings.as_of, scale=plan.scale, per_row=plan.per_row
    )
    jobs += write_truth(pool, folder, files, told, lived, catalogue=catalogue, batch=cells.start)
    now = None
    if plan.days:
        now = write_days(
            folder, files, told, lived, shared, catalogue=catalogue, seed=seed, days=plan.days, as_of=settings.as_of
        )
    one = partial(_write_source, plan, told, lived, now=now)
    sources = {name: pool.submit(one, name, place) for place, name in enumerate(catalogue.sources)}
    for job in jobs:
        job.result()
    written = {name: source.result() for name, source in sources.items()}
    append(files, folder / "truth" / "errors.parquet", pl.concat(part.errors for part in written.values()))
    return {name: part.rows for name, part in written.items()}


def _write_source(
    plan: Plan, told: Delivery, lived: World, name: str, place: int, *, now: dict[str, pl.Series] | None
) -> Written:
    """Append the source's rows of the first delivery (`now`; all when there are no daily batches)."""
    source, rows, seed = plan.catalogue.sources[name], told.rows[name], plan.seed
    shape = plan.catalogue.shapes[source.shape]
    texts = render(told, lived, plan.shared, name=name, source=source, shape=shape, place=place, seed=seed)
    if now is not None:
        rows, texts = rows.filter(now[name]), texts.filter(now[name])
    struck = strike(
        texts, rows, lived, name=name, source=source, shape=shape, place=place, rates=plan.catalogue.defects,
        seed=seed, scale=plan.scale,
    )  # fmt: skip
    slips = drawn(rows, source=source, place=place, catalogue=plan.catalogue, seed=seed, scale=plan.scale)
    whole = slip(struck.texts, of_places(slips, struck.places), shape=shape, seed=seed)
    append(plan.files, source_file(plan.folder / "data", name, source), whole, source)
    befallen = row_errors(rows, slips, lived, name=name, shape=shape, place=place)
    return Written(whole.height, pl.concat([befallen, struck.errors]))


def _summary(rows: dict[str, int], shares: dict[str, Any], folder: Path, *, seconds: float) -> dict[str, Any]:
    total = sum(rows.values())
    return {
        "folder": str(folder),
        "rows": total,
        **shares,
        "sources": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(total / seconds),
    }
