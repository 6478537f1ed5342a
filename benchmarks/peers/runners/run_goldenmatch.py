"""goldenmatch on a folder of records: its automatic configurations, as its own benchmark of engines calls them.

`settings`: `mode`, `link` (two sources are matched against each other, where the mode is zero-config).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import goldenmatch
import pyarrow as pa
from exchange import KEY, Record, Row, components, run
from goldenmatch.core.autoconfig import auto_configure_probabilistic_df


def cluster(_: Path, records: list[Record], settings: Row) -> Iterable[Any]:
    """Return a cluster for each record; the fields alone are told, neither source nor key."""
    fields = [name for name in records[0] if name not in KEY]
    table = pa.table({name: pa.array([one[name] for one in records], pa.string()) for name in fields})
    if settings["mode"] == "zero-config" and settings["link"]:
        return matched(table, records)
    if settings["mode"] == "probabilistic":
        result = goldenmatch.dedupe_df(table, config=auto_configure_probabilistic_df(table))
    else:
        thorough = settings["mode"] == "thorough"
        result = goldenmatch.dedupe_df(table, planning_effort="einstein" if thorough else None, heal=thorough)
    pairs = ((found["members"][0], row) for found in result.clusters.values() for row in found["members"])
    return components(len(records), pairs)


def matched(table: pa.Table, records: list[Record]) -> Iterable[Any]:
    """Return a cluster for each record of two sources: what hangs together by the matches between them."""
    count = sum(one["source"] == records[0]["source"] for one in records)
    result = goldenmatch.match_df(table.slice(0, count), table.slice(count))
    found = result.matched
    columns = () if found is None else (found["__target_row_id__"], found["__ref_row_id__"])
    return components(len(records), zip(*(column.to_pylist() for column in columns), strict=True))


if __name__ == "__main__":
    run("goldenmatch", cluster)
