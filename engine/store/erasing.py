"""Purged records out of a store: the runs that hold them go, and judgements no longer name them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from engine.durability import storing, sync
from engine.store.decisions import decided, decisions_file, read_decisions, rewrite_lines
from engine.store.keeping import RUNS, leftovers, manifests
from engine.store.purges import Erased

NAMING = ("records", "record_index", "record_entity", "record_history", "rejects", "findings")
"""Tables one of which names a record in every run that has anything of it."""

PLACE = ["source", "record_id"]


def holding_runs(store: Path, erased: Erased) -> dict[str, frozenset[str]]:
    """Return the runs whose files hold purged records, each with the hashes of their keys.

    A file that layers hide rows of is looked at as it lies on the disk. A run that cannot be read is taken to hold
    some. Cost: two columns of the tables that name records; a file that runs share is read once.
    """
    seen: dict[tuple[int, int], frozenset[str] | None] = {}
    readable = dict(manifests(store))
    held = {}
    for folder in sorted(one for one in (store / RUNS).glob("[!.]*") if one.is_dir()):
        found = (
            [_held(file, erased, seen) for file in _naming(folder, readable[folder])] if folder in readable else [None]
        )
        if any(one is None or one for one in found):
            held[folder.name] = frozenset(key for one in found for key in one or ())
    return held


def _naming(run: Path, manifest: dict[str, Any]) -> list[Path]:
    named = [(name.rpartition("/")[2], entry) for name, files in manifest["tables"].items() for entry in files]
    return [run / entry["file"] for table, entry in named if table in NAMING]


def _held(file: Path, erased: Erased, seen: dict[tuple[int, int], frozenset[str] | None]) -> frozenset[str] | None:
    """Return the hashes of the purged records that a file names; None where it cannot be read."""
    try:
        told = file.stat()
        inode = (told.st_dev, told.st_ino)
        if inode not in seen:
            scanned = pl.scan_parquet(file, hive_partitioning=False, glob=False)
            known = set(PLACE) <= set(scanned.collect_schema())
            rows = scanned.select(PLACE).filter(erased.names(*PLACE)).collect() if known else None
            keys = rows.select(erased.hashed(*PLACE)).to_series() if rows is not None else ()
            seen[inode] = frozenset(keys)
        return seen[inode]
    except (OSError, pl.exceptions.PolarsError):
        return None


def delete_runs(store: Path, run_ids: Iterable[str]) -> None:
    """Delete runs, each by one rename, and whatever a writer left half done; the caller holds the writer lock."""
    with storing(store):
        for run_id in run_ids:
            (store / RUNS / run_id).rename(store / RUNS / f".{run_id}.purged")
        sync(store / RUNS)
        shutil.rmtree(store / "index", ignore_errors=True)
        for one in leftovers(store):
            if one.is_dir():
                shutil.rmtree(one)
            else:
                one.unlink()


def delete_folders(folders: Iterable[Path]) -> None:
    """Delete folders that count for nothing."""
    for one in folders:
        shutil.rmtree(one, ignore_errors=True)


def purge_decisions(store: Path, erased: Erased, *, dry: bool) -> int:
    """Take purged records out of what people decided, and return of how many decisions.

    A pair that names one goes; a decision that has no other pair keeps its number, who decided and when, and no more.
    With `dry` they are only counted.
    """
    told = read_decisions(decisions_file(store), length=decided(store))
    pairs = [pair for one in told for pair in one.get("pairs", ())]
    gone = _named([tuple(pair[side][:2]) for pair in pairs for side in ("l", "r")], erased)
    lines = [_without(one, gone) for one in told]
    changed = sum(line != one for line, one in zip(lines, told, strict=True))
    if changed and not dry:
        for one in lines:
            one.pop("decision")
        texts = [json.dumps(one, ensure_ascii=False, sort_keys=True) for one in lines]
        rewrite_lines(decisions_file(store), texts, what="decision")
    return changed


def _named(keys: Sequence[tuple[str, str]], erased: Erased) -> set[tuple[str, str]]:
    frame = pl.DataFrame(keys, schema=dict.fromkeys(PLACE, pl.String), orient="row")
    return set(frame.filter(erased.names(*PLACE)).rows())


def _without(one: dict[str, Any], gone: set[tuple[str, str]]) -> dict[str, Any]:
    pairs = one.get("pairs", [])
    kept = [pair for pair in pairs if not {tuple(pair["l"][:2]), tuple(pair["r"][:2])} & gone]
    if len(kept) == len(pairs):
        return dict(one)
    if not kept:
        return {"kind": "purged", **{name: one[name] for name in ("decision", "decided_by", "decided_at")}}
    ends = {name: "" if ":" in one[name] else one[name] for name in ("one", "other")}
    return {**one, **ends, "pairs": kept}
