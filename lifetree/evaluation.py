"""A run held against known entities."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.settings import Project
from engine.store import Run
from engine.tables import PAIR_KEY
from matchers.evaluation import evaluate, read_truth


def evaluate_run(run: Run, project: Project, file: Path, *, subjects: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the figures of each subject that the truth file labels, in the order of `subjects`.

    Raises:
        InputError: the file cannot be read, or labels none of the subjects.
    """
    truth = read_truth(file)
    asked = list(subjects)
    labelled = set(truth["subject"].unique())
    chosen = [name for name in asked if name in labelled or None in labelled]
    if not chosen:
        raise InputError(
            f"{file} labels no record of {', '.join(asked)}",
            hint="its column `subject` must hold names of the project's subjects",
        )
    return {
        name: evaluate(
            run.read("record_entity", subject=name),
            truth,
            subject=name,
            candidates=run.scan("pairs", subject=name).select(PAIR_KEY).collect(),
            links=run.read("links", subject=name),
            threshold=project.subjects[name].model.threshold,
        )
        for name in chosen
    }
