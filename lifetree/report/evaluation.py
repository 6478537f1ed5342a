"""The pages of `lifetree evaluate`: the threshold curve, and the gallery of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.settings import Project
from lifetree.report.curve import HEIGHT, drawing
from lifetree.report.page import render
from lifetree.report.words import Words, attribute_words, source_words, word

GAP = 110
"""Between the curves of two subjects in one picture."""

Figures = Mapping[str, Mapping[str, Any]]


def write_curve(project: Project, run_id: str, figures: Figures, file: Path) -> None:
    """Write the threshold curves of all subjects as a picture (.svg) or a page (.html)."""
    curves = [
        {"subject": word("subject", name), "rows": own["curve"], "threshold": own["threshold"],
         "drawing": drawing(own["curve"], threshold=own["threshold"]), "top": place * (HEIGHT + GAP)}
        for place, (name, own) in enumerate(figures.items())
    ]  # fmt: skip
    template = "curve.svg" if file.suffix == ".svg" else "evaluation.html"
    content = {"project": project.name, "run_id": run_id, "title": "curve", "curves": curves, "mistakes": []}
    _write(render(content | {"height": len(curves) * (HEIGHT + GAP)}, template=template), file)


def write_gallery(project: Project, run_id: str, figures: Figures, file: Path) -> None:
    """Write the worst mistakes of all subjects as a page."""
    titles = source_words(project)
    mistakes = [
        {
            "subject": word("subject", name),
            "kind": kind,
            "number": own["mistakes"][kind],
            "shown": [_shown(project, name, one, titles) for one in own["mistakes"]["worst"][kind]],
        }
        for name, own in figures.items()
        for kind in ("merges", "misses")
    ]
    content = {"project": project.name, "run_id": run_id, "title": "gallery", "curves": [], "mistakes": mistakes}
    _write(render(content, template="evaluation.html"), file)


def _shown(project: Project, subject: str, one: Mapping[str, Any], titles: Mapping[str, Words]) -> dict[str, Any]:
    sides = one["records"]
    held = [name for name in project.subjects[subject].attributes if any(name in side["values"] for side in sides)]
    attributes = project.subjects[subject].attributes
    return {
        **one,
        "sides": [{**side, "title": titles[side["source"]], "groups": _groups(side["groups"])} for side in sides],
        "values": [
            (attribute_words(name, attributes[name].title), [side["values"].get(name) for side in sides])
            for name in held
        ],
        "steps": [step for step in one["steps"] if step["weight"] or step["term_frequency"]],
    }


def _groups(groups: Mapping[str, str]) -> list[str]:
    """Return what a record is of: the name of a group that is yes or no, else name and value.

    >>> _groups({"twin": "true", "newborn": "false", "kind": "firm"})
    ['twin', 'kind: firm']
    """
    told = {name: value for name, value in groups.items() if value != "false"}
    return [name if value == "true" else f"{name}: {value}" for name, value in told.items()]


def _write(page: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
