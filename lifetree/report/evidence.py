"""Pictures of explanations, as SVG: the weights of a pair as a waterfall, the steps of an entity as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import InputError
from lifetree.report.page import render

PLOT, MARGIN, LINE = 420, 14, 26
LEFT, RIGHT = 430, 90
MOST = 60
"""Signatures of an entity that its picture shows; of a larger one the first, and the rest is counted."""


class Bar(NamedTuple):
    """One line of a waterfall: a total is a mark at `x`, a step a bar from `x` of `width`, in pixels."""

    label: str
    told: str
    weight: float
    total: bool
    x: float
    width: float


class Joint(NamedTuple):
    """One merge of a tree: two lines at `top` and `bottom` that meet at `x`, from `left` and `right`."""

    x: float
    top: float
    bottom: float
    top_from: float
    bottom_from: float
    told: str


def bars(told: Mapping[str, Any]) -> tuple[list[Bar], float]:
    """Return the lines of a pair's waterfall, and where the threshold stands.

    >>> step = {"comparison": "name", "label": "exact", "weight": 9.0, "term_frequency": -1.0}
    >>> lines, threshold = bars({"prior": -4.0, "steps": [step], "match_weight": 4.0, "threshold": 4.0})
    >>> [(bar.label, bar.weight) for bar in lines]
    [('prior', -4.0), ('name', 9.0), ('name: term frequency', -1.0), ('match weight', 4.0)]
    """
    steps = []
    for step in told["steps"]:
        steps.append((step["comparison"], step["label"], step["weight"]))
        if step["term_frequency"]:
            steps.append((f"{step['comparison']}: term frequency", "", step["term_frequency"]))
    running = [0.0, told["prior"]]
    for _, _, weight in steps:
        running.append(running[-1] + weight)
    low, high = min(*running, told["threshold"]), max(*running, told["threshold"])

    def place(bits: float) -> float:
        return float(round(MARGIN + (bits - low) / (high - low or 1) * (PLOT - 2 * MARGIN), 1))

    lines = [
        Bar(label, level, weight, False, min(place(before), place(after)), max(abs(place(after) - place(before)), 1.0))
        for (label, level, weight), before, after in zip(
            [("prior", "", told["prior"]), *steps], running, running[1:], strict=False
        )
    ]
    total = Bar("match weight", "", told["match_weight"], True, place(told["match_weight"]), 0)
    return [*lines, total], place(told["threshold"])


def joints(steps: list[Mapping[str, Any]], names: Mapping[int, str]) -> tuple[list[str], list[Joint]]:
    """Return the leaves of an entity's tree from top to bottom, and its merges from first to last.

    Leaves stand in the order in which merges bring them together, so that no two lines cross.
    """
    signed = {step["signature"]: len(step["records"]) for step in steps if step["step"] == "sign"}
    order = {one: [one] for one in signed}
    merges = [step for step in steps if step["step"] == "merge"]
    for step in merges:
        kept, gone = step["groups"]
        order[kept] += order.pop(gone)
    leaves = [one for group in order.values() for one in group]
    at = {one: (0.0, LINE * (n + 0.5)) for n, one in enumerate(leaves)}
    drawn = []
    for number, step in enumerate(merges, start=1):
        kept, gone = step["groups"]
        x = round(PLOT * number / (len(merges) + 1), 1)
        (kept_x, kept_y), (gone_x, gone_y) = at[kept], at.pop(gone)
        told = f"{step['reason']} {step['match_weight']:+.1f}"
        drawn.append(Joint(x, kept_y, gone_y, kept_x, gone_x, told))
        at[kept] = (x, round((kept_y + gone_y) / 2, 1))
    return [f"{names.get(one, one)} ({signed[one]})" for one in leaves], drawn


def draw_why(told: Mapping[str, Any], *, title: str) -> str:
    """Return the SVG of a pair's waterfall."""
    lines, threshold = bars(told)
    content = {"bars": lines, "threshold": threshold, "bits": told["threshold"], "height": LINE * (len(lines) + 2)}
    return _drawn("why.svg", title, content)


def draw_how(told: Mapping[str, Any], *, title: str) -> str:
    """Return the SVG of the tree in which an entity's signatures were brought together.

    Raises:
        InputError: it has more than `MOST` signatures.
    """
    number = sum(step["step"] == "sign" for step in told["steps"])
    if number > MOST:
        raise InputError(
            f"the entity has {number} signatures; a picture shows {MOST} at most",
            hint="`--format json` lists all steps",
        )
    leaves, drawn = joints(told["steps"], told["names"])
    return _drawn("how.svg", title, {"leaves": leaves, "joints": drawn, "height": LINE * (len(leaves) + 2)})


def _drawn(template: str, title: str, content: Mapping[str, Any]) -> str:
    sizes = {"left": LEFT, "plot": PLOT, "line": LINE, "width": LEFT + PLOT + RIGHT}
    return render({**content, **sizes, "title": title}, template=template)


def write_picture(file: Path, svg: str) -> None:
    """Write a picture: `.svg` as it is, `.html` as a page that holds it.

    Raises:
        InputError: the name ends otherwise.
    """
    if file.suffix not in {".svg", ".html"}:
        raise InputError(f"{file}: a picture is written as .svg or .html", hint="--picture pair.svg")
    page = f'<!doctype html>\n<meta charset="utf-8">\n{svg}' if file.suffix == ".html" else svg
    file.write_text(page, encoding="utf-8")
