"""What hangs on resolved entities: the facts of their lives, and what rules find about them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from engine.pipeline import Flow
from engine.runners.tasks import Parts
from engine.settings import Project
from lifetree.growth import TOLD, grow, own
from lifetree.scrutiny import Subjects, gather_clues, scrutinise

Tables = dict[str, Parts]


class Hung(NamedTuple):
    """Events, relations and spells by `subject/table`, and the files of FINDINGS about entities."""

    grown: Tables
    found: tuple[Path, ...]


def hang(flow: Flow, project: Project, shared: Tables, subjects: Subjects, *, buckets: int) -> Hung:
    """Return what hangs on the entities of all `subjects`; `shared` are the cleansed tables.

    What rules look at is gathered beside the facts: neither waits for the other.
    """
    told = any(name.split(".")[0] in TOLD for name in shared)
    owned = own(flow, {name: one["owners"] for name, one in subjects.items()}, buckets=buckets) if told else None
    branches = {"clues": partial(gather_clues, flow, project, shared, subjects, owned, buckets=buckets)}
    if owned:
        branches["grown"] = partial(grow, flow, project, shared, owned, buckets=buckets)
    made = flow.branches(branches)
    grown = made.get("grown", {})
    return Hung(grown, scrutinise(flow, project, subjects, grown, made["clues"], buckets=buckets))
