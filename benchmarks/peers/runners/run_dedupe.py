"""dedupe on a folder of records: its own classes, called as its examples call them.

`settings`: `variables` (type, field, and what the type takes), `mode`, `link` (two sources without duplicates, joined
one to one), `threshold`, `answers`, `pairs`, `seed`.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dedupe
import numpy as np
from dedupe.serializer import write_training
from exchange import Record, Row, components, read_labels, run

ENTITY = "entity of the label"
SEPARATOR = "**"


def cluster(folder: Path, records: list[Record], settings: Row) -> Iterable[Any]:
    """Return a cluster for each record, with a model trained on labels."""
    random.seed(settings["seed"])
    np.random.seed(settings["seed"])
    labels = read_labels(folder)
    data = {row: prepared(one, settings["variables"]) | {ENTITY: labels.get(row)} for row, one in enumerate(records)}
    variables = [variable(one, data) for one in settings["variables"]]
    if settings["link"]:
        return link(data, records, variables, settings)
    deduper = dedupe.Dedupe(variables)
    train(deduper, [data], settings, dedupe.training_data_dedupe)
    found = deduper.partition(data, settings["threshold"])
    return of_groups(len(records), (rows for rows, _ in found))


def link(data: dict[int, Record], records: list[Record], variables: list[Any], settings: Row) -> Iterable[Any]:
    """Return a cluster for each record of two sources."""
    first = records[0]["source"]
    left = {row: one for row, one in data.items() if records[row]["source"] == first}
    right = {row: one for row, one in data.items() if records[row]["source"] != first}
    linker = dedupe.RecordLink(variables)
    train(linker, [left, right], settings, dedupe.training_data_link)
    found = linker.join(left, right, threshold=settings["threshold"], constraint="one-to-one")
    return components(len(records), (pair for pair, _ in found))


def train(matcher: Any, sources: list[dict[int, Record]], settings: Row, pairs_of: Any) -> None:
    """Train on all pairs of the labelled records and random others, or on answers to the pairs that it asks about."""
    if settings["mode"] == "active":
        matcher.prepare_training(*sources)
        for _ in range(settings["answers"]):
            for pair in matcher.uncertain_pairs():
                same = pair[0][ENTITY] == pair[1][ENTITY]
                matcher.mark_pairs({"match": [pair], "distinct": []} if same else {"match": [], "distinct": [pair]})
    else:
        known = [{row: one for row, one in source.items() if one[ENTITY] is not None} for source in sources]
        pairs = pairs_of(*known, ENTITY, settings["pairs"])
        for kind, found in pairs.items():
            random.shuffle(found)
            pairs[kind] = found[: settings["pairs"]]
        told = io.StringIO()
        write_training(pairs, told)
        told.seek(0)
        matcher.prepare_training(*sources, training_file=told)
    matcher.train()


def prepared(record: Record, variables: list[Row]) -> Record:
    """Return a record with the values that its variables take: sets as sorted tuples, places as pairs of floats."""
    made = dict(record)
    for one in variables:
        name = one.get("field")
        if one["type"] == "Set":
            made[name] = tuple(sorted(set((record[name] or "").lower().split(SEPARATOR)) - {"", "none"})) or None
        elif one["type"] == "LatLong":
            latitude, longitude = (record[column] for column in one["columns"])
            made[name] = (float(latitude), float(longitude)) if latitude and longitude else None
    return made


def variable(one: Row, data: dict[int, Record]) -> Any:
    """Return the variable of a definition; text and sets weigh by how often a value is in the data."""
    if one["type"] == "Interaction":
        return dedupe.variables.Interaction(*one["of"])
    taken: Row = {"has_missing": any(record[one["field"]] is None for record in data.values())}
    if "name" in one:
        taken["name"] = one["name"]
    if one["type"] in {"Set", "Text"}:
        taken["corpus"] = [record[one["field"]] for record in data.values() if record[one["field"]] is not None]
    return getattr(dedupe.variables, one["type"])(one["field"], **taken)


def of_groups(count: int, groups: Iterable[Iterable[int]]) -> list[int]:
    """Return the number of the group that holds each row."""
    found = [-1] * count
    for number, rows in enumerate(groups):
        for row in rows:
            found[row] = number
    return found


if __name__ == "__main__":
    run("dedupe", cluster)
