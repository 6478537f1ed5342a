"""Thresholds that a limit of false links sets: found by a build, read again from its run."""

from __future__ import annotations

from engine.pipeline import Flow
from engine.runners.tasks import Parts, Task
from engine.settings import Project, Subject
from engine.store import Run


def limit_threshold(
    flow: Flow, name: str, subject: Subject, pairs: Parts, *, records: int
) -> tuple[Subject, dict[str, Parts]]:
    """Return the subject with the threshold that its `false_links` sets, and the table that tells it."""
    if subject.model.false_links is None:
        return subject, {}
    weights = flow.run("tally", [Task(c, {"pairs": pairs.of(c)}, {}) for c in pairs.filled()], subject=name)
    settings = {"records": records, "per_million": subject.model.false_links}
    found = flow.run("limit", [Task(0, {"weights": weights["weights"].all()}, settings)], subject=name)
    return _with_threshold(subject, flow.read(found["thresholds"])["threshold"].item()), found


def as_decided(project: Project, run: Run) -> Project:
    """Return the project with the thresholds that the run decided by."""
    subjects = {
        name: _with_threshold(one, run.read("thresholds", subject=name)["threshold"].item())
        if one.model.false_links is not None and f"{name}/thresholds" in run.manifest["tables"]
        else one
        for name, one in project.subjects.items()
    }
    return project.model_copy(update={"subjects": subjects})


def _with_threshold(subject: Subject, bits: float) -> Subject:
    return subject.model_copy(update={"model": subject.model.model_copy(update={"threshold": bits})})
