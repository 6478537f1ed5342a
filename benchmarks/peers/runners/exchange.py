"""What a runner reads and writes: records, labels, settings, clusters. Standard library alone, for any environment.

A folder holds `records.csv` (source, record_id and the fields), `settings.json` and, for a supervised mode,
`labels.csv` (row, entity); the runner adds `clusters.csv` (source, record_id, cluster) and `answer.json`.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

KEY = ("source", "record_id")
Record = dict[str, Any]
Row = dict[str, Any]

csv.field_size_limit(10**9)


def run(package: str, cluster: Callable[[Path, list[Record], Row], Iterable[Any]]) -> None:
    """Read the folder that the command line names, and write what `cluster` makes of it: a cluster for each record.

    `seconds` run from the records in memory to their clusters.
    """
    folder = Path(sys.argv[1])
    records = read_records(folder)
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    begun = time.perf_counter()
    clusters = list(cluster(folder, records, settings))
    seconds = round(time.perf_counter() - begun, 2)
    with (folder / "clusters.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*KEY, "cluster"])
        writer.writerows([*(one[name] for name in KEY), of] for one, of in zip(records, clusters, strict=True))
    answer = {"version": version(package), "work_seconds": seconds}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def read_records(folder: Path) -> list[Record]:
    """Return the records in their order; an empty field is None."""
    with (folder / "records.csv").open(newline="", encoding="utf-8") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def read_labels(folder: Path) -> dict[int, str]:
    """Return the entity of each labelled record by its row."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return {int(row["row"]): row["entity"] for row in csv.DictReader(file)}


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return the least row that each of `count` rows hangs together with."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return [root(row) for row in range(count)]
