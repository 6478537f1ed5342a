"""The stages from decided links to clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task
from engine.settings import Subject
from lifetree.stages import seen_by

Files = tuple[Path, ...]
Tables = dict[str, Parts]
Cells = Callable[[str, str, Parts], list[Task]]


def cluster_signatures(
    flow: Flow, name: str, subject: Subject, decided: Tables, stars: Tables, accepted: Parts, *, cells: Cells
) -> Tables:
    """Return clusters, review and partition_draws; `cells` makes the tasks of a stage over the pairs of a table."""
    common = {"members": stars["members"].all(), "conflicts": decided["conflicts"].all()}
    common |= {"generic": stars["generic"].all()} if "generic" in stars else {}
    linking = {**common, "links": decided["links"].all()}
    grouped = flow.run("cluster", [component_task("cluster", linking, subject)], subject=name)
    probed = flow.run("probe", cells("probe", "probes", grouped["probes"]), subject=name)["probed"]
    parting = {**common, "review": decided["review"].all(), "near": accepted.all(), "probed": probed.all()}
    parting |= {table: grouped[table].all() for table in ("kept", "refused")}
    parting["founders"] = stars["founders"].all()
    return flow.run("part", [component_task("part", parting, subject)], subject=name)


def component_task(stage: str, inputs: Mapping[str, Files], subject: Subject) -> Task:
    """Return the task of a stage that goes through its inputs some whole components at a time."""
    return Task(
        0, inputs, {"subject": seen_by(stage, subject)}, lazy=tuple(name for name in inputs if name != "generic")
    )
