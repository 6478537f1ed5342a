"""The counts section: each count with its truth, its areas, and the bridge of every department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.settings import Project
from lifetree.report.waterfall import waterfall
from lifetree.report.words import Words, source_words, word
from trees.census import definitions

DRAWN = 6
TO_PERSONS = ("unexplained", "unresolved", "shared_keys", "duplicates")
"""The steps that lead from a department's figure to the persons it knows."""


def count_rows(
    counts: Sequence[Mapping[str, Any]], truths: Mapping[str, int], project: Project
) -> list[dict[str, Any]]:
    """Return one row per count of `lifetree.counting.count`; `truths` are true figures by definition.

    The departments stand in the project's order; `drawn` are those that know most persons, `others` the rest.
    """
    return [_count(one, truths.get(one["definition"]), project) for one in counts]


def _count(one: Mapping[str, Any], truth: int | None, project: Project) -> dict[str, Any]:
    definition = definitions()[one["definition"]]
    titles = source_words(project)
    bridges = [
        {
            **bridge,
            "title": titles[bridge["source"]],
            "known": bridge["claimed"] + sum(step["persons"] for step in bridge["steps"] if step["step"] in TO_PERSONS),
            "bars": waterfall(bridge),
            "sums": bridge["claimed"] + sum(step["persons"] for step in bridge["steps"]) == bridge["agreed"],
        }
        for bridge in one["bridges"]
    ]
    largest = sorted(bridges, key=lambda bridge: (-bridge["known"], bridge["source"]))
    return {
        **one,
        "title": Words(definition.title, definition.title_en),
        "rule": word("definition", one["definition"], definition.rule),
        "truth": truth,
        "error": None if not truth else one["agreed"] / truth - 1,
        "bridges": bridges,
        "drawn": largest[:DRAWN],
        "others": largest[DRAWN:],
    }
