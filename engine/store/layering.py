"""Publishing a layer: a run that takes over every file of the one before and adds the rows that came and went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import xxhash

from engine.durability import storing, sync, write_parquet
from engine.partitioned import GROUP
from engine.sizing import WORKERS
from engine.store.layers import layer_count
from engine.store.publishing import (
    appearing,
    entry_of,
    held,
    is_whole,
    link,
    link_to,
    make_live,
    table_of,
    write_manifest,
)
from engine.store.runs import Run, open_run

Listed = dict[str, list[dict[str, Any]]]

MOST_LAYERS = 8
"""A table has so many layers, or down to half as many, folded into one when a layer is added: a look-up opens each."""


def publish_layer(
    store: Path,
    run_id: str,
    base: Run,
    *,
    added: Mapping[str, pl.DataFrame | Sequence[Path]],
    removed: Mapping[str, pl.DataFrame],
    manifest: dict[str, Any],
) -> Run:
    """Return the live run that holds every file of `base` and one layer more, without reading what `base` holds.

    `added` maps `subject/table` to new rows: a frame, or files whose names begin with their bucket, cut into as many
    buckets as the base. `removed` maps it to the values, in columns of the table, of the rows of earlier layers that
    are gone: a row of `added` with the same values stays. A table that `base` has not begins with its rows of `added`.
    A run that is already there is only made live. Where a table has many layers, they are folded into one, for which
    they are read; tables differ in how many, so that not all of them have the same day.

    Raises:
        StoreError: the disk is full or may not be written, or a table is unknown; the live run is as it was.
    """
    with storing(store):
        if not is_whole(store / "runs" / run_id):
            with appearing(store, run_id) as working:
                tables = _taken_over(base, working)
                layer = 1 + _top_layer({"tables": tables})
                for name, rows in added.items():
                    tables[name] = [*tables.get(name, []), *_add(rows, working, name, layer, first=name not in tables)]
                for name, rows in removed.items():
                    if name in base.manifest["tables"]:
                        tables[name] = [*tables[name], *_remove(rows, working, name, layer)]
                cut = {"buckets": base.manifest["buckets"]} if "buckets" in base.manifest else {}
                write_manifest(working, {"run_id": run_id, **manifest, **cut, "base": base.run_id, "tables": tables})
        make_live(store, run_id)
    return open_run(store, run_id)


def _top_layer(manifest: Mapping[str, Any]) -> int:
    """Return the number of the last layer of a run, 0 without layers."""
    return max((one.get("layer", 0) for files in manifest["tables"].values() for one in files), default=0)


def _taken_over(base: Run, working: Path) -> Listed:
    """Link the files of a run, and return what its manifest says of them; tables of many layers have them folded."""
    with ThreadPoolExecutor(WORKERS) as workers:
        names = list(base.manifest["tables"])
        return dict(zip(names, workers.map(lambda name: _table(base, working, name), names), strict=True))


def _table(base: Run, working: Path, name: str) -> list[dict[str, Any]]:
    """Link the files of a table and return their entries; of many layers, only those of layer 0, which is not read."""
    entries: list[dict[str, Any]] = base.manifest["tables"][name]
    many = layer_count(entries) >= _most(name)
    kept = [entry for entry in entries if not (many and "layer" in entry)]
    for entry in kept:
        link_to(base.folder / entry["file"], working / entry["file"])
    return [*kept, *_fold(base, working, name, first=not kept)] if many else kept


def _most(name: str) -> int:
    half = MOST_LAYERS // 2
    return half + xxhash.xxh32_intdigest(name.encode()) % (half + 1)


def _fold(base: Run, working: Path, name: str, *, first: bool) -> list[dict[str, Any]]:
    """Return the entries of a layer 1 that holds what the layers of a table leave, and all that they remove."""
    subject, _, table = name.rpartition("/")
    entries = base.manifest["tables"][name]
    filled = [entry for entry in entries if not entry.get("removed")]
    slices = zip(base.slices(table, subject=subject), filled, strict=True)
    rows = [one.read() for one, entry in slices if "layer" in entry]
    gone: dict[tuple[str, ...], list[pl.DataFrame]] = {}
    for entry in entries if not first else ():
        if entry.get("removed"):
            values = pl.read_parquet(base.folder / entry["file"], hive_partitioning=False, glob=False)
            gone.setdefault(tuple(sorted(values.columns)), []).append(values.select(sorted(values.columns)))
    added = _add(pl.concat(rows), working, name, 1, first=first) if rows else []
    return added + [
        entry
        for place, values in enumerate(gone.values())
        for entry in _remove(pl.concat(values), working, name, 1, place=place)
    ]


def _add(
    rows: pl.DataFrame | Sequence[Path], working: Path, name: str, layer: int, *, first: bool
) -> list[dict[str, Any]]:
    """Return the entries of the rows that a layer adds to a table; files without rows only stand for a new table."""
    if isinstance(rows, pl.DataFrame):
        if rows.is_empty() and not first:
            return []
        target = working / name / f"{layer:05d}-rows.parquet"
        _write(rows.sort(table_of(name).key), target)
        return [{**entry_of(target, working), **held(target, table_of(name).key[0]), "layer": layer}]
    filled = [file for file in rows if pq.read_metadata(file).num_rows] or (rows[:1] if first else [])
    return [
        {**link(file, working, name, f"{layer:05d}-{place:05d}"), "layer": layer} for place, file in enumerate(filled)
    ]


def _remove(rows: pl.DataFrame, working: Path, name: str, layer: int, *, place: int = 0) -> list[dict[str, Any]]:
    if rows.is_empty():
        return []
    target = working / name / f"{layer:05d}-removed{place or ''}.parquet"
    _write(rows.unique().sort(rows.columns), target)
    return [{**entry_of(target, working), "layer": layer, "removed": True}]


def _write(rows: pl.DataFrame, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(rows, target, row_group_size=GROUP)
    sync(target)
