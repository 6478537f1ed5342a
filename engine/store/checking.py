"""What is wrong with a store, and what to do: every file of it by its hash, and the live pointer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import StoreError
from engine.runners.seals import SEAL, content_hash, is_whole
from engine.store.decisions import decided, decisions, decisions_file
from engine.store.keeping import CHECKPOINTS, DELIVERIES, RUNS, gathered, leftovers, manifests
from engine.store.lock import left_behind, owner_at_work
from engine.store.purges import purges, purges_file
from engine.store.runs import LIVE, live_id

LEFTOVER, DAMAGED, NOTE = "left over", "damaged", "note"


class Fault(NamedTuple):
    """One thing that is not as it should be; `state` is damaged, left over (harmless, takes room) or note."""

    state: str
    place: str
    told: str
    remedy: str


def check(store: Path) -> list[Fault]:
    """Return what is wrong with a store: damage first, then what counts for nothing.

    Every file of every run and checkpoint is read; one that several runs share, once. What a writer at work has half
    written is not told.
    """
    decided = [*_decisions(store), *_purges(store)]
    runs = [*_pointer(store), *_runs(store), *_checkpoints(store)]
    return [*runs, *damaged_deliveries(store), *decided, *_left(store)]


def damage_of(folder: Path, manifest: dict[str, Any], seen: dict[tuple[int, int], str]) -> list[Fault]:
    """Return the files of a run that are not as its manifest says; `seen` keeps the hashes of files by inode."""
    entries = [entry for files in manifest["tables"].values() for entry in files]
    told = ((entry, _difference(folder / entry["file"], entry, seen)) for entry in entries)
    return [
        Fault(DAMAGED, f"{RUNS}/{folder.name}/{entry['file']}", difference, _remedy(folder.name))
        for entry, difference in told
        if difference
    ]


def damaged_deliveries(store: Path) -> list[Fault]:
    """Return the accepted files that are not there as they were accepted."""
    told = ((file, _delivery_fault(file)) for file in sorted((store / DELIVERIES).glob("*/*.json")))
    return [
        Fault(
            DAMAGED, file.relative_to(store).as_posix(), fault,
            "take it from a backup (`lifetree store restore`): what was accepted belongs to the source's files",
        )
        for file, fault in told
        if fault
    ]  # fmt: skip


def _decisions(store: Path) -> Iterator[Fault]:
    """Yield what is wrong with the decisions of people: an unreadable line, or fewer than the live run heard."""
    place, remedy = decisions_file(store).relative_to(store).as_posix(), "take it from a backup: nothing else has it"
    try:
        decisions(store)
    except StoreError as error:
        yield Fault(DAMAGED, place, str(error).partition("\n")[0], remedy)
    run_id = live_id(store)
    heard = next((told.get("heard") for folder, told in manifests(store) if folder.name == run_id), None)
    if heard and decided(store) < heard[1]:
        yield Fault(DAMAGED, place, f"{decided(store):,} bytes, the live run heard {heard[1]:,}", remedy)


def _purges(store: Path) -> Iterator[Fault]:
    """Yield the purges that did not come to their end, and what is wrong with the list of them."""
    place = purges_file(store).relative_to(store).as_posix()
    try:
        open_ones = [one.name for one in purges(store) if not one.done]
    except StoreError as error:
        yield Fault(DAMAGED, place, str(error).partition("\n")[0], "take it from a backup: nothing else has it")
        return
    for name in open_ones:
        told = f"purge {name} was stopped midway: the store may still hold its records"
        yield Fault(DAMAGED, place, told, "`lifetree store purge PROJECT` goes on")


def _delivery_fault(file: Path) -> str | None:
    """Return what is wrong with a delivery, whose JSON bears the hash of its content."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        kept = file.with_suffix("") / told["name"]
        return None if content_hash(kept) == told["content_hash"] else "its file is not the one that was accepted"
    except (ValueError, KeyError, TypeError):
        return "what is kept of it cannot be read"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _pointer(store: Path) -> Iterator[Fault]:
    live = live_id(store)
    if live is None:
        yield Fault(DAMAGED, LIVE, "it names no run", "`lifetree build` makes a run live; it does only what is left")
    elif not (store / RUNS / live / "manifest.json").is_file():
        yield Fault(DAMAGED, LIVE, f"run {live} is not there", _remedy(live))


def _runs(store: Path) -> Iterator[Fault]:
    readable = dict(manifests(store))
    seen: dict[tuple[int, int], str] = {}
    for folder in sorted((store / RUNS).glob("[!.]*")):
        if folder in readable:
            yield from damage_of(folder, readable[folder], seen)
        else:
            yield Fault(DAMAGED, f"{RUNS}/{folder.name}", "its manifest cannot be read", _remedy(folder.name))


def _checkpoints(store: Path) -> Iterator[Fault]:
    """Yield the checkpoints in which a file is not as it was written."""
    for one in sorted((store / CHECKPOINTS).glob(f"[!.]*/[!.]*/{SEAL}")):
        if not is_whole(one.parent):
            place, told = one.parent.relative_to(store).as_posix(), "a file in it is not as it was written"
            yield Fault(DAMAGED, place, told, "delete it: the next `lifetree update` builds everything anew")


def _left(store: Path) -> Iterator[Fault]:
    if owner := owner_at_work(store):
        yield Fault(NOTE, ".lock", f"a writer is at work: {owner}", "what it has half written is not looked at")
        return
    if owner := left_behind(store):
        yield Fault(
            NOTE, ".lock", f"the last writer was stopped midway: {owner}", "the same command goes on from there"
        )
    for place, number in gathered(store, leftovers(store)).items():
        what = f"{number:,} files that no manifest names" if number else "half written by a writer that was stopped"
        yield Fault(LEFTOVER, place, what, "`lifetree store prune` deletes it")


def _difference(file: Path, entry: dict[str, Any], seen: dict[tuple[int, int], str]) -> str | None:
    try:
        told = file.stat()
        if told.st_size != entry["bytes"]:
            return f"{told.st_size:,} bytes instead of {entry['bytes']:,}"
        inode = (told.st_dev, told.st_ino)
        if inode not in seen:
            seen[inode] = content_hash(file)
        return None if seen[inode] == entry["xxh3_128"] else "its content has another hash than when it was written"
    except OSError as error:
        return (error.strerror or str(error)).lower()


def _remedy(run_id: str) -> str:
    return (
        f"take run {run_id} from a backup (`lifetree store restore`), or delete its folder and build again: ids go on "
        "from the newest run that is left"
    )
