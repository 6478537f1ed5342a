"""Values that too many bear, found between collapse and blocking, and given to the stages that match."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task
from engine.settings import Subject
from lifetree.stages import seen_by
from matchers.masses import MassTest


def find_masses(
    flow: Flow,
    name: str,
    subject: Subject,
    tests: tuple[MassTest, ...],
    collapsed: Mapping[str, Parts],
    record_signature: Parts,
    *,
    buckets: int,
) -> dict[str, Parts]:
    """Return `mass_values`, and `mass_findings` where there are any; what no test could be true of costs a count."""
    counts, signatures = collapsed["counts"], collapsed["signatures"]
    of = {"tests": tests, "buckets": buckets}
    bearing = collapsed["bearing"].all()
    gathering = [Task(b, {"counts": counts.of(b), "bearing": bearing}, of) for b in counts.filled()]
    found = flow.run("gather", gathering, subject=name)
    candidates = found["candidates"]
    if not flow.rows(candidates):
        return {"mass_values": found["mass_values"]}
    seen = seen_by("mass", subject)
    weighed = [
        Task(b, {"signatures": signatures.of(b), "candidates": candidates.all()}, {"subject": seen})
        for b in signatures.filled()
    ]
    bearers = flow.run("mass", weighed, subject=name)["bearers"]
    weighing = [Task(b, {"bearers": bearers.of(b)}, {"tests": tests, "name": name}) for b in bearers.filled()]
    masses = flow.run("demote", weighing, subject=name)["mass_values"]
    if not flow.rows(masses):
        return {"mass_values": masses}
    telling = [
        Task(
            b,
            {"record_signature": record_signature.of(b), "signatures": signatures.of(b), "masses": masses.all()},
            {"name": name},
        )
        for b in signatures.filled()
    ]
    return {"mass_values": masses, **flow.run("tell", telling, subject=name)}


def silenced(flow: Flow, base: Mapping[str, Parts]) -> dict[str, tuple[Path, ...]]:
    """Return the input by which a stage leaves out the values that too many bear; none where there are none."""
    masses = base["mass_values"]
    return {"masses": masses.all()} if flow.rows(masses) else {}
