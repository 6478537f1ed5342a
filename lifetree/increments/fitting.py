"""Whether an increment can go on from a run, and from what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.batches import catalogue_hashes
from engine.durability import storing, sync
from engine.increments.halfway import forget
from engine.increments.held import Held, load, save
from engine.runners.seals import sealed_in
from engine.runners.tasks import canonical
from engine.settings import Project
from engine.store import Run, prune_checkpoints
from engine.store.purges import purged
from engine.version import code_version

CHECKPOINTS = "checkpoints"


class Unfit(NamedTuple):
    """Why an increment cannot go on from a run: then everything is built anew."""

    reason: str


def fitting(project: Project, live: Run) -> Held | Unfit:
    """Return what an increment goes on from, or why it cannot."""
    if live.manifest["code"] != code_version():
        return Unfit("the run was made by another version of lifetree")
    if live.manifest.get("catalogue", []) != catalogue_hashes(project):
        return Unfit("the catalogue is another")
    settings = json.loads(canonical(project.model_dump(mode="json", by_alias=True)))
    if live.manifest["project"] != settings:
        return Unfit("the settings of the project are others")
    if live.manifest.get("purged", 0) != purged(project):
        return Unfit("records were purged since the run was made")
    for name, subject in project.subjects.items():
        if subject.model.false_links is not None:
            return Unfit(f"subject {name}: `false_links` sets the threshold by all pairs")
    store = project.path(project.store)
    try:
        held = load(_held_file(store, live.run_id), store=store)
    except (OSError, ValueError):
        return Unfit("the checkpoints of the run are gone")
    if not all(file.is_file() for file in held.files()):
        return Unfit("some checkpoints of the run are gone")
    return held


def keep_held(store: Path, run_id: str, held: Held, checkpoints: Sequence[Path] = ()) -> None:
    """Keep what an increment on a run goes on from, and `checkpoints` that the same build would find done.

    It is on the disk: increments trust a file of which length and time are those that it had.
    """
    with storing(store):
        for file in held.files():
            sync(file)
    save_held(store, run_id, held)
    let_go(store, run_id, held, checkpoints)


def save_held(store: Path, run_id: str, held: Held) -> None:
    """Write what an increment on a run goes on from."""
    with storing(store):
        save(held, _held_file(store, run_id), store=store)


def let_go(store: Path, run_id: str, held: Held, checkpoints: Sequence[Path] = ()) -> None:
    """Delete every checkpoint but those that an increment on a run goes on from, and the given ones."""
    folder = store / CHECKPOINTS
    needed = {folder / one.relative_to(folder).parents[-3] for one in held.files()}
    prune_checkpoints(folder, {*checkpoints, *needed, _held_file(store, run_id)})


def settle(store: Path, run_id: str) -> None:
    """Delete checkpoints that a writer that was killed did not come to: of earlier runs, and of killed increments.

    Where it cannot be told what the live run goes on from, every checkpoint goes, and the next build makes them anew.
    """
    folder, own = store / CHECKPOINTS, _held_file(store, run_id)
    forget(folder)
    if all(one == own for one in own.parent.glob("*")) and own.is_file():
        return
    try:
        let_go(store, run_id, load(own, store=store))
    except (OSError, ValueError):
        prune_checkpoints(folder, ())


def discarded(store: Path, file: Path) -> Unfit:
    """Delete a checkpoint in which a file is damaged, so that none takes it for what it was; return that it was."""
    folder = sealed_in(file)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return Unfit(f"{file.relative_to(store)} was damaged since it was written")


def _held_file(store: Path, run_id: str) -> Path:
    return store / CHECKPOINTS / "held" / f"{run_id}.json"
